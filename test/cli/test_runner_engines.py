"""Tests of L{arvgate.cli.runner_engines}."""

from __future__ import annotations

import os
import sys

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from arvgate.cli.runner_engines import ENGINES, make_engine, preload
from arvgate.errors import EngineRefused
from arvgate.interfaces import IEngine
from arvgate.runner.env_document import DockerSettings, HostDirectory
from arvgate.runner.plan import Places
from test.runner.documents import DOCUMENT

RECORD = {"uuid": DOCUMENT.container_uuid, "lock_count": 1, "command": ["x"], "container_image": "image"}
PLACES = Places("/w", "/l", 1000)


class EnginesTests(TestCase):
    """The engine of a document."""

    timeout = 60

    async def test_all(self) -> None:
        """Every engine that can be configured is there, with its own plans."""
        for name in ENGINES:
            preload(name)
            engine, make_plan = await make_engine(reactor, attrs.evolve(DOCUMENT, engine=name), None)
            self.assertEqual(name, engine.name)
            self.assertTrue(IEngine.providedBy(engine))
            self.assertEqual(("x",), make_plan(RECORD, PLACES, None).job.command)

    async def test_host_directories(self) -> None:
        """Docker's plans offer the directories of the document, and no others."""
        settings = DockerSettings(host_directories=(HostDirectory("/data", False),))
        _, make_plan = await make_engine(reactor, attrs.evolve(DOCUMENT, engine="docker", docker=settings), None)
        for path, good in (("/data/x", True), ("/etc", False)):
            record = {**RECORD, "mounts": {"/m": {"kind": "arvgate_host", "path": path}}}
            if good:
                self.assertEqual("/data", make_plan(record, PLACES, None).job.binds[0].below)
            else:
                with self.assertRaises(EngineRefused):
                    make_plan(record, PLACES, None)

    async def test_only_what_is_wanted(self) -> None:
        """A runner of the process engine does not wait for Docker's modules."""
        program = "from arvgate.cli.runner_engines import preload as load; load('process'); import sys; "
        program += "print('docker' in sys.modules)"
        output, errors, _ = await getProcessOutputAndValue(sys.executable, ["-c", program], os.environ, reactor=reactor)
        self.assertEqual((b"False\n", b""), (output, errors))
