"""
The output of a container, as it grows, until its request has ended.

Not here: the commands that show it (L{arvgate.cli.logs}, L{arvgate.cli.run}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, Final

from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import request_for

__all__ = ["follow", "show_new"]

#: Seconds between two looks.
_INTERVAL: Final = 0.5


def show_new(
    client: ApiClient, request: Mapping[str, Any], sinks: Mapping[str, IO[bytes]], shown: dict[str, int]
) -> None:
    """
    Write what came since the last time.

    @param sinks: where the content of each log file goes, by the file's name.
    @param shown: how much of each file was shown already; updated.
    """
    container = request.get("container_uuid")
    if not container:
        return
    for name, sink in sinks.items():
        path = f"container_requests/{request['uuid']}/log/{container}/{name}"
        content = client.read_from(path, shown.get(path, 0))
        if content:
            shown[path] = shown.get(path, 0) + len(content)
            sink.write(content)
            sink.flush()


def follow(
    client: ApiClient, uuid: str, sinks: Mapping[str, IO[bytes]], pause: Callable[[float], None]
) -> Mapping[str, Any]:
    """
    Write all output of a request's container until the request is Final, which is the answer.

    @param uuid: the request's, or its container's.
    @param pause: waits for so many seconds.
    """
    shown: dict[str, int] = {}
    while True:
        # The state is read first: what a Final request shows afterwards is everything.
        request = request_for(client, uuid)
        show_new(client, request, sinks, shown)
        if request["state"] == "Final":
            return request
        pause(_INTERVAL)
