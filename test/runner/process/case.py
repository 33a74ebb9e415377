"""
The frame of the tests with real processes: a place to work in, an engine, and nothing left in the end.
"""

from __future__ import annotations

import os
import sys

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.trial.unittest import TestCase

from arvgate.interfaces import JobPlan
from arvgate.runner.account import Account
from arvgate.runner.process.engine import ProcessEngine
from test.runner.announcements import Announcements
from test.runner.process.leftovers import Leftovers
from test.runner.process.programs import Workplace

__all__ = ["EngineCase", "make_engine"]


def make_engine(account: Account | None = None, effective_uid: int | None = None) -> ProcessEngine:
    """The engine under test."""
    return ProcessEngine(reactor, account, os.geteuid() if effective_uid is None else effective_uid, sys.executable)


class EngineCase(TestCase):
    """A test with a workplace and an engine; it fails if a process of it is left when it is over."""

    #: Seconds, for a machine that is very busy; a test takes a fraction of one.
    timeout = 30

    def setUp(self) -> None:
        """A place to work in, and a pipe on which programs say that they are ready."""
        self.place = Workplace(os.path.abspath(self.mktemp()))
        self.ready = Announcements(reactor, self.place.plan.environment["READY"])
        self.addCleanup(self.ready.close)
        self.leftovers = Leftovers()
        self.engine = make_engine()

    def tearDown(self) -> None:
        """Nothing is left."""
        self.assertEqual([], self.leftovers.end())

    async def output_of(self, plan: JobPlan) -> str:
        """What a job that ends by itself writes."""
        job = await self.engine.start(plan)
        await job.wait()
        return self.place.output()
