"""
Tests for L{arvgate.service.process_numbers}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.tally import Tally
from arvgate.service.process_numbers import tell_of_process


class ProcessTests(SynchronousTestCase):
    """This very process."""

    def test_numbers(self) -> None:
        """Time, memory and descriptors are those of the process, by its name."""
        tally = Tally()
        tell_of_process(tally, "door 1", 123.0)
        before = tally.present()
        self.assertEqual(123.0, before["start", "door 1"])
        self.assertGreater(before["cpu", "door 1"], 0.01)
        self.assertGreater(before["memory", "door 1"], 1 << 20)
        self.assertLess(before["files", "door 1"], before["file_limit", "door 1"])
        more = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
        after = tally.present()
        for file in more:
            os.close(file)
        self.assertEqual(before["files", "door 1"] + 3, after["files", "door 1"])
