"""
Projects in the trash, as the contract has them, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_group_trash import GroupTrashContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class GroupTrashTests(OnSQLite, GroupTrashContract, SynchronousTestCase):
    """The trash."""


class PostgreSQLGroupTrashTests(OnPostgreSQL, GroupTrashTests):
    """The same on PostgreSQL."""
