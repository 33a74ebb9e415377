"""
A new database with what every cluster has, and its first admin.

Blocking, for commands only.  Not here: configuration, keys and certificates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from arvgate.model.ids import (
    all_users_group_uuid,
    anonymous_group_uuid,
    anonymous_user_uuid,
    system_group_uuid,
    system_user_uuid,
)  # fmt: skip
from arvgate.model.kinds import GROUPS, USERS
from arvgate.model.records import Kind, Record
from arvgate.records import tokens, user_view, users
from arvgate.records.changes import moment_of
from arvgate.records.database.engine import open_engine, writing
from arvgate.records.database.migrate import migrate
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.transaction import Transaction

__all__ = ["create_database", "create_first_admin"]


def create_database(
    url: str,
    data_key: bytes,
    cluster: str,
    now: datetime,
    randbelow: Callable[[int], int],
    *,
    empty: bool = False,
) -> None:
    """
    Make the schema, the system's user and group, the roles of all users and of everybody, and the anonymous user.

    What is there already stays.

    @param data_key: 32 bytes.
    @param randbelow: as C{secrets.randbelow}.
    @param empty: nothing may be there, since it was sealed with another data key.
    @raise StoreUnavailable: the database cannot be opened.
    @raise SchemaMismatch: a newer version made it.
    @raise Invalid: it is not empty.
    """
    migrate(url, empty=empty)
    with _transaction(url, data_key, cluster, now, randbelow) as tx:
        owner = system_user_uuid(cluster)
        _ensure(tx, USERS, owner, username="root", first_name="root", is_active=True, is_admin=True)
        _ensure(
            tx, USERS, anonymous_user_uuid(cluster),
            username="anonymous", first_name="Anonymous", last_name="Public", is_active=True,
        )  # fmt: skip
        _ensure(tx, GROUPS, system_group_uuid(cluster), name="System group", group_class="role")
        _ensure(tx, GROUPS, all_users_group_uuid(cluster), name="All users", group_class="role")
        _ensure(tx, GROUPS, anonymous_group_uuid(cluster), name="Anonymous users", group_class="role")


def create_first_admin(
    url: str,
    data_key: bytes,
    cluster: str,
    now: datetime,
    randbelow: Callable[[int], int],
    *,
    username: str = "admin",
    first_name: str = "Admin",
    last_name: str = "",
    email: str = "",
) -> tuple[Record, str]:
    """
    An active admin with a token that permits everything and never expires.

    @return: the user's record and the token's v2 text.
    @raise Invalid: the name is taken or cannot be one.
    @raise StoreUnavailable: the database cannot be opened.
    """
    with _transaction(url, data_key, cluster, now, randbelow) as tx:
        user = users.create(
            tx,
            {
                "username": username,
                "first_name": first_name,
                "last_name": last_name,
                "email": email,
                "is_active": True,
                "is_admin": True,
            },
        )
        _, token = tokens.mint(tx, user["uuid"], ["all"])
        return user_view.shown(tx, user), token.text


@contextmanager
def _transaction(
    url: str, data_key: bytes, cluster: str, now: datetime, randbelow: Callable[[int], int]
) -> Iterator[Transaction]:
    rules = Rules(cluster)
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            sealer = Sealer(data_key, randbelow)
            tx = Transaction(connection, sealer, rules, rules.system, moment_of(connection, now), randbelow)
            yield tx
            tx.finish()
    finally:
        engine.dispose()


def _ensure(tx: Transaction, kind: Kind, uuid: str, **values: Any) -> None:
    if tx.peek(kind, uuid) is None:
        tx.insert(kind, {**values, "uuid": uuid, "owner_uuid": tx.rules.system_user})
