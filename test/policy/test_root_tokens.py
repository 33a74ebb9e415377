"""Tests of L{arvgate.policy.root_tokens}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.root_tokens import RootTokens, root_fingerprint
from arvgate.wire.proof import auth_secret

UUID = "zzzzz-dz642-000000000000000"
NEW, OLD, OLDER = "n" * 50, "o" * 50, "e" * 50


class RootTokensTests(SynchronousTestCase):
    """The secrets of lock cycles."""

    def test_fingerprint(self) -> None:
        """A fingerprint tells tokens apart and is no part of one; no token has none."""
        found = {root_fingerprint(token) for token in (NEW, OLD, OLDER)}
        self.assertEqual({16}, {len(one) for one in found})
        self.assertEqual(3, len(found))
        self.assertEqual("", root_fingerprint(""))

    def test_new_cycles(self) -> None:
        """What is locked now has a secret of the present token."""
        for roots in (RootTokens(NEW), RootTokens(NEW, OLD)):
            self.assertEqual(auth_secret(NEW, UUID, 3), roots.new_secret(UUID, 3))
            self.assertEqual(auth_secret(NEW, UUID, 3), roots.secret_of(UUID, 3, root_fingerprint(NEW)))

    def test_former_cycles(self) -> None:
        """What was locked under the former token, or before it was noted, has a secret of that one."""
        for locked_under in (root_fingerprint(OLD), ""):
            self.assertEqual(auth_secret(OLD, UUID, 3), RootTokens(NEW, OLD).secret_of(UUID, 3, locked_under))
        self.assertEqual(auth_secret(NEW, UUID, 3), RootTokens(NEW).secret_of(UUID, 3, ""))

    def test_unknown(self) -> None:
        """What was locked under a token that is not known any more has no secret that would fit."""
        for roots in (RootTokens(NEW, OLD), RootTokens(NEW)):
            self.assertNotEqual(auth_secret(OLDER, UUID, 3), roots.secret_of(UUID, 3, root_fingerprint(OLDER)))

    def test_repr(self) -> None:
        """Neither token is in the repr."""
        shown = repr(RootTokens(NEW, OLD))
        self.assertNotIn(NEW, shown)
        self.assertNotIn(OLD, shown)
