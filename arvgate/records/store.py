"""
The store: each use case as one transaction on its thread, and the changes told once it is committed.

Not here: what the use cases do (the modules named after the kinds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import attrs
from sqlalchemy import Engine
from zope.interface import implementer

from arvgate.errors import Forbidden, MethodNotAllowed, NotAuthenticated
from arvgate.interfaces import ContainerFacts, IRecords, ITokens
from arvgate.model.contents import Contents, ContentsQuery
from arvgate.model.ids import anonymous_user_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, GROUPS, USERS
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.records import Kind, Page, Query, Record
from arvgate.model.targets import Target
from arvgate.model.tokens import Authorization, IssuedToken, Token
from arvgate.records import (
    changes,
    collections,
    cycles,
    facts,
    group_trash,
    groups,
    links,
    logs,
    overview,
    tokens,
    user_view,
)
from arvgate.records.database.engine import reading, writing
from arvgate.records.database.threads import Worker
from arvgate.records.lists import contents, listing
from arvgate.records.lists.counts import Counts
from arvgate.records.references import check_references
from arvgate.records.resources import resource_of
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import NumberedChange, Transaction

__all__ = ["Store"]

T = TypeVar("T")


@implementer(IRecords, ITokens)
class Store:
    """
    The records of one cluster in one database.

    @param engine: of L{arvgate.records.database.engine.open_engine}, on a database with the present schema.
    @param worker: on which the blocking calls run; started and stopped by whoever made it.
    @param now: the present moment, aware UTC.
    @param randbelow: as C{secrets.randbelow}.
    @param committed: told the changes of each transaction of this store, in the reactor's thread.
    """

    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        rules: Rules,
        worker: Worker,
        now: Callable[[], datetime],
        randbelow: Callable[[int], int],
        committed: Callable[[Sequence[NumberedChange]], None],
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._rules = rules
        self._worker = worker
        self._now = now
        self._randbelow = randbelow
        self._committed = committed
        self._counts = Counts()

    @property
    def system(self) -> Principal:
        """The principal as which the gateway itself works."""
        return self._rules.system

    # IRecords

    async def get(self, kind: Kind, uuid: str, reader: Principal, include_trash: bool = False) -> Record:
        """One record without its secret fields."""
        return await self._read(
            reader, lambda snapshot: _shown(snapshot, kind, _found(snapshot, kind, uuid, include_trash))
        )

    async def list(self, kind: Kind, query: Query, reader: Principal) -> Page:
        """The records that the reader can read and that match."""

        def look(snapshot: Snapshot) -> Page:
            page = listing.page(snapshot, kind, query, self._counts)
            return attrs.evolve(page, items=_all_shown(snapshot, kind, page.items))

        return await self._read(reader, look)

    async def contents(self, query: ContentsQuery, reader: Principal) -> Contents:
        """What is in projects."""

        def look(snapshot: Snapshot) -> Contents:
            found = contents.contents(snapshot, query)
            items = [(kind, _shown(snapshot, kind, item)) for kind, item in found.items]
            included = [(kind, _shown(snapshot, kind, item)) for kind, item in found.included]
            return attrs.evolve(found, items=items, included=included)

        return await self._read(reader, look)

    async def permissions(self, uuid: str, query: Query, reader: Principal) -> Page:
        """The permission links on a record."""
        return await self._read(reader, lambda snapshot: links.permissions(snapshot, uuid, query))

    async def create(
        self, kind: Kind, attributes: Mapping[str, Any], writer: Principal, ensure_unique_name: bool = False
    ) -> Record:
        """A new record."""
        use = _possible(resource_of(kind).create, kind, "created")
        attributes = await self._examined(kind, attributes, writer)

        def make(tx: Transaction) -> Record:
            check_references(tx, kind, attributes)
            tx.renames = ensure_unique_name
            return _shown(tx, kind, use(tx, attributes))

        return await self._write(writer, make)

    async def update(self, kind: Kind, uuid: str, attributes: Mapping[str, Any], writer: Principal) -> Record:
        """Change fields of a record, with all that follows from it."""
        use = _possible(resource_of(kind).update, kind, "changed")
        attributes = await self._examined(kind, attributes, writer)

        def change(tx: Transaction) -> Record:
            check_references(tx, kind, attributes, uuid)
            return _shown(tx, kind, use(tx, uuid, attributes))

        return await self._write(writer, change)

    async def delete(self, kind: Kind, uuid: str, writer: Principal) -> Record:
        """Delete a record; the answer is what it was."""
        use = _possible(resource_of(kind).delete, kind, "deleted")
        return await self._write(writer, lambda tx: _shown(tx, kind, use(tx, uuid)))

    async def act(self, kind: Kind, action: str, uuid: str, arguments: Mapping[str, Any], writer: Principal) -> Record:
        """What this kind's records can do besides."""
        use = _possible(resource_of(kind).actions.get(action), kind, f"told to {action}")
        return await self._write(writer, lambda tx: _shown(tx, kind, use(tx, uuid, arguments)))

    async def lock(self, uuid: str, writer: Principal) -> Record:
        """Queued to Locked for the writer's token."""
        return await self._write(writer, lambda tx: cycles.lock(tx, uuid))

    async def unlock(self, uuid: str, writer: Principal) -> Record:
        """Locked to Queued, or to Cancelled after too many attempts."""
        return await self._write(writer, lambda tx: cycles.unlock(tx, uuid))

    async def container_auth(self, uuid: str, writer: Principal) -> Record:
        """The container's own token with its secret, for the lock's holder."""
        return await self._read(writer, lambda snapshot: cycles.container_auth(snapshot, uuid))

    async def secret_mounts(self, uuid: str, reader: Principal) -> Record:
        """The secret mounts of a container, for its own token and the lock's holder."""
        return await self._read(reader, lambda snapshot: cycles.secret_mounts(snapshot, uuid))

    async def mint_lock_token(self, uuid: str) -> IssuedToken:
        """A token of the system user for one lock cycle of a container."""
        return await self._write(self.system, lambda tx: cycles.mint_lock_token(tx, uuid))

    async def container_facts(self, target: Target, user_uuid: str | None) -> ContainerFacts | None:
        """What a listing is made of."""
        return await self._read(ANYBODY, lambda snapshot: facts.container_facts(snapshot, target, user_uuid))

    async def writable_requests(
        self, reader: Principal, limit: int, offset: int
    ) -> Sequence[tuple[Record, Record | None]]:
        """What a user may work with."""
        return await self._read(reader, lambda snapshot: overview.writable_requests(snapshot, limit, offset))

    async def derive_token(self, token: Token, scope: str, lifetime: float | None) -> IssuedToken:
        """A child of a valid token with just that scope."""
        return await self._write(self.system, lambda tx: tokens.derive(tx, token, scope, lifetime))

    async def begin_session(self, token: Token, lifetime: float | None) -> IssuedToken:
        """A session of our own pages."""
        return await self._write(self.system, lambda tx: tokens.begin_session(tx, token, lifetime))

    async def end_session(self, token: Token) -> None:
        """The end of a session and of all that came of it."""
        await self._write(self.system, lambda tx: tokens.end_session(tx, token))

    # ITokens

    async def find(self, token: Token) -> Authorization | None:
        """What is known of a presented token."""
        return await self._read(ANYBODY, lambda snapshot: tokens.find(snapshot, token))

    # ours

    async def sweep(self) -> None:
        """
        Delete expired tokens, old log entries, and change rows that nobody waits for, and see to the trash;
        to be called every minute or so.
        """

        def clean(tx: Transaction) -> None:
            tokens.delete_expired(tx)
            changes.forget_old(tx)
            group_trash.sweep(tx)
            collections.sweep(tx)
            logs.sweep(tx)

        await self._write(self.system, clean)

    async def _examined(self, kind: Kind, attributes: Mapping[str, Any], writer: Principal) -> Mapping[str, Any]:
        """What the use case is to get, made beside other calls, so that no write waits for it."""
        examined = resource_of(kind).examined
        if examined is None:
            return attributes
        self._check_writer(writer)
        return await self._worker.read(lambda: examined(attributes))

    async def _read(self, principal: Principal, use: Callable[[Snapshot], T]) -> T:
        def call() -> T:
            with reading(self._engine) as connection:
                return use(Snapshot(connection, self._sealer, self._rules, principal, self._now()))

        return await self._worker.read(call)

    async def _write(self, principal: Principal, use: Callable[[Transaction], T]) -> T:
        self._check_writer(principal)
        principal = attrs.evolve(principal, also=())

        def call() -> tuple[T, Sequence[NumberedChange]]:
            with writing(self._engine) as connection:
                now = changes.moment_of(connection, self._now())
                tx = Transaction(connection, self._sealer, self._rules, principal, now, self._randbelow)
                return use(tx), tx.finish()

        answer, told = await self._worker.write(call)
        self._committed(told)
        return answer

    def _check_writer(self, principal: Principal) -> None:
        if principal.user_uuid is None:
            raise NotAuthenticated
        if not principal.is_active:
            raise Forbidden("Your account is not active")
        if principal.user_uuid == anonymous_user_uuid(self._rules.cluster):
            raise Forbidden("Log in to change anything")


def _found(snapshot: Snapshot, kind: Kind, uuid: str, include_trash: bool) -> Record:
    if kind is API_CLIENT_AUTHORIZATIONS:
        return tokens.read(snapshot, uuid)
    return snapshot.read(kind, uuid, include_trash=include_trash)


def _all_shown(snapshot: Snapshot, kind: Kind, records: Sequence[Mapping[str, Any]]) -> Sequence[Record]:
    if kind is GROUPS:
        return groups.shown(snapshot, records)
    return [_shown(snapshot, kind, record) for record in records]


def _shown(snapshot: Snapshot, kind: Kind, record: Mapping[str, Any]) -> Record:
    if kind is GROUPS:
        return groups.shown(snapshot, [record])[0]
    return user_view.shown(snapshot, record) if kind is USERS else dict(record)


def _possible(use: T | None, kind: Kind, verb: str) -> T:
    if use is None:
        raise MethodNotAllowed(f"{kind.path} cannot be {verb}")
    return use
