"""
Tests for L{arvgate.policy.codes}.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Overloaded
from arvgate.model.tokens import Token
from arvgate.policy.codes import OneTimeCodes

TOKEN = Token("secret")


class OneTimeCodesTests(SynchronousTestCase):
    """Codes that are worth a token once."""

    def put(self, codes: OneTimeCodes, code: str, **options: Any) -> None:
        """Note a code of one owner for one host that ends at 100."""
        defaults = {"owner": "owner", "host": "App.example:8443", "navigation": False, "expires_at": 100.0, "now": 0.0}
        codes.put(code, TOKEN, **{**defaults, **options})

    def take(self, codes: OneTimeCodes, code: str, **options: Any) -> Token | None:
        """Redeem a code."""
        return codes.take(code, **{"host": "app.example:8443", "navigation": False, "now": 1.0, **options})

    def test_once(self) -> None:
        """A code gives its token once and leaves nothing behind."""
        codes = OneTimeCodes()
        self.put(codes, "code")
        self.assertIs(TOKEN, self.take(codes, "code"))
        self.assertIsNone(self.take(codes, "code"))
        self.assertEqual(0, len(codes))

    def test_host(self) -> None:
        """For another host, or another port of it, it is worth nothing and stays."""
        codes = OneTimeCodes()
        self.put(codes, "code")
        self.assertIsNone(self.take(codes, "code", host="app.example"))
        self.assertIsNone(self.take(codes, "code", host="other.example:8443"))
        self.assertIs(TOKEN, self.take(codes, "code", host="APP.example:8443"))

    def test_navigation(self) -> None:
        """A link is not used up by what is no navigation."""
        codes = OneTimeCodes()
        self.put(codes, "link", navigation=True)
        self.assertIsNone(self.take(codes, "link"))
        self.assertIs(TOKEN, self.take(codes, "link", navigation=True))

    def test_expiry(self) -> None:
        """It ends at its time, not after it, and is dropped then."""
        codes = OneTimeCodes()
        self.put(codes, "early")
        self.put(codes, "late")
        self.assertIs(TOKEN, self.take(codes, "early", now=99.9))
        self.assertIsNone(self.take(codes, "late", now=100.0))
        self.assertEqual(0, len(codes))

    def test_no_secret_in_memory(self) -> None:
        """The code itself is kept nowhere."""
        codes = OneTimeCodes()
        self.put(codes, "a-very-secret-code")
        self.assertNotIn("a-very-secret-code", repr(vars(codes)))
        self.assertNotIn(TOKEN.secret, repr(vars(codes)))

    def test_per_owner(self) -> None:
        """Who makes too many loses the oldest of their own, and no other's."""
        codes = OneTimeCodes(per_owner=2)
        self.put(codes, "foreign", owner="other")
        for code in ("first", "second", "third"):
            self.put(codes, code)
        self.assertEqual(3, len(codes))
        self.assertIsNone(self.take(codes, "first"))
        for code in ("second", "third", "foreign"):
            self.assertIs(TOKEN, self.take(codes, code))

    def test_one_per_owner(self) -> None:
        """With room for one, the next takes its place."""
        codes = OneTimeCodes(per_owner=1)
        self.put(codes, "first")
        self.put(codes, "second")
        self.assertIsNone(self.take(codes, "first"))
        self.assertIs(TOKEN, self.take(codes, "second"))

    def test_full(self) -> None:
        """A full table takes no more until codes expire."""
        codes = OneTimeCodes(capacity=2)
        self.put(codes, "first", owner="a")
        self.put(codes, "second", owner="b", expires_at=200.0)
        self.assertRaises(Overloaded, self.put, codes, "third", owner="c", now=99.0)
        self.assertEqual(2, len(codes))
        self.put(codes, "third", owner="c", now=100.0, expires_at=200.0)
        self.assertIs(TOKEN, self.take(codes, "third"))
        self.assertIs(TOKEN, self.take(codes, "second"))

    def test_same_code_twice(self) -> None:
        """A code that is noted again for another owner counts for that one only."""
        codes = OneTimeCodes()
        self.put(codes, "code", owner="a")
        self.put(codes, "code", owner="b")
        self.assertIs(TOKEN, self.take(codes, "code"))
        codes.sweep(1000.0)
        self.put(codes, "code", owner="a")
        self.assertIs(TOKEN, self.take(codes, "code"))
