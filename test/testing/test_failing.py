"""
Tests for L{arvgate.testing.failing}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, NotFound, StoreUnavailable
from arvgate.model.targets import NamedTarget
from arvgate.model.tokens import Token
from arvgate.testing.directory import MemoryDirectory
from arvgate.testing.failing import FailsOnDemand
from arvgate.testing.tokens import MemoryTokens


class FailsOnDemandTests(SynchronousTestCase):
    """A fake that is told to fail does."""

    def test_order(self) -> None:
        """The errors are raised one per call, in order; after them all is well."""
        fake = FailsOnDemand()
        first, second = StoreUnavailable(), NotFound()
        fake.fail_next(first, second)
        self.assertIs(first, self.assertRaises(ArvgateError, fake.check))
        self.assertIs(second, self.assertRaises(ArvgateError, fake.check))
        fake.check()

    def test_fakes(self) -> None:
        """The fakes ask for it first of all."""
        tokens, directory = MemoryTokens(), MemoryDirectory()
        for fake in (tokens, directory):
            fake.fail_next(StoreUnavailable())
        self.failureResultOf(tokens.find(Token("secret")), StoreUnavailable)
        self.failureResultOf(directory.locate(NamedTarget("x"), None), StoreUnavailable)
