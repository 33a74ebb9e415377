"""
Tests for L{arvgate.service.observing}, with real processes.
"""

from __future__ import annotations

import os
import re
import signal

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.task import deferLater

from test.service.test_watching import PATIENCE, WatchCase


class ObservingTests(WatchCase):
    """A gateway with two doors."""

    workers = 2

    async def see(self, path: str) -> tuple[int, str]:
        """Ask with the ManagementToken."""
        token = self.cluster.config.management_token.value
        return await self.cluster.get_text(self.port, path, token)

    async def test_health(self) -> None:
        """All parts are well; without a door that is missing they are not."""
        deadline = reactor.seconds() + PATIENCE
        while (found := await self.see("/_health/all"))[0] != 200:
            self.assertLess(reactor.seconds(), deadline, found)
            await deferLater(reactor, 0.05)
        for name in ("database", "dispatcher", "engine", "certificate", "clock", "disk", "doors"):
            self.assertIn(f'"{name}":{{"health":"OK"}}', found[1])

    async def test_metrics(self) -> None:
        """The numbers are whole whichever door answers, and do not go back when one is killed."""
        before = await self.requests()
        for _ in range(20):
            await self.cluster.get(self.port, "/arvados/v1/config")
        counted = await self.requests()
        self.assertGreaterEqual(counted, before + 20)
        for name in ("door 1", "door 2"):
            pid = int(self.watch.processes[name] or 0)
            os.kill(pid, signal.SIGKILL)
            await self.until_replaced(name, pid)
            await self.until_answers()
        self.assertGreaterEqual(await self.requests(), counted)
        deadline = reactor.seconds() + PATIENCE
        while (processes := await self.processes()) != ["control", "door 1", "door 2"]:
            self.assertLess(reactor.seconds(), deadline, processes)
            await deferLater(reactor, 0.05)

    async def requests(self) -> float:
        """How many requests to the record API were answered well."""
        _, text = await self.see("/metrics")
        found = re.search(r'^arvgate_http_requests_total\{code="2xx",kind="api"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def processes(self) -> list[str]:
        """The processes that tell of themselves."""
        _, text = await self.see("/metrics")
        return sorted(re.findall(r'^arvgate_process_open_fds\{process="([^"]+)"\}', text, re.MULTILINE))
