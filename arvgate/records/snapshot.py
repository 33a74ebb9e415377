"""
One state of the records, seen by one principal: rows as records, and how far that principal's rights go.

Not here: lists (L{arvgate.records.lists.listing}) and changes (L{arvgate.records.transaction}).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Select, bindparam, select

from arvgate.errors import Forbidden, NotFound
from arvgate.model.ids import is_uuid, system_root_token_uuid
from arvgate.model.kinds import CONTAINERS, KINDS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Record
from arvgate.policy.permission import Level
from arvgate.records.projects import surroundings
from arvgate.records.reach import Reach
from arvgate.records.rules import Rules
from arvgate.records.schema import LINK_TABLE, TABLES
from arvgate.records.sealing import Sealer
from arvgate.records.visibility import Viewer, readable_by, viewers_of

__all__ = ["Snapshot", "public_columns", "rows_as_records"]


def public_columns(kind: Kind) -> list[Any]:
    """The columns of C{kind} that may be shown."""
    table = TABLES[kind.path]
    return [table.c[field.name] for field in kind.fields if field.stored and not field.secret]


class Snapshot:
    """
    What a use case reads.

    @ivar now: the moment in which all of it happens.
    @ivar principal: who asks.
    """

    def __init__(
        self, connection: Connection, sealer: Sealer, rules: Rules, principal: Principal, now: datetime
    ) -> None:
        self.connection = connection
        self.sealer = sealer
        self.rules = rules
        self.principal = principal
        self.now = now

    @property
    def is_system(self) -> bool:
        """Whether the system itself asks."""
        return self.principal.token_uuid == system_root_token_uuid(self.rules.cluster)

    def peek(self, kind: Kind, uuid: str) -> Record | None:
        """The record, whoever asks; without secrets."""
        if not is_uuid(uuid, kind.path):
            return None
        rows = self.connection.execute(_any_one(kind.path), {"sought": uuid})
        return next(rows_as_records(rows), None)

    def select(self, kind: Kind, *conditions: ColumnElement[bool]) -> list[Record]:
        """All records that fulfil the conditions, whoever asks; without secrets; oldest first."""
        return list(rows_as_records(self.connection.execute(_oldest_first(kind.path).where(*conditions))))

    def read(self, kind: Kind, uuid: str, include_trash: bool = False) -> Record:
        """
        The record, without secrets.

        @param include_trash: also if it, or a project that it is in, is in the trash.
        @raise NotFound: there is none, or the principal cannot read it.
        """
        if is_uuid(uuid, kind.path):
            viewers = viewers_of(self.principal, self.rules)
            statement = _readable_one(kind.path, viewers, self.rules, include_trash)
            for found in rows_as_records(self.connection.execute(statement, {"sought": uuid})):
                return found
        raise NotFound(f"There is no {kind.singular} {uuid!r}")

    def can_read(self, kind: Kind, uuid: str, include_trash: bool = False) -> bool:
        """Whether there is such a record and the principal can read it."""
        try:
            self.read(kind, uuid, include_trash)
        except NotFound:
            return False
        return True

    def write(self, kind: Kind, uuid: str, needed: Level = Level.WRITE, include_trash: bool = False) -> Record:
        """
        The record, for somebody who is about to change it.

        @param include_trash: also what is in the trash.

        @raise NotFound: there is none, or the principal cannot read it.
        @raise Forbidden: the principal can read it, but not that.
        """
        record = self.read(kind, uuid, include_trash)
        if self.level(record) < needed:
            raise Forbidden(f"You may read this {kind.singular}, but not change it")
        return record

    def level(self, record: Record, even_if_frozen: bool = False) -> Level:
        """
        How far the principal's rights on a record go; as whom it reads besides does not count.

        @param even_if_frozen: nothing in a frozen project can be changed, and still somebody may unfreeze it.
        """
        granted = self._granted(record)
        if granted > Level.READ and not even_if_frozen and surroundings(self.connection, record).is_frozen:
            return Level.READ
        return granted

    def seen_by(self, principal: Principal) -> Snapshot:
        """The same state, seen by somebody else."""
        return Snapshot(self.connection, self.sealer, self.rules, principal, self.now)

    def _granted(self, record: Record) -> Level:
        principal = self.principal
        if principal.user_uuid is None or not principal.is_active:
            return Level.NONE
        if principal.is_admin or record["owner_uuid"] == principal.user_uuid:
            return Level.MANAGE
        reach = Reach([principal.user_uuid], self.rules.cluster)
        return Level(self.connection.scalar(reach.strongest(record["uuid"], record["owner_uuid"])) or 0)

    def secret(self, kind: Kind, uuid: str, name: str) -> Any:
        """The value of a secret field: text, or a JSON value if the field is an object; its default if unset."""
        field = kind.field(name)
        assert field is not None and field.secret
        table = TABLES[kind.path]
        sealed = self.connection.scalar(select(table.c[name]).where(table.c.uuid == uuid))
        if sealed is None:
            return field.default
        text = self.sealer.open(kind.path, name, uuid, sealed)
        return json.loads(text) if field.type == "object" else text

    def links_to(self, head_uuid: str, link_class: str) -> Sequence[Record]:
        """All links of a class that point to a record."""
        return self.select(LINKS, LINK_TABLE.c.head_uuid == head_uuid, LINK_TABLE.c.link_class == link_class)

    def container(self, uuid: str | None) -> Record | None:
        """A container, whoever asks; None for None."""
        return None if uuid is None else self.peek(CONTAINERS, uuid)


def rows_as_records(rows: CursorResult[Any]) -> Iterator[Record]:
    """Rows' columns as records, one after the other."""
    names = tuple(map(str, rows.keys()))  # plain ones, which every writer of JSON takes
    return (dict(zip(names, row, strict=True)) for row in rows)


@lru_cache(128)
def _readable_one(kind: str, viewers: tuple[Viewer, ...], rules: Rules, include_trash: bool) -> Select[Any]:
    """Made once for who asks often: the record that is C{sought}, if it can be read."""
    sought = TABLES[kind].c.uuid == bindparam("sought")
    return select(*public_columns(KINDS[kind])).where(sought, readable_by(kind, viewers, rules, include_trash, True))


@cache
def _any_one(kind: str) -> Select[Any]:
    return select(*public_columns(KINDS[kind])).where(TABLES[kind].c.uuid == bindparam("sought"))


@cache
def _oldest_first(kind: str) -> Select[Any]:
    table = TABLES[kind]
    return select(*public_columns(KINDS[kind])).order_by(table.c.created_at, table.c.uuid)
