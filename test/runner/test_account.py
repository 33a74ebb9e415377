"""Tests of L{arvgate.runner.account}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.runner.account import find_account


class AccountTests(SynchronousTestCase):
    """Accounts of this machine."""

    def test_found(self) -> None:
        """An account has its ids and all its groups."""
        account = find_account("root")
        self.assertEqual(("root", 0, 0), (account.name, account.uid, account.gid))
        self.assertIn(account.gid, account.groups)

    def test_unknown(self) -> None:
        """An account that is not there is named."""
        with self.assertRaises(Invalid) as caught:
            find_account("nobody-of-that-name")
        self.assertIn("nobody-of-that-name", caught.exception.sentence)
