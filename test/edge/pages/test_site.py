"""Tests of L{arvgate.edge.pages.site} and L{arvgate.edge.pages.visit}."""

from __future__ import annotations

import json
from typing import Any

from arvgate.errors import StoreUnavailable
from test.edge.pages.case import PagesCase


class Routing(PagesCase):
    """What is a page and what is the API's."""

    def test_api(self) -> None:
        """Every other path is the API's, for browsers too."""
        self.assertEqual("alice", self.ok("GET", "users/current", self.alice)["username"])
        self.assertEqual(404, self.browse("/favicon.ico").status)
        self.assertEqual("*", self.browse("/arvados/v1/config").headers["access-control-allow-origin"])

    def test_request_id(self) -> None:
        """A page's answer has the request's id."""
        response = self.browse("/login", {"X-Request-Id": "req-given"})
        self.assertEqual("req-given", response.headers["x-request-id"])
        self.assertRegex(self.browse("/login").headers["x-request-id"], r"\Areq-[0-9a-z]{20}\Z")


class Failures(PagesCase):
    """What goes wrong."""

    def break_store(self, error: Exception) -> None:
        """Let every question about a token fail."""

        async def find(token: Any) -> Any:
            raise error

        self.log_in()
        self.patch(self.store, "find", find)

    def test_people(self) -> None:
        """A person gets a page with the request's id and what to do."""
        self.break_store(StoreUnavailable())
        response = self.browse("/")
        self.assertEqual((503, "2"), (response.status, response.headers["retry-after"]))
        text = response.body.decode()
        self.assertIn("cannot reach its records", text)
        self.assertIn(response.headers["x-request-id"], text)
        self.assertIn("default-src 'none'", response.headers["content-security-policy"])

    def test_programs(self) -> None:
        """A program gets JSON."""
        response = self.call("GET", "/login?to=evil.example")
        self.assertEqual((400, "application/json"), (response.status, response.headers["content-type"]))
        self.assertIn("no container's host", json.loads(response.body)["errors"][0])

    def test_unexpected(self) -> None:
        """What nobody expected is logged and not told."""
        self.break_store(ValueError("secret"))
        response = self.browse("/")
        self.assertEqual(500, response.status)
        self.assertNotIn(b"secret", response.body)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
