"""
Tests for L{arvgate.records.sealing}.
"""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import StoreUnavailable
from arvgate.records.sealing import Sealer

RANDBELOW = random.SystemRandom().randrange
KEY = bytes(range(32))


class SealerTests(SynchronousTestCase):
    """L{Sealer}."""

    def setUp(self) -> None:
        """With a key."""
        self.sealer = Sealer(KEY, RANDBELOW)

    @given(st.text())
    def test_round_trip(self, text: str) -> None:
        """What is sealed is opened again in its place."""
        sealer = Sealer(KEY, RANDBELOW)
        self.assertEqual(text, sealer.open("t", "c", "u", sealer.seal("t", "c", "u", text)))

    def test_hidden(self) -> None:
        """The sealed bytes do not show the text, and sealing again gives others."""
        one, other = (self.sealer.seal("t", "c", "u", "hushhush") for _ in range(2))
        self.assertNotIn(b"hush", one)
        self.assertNotEqual(one, other)

    def test_bound_to_its_place(self) -> None:
        """Sealed bytes that were moved to another table, column or record, or changed, cannot be opened."""
        sealed = self.sealer.seal("t", "c", "u", "text")
        for place in (("x", "c", "u"), ("t", "x", "u"), ("t", "c", "x")):
            self.assertRaises(StoreUnavailable, self.sealer.open, *place, sealed)
        for index in range(len(sealed)):
            changed = bytearray(sealed)
            changed[index] ^= 1
            self.assertRaises(StoreUnavailable, self.sealer.open, "t", "c", "u", bytes(changed))
        self.assertRaises(StoreUnavailable, self.sealer.open, "t", "c", "u", b"")

    def test_another_key(self) -> None:
        """Another key opens nothing and finds nothing."""
        other = Sealer(b"k" * 32, RANDBELOW)
        self.assertRaises(StoreUnavailable, other.open, "t", "c", "u", self.sealer.seal("t", "c", "u", "text"))
        self.assertNotEqual(other.fingerprint("p", "text"), self.sealer.fingerprint("p", "text"))

    def test_fingerprint(self) -> None:
        """The same secret has the same fingerprint for the same purpose only."""
        found = self.sealer.fingerprint("p", "text")
        self.assertEqual((32, found), (len(found), self.sealer.fingerprint("p", "text")))
        self.assertNotEqual(found, self.sealer.fingerprint("q", "text"))
        self.assertNotEqual(found, self.sealer.fingerprint("p", "texts"))

    def test_key_length(self) -> None:
        """A data key of another length is refused."""
        self.assertRaises(ValueError, Sealer, b"short", RANDBELOW)
