"""
Record APIs in small, for runners to speak to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.web.resource import IResource
from twisted.web.server import Request
from zope.interface import implementer

from test.contract.container_api import CONTAINER, SECRET

__all__ = ["Api", "RecordApi"]


@implementer(IResource)
class Api:
    """A record API that answers as a test says, and remembers what it was asked."""

    isLeaf = True

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes, bytes, str | None]] = []
        self.answers: list[tuple[int, bytes]] = []

    def render(self, request: Request) -> bytes:
        """Answer."""
        authorization = request.getHeader("Authorization")
        self.asked.append((request.method, request.path, request.content.read(), authorization))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        request.setResponseCode(status)
        return body


class RecordApi(Api):
    """
    A record API that keeps one record.

    @ivar over: the token is no longer accepted.
    @ivar updates: what was reported, oldest first.
    @ivar updated: called with each report.
    """

    def __init__(self) -> None:
        super().__init__()
        self.record: dict[str, Any] = {"uuid": CONTAINER, "state": "Locked"}
        self.over = False
        self.updates: list[dict[str, Any]] = []
        self.updated: Callable[[dict[str, Any]], None] = lambda update: None

    def render(self, request: Request) -> bytes:
        """Answer."""
        self.answers = [(200, b"")]
        super().render(request)
        _, path, body, _ = self.asked[-1]
        if self.over:
            request.setResponseCode(401)
            return b'{"errors": ["Not logged in"]}'
        if body:
            self.updates.append(json.loads(body)["container"])
            self.record.update(self.updates[-1])
            self.updated(self.updates[-1])
        if path.endswith(b"/auth"):
            return json.dumps({"uuid": "zzzzz-gj3su-000000000000002", "api_token": SECRET}).encode()
        return json.dumps(self.record).encode()
