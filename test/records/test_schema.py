"""
Tests for L{arvgate.records.schema}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import KINDS
from arvgate.records.schema import TABLES, Moment
from test.contract.records_values import ValuesContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite

moments = st.datetimes(timezones=st.just(UTC))


class TableTests(SynchronousTestCase):
    """The tables."""

    def test_columns(self) -> None:
        """Every stored field of every kind has a column, and no other has."""
        for kind in KINDS.values():
            stored = {field.name for field in kind.fields if field.stored}
            extra = set(TABLES[kind.path].c.keys()) - stored
            self.assertLessEqual(stored, set(TABLES[kind.path].c.keys()))
            self.assertLessEqual(
                extra,
                {
                    "secret_hash",
                    "purpose",
                    "container_uuid",
                    "secret_mounts_hash",
                    "fingerprint",
                    "given_back",
                    "locked_under",
                },
            )


class MomentTests(SynchronousTestCase):
    """L{Moment}."""

    def setUp(self) -> None:
        """With a dialect."""
        self.moment, self.dialect = Moment(), sqlite.dialect()

    def _stored(self, moment: datetime | None) -> int | None:
        return self.moment.process_bind_param(moment, self.dialect)

    @given(moments)
    def test_round_trip(self, moment: datetime) -> None:
        """A time comes back to the microsecond."""
        self.setUp()
        self.assertEqual(moment, self.moment.process_result_value(self._stored(moment), self.dialect))

    @given(moments, moments)
    def test_order(self, one: datetime, other: datetime) -> None:
        """What is stored compares as the times do."""
        self.setUp()
        self.assertEqual(one < other, self._stored(one) < self._stored(other))

    def test_null(self) -> None:
        """No time stays none."""
        self.assertIsNone(self._stored(None))
        self.assertIsNone(self.moment.process_result_value(None, self.dialect))

    def test_microseconds(self) -> None:
        """The unit is the microsecond, from 1970 on."""
        self.assertEqual(
            1500001, self._stored(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1.5, microseconds=1))
        )


class ValuesTests(OnSQLite, ValuesContract, SynchronousTestCase):
    """Values."""


class PostgreSQLValuesTests(OnPostgreSQL, ValuesTests):
    """The same on PostgreSQL."""
