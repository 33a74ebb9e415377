"""
Tests for L{arvgate.service.database}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, ConfigInvalid, SchemaMismatch, StoreUnavailable
from arvgate.records.data_key import DataKeyUnusable
from arvgate.service.database import check_database, read_data_key
from test.service.clusters import make_cluster


class DatabaseTests(SynchronousTestCase):
    """What control needs before it can work."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 0)
        self.database = self.cluster.directory / "state" / "arvgate.db"
        self.data_key = self.cluster.directory / "data-key.json"

    def refused(self, kind: type[ArvgateError]) -> ArvgateError:
        """It cannot work, and the reason is one line."""
        error = self.assertRaises(kind, check_database, self.cluster.config)
        self.assertNotIn("\n", error.sentence)
        return error

    def test_good(self) -> None:
        """A new cluster is good."""
        check_database(self.cluster.config)
        self.assertEqual(32, len(read_data_key(self.cluster.config)))

    def test_no_database(self) -> None:
        """A database that is not there is not made."""
        self.database.unlink()
        self.refused(StoreUnavailable)
        self.assertFalse(self.database.exists())

    def test_empty_database(self) -> None:
        """One without a schema is to be migrated."""
        self.database.write_bytes(b"")
        self.assertIn("arvgate migrate", self.refused(SchemaMismatch).sentence)

    def test_data_key(self) -> None:
        """A data key that is not there, damaged, or another cluster's is refused."""
        self.data_key.write_bytes((make_cluster(self.mktemp(), 0).directory / "data-key.json").read_bytes())
        self.refused(DataKeyUnusable)
        self.data_key.write_text("{}")
        self.refused(DataKeyUnusable)
        self.data_key.unlink()
        self.assertIn("Arvgate.DataKey", self.refused(ConfigInvalid).sentence)
