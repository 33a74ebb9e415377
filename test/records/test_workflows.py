"""
Workflows, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_workflows import WorkflowsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class WorkflowsTests(OnSQLite, WorkflowsContract, SynchronousTestCase):
    """Workflows."""


class PostgreSQLWorkflowsTests(OnPostgreSQL, WorkflowsTests):
    """The same on PostgreSQL."""
