"""
Manifests of collections: which blocks make which files (reference A, F.6).

A manifest has one line for each directory: its name, locators of blocks, and pieces of files.  Not here: signatures of
locators (L{arvgate.wire.block_signatures}) and the data, which this cluster does not keep.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import Final

import attrs

from arvgate.wire.block_signatures import without_signatures

__all__ = ["LONGEST", "Manifest", "is_pdh", "pdh_of", "read_manifest"]

#: Characters that a manifest may have.
LONGEST: Final = 64 * 1024 * 1024

_PDH: Final = re.compile(r"[0-9a-f]{32}\+\d{1,12}\Z", re.ASCII)
_LOCATOR: Final = re.compile(r"[0-9a-f]{32}\+(\d{1,12})(?:\+[A-Z][A-Za-z0-9@_-]*)*\Z", re.ASCII)
_PIECE: Final = re.compile(r"(\d{1,18}):(\d{1,18}):(\S+)\Z", re.ASCII)
_HINTS: Final = re.compile(r"( [0-9a-f]{32}\+\d+)(?:\+[A-Z][A-Za-z0-9@_-]*)+(?=[ \n])", re.ASCII)
_ESCAPED: Final = re.compile(r"\\(\d{3}|.)", re.DOTALL)


@attrs.frozen
class Manifest:
    """
    What a manifest says.

    @ivar text: without signatures.
    @ivar pdh: the portable data hash.
    @ivar file_count: files, each once, in however many pieces.
    @ivar file_size: bytes of all of them.
    """

    text: str
    pdh: str
    file_count: int = 0
    file_size: int = 0


def is_pdh(text: str) -> bool:
    """Whether C{text} has the form of a portable data hash."""
    return _PDH.match(text) is not None


def pdh_of(text: str) -> str:
    """The portable data hash of a manifest: of nothing but hashes and sizes in its locators."""
    bare = _HINTS.sub(r"\1", text).encode("utf-8")
    return f"{hashlib.md5(bare, usedforsecurity=False).hexdigest()}+{len(bare)}"


def read_manifest(text: str) -> Manifest:
    """
    Read a manifest; it may be empty.

    @raise ValueError: it is none; with the number of the line and what is wrong there.
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if text and not text.endswith("\n"):
        raise ValueError("must end with a line end")
    files: set[str] = set()
    size = 0
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            size += _read_stream(line, files)
        except ValueError as error:
            raise ValueError(f"line {number} {error}") from None
    bare = without_signatures(text)
    return Manifest(bare, pdh_of(bare), len(files), size)


def _read_stream(line: str, files: set[str]) -> int:
    stream, *tokens = line.split(" ")
    stream = _ESCAPED.sub(_unescaped, stream)
    if not _is_stream(stream):
        raise ValueError("must begin with . or ./ and a directory")
    locators = list(itertools.takewhile(bool, map(_LOCATOR.match, tokens)))
    pieces = tokens[len(locators) :]
    if not locators:
        raise ValueError("has no locator of a block behind the directory")
    if not pieces:
        raise ValueError("has no file")
    length = sum(int(locator[1]) for locator in locators if locator)
    return sum(_read_piece(stream, piece, length, files) for piece in pieces)


def _read_piece(stream: str, token: str, length: int, files: set[str]) -> int:
    match = _PIECE.match(token)
    name = "" if match is None else _ESCAPED.sub(_unescaped, match[3])
    if match is None or not _are_names(name):
        raise ValueError(f"has {token[:60]!r} where a file is expected")
    start, size = int(match[1]), int(match[2])
    if start + size > length:
        raise ValueError(f"has a file that goes beyond its blocks: {token[:60]!r}")
    if name != ".":
        files.add(f"{stream}/{name}")
    return size


def _is_stream(name: str) -> bool:
    return name == "." or (name.startswith("./") and _are_names(name[2:]) and name != "./.")


def _are_names(path: str) -> bool:
    """Whether these are names, none empty or leading elsewhere; one C{.} alone stands for an empty directory."""
    if "\0" in path:
        return False
    return path == "." or all(part not in ("", ".", "..") for part in path.split("/"))


def _unescaped(match: re.Match[str]) -> str:
    octal = match[1]
    return chr(int(octal, 8)) if len(octal) == 3 and set(octal) <= set("01234567") else octal
