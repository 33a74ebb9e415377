"""
Tokens: who is behind one, making them, and ending them with all that came of them (reference B, C).

Not here: the tokens of a lock cycle (L{arvgate.records.cycles}) and whether a known token may be used now
(L{arvgate.policy.authenticator}).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select

from arvgate.errors import Forbidden, Invalid, NotAuthenticated
from arvgate.model.ids import INFIXES, Uuid, anonymous_user_uuid, is_uuid, random_base36, system_root_token_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINERS, USERS
from arvgate.model.records import Record
from arvgate.model.tokens import Authorization, IssuedToken, Token, parse_token
from arvgate.policy import field_values
from arvgate.policy.container_states import IN_CYCLE
from arvgate.policy.salting import fits_salted
from arvgate.policy.scopes import SESSION, covers_scope
from arvgate.policy.token_values import derived_expiry, expiry_within, scope_problems, worth_reusing
from arvgate.records.schema import TOKEN_TABLE
from arvgate.records.sealing import same
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = [
    "begin_session", "create", "delete", "delete_expired", "derive", "end", "end_session", "find", "find_valid",
    "issued", "listed", "mint", "read", "runtime_token_owner", "update", "with_secret",
]  # fmt: skip

KIND: Final = API_CLIENT_AUTHORIZATIONS

#: New secrets are never as long as a salted one, which has 40 characters.
SECRET_LENGTH: Final = 50


def find(snapshot: Snapshot, token: Token) -> Authorization | None:
    """What is known of a presented token, with the check of its fourth part; see C{ITokens.find}."""
    found = _special(snapshot, token) or _stored(snapshot, token)
    if found is None or not _container_fits(snapshot, token, found):
        return None
    return found


def find_valid(snapshot: Snapshot, token: Token) -> Authorization | None:
    """What is known of a token that may be used now: not expired, and its user is active."""
    found = find(snapshot, token)
    if found is None or not found.is_active:
        return None
    return None if found.expires_at is not None and found.expires_at <= snapshot.now else found


def _special(snapshot: Snapshot, token: Token) -> Authorization | None:
    rules = snapshot.rules
    root_uuid = system_root_token_uuid(rules.cluster)
    if _is(token, rules.system_root_token, root_uuid):
        return Authorization(root_uuid, rules.system_user, is_admin=True, is_active=True, scopes=("all",))
    anonymous_uuid = _anonymous_token_uuid(snapshot)
    if _is(token, rules.anonymous_token, anonymous_uuid) or _is_salted(token, rules.anonymous_token, anonymous_uuid):
        user = anonymous_user_uuid(rules.cluster)
        return Authorization(anonymous_uuid, user, is_admin=False, is_active=True, scopes=("GET /",))
    return None


def read(snapshot: Snapshot, uuid: str) -> Record:
    """
    The record of a token, without its secret; also of one that stands in the configuration, to who came with it.

    @raise NotFound: there is none, or it is not the principal's.
    """
    principal = snapshot.principal
    root_uuid = system_root_token_uuid(snapshot.rules.cluster)
    if uuid != principal.token_uuid or uuid not in (root_uuid, _anonymous_token_uuid(snapshot)):
        return snapshot.read(KIND, uuid)
    values = {field.name: field.default for field in KIND.fields if not field.secret}
    values |= {"uuid": uuid, "owner_uuid": principal.user_uuid, "scopes": list(principal.scopes), "etag": uuid}
    return {**values, "created_at": snapshot.now, "modified_at": snapshot.now}


def _anonymous_token_uuid(snapshot: Snapshot) -> Uuid:
    return Uuid(f"{snapshot.rules.cluster}-{INFIXES[KIND.path]}-anonymouspublic")


def _is(token: Token, secret: str, uuid: str) -> bool:
    matches = hmac.compare_digest(token.secret.encode(), secret.encode())
    return bool(secret) and matches and token.uuid in (None, uuid)


def _is_salted(token: Token, secret: str, uuid: str) -> bool:
    return token.uuid == uuid and fits_salted(token.secret, secret, token.remote)


def _stored(snapshot: Snapshot, token: Token) -> Authorization | None:
    presented = snapshot.sealer.fingerprint(KIND.path, token.secret)
    by_hash = TOKEN_TABLE.c.secret_hash == presented
    condition = by_hash if token.uuid is None else TOKEN_TABLE.c.uuid == token.uuid
    row = snapshot.connection.execute(select(TOKEN_TABLE).where(condition)).mappings().one_or_none()
    if row is None or not (same(row["secret_hash"], presented) or _is_stored_salted(snapshot, token, row["uuid"])):
        return None
    user = snapshot.peek(USERS, row["owner_uuid"])
    if user is None:
        return None
    return Authorization(
        uuid=row["uuid"],
        user_uuid=row["owner_uuid"],
        is_admin=user["is_admin"],
        is_active=user["is_active"],
        scopes=tuple(row["scopes"]),
        expires_at=row["expires_at"],
        parent_uuid=row["parent_uuid"],
    )


def _is_stored_salted(snapshot: Snapshot, token: Token, uuid: str) -> bool:
    return bool(token.remote) and _is_salted(token, snapshot.secret(KIND, uuid, "api_token") or "", uuid)


def _container_fits(snapshot: Snapshot, token: Token, found: Authorization) -> bool:
    container = snapshot.container(token.container_uuid)
    if container is None:
        return True
    if container["state"] not in IN_CYCLE:
        return False
    runtime_token = snapshot.secret(CONTAINERS, container["uuid"], "runtime_token")
    if runtime_token is None:
        return bool(container["auth_uuid"] == found.uuid)
    runtime = parse_token(runtime_token)
    if runtime is None or runtime.uuid not in (None, found.uuid):
        return False
    return hmac.compare_digest(token.secret.encode(), runtime.secret.encode())


def mint(
    tx: Transaction,
    owner_uuid: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    *,
    parent_uuid: str | None = None,
    purpose: str | None = None,
    container_uuid: str | None = None,
    uuid: str | None = None,
    address: str | None = None,
) -> tuple[Record, IssuedToken]:
    """
    A new token of a user, as a record without its secret and as a text.

    @param purpose: C{cookie}, C{session}, C{lock} or C{run} for a token that the system makes for its own use.
    @param container_uuid: what such a token is for.
    @param address: of the client that asked for it.
    """
    secret = random_base36(SECRET_LENGTH, tx.randbelow)
    values = {
        "uuid": uuid,
        "owner_uuid": owner_uuid,
        "api_token": secret,
        "scopes": list(scopes),
        "expires_at": expires_at,
        "parent_uuid": parent_uuid,
        "created_by_ip_address": address,
    }
    record = tx.insert(
        KIND,
        values,
        secret_hash=tx.sealer.fingerprint(KIND.path, secret),
        purpose=purpose,
        container_uuid=container_uuid,
    )
    return record, _issued(record, secret)


def _issued(record: Mapping[str, Any], secret: str) -> IssuedToken:
    return IssuedToken(record["uuid"], f"v2/{record['uuid']}/{secret}", record["expires_at"])


def issued(snapshot: Snapshot, record: Mapping[str, Any]) -> IssuedToken:
    """A stored token as a text, once more."""
    return _issued(record, snapshot.secret(KIND, record["uuid"], "api_token"))


def with_secret(record: Record, token: IssuedToken) -> Record:
    """The record with its secret, for the one answer that shows it."""
    return {**record, "api_token": token.text.split("/")[2]}


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A token for oneself, or by an admin for another user; the answer has its secret.

    @raise Forbidden: for another user, by somebody who is no admin.
    @raise Invalid: the values are not acceptable, or there is no such user.
    """
    values = field_values.known_attributes(attributes)
    is_admin = tx.principal.is_admin
    problems = field_values.problems(KIND, values, is_admin, is_new=True) or scope_problems(values.get("scopes", []))
    if problems:
        raise Invalid(*problems)
    owner_uuid = str(values.get("owner_uuid", tx.principal.user_uuid))
    if owner_uuid != tx.principal.user_uuid:
        if not is_admin:
            raise Forbidden("Only an admin can make tokens for other users")
        if tx.peek(USERS, owner_uuid) is None:
            raise Invalid("owner_uuid is no user")
    expires_at = values.get("expires_at")
    if not is_admin or "expires_at" not in values:
        expires_at = expiry_within(expires_at, tx.now, tx.rules.max_token_lifetime)
    record, token = mint(
        tx, owner_uuid, values.get("scopes", ["all"]), expires_at,
        uuid=values.get("uuid"), address=tx.principal.address or None,
    )  # fmt: skip
    return with_secret(record, token)


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change when one's own token ends or what it may do.

    @raise NotFound: it is not the principal's.
    @raise Forbidden: the system made it for its own use, such as a browser's cookie.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.read(KIND, uuid)
    if tx.connection.scalar(select(TOKEN_TABLE.c.purpose).where(TOKEN_TABLE.c.uuid == uuid)) is not None:
        raise Forbidden("The system made this token for its own use: it can be revoked, but not changed")
    values = {
        name: value
        for name, value in field_values.known_attributes(attributes).items()
        if name not in before or before[name] != value
    }
    problems = field_values.problems(KIND, values, tx.principal.is_admin, is_new=False)
    if "owner_uuid" in values:
        problems.append("owner_uuid cannot be changed")
    problems.extend(scope_problems(values.get("scopes", [])))
    if problems:
        raise Invalid(*problems)
    if "expires_at" in values and not tx.principal.is_admin:
        values["expires_at"] = expiry_within(values["expires_at"], tx.now, tx.rules.max_token_lifetime)
    after = tx.alter(KIND, before, values)
    if after is not before:
        _end_children(tx, uuid)
    return after


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Revoke one's own token, and all that came of it.

    @raise NotFound: it is not the principal's.
    """
    record = tx.read(KIND, uuid)
    end(tx, TOKEN_TABLE.c.uuid == uuid)
    return record


def end(tx: Transaction, *conditions: ColumnElement[bool]) -> None:
    """Delete all tokens that fulfil the conditions, and all that came of them."""
    for record in tx.select(KIND, *conditions):
        tx.remove(KIND, record)
        _end_children(tx, record["uuid"])


def _end_children(tx: Transaction, uuid: str) -> None:
    end(tx, TOKEN_TABLE.c.parent_uuid == uuid)


def delete_expired(tx: Transaction) -> None:
    """Delete what has expired."""
    end(tx, TOKEN_TABLE.c.expires_at <= tx.now)


def listed(query_names_uuid: bool) -> ColumnElement[bool] | None:
    """The condition that hides tokens of browsers from lists, unless the list asks for a certain token."""
    purpose = TOKEN_TABLE.c.purpose
    return None if query_names_uuid else or_(purpose.is_(None), purpose.not_in(("cookie", "session")))


def derive(tx: Transaction, token: Token, scope: str, lifetime: float | None) -> IssuedToken:
    """
    A child of a token with just one scope; an earlier one that still lasts long enough is handed out again.

    @param lifetime: seconds; None: as long as the parent.
    @raise NotAuthenticated: C{token} cannot be used now, or does not cover the scope.
    """
    parent = find_valid(tx, token)
    if parent is None or not covers_scope(parent.scopes, scope):
        raise NotAuthenticated
    expires_at = derived_expiry(parent.expires_at, tx.now, lifetime)
    if parent.parent_uuid is not None and tuple(parent.scopes) == (scope,):
        return IssuedToken(parent.uuid, f"v2/{parent.uuid}/{token.secret}", parent.expires_at)
    own = tx.select(KIND, TOKEN_TABLE.c.parent_uuid == parent.uuid, TOKEN_TABLE.c.owner_uuid == parent.user_uuid)
    for record in reversed(own):
        if record["scopes"] == [scope] and worth_reusing(record["expires_at"], expires_at, tx.now):
            return issued(tx, record)
    parts = scope.split("/")
    container_uuid = next((part for part in parts if is_uuid(part, "containers")), None)
    _, child = mint(
        tx, parent.user_uuid, [scope], expires_at,
        parent_uuid=parent.uuid, purpose="cookie", container_uuid=container_uuid,
    )  # fmt: skip
    return child


def begin_session(tx: Transaction, token: Token, lifetime: float | None) -> IssuedToken:
    """
    A session for our own pages: a child of a token with its scopes, of no use to the API.

    @param lifetime: seconds; None: as long as the parent.
    @raise NotAuthenticated: C{token} cannot be used now, or is itself of a session.
    """
    parent = find_valid(tx, token)
    if parent is None or SESSION in parent.scopes:
        raise NotAuthenticated
    expires_at = derived_expiry(parent.expires_at, tx.now, lifetime)
    scopes = [SESSION, *parent.scopes]
    _, session = mint(tx, parent.user_uuid, scopes, expires_at, parent_uuid=parent.uuid, purpose="session")
    return session


def end_session(tx: Transaction, token: Token) -> None:
    """Revoke a session and all that came of it; nothing happens if C{token} is of none."""
    found = find(tx, token)
    if found is not None and SESSION in found.scopes:
        end(tx, TOKEN_TABLE.c.uuid == found.uuid)


def runtime_token_owner(snapshot: Snapshot, text: str) -> Authorization | None:
    """Who is behind a token that a requester wants a container to run with; None if it is not valid now."""
    token = parse_token(text)
    return None if token is None else find_valid(snapshot, token)
