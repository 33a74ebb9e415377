"""
External ports, as the contract has it, on SQLite; and addresses under a wildcard.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.vhost import HostNames
from test.contract.records_case import RecordsCase
from test.contract.records_external_ports import ExternalPortsContract, publishing
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import RULES, OnSQLite

RANGE = HostNames("zzzzz", "api.example", "", ports_host="apps.example", first_port=31000, last_port=31002)


class ExternalPortsTests(OnSQLite, ExternalPortsContract, SynchronousTestCase):
    """External ports."""

    rules = attrs.evolve(RULES, names=RANGE)


class PostgreSQLExternalPortsTests(OnPostgreSQL, ExternalPortsTests):
    """The same on PostgreSQL."""


class WildcardTests(OnSQLite, RecordsCase, SynchronousTestCase):
    """Addresses under a wildcard."""

    rules = attrs.evolve(RULES, names=HostNames("zzzzz", "api.example", ".c.example"))

    def test_addresses(self) -> None:
        """A running container's published ports have addresses of their own, without an external port."""
        _, container, _ = self.world.running(self.owner, **publishing(80))
        base = f"https://{container['uuid']}-80.c.example/"
        found = container["published_ports"]["80"]
        self.assertEqual((base, base + "lab"), (found["base_url"], found["initial_url"]))
        self.assertNotIn("external_port", found)


class PostgreSQLWildcardTests(OnPostgreSQL, WildcardTests):
    """The same on PostgreSQL."""
