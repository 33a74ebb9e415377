"""
Tests for L{arvgate.service.surroundings}.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import arvgate
from arvgate.service.surroundings import child_environment


class EnvironmentTests(SynchronousTestCase):
    """Children find this package."""

    def test_found(self) -> None:
        """From any directory, a child imports the same package."""
        program = "import arvgate; print(arvgate.__file__)"
        found = subprocess.run(
            [sys.executable, "-c", program],
            cwd="/",
            env=child_environment({}),
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(os.path.abspath(arvgate.__file__), found.stdout.strip())

    def test_rest(self) -> None:
        """What was there stays, and doing it again changes nothing."""
        once = child_environment({"PYTHONPATH": "/elsewhere", "LANG": "C"})
        self.assertEqual("C", once["LANG"])
        self.assertEqual("/elsewhere", once["PYTHONPATH"].split(":")[-1])
        self.assertEqual(once, child_environment(once))
        home = str(Path(arvgate.__file__).parents[1])
        self.assertIn(child_environment({}).get("PYTHONPATH", home), (home,))
