"""
Databases of clusters in acceptance tests.

Constructing one and its methods block; call them in a thread.
"""

from __future__ import annotations

from test.postgresql.server import PostgreSQLServer, shared_server

__all__ = ["PostgreSQLDatabase"]


class PostgreSQLDatabase:
    """
    A new database on PostgreSQL.

    @param server: on which; None: the one that all tests of this process share.
    @ivar url: as for C{arvgate init --database}.
    """

    def __init__(self, server: PostgreSQLServer | None = None) -> None:
        self.server = server or shared_server()
        self._name = self.server.new_database()
        self.url = self.server.url(self._name)

    def remove(self) -> None:
        """Nobody needs it any more."""
        self.server.drop(self._name)
