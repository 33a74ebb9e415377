"""
Tests for L{arvgate.directory.internal}.
"""

from __future__ import annotations

from twisted.protocols.amp import AmpBox
from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.directory.internal import Channel, FindToken, RedeemCode, value_bytes
from arvgate.errors import ArvgateError, ConfigInvalid, TooLarge


class ValueTests(SynchronousTestCase):
    """JSON as it goes into a box."""

    def test_longest(self) -> None:
        """The longest value that AMP carries is carried, one byte more is refused."""
        longest = value_bytes("x" * 65533)
        self.assertEqual(65535, len(longest))
        AmpBox(json=longest).serialize()
        self.assertRaises(TooLarge, value_bytes, "x" * 65534)

    def test_bytes_count(self) -> None:
        """Bytes count, not characters."""
        self.assertRaises(TooLarge, value_bytes, "ü" * 40000)

    def test_odd_text(self) -> None:
        """Text that is no proper Unicode does not stop it."""
        self.assertEqual(b'"\xed\xb2\x80"', value_bytes("\udc80"))


class ErrorTests(SynchronousTestCase):
    """Errors that cross the socket."""

    def test_every_error_has_a_way(self) -> None:
        """Every error crosses as itself or as one that it is a kind of."""
        crossing = {kind: code.decode() for kind, code in FindToken.errors.items()}
        for kind in (thing for thing in map(errors.__dict__.get, errors.__all__) if isinstance(thing, type)):
            first = next(known for known in crossing if issubclass(kind, known))
            self.assertTrue(issubclass(kind, first))
            if kind in crossing:
                self.assertIs(kind, first, "a base stands before it")
                self.assertEqual(kind.code, crossing[kind])
                self.assertEqual("a sentence", kind("a sentence").sentence)
        self.assertNotIn(ConfigInvalid, crossing)
        self.assertIn(ArvgateError, crossing)

    def test_codes_may_not_be_repeated(self) -> None:
        """Questions may be asked again; giving back a code may not."""
        self.assertEqual((True, False), (FindToken.repeatable, RedeemCode.repeatable))


class ChannelTests(SynchronousTestCase):
    """One end of a connection."""

    def test_not_connected(self) -> None:
        """An end that was never connected can be aborted."""
        channel = Channel()
        channel.abort()
        self.assertIsNone(channel.transport)
