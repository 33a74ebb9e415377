"""
Groups, as the contract has them, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_groups import GroupsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class GroupsTests(OnSQLite, GroupsContract, SynchronousTestCase):
    """Groups."""


class PostgreSQLGroupsTests(OnPostgreSQL, GroupsTests):
    """The same on PostgreSQL."""
