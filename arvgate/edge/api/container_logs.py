"""
The log files of a container, live or not, by ranges (reference E.7, plain GET and HEAD).

Not here: WebDAV, the logs of earlier attempts of a request, and writing the files (L{arvgate.runner}).
"""

from __future__ import annotations

import os
import re
import stat
from typing import IO, Final

from arvgate.edge.api.call import Call, FileAnswer
from arvgate.errors import NotFound
from arvgate.files.facts import LOG_FACTS
from arvgate.model.ids import is_uuid
from arvgate.wire.byte_range import parse_byte_range

__all__ = ["open_log", "read_log"]

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\Z")


async def read_log(call: Call) -> FileAnswer:
    """
    A log file of the container that a request the caller can read has now.

    @raise NotFound: no such request, or another container, or no such file.
    @raise RangeNotSatisfiable: nothing of the range is there yet.
    """
    request = await call.api.records.get(call.kind, call.uuid(), call.principal)
    container = call.path["container"]
    if not is_uuid(container, "containers") or request.get("container_uuid") != container:
        raise NotFound
    file, size = open_log(call.api.options.log_directory, container, call.path["file"])
    try:
        wanted = None
        if call.method == "GET" and "if-range" not in call.headers:
            wanted = parse_byte_range(call.headers.get("range"), size)
        headers = [(b"Content-Type", b"text/plain; charset=utf-8"), (b"Accept-Ranges", b"bytes")]
        if wanted is None:
            return FileAnswer(file, 0, size, 200, headers)
        headers.append((b"Content-Range", wanted.content_range.encode("ascii")))
        return FileAnswer(file, wanted.start, wanted.length, 206, headers)
    except BaseException:
        file.close()
        raise


def open_log(directory: str, container_uuid: str, name: str) -> tuple[IO[bytes], int]:
    """
    A container's log file, open for reading, and its size in bytes.

    Only regular files right in the container's own directory are opened, and no symbolic link is followed.

    @param container_uuid: well-formed.
    @raise NotFound: there is no such file.
    """
    if not _NAME.match(name) or name == LOG_FACTS:
        raise NotFound
    path = os.path.join(directory, container_uuid, name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise NotFound("Log file not found") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotFound("Log file not found")
    return os.fdopen(descriptor, "rb", buffering=0), status.st_size
