"""
The output of a container, as it grows, until its request has ended.

Not here: the commands that show it (L{arvgate.cli.logs}, L{arvgate.cli.run}), and files that are rotated
(L{arvgate.cli.log_stream}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any, Final

from arvgate.cli.client import ApiClient, Piece
from arvgate.cli.log_stream import LogStream
from arvgate.cli.lookup import request_for

__all__ = ["Shown", "follow"]

#: Seconds between two looks.
_INTERVAL: Final = 0.5


class Shown:
    """
    What was shown of a request's logs.

    @param sinks: where the content of each log goes, by the name of its file.
    """

    def __init__(self, client: ApiClient, sinks: Mapping[str, IO[bytes]]) -> None:
        self._client = client
        self._sinks = sinks
        self._streams: dict[str, LogStream] = {}

    def show_new(self, request: Mapping[str, Any]) -> None:
        """Write what came since the last time."""
        container = request.get("container_uuid")
        if not container:
            return
        directory = f"container_requests/{request['uuid']}/log/{container}"
        for name, sink in self._sinks.items():
            path = f"{directory}/{name}"
            if path not in self._streams:
                self._streams[path] = LogStream(name, partial(self._read, directory))
            content = self._streams[path].news(request["state"] == "Final")
            if content:
                sink.write(content)
                sink.flush()

    def _read(self, directory: str, name: str, start: int, end: int | None) -> Piece:
        return self._client.read_piece(f"{directory}/{name}", start, end)


def follow(
    client: ApiClient, uuid: str, sinks: Mapping[str, IO[bytes]], pause: Callable[[float], None]
) -> Mapping[str, Any]:
    """
    Write all output of a request's container until the request is Final, which is the answer.

    @param uuid: the request's, or its container's.
    @param pause: waits for so many seconds.
    """
    shown = Shown(client, sinks)
    while True:
        # The state is read first: what a Final request shows afterwards is everything.
        request = request_for(client, uuid)
        shown.show_new(request)
        if request["state"] == "Final":
            return request
        pause(_INTERVAL)
