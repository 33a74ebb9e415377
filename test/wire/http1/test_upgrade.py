"""Tests of L{arvgate.wire.http1.upgrade}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.http1.upgrade import MalformedUpgrade, asked_protocols, is_asked


class UpgradeTests(SynchronousTestCase):
    """Which protocols may be switched to."""

    def test_several(self) -> None:
        """Several fields and lists are one list, in order and with their case."""
        self.assertEqual(b"WebSocket, a/1, b", asked_protocols([b"WebSocket", b"a/1 ,b"]))

    def test_never(self) -> None:
        """HTTP in another framing or within TLS is left out, whatever its case and version."""
        self.assertEqual(b"", asked_protocols([b"h2c, HTTP/2.0", b"TLS/1.2"]))
        self.assertEqual(b"websocket", asked_protocols([b"H2C, websocket"]))
        self.assertEqual(b"", asked_protocols([]))

    def test_malformed(self) -> None:
        """What names no protocol is malformed."""
        for value in (b"", b"a b", b"a,", b"a/", b"/1", b"a/1/2", b'"a"'):
            with self.assertRaises(MalformedUpgrade, msg=repr(value)):
                asked_protocols([value])

    def test_asked(self) -> None:
        """An answer may switch to one or several of those asked for, in any case, and to nothing else."""
        self.assertTrue(is_asked(b"a, b", b"B"))
        self.assertTrue(is_asked(b"a, b", b"b, A"))
        for given in (b"", b"c", b"a, c", b"a/1"):
            self.assertFalse(is_asked(b"a, b", given), given)
