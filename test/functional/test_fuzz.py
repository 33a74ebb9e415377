"""
The API under requests that were made at random from its own description: whatever comes, it answers in order.

C{ARVGATE_FUZZ} sets how many there are for each operation, and makes others each time, as C{make fuzz} does.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from arvgate.edge.api import ApiSite, make_api
from arvgate.records.store import Store
from arvgate.wire.vhost import HostNames
from test.edge.api.case import MANAGEMENT_TOKEN, NAMES, ROOT_TOKEN, ApiCase
from test.functional.fuzzing import Fuzz
from test.records.postgresql import postgresql_world
from test.records.worlds import RULES

EXAMPLES = int(os.environ.get("ARVGATE_FUZZ", "1"))


class FuzzTests(ApiCase, TestCase):
    """Requests over a socket, to an API with a few records."""

    timeout = max(300, 60 * EXAMPLES)

    def setUp(self) -> None:
        """Make records, and serve them."""
        super().setUp()
        running = self.request_of(self.alice)
        waiting = self.request_of(self.alice, state="Uncommitted")
        token = self.token_of(self.bob.uuid, ["GET /"])
        self.share(running, self.bob)
        made = [running["uuid"], waiting["uuid"], running["container_uuid"], self.bob.uuid, token.principal.token_uuid]
        self.uuids: dict[str, list[str]] = {}
        for uuid in made:
            self.uuids.setdefault(str(uuid)[6:11], []).append(str(uuid))
        api = make_api(
            self.store, self.store, self.issuer, self.options(), reactor, self.now, secrets.randbelow, self.in_thread
        )
        self.port: Any = reactor.listenTCP(0, ApiSite(api, reactor), interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)

    async def test_answers(self) -> None:
        """No answer is a server's error, and each is of a status, type and shape that the description has."""
        url = f"http://127.0.0.1:{self.port.getHost().port}"
        fuzz = Fuzz(
            url,
            (ROOT_TOKEN, self.alice.token),
            MANAGEMENT_TOKEN,
            self.uuids,
            EXAMPLES,
            "ARVGATE_FUZZ" not in os.environ,
        )
        problems = await deferToThread(fuzz.run)
        self.assertEqual({}, problems)
        for status in (200, 404, 422):
            self.assertGreater(fuzz.statuses[status], 10, fuzz.statuses)


class PostgreSQLFuzzTests(FuzzTests):
    """The same on PostgreSQL, which refuses other values than SQLite does."""

    def make_store(self, names: HostNames = NAMES) -> Store:
        """A store on a lent database."""
        world, _ = postgresql_world(self, attrs.evolve(RULES, system_root_token=ROOT_TOKEN, names=names))
        world.moment = self.now()
        return world.store
