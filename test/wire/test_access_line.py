"""
Tests for L{arvgate.wire.access_line}.
"""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.access_line import LINE_LIMIT, access_line, path_text, seconds, time_text


class LineTests(SynchronousTestCase):
    """Whole lines."""

    def test_read_back(self) -> None:
        """A line is one JSON object with the facts in their order."""
        facts = {"path": "/a b", "status": 200, "complete": True, "error": None, "gate": 0.25}
        line = access_line(facts)
        self.assertEqual(list(facts.items()), list(json.loads(line).items()))
        self.assertTrue(line.endswith(b"}\n"))

    @given(st.binary(max_size=3000), st.text(max_size=3000), st.text(max_size=3000))
    def test_anything(self, path: bytes, host: str, peer: str) -> None:
        """Whatever a client sends, the line is one, printable ASCII, and short enough for one write to a pipe."""
        line = access_line({"peer": peer, "path": path_text(path), "host": host, "method": host})
        self.assertLessEqual(len(line), LINE_LIMIT)
        self.assertTrue(all(0x20 <= byte < 0x7F for byte in line[:-1]))
        json.loads(line)


class PathTests(SynchronousTestCase):
    """What of a target is told."""

    def test_no_query(self) -> None:
        """The query stays out."""
        self.assertEqual("/a%2Fb", path_text(b"/a%2Fb?api_token=secret&?x"))

    def test_bounded(self) -> None:
        """A long path is cut, and one sees that it was."""
        self.assertEqual("/" + "a" * 1023 + "...", path_text(b"/" + b"a" * 5000))

    def test_tokens(self) -> None:
        """A token in the path loses its secret, however its slashes are written."""
        uuid = b"zzzzz-gj3su-aaaaaaaaaaaaaaa"
        for slash in (b"/", b"%2F", b"%2f"):
            text = path_text(b"/x/v2" + slash + uuid + slash + b"sec-ret/y")
            self.assertEqual(f"/x/v2{slash.decode()}{uuid.decode()}{slash.decode()}.../y", text)

    def test_odd_bytes(self) -> None:
        """Bytes that are no text are named."""
        self.assertEqual("/\\xff", path_text(b"/\xff"))


class NumberTests(SynchronousTestCase):
    """Times."""

    def test_time(self) -> None:
        """A time is UTC to the millisecond."""
        self.assertEqual("2026-01-02T03:04:05.678Z", time_text(1767323045.6781))

    def test_seconds(self) -> None:
        """Durations are to the millisecond; a negative one is none."""
        self.assertEqual([0.123, 0.0, None], [seconds(0.12345), seconds(0.0), seconds(-1.0)])
