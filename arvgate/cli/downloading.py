"""
Downloading one file, whole or not at all; what was interrupted goes on where it was.

Not here: directories (L{arvgate.cli.unpacking}).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import IO, Final

from arvgate.cli.client import ApiClient, Download, Reply
from arvgate.cli.progress import shown_progress
from arvgate.errors import Invalid, PeerFault

__all__ = ["copy_to", "download", "refuse_existing"]

_PIECE: Final = 128 * 1024


def copy_to(client: ApiClient, path: str, sink: IO[bytes], what: str) -> None:
    """Write what is at C{path} of the API to an open file."""
    with client.opened(path, {}) as content, shown_progress(what, None) as advance:
        while piece := content.read(_PIECE):
            sink.write(piece)
            advance(len(piece))
    sink.flush()


def download(client: ApiClient, path: str, head: Reply, target: Path, force: bool) -> None:
    """
    Download a file to C{target}.

    Until it is whole it is C{target.TAG.part}, where the tag says which content that is: a part of another content is
    never gone on with.

    @param head: of the file.
    @param force: an existing file is replaced.
    @raise Invalid: there is something at C{target}.
    """
    refuse_existing(target, force)
    headers = {name.lower(): value for name, value in head.headers}
    tag, size = headers.get("etag", ""), int(headers.get("content-length", "0"))
    part = target.with_name(f"{target.name}.{hashlib.sha256(tag.encode()).hexdigest()[:12]}.part")
    with open(part, "ab") as file:
        if not tag or file.tell() > size:
            file.truncate(0)
        while file.tell() < size:
            _continue(client, path, tag, file, size, target.name)
    _settle(part, target, force)


def refuse_existing(target: Path, force: bool) -> None:
    """
    Refuse to overwrite.

    @raise Invalid: there is something, and it may not be replaced.
    """
    if os.path.lexists(target) and (not force or (target.is_dir() and not target.is_symlink())):
        raise Invalid(f"{target} exists" + (" and is a directory." if force else "; --force replaces it."))


def _continue(client: ApiClient, path: str, tag: str, file: IO[bytes], size: int, what: str) -> None:
    """Get what is missing of the file."""
    done = file.tell()
    headers = {"Range": f"bytes={done}-", "If-Range": tag} if done else {}
    with client.opened(path, headers) as content, shown_progress(what, size, done) as advance:
        _check(content, tag, done)
        while piece := content.read(_PIECE):
            file.write(piece)
            advance(len(piece))
    file.flush()


def _check(content: Download, tag: str, done: int) -> None:
    whole = content.status == 200 and not done
    rest = content.status == 206 and content.headers.get("content-range", "").startswith(f"bytes {done}-")
    if content.headers.get("etag", "") != tag or not (whole or rest):
        raise PeerFault("The file changed while it was downloaded; try again.")


def _settle(part: Path, target: Path, force: bool) -> None:
    """Give the whole file its name."""
    if force:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        refuse_existing(target, force)
    except OSError:  # this file system has no links
        refuse_existing(target, force)
        part.replace(target)
        return
    part.unlink(missing_ok=True)
