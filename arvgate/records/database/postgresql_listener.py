"""
One connection to PostgreSQL that listens for notifications, watched by the reactor.

Nothing here blocks but L{connect}.  Not here: what is made of it (L{arvgate.records.database.postgresql_feed}).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus
from sqlalchemy import Engine
from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from arvgate.errors import StoreUnavailable
from arvgate.records.database.postgresql import connect_arguments

__all__ = ["Listener", "connect"]


def connect(engine: Engine, channel: str) -> psycopg.Connection[Any]:
    """
    A new connection to an engine's database that listens to a channel; blocks.

    @raise StoreUnavailable: the server is away.
    """
    try:
        connection = psycopg.connect(autocommit=True, **connect_arguments(engine))
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    except psycopg.Error as error:
        raise StoreUnavailable(detail=" ".join(str(error).split())) from None
    return connection


@implementer(IReadDescriptor)
class Listener:
    """
    Such a connection in the reactor.

    @param connection: of L{connect}; closed by this.
    @param heard: told what each notification says.
    @param answered: told the answer of each question.
    @param lost: told why the connection is of no use any more, once.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        reactor: IReactorFDSet,
        heard: Callable[[str], None],
        answered: Callable[[int], None],
        lost: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        # libpq closes its own when the server is gone, while the reactor still has it.
        self._descriptor = os.dup(connection.fileno())
        self._reactor = reactor
        self._heard = heard
        self._answered = answered
        self._lost = lost
        self._asked = False
        self._closed = False
        reactor.addReader(self)

    @property
    def is_waiting(self) -> bool:
        """Whether a question has not been answered."""
        return self._asked

    def ask(self, statement: str) -> None:
        """Ask for a number, unless an answer is waited for; NULL counts as 0."""
        if self._asked or self._closed:
            return
        self._asked = True
        try:
            self._pg.send_query(statement.encode())
            self._pg.flush()
        except psycopg.Error as error:
            self._fail(str(error))

    def close(self) -> None:
        """Listen no more."""
        if not self._closed:
            self._closed = True
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._connection.close()

    def fileno(self) -> int:
        """Of the connection."""
        return self._descriptor

    def logPrefix(self) -> str:
        """In logs."""
        return type(self).__name__

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops, or the descriptor has failed."""
        self._fail(reason.getErrorMessage())

    def doRead(self) -> None:
        """Take what has come."""
        try:
            self._pg.consume_input()
            while (notification := self._pg.notifies()) is not None:
                self._heard(notification.extra.decode("utf-8", "replace"))
            while self._asked and not self._closed and not self._pg.is_busy():
                self._take_result()
        except psycopg.Error as error:
            self._fail(str(error))

    def _take_result(self) -> None:
        result = self._pg.get_result()
        if result is None:
            self._asked = False
        elif result.status == ExecStatus.TUPLES_OK:
            self._answered(int(result.get_value(0, 0) or 0))
        else:
            self._fail(result.error_message.decode("utf-8", "replace"))

    def _fail(self, detail: str) -> None:
        if not self._closed:
            self.close()
            self._lost(" ".join(detail.split()))
