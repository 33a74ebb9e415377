"""
The output of a container, as it grows.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import attrs

from arvgate.cli.client import ApiClient
from arvgate.cli.following import Shown, follow
from arvgate.cli.settings import read_settings
from test.cli.api_server import Asked, Said
from test.cli.case import CONTAINER, REQUEST, CommandCase, request

OTHER = "xabcd-dz642-000000000000002"


class FollowTests(CommandCase):
    """L{follow} and L{Shown}."""

    def setUp(self) -> None:
        """A container whose output grows at each look."""
        super().setUp()
        self.client = ApiClient(read_settings(self.api.environ))
        self.sink = BytesIO()
        self.states: list[dict[str, Any]] = []
        self.files = {CONTAINER: b"", OTHER: b""}
        self.api.answers[f"GET container_requests/{REQUEST}"] = lambda asked: self.states.pop(0)
        for uuid in self.files:
            self.api.answers[f"GET container_requests/{REQUEST}/log/{uuid}/stdout.txt"] = self.read
        self.pauses: list[float] = []

    def read(self, asked: Asked) -> Said:
        """What is there of a file from the byte asked for."""
        content = self.files[asked.path.split("/")[3]]
        first, _, last = asked.headers["range"].removeprefix("bytes=").partition("-")
        piece = content[int(first) : int(last) + 1 if last else None]
        place = f"{first}-{int(first) + len(piece) - 1}" if piece else "*"
        return Said(206 if piece else 416, piece, {"Content-Range": f"bytes {place}/{len(content)}"})

    def grow(self, seconds: float) -> None:
        """Time goes by and the file grows."""
        self.pauses.append(seconds)
        self.files[CONTAINER] += b"line %d\n" % len(self.pauses)

    def test_until_final(self) -> None:
        """Everything is shown once, also what came between the last looks, and the Final request is the answer."""
        self.states = [request(), request(), request(state="Final")]
        ended = follow(self.client, REQUEST, {"stdout.txt": self.sink}, self.grow)
        self.assertEqual("Final", ended["state"])
        self.assertEqual(b"line 1\nline 2\n", self.sink.getvalue())
        self.assertEqual(2, len(self.pauses))

    def test_not_started(self) -> None:
        """As long as there is no container, or no file, there is nothing to show."""
        self.states = [request(container_uuid=None), request(container_uuid=None, state="Final")]
        follow(self.client, REQUEST, {"stdout.txt": self.sink, "none.txt": self.sink}, self.pauses.append)
        self.assertEqual(b"", self.sink.getvalue())

    def test_next_container(self) -> None:
        """If the request gets another container, that one's output follows from its beginning."""
        self.files = {CONTAINER: b"first\n", OTHER: b"second\n"}
        self.states = [request(), request(container_uuid=OTHER, state="Final")]
        follow(self.client, REQUEST, {"stdout.txt": self.sink}, self.pauses.append)
        self.assertEqual(b"first\nsecond\n", self.sink.getvalue())

    def test_once(self) -> None:
        """One look shows what is there and remembers how far that was."""
        self.files[CONTAINER] = b"abc"
        shown = Shown(self.client, {"stdout.txt": self.sink})
        for _ in range(2):
            shown.show_new(request())
        self.assertEqual(b"abc", self.sink.getvalue())

    def test_rotated(self) -> None:
        """What was rotated away meanwhile is read from where it is now."""
        line = b"[arvgate: the 6 bytes before this are in stdout.1.txt; 0 bytes before those are gone]\n"
        earlier = f"{CONTAINER[:-1]}9"
        self.files[CONTAINER], self.files[earlier] = b"one", b"onetwo"
        self.api.answers[f"GET container_requests/{REQUEST}/log/{CONTAINER}/stdout.1.txt"] = lambda asked: self.read(
            attrs.evolve(asked, path=asked.path.replace(CONTAINER, earlier))
        )
        self.states = [request(), request(state="Final")]

        def rotate(seconds: float) -> None:
            self.files[CONTAINER] = line + b"three"

        follow(self.client, REQUEST, {"stdout.txt": self.sink}, rotate)
        self.assertEqual(b"onetwothree", self.sink.getvalue())
