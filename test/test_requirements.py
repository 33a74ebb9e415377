"""
Tests of L{test.requirements}.
"""

from __future__ import annotations

import os
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from test.requirements import require


class RequireTests(SynchronousTestCase):
    """A missing program skips a test, unless it was asked for."""

    def test_present(self) -> None:
        """A program that is there lets the test go on."""
        self.assertIsNone(require("sh"))

    def test_missing(self) -> None:
        """A program that is not there skips the test with its name."""
        self.patch(os, "environ", {"PATH": os.environ["PATH"]})
        skipped = self.assertRaises(SkipTest, require, "no-such-program")
        self.assertIn("no-such-program", str(skipped))

    def test_missing_though_asked_for(self) -> None:
        """A program that is not there and was asked for fails the test."""
        for asked in ("all", "curl no-such-program"):
            self.patch(os, "environ", {"PATH": os.environ["PATH"], "ARVGATE_REQUIRE": asked})
            self.assertRaises(AssertionError, require, "no-such-program")
