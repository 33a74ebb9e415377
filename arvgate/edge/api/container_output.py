"""
The output of a container that has ended, kept on the node: files by ranges, directories as lists or tar streams.

Not here: keeping it (L{arvgate.runner.output}) and giving it up after a while (L{arvgate.dispatch.outputs}).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from arvgate.edge.api.call import Answer, Call, FileAnswer, StreamAnswer
from arvgate.edge.api.output_list import list_directory, list_entry, page_start
from arvgate.edge.api.output_tar import TarPieces
from arvgate.errors import Forbidden, Invalid, MethodNotAllowed, NotFound
from arvgate.files.opening import open_directory, open_file, path_parts, status_of
from arvgate.model.ids import is_uuid
from arvgate.model.kinds import CONTAINERS
from arvgate.model.targets import ContainerTarget
from arvgate.policy.container_states import ENDED
from arvgate.wire.byte_range import parse_byte_range

__all__ = ["read_output", "remove_output"]

T = TypeVar("T")

_NOT_ENDED: Final = "The container has not ended; its output can be read when it has."
_NOT_KEPT: Final = "No output of this container is kept."
_NO_ENTRY: Final = "There is no such file or directory in the output."


async def read_output(call: Call) -> Answer | FileAnswer | StreamAnswer:
    """
    A file or directory of the output of the container that a request the caller can read has now.

    @raise NotFound: no such request, or another container, or it has not ended, or nothing is there.
    @raise RangeNotSatisfiable: the range is not in the file.
    """
    top = await _kept(call)
    parts = path_parts(call.path["rest"].removeprefix("/"))
    if parts is None:
        raise NotFound(_NO_ENTRY)
    status = await _looked(call, lambda: status_of(top, parts))
    listed = any(name == "list" for name, _ in call.query)
    if stat.S_ISDIR(status.st_mode):
        if listed or "application/json" in call.headers.get("accept", ""):
            after, limit = page_start(call.parameters.get("after")), _limit(call)
            return Answer(await _looked(call, lambda: list_directory(top, parts, after, limit)))
        await _looked(call, lambda: os.close(open_directory(top, parts)))
        headers = [(b"Content-Type", b"application/x-tar"), _attachment(f"{(parts or ['output'])[-1]}.tar")]
        return StreamAnswer(TarPieces(top, parts), headers)
    if listed:
        return Answer(await _looked(call, lambda: list_entry(top, parts)))
    if stat.S_ISLNK(status.st_mode):
        raise NotFound("This is a symbolic link, which is not followed.")
    if call.path["rest"].endswith("/"):
        raise NotFound(_NO_ENTRY)
    return await _file(call, top, parts)


async def remove_output(call: Call) -> Answer:
    """
    Give up the kept output of a container: for who may write every request that it is the result of.

    @raise NotFound: as for reading.
    @raise Forbidden: somebody else's request has this container, too.
    """
    top = await _kept(call)
    if call.path["rest"] not in ("", "/"):
        raise MethodNotAllowed("Only the whole output can be removed")
    container = call.path["container"]
    facts = await call.api.records.container_facts(ContainerTarget(container, 1), call.principal.user_uuid)
    writable = facts is not None and all(may_write for _, _, may_write in facts.requests)
    if not call.principal.is_admin and not writable:
        raise Forbidden("You need write permission on every container request that shares this container.")
    await _looked(call, lambda: _set_aside(top))
    return Answer({"container_uuid": container})


async def _kept(call: Call) -> str:
    """Where the output is."""
    request = await call.api.records.get(call.kind, call.uuid(), call.principal)
    uuid = call.path["container"]
    if not is_uuid(uuid, "containers") or request.get("container_uuid") != uuid:
        raise NotFound
    container = await call.api.records.get(CONTAINERS, uuid, call.principal)
    if container["state"] not in ENDED:
        raise NotFound(_NOT_ENDED)
    top = os.path.join(call.api.options.output_directory, uuid)
    if not await call.api.in_thread(lambda: os.path.isdir(top)):
        raise NotFound(_NOT_KEPT)
    return top


async def _looked(call: Call, look: Callable[[], T]) -> T:
    """
    What is found on the disk, in a thread.

    @raise NotFound: it is not there.
    """
    try:
        return await call.api.in_thread(look)
    except OSError as error:
        raise NotFound(_NO_ENTRY, detail=str(error)) from None


async def _file(call: Call, top: str, parts: Sequence[str]) -> FileAnswer:
    def opened() -> Any:
        directory = open_directory(top, parts[:-1])
        try:
            return open_file(parts[-1], directory)
        finally:
            os.close(directory)

    file, status = await _looked(call, opened)
    try:
        tag = f'"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"'
        headers = [
            (b"Content-Type", b"application/octet-stream"),
            (b"Accept-Ranges", b"bytes"),
            (b"ETag", tag.encode("ascii")),
            _attachment(parts[-1]),
        ]
        wanted = None
        if call.method == "GET" and call.headers.get("if-range", tag) == tag:
            wanted = parse_byte_range(call.headers.get("range"), status.st_size)
        if wanted is None:
            return FileAnswer(file, 0, status.st_size, 200, headers)
        headers.append((b"Content-Range", wanted.content_range.encode("ascii")))
        return FileAnswer(file, wanted.start, wanted.length, 206, headers)
    except BaseException:
        file.close()
        raise


def _attachment(name: str) -> tuple[bytes, bytes]:
    """What keeps a browser from showing a user's page as one of the API's origin."""
    encoded = quote(name.encode("utf-8", "surrogateescape"), safe="")
    return b"Content-Disposition", f"attachment; filename*=UTF-8''{encoded}".encode("ascii")


def _limit(call: Call) -> int:
    value = call.parameters.get("limit", call.api.options.max_items)
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise Invalid("limit must be a number from 1 on")
    return min(number, call.api.options.max_items)


def _set_aside(top: str) -> None:
    """Rename the output, which is over at once; the dispatcher removes what is set aside."""
    parent, name = os.path.split(top)
    number = 0
    while os.path.lexists(target := os.path.join(parent, f".left-{name}-{number}")):
        number += 1
    os.rename(top, target)
    try:
        os.unlink(f"{top}.json")
    except FileNotFoundError:
        return
