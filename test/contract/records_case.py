"""
The frame of the contract suites of the records.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from arvgate.errors import ArvgateError
from test.contract.records_world import RecordsWorld

__all__ = ["RecordsCase"]


class RecordsCase:
    """Mixed into a L{twisted.trial.unittest.SynchronousTestCase} that makes the world."""

    world: RecordsWorld

    def make_records(self) -> RecordsWorld:
        """The store under test in its world."""
        raise NotImplementedError

    def setUp(self) -> None:
        """Make the world, with a user and another."""
        self.world = self.make_records()
        self.store = self.world.store
        self.done = self.world.run
        self.owner = self.world.user()
        self.other = self.world.user()

    def refused(self, error: type[ArvgateError], call: Coroutine[Any, Any, Any]) -> ArvgateError:
        """The error that a call ends with, which must be of this class."""
        return self.assertRaises(error, self.world.run, call)
