"""
A container's output as the API serves it, of a real tree, for the stand-in of the API.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from arvgate.edge.api.output_list import list_directory, list_entry
from arvgate.edge.api.output_tar import TarPieces
from test.cli.api_server import ApiServer, Asked, Said
from test.cli.case import CONTAINER, REQUEST

__all__ = ["BASE", "OutputTree", "pieces_of"]

BASE = f"container_requests/{REQUEST}/output/{CONTAINER}"


def pieces_of(tar: TarPieces) -> list[bytes]:
    """All of a stream, and its end."""
    pieces = []
    while piece := tar.take():
        pieces.append(piece)
    return [*pieces, b""]


class OutputTree:
    """
    Serves a tree.

    @ivar cut: bytes of a file after which the connection breaks, once; 0: never.
    @ivar limit: entries of a list.
    """

    def __init__(self, api: ApiServer, top: Path) -> None:
        self.top = top
        self.cut = 0
        self.limit = 2
        top.mkdir(parents=True, exist_ok=True)
        self._api = api
        for path in (BASE, *(f"{BASE}/{name}" for name in ("file", "dir", "dir/file", "none"))):
            self.serve(path)

    def serve(self, path: str) -> None:
        """Answer questions for one path."""
        for method in ("GET", "HEAD"):
            self._api.answers[f"{method} {path}"] = self._answer

    def _answer(self, asked: Asked) -> Said:
        rest = unquote(asked.path.removeprefix(BASE), errors="surrogateescape").strip("/")
        parts = rest.split("/") if rest else []
        path = self.top / rest
        if not path.exists():
            return Said(404, {"errors": ["There is no such file or directory in the output."]})
        if "list" in asked.query:
            if not path.is_dir():
                return Said(200, list_entry(str(self.top), parts))
            after = str(asked.query.get("after", ""))
            return Said(200, list_directory(str(self.top), parts, bytes.fromhex(after), self.limit))
        if path.is_dir():
            return Said(
                200, chunks=pieces_of(TarPieces(str(self.top), parts)), headers={"Content-Type": "application/x-tar"}
            )
        return self._file(asked, path)

    def _file(self, asked: Asked, path: Path) -> Said:
        content = path.read_bytes()
        tag = f'"{os.stat(path).st_mtime_ns}"'
        headers = {"Content-Type": "application/octet-stream", "ETag": tag}
        start, status = 0, 200
        if asked.headers.get("if-range") == tag:
            start, status = int(asked.headers["range"].removeprefix("bytes=").rstrip("-")), 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers["Content-Length"] = str(len(content) - start)
        end = len(content)
        if self.cut and asked.method == "GET":
            end, self.cut = start + self.cut, 0
        return Said(status, content[start:end], headers)
