"""Tests of L{arvgate.runner.log_facts}."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.facts import LOG_FACTS, read_facts
from arvgate.runner.log_facts import write_log_facts


class LogFactsTests(SynchronousTestCase):
    """L{write_log_facts}."""

    def test_written(self) -> None:
        """A container's log directory says whose it is, also when it is written again."""
        directory = Path(self.mktemp())
        directory.mkdir()
        for user in ("first", "second"):
            write_log_facts(str(directory), "container", user)
            facts = read_facts(str(directory / LOG_FACTS))
            self.assertEqual({"container_uuid": "container", "user_uuid": user}, facts)
        self.assertEqual([directory / LOG_FACTS], list(directory.iterdir()))
