"""
The contract of the records, on SQLite.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_containers import ContainersContract
from test.contract.records_journal import JournalContract
from test.contract.records_lifetime import LIFETIME, LifetimeContract
from test.contract.records_links import LinksContract
from test.contract.records_lists import ListsContract
from test.contract.records_requests import RequestsContract
from test.contract.records_tokens import TokenRecordsContract
from test.contract.records_users import UsersContract
from test.contract.records_world import RecordsWorld
from test.records.sqlite import RULES, sqlite_world


class _OnSQLite:
    rules = RULES

    def make_records(self) -> RecordsWorld:
        """A store on a new SQLite file."""
        world, engine = sqlite_world(self.mktemp(), self.rules)
        self.addCleanup(engine.dispose)
        return world


class RequestsTests(_OnSQLite, RequestsContract, SynchronousTestCase):
    """Container requests."""


class ContainersTests(_OnSQLite, ContainersContract, SynchronousTestCase):
    """Containers."""


class TokenRecordsTests(_OnSQLite, TokenRecordsContract, SynchronousTestCase):
    """Tokens."""


class LifetimeTests(_OnSQLite, LifetimeContract, SynchronousTestCase):
    """Tokens of limited lifetime."""

    rules = attrs.evolve(RULES, max_token_lifetime=LIFETIME)


class JournalTests(_OnSQLite, JournalContract, SynchronousTestCase):
    """Audit log and change feed."""


class LinksTests(_OnSQLite, LinksContract, SynchronousTestCase):
    """Links."""


class ListsTests(_OnSQLite, ListsContract, SynchronousTestCase):
    """Lists."""


class UsersTests(_OnSQLite, UsersContract, SynchronousTestCase):
    """Users."""
