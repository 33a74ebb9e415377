"""
Tests for L{arvgate.policy.token_values}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.token_values import derived_expiry, expiry_within, scope_problems, worth_reusing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class TokenTests(SynchronousTestCase):
    """Lifetimes and scopes."""

    def test_scopes(self) -> None:
        """A scope is all, or a method and a path."""
        self.assertEqual([], scope_problems(["all", "GET /x"]))
        self.assertEqual([1, 1], [len(scope_problems(one)) for one in (["everything"], [None])])

    def test_too_many_scopes(self) -> None:
        """All scopes together have a bound."""
        self.assertEqual([], scope_problems([f"GET /{number}" for number in range(1000)]))
        for scopes in ([f"GET /{number}" for number in range(2000)], ["GET /" + "\U0001f600" * 1500]):
            self.assertIn("16000", scope_problems(scopes)[0])

    def test_within(self) -> None:
        """An end is moved to the latest that is allowed, if there is a limit."""
        early, late = NOW + timedelta(seconds=5), NOW + timedelta(seconds=15)
        latest = NOW + timedelta(seconds=10)
        self.assertEqual([latest, early, latest], [expiry_within(one, NOW, 10.0) for one in (None, early, late)])
        self.assertEqual([None, late], [expiry_within(one, NOW, 0.0) for one in (None, late)])

    def test_derived(self) -> None:
        """A child ends with its lifetime or its parent, whichever is first."""
        parent = NOW + timedelta(seconds=10)
        self.assertEqual(parent, derived_expiry(parent, NOW, None))
        self.assertEqual(parent, derived_expiry(parent, NOW, 20.0))
        self.assertEqual(NOW + timedelta(seconds=5), derived_expiry(parent, NOW, 5.0))
        self.assertEqual(NOW + timedelta(seconds=5), derived_expiry(None, NOW, 5.0))
        self.assertIsNone(derived_expiry(None, NOW, None))

    def test_reuse(self) -> None:
        """A token is handed out again while it lasts half as long as a new one would."""
        wanted = NOW + timedelta(seconds=100)
        self.assertEqual(
            [True, True, False, False, False],
            [worth_reusing(NOW + timedelta(seconds=one), wanted, NOW) for one in (100, 50, 49, 0, -5)],
        )
        self.assertTrue(worth_reusing(None, None, NOW))
        self.assertFalse(worth_reusing(wanted, None, NOW))
        self.assertFalse(worth_reusing(None, wanted, NOW))

    def test_past(self) -> None:
        """What ends now is never handed out again, also where nothing better can be had."""
        self.assertFalse(worth_reusing(NOW, NOW, NOW))
