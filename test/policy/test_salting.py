"""Tests of L{arvgate.policy.salting}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.salting import SALTED_LENGTH, fits_salted, salted_secret

SECRET = "examplesecretexamplesecretexamplesecretexamplese00"
SALTED = "caeb93bca796038966aa61a45ff913e406929900"


class Salting(SynchronousTestCase):
    """Tokens for other clusters."""

    def test_vector(self) -> None:
        """The salted secret is what other implementations make."""
        self.assertEqual(SALTED, salted_secret(SECRET, "zzzz2"))
        self.assertEqual(SALTED_LENGTH, len(SALTED))

    def test_fits(self) -> None:
        """It fits its secret and its cluster and nothing else."""
        self.assertTrue(fits_salted(SALTED, SECRET, "zzzz2"))
        for presented, secret, cluster in (
            (SALTED, SECRET, "zzzz3"),
            (SALTED, SECRET, ""),
            (SALTED, SECRET[:-1], "zzzz2"),
            (SALTED.upper(), SECRET, "zzzz2"),
            (SECRET, SECRET, "zzzz2"),
            (salted_secret("", "zzzz2"), "", "zzzz2"),
            (salted_secret(SECRET, ""), SECRET, ""),
            ("\u00fc" * 40, SECRET, "zzzz2"),
        ):
            self.assertFalse(fits_salted(presented, secret, cluster), (presented, cluster))
