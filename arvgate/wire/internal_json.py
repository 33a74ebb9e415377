"""
The values that cross the internal socket between doors and control, as JSON and back.

Both ends are the same version, which the greeting makes sure of; so a text that does not fit is a fault, not a dialect.
Not here: framing and errors (L{arvgate.directory.internal}).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import attrs

from arvgate.errors import PeerFault
from arvgate.model.changes import Change
from arvgate.model.ids import Uuid
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.progress import Progress
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
from arvgate.model.tokens import Authorization, IssuedToken, Token

__all__ = [
    "Numbers", "authorization_json", "changes_json", "issued_json", "listing_json", "numbers_json", "progress_json",
    "read_authorization", "read_changes", "read_issued", "read_json", "read_listing", "read_numbers", "read_progress",
    "read_target", "read_token", "target_json", "token_json", "write_json",
]  # fmt: skip

ValueT = TypeVar("ValueT")

#: What a process counts: by name and values of labels.
Numbers = Mapping[tuple[str, ...], float]


def write_json(value: Any) -> str:
    """Compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def read_json(text: str, read: Callable[[Any], ValueT]) -> ValueT:
    """
    What C{read} makes of a JSON text.

    @raise PeerFault: it is no JSON, or does not have the form that C{read} expects.
    """
    try:
        return read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PeerFault(detail=f"the internal socket carried what is not understood: {error!r}") from error


def token_json(token: Token) -> Any:
    """As L{read_token} reads it."""
    return [token.secret, token.uuid, token.container_uuid, token.nonce]


def read_token(value: Any) -> Token:
    """The reverse of L{token_json}."""
    secret, uuid, container_uuid, nonce = value
    return Token(
        secret=_text(secret),
        uuid=Uuid(_text(uuid)) if uuid is not None else None,
        container_uuid=_text_or_none(container_uuid),
        nonce=_text_or_none(nonce),
    )


def target_json(target: Target) -> Any:
    """As L{read_target} reads it."""
    if isinstance(target, ContainerTarget):
        return [target.uuid, target.port, target.tls]
    return [target.name] if isinstance(target, NamedTarget) else target.external_port


def read_target(value: Any) -> Target:
    """The reverse of L{target_json}."""
    if isinstance(value, int):
        return PortTarget(_number(value))
    if len(value) == 1:
        return NamedTarget(_text(value[0]))
    uuid, port, tls = value
    return ContainerTarget(_text(uuid), _number(port), bool(tls))


def authorization_json(authorization: Authorization | None) -> Any:
    """As L{read_authorization} reads it."""
    if authorization is None:
        return None
    return {
        "uuid": authorization.uuid,
        "user": authorization.user_uuid,
        "admin": authorization.is_admin,
        "active": authorization.is_active,
        "scopes": list(authorization.scopes),
        "expires": _time_json(authorization.expires_at),
        "parent": authorization.parent_uuid,
    }


def read_authorization(value: Any) -> Authorization | None:
    """The reverse of L{authorization_json}."""
    if value is None:
        return None
    return Authorization(
        uuid=Uuid(_text(value["uuid"])),
        user_uuid=Uuid(_text(value["user"])),
        is_admin=value["admin"] is True,
        is_active=value["active"] is True,
        scopes=tuple(_text(scope) for scope in value["scopes"]),
        expires_at=_read_time(value["expires"]),
        parent_uuid=Uuid(_text(value["parent"])) if value["parent"] is not None else None,
    )


def issued_json(issued: IssuedToken) -> Any:
    """As L{read_issued} reads it."""
    return [issued.uuid, issued.text, _time_json(issued.expires_at)]


def read_issued(value: Any) -> IssuedToken:
    """The reverse of L{issued_json}."""
    uuid, text, expires_at = value
    return IssuedToken(Uuid(_text(uuid)), _text(text), _read_time(expires_at))


def listing_json(listing: Listing | None) -> Any:
    """As L{read_listing} reads it; a request takes little, for a container may have a thousand."""
    if listing is None:
        return None
    return {
        "container": listing.container_uuid,
        "target": listing.target_uuid,
        "port": listing.port,
        "state": listing.state,
        "address": listing.gateway_address,
        "locks": listing.lock_count,
        "requests": [_request_json(request) for request in listing.requests],
        "secret": listing.auth_secret,
        "public": list(listing.public_ports),
        "entered": listing.interactive_session_started,
        "tls": listing.tls,
        "note": listing.note,
        "external": list(listing.external_ports),
        "names": list(listing.names),
        "body": listing.max_body_size,
    }


def read_listing(value: Any) -> Listing | None:
    """The reverse of L{listing_json}."""
    if value is None:
        return None
    return Listing(
        container_uuid=_text(value["container"]),
        target_uuid=_text(value["target"]),
        port=_number(value["port"]),
        state=_text(value["state"]),
        gateway_address=_text(value["address"]),
        lock_count=_number(value["locks"]),
        requests=tuple(_read_request(request) for request in value["requests"]),
        auth_secret=_text(value["secret"]),
        public_ports=tuple(_number(port) for port in value["public"]),
        interactive_session_started=value["entered"] is True,
        tls=value["tls"] is True,
        note=_text(value["note"]),
        external_ports=tuple(_number(port) for port in value["external"]),
        names=tuple(_text(name) for name in value["names"]),
        max_body_size=_number(value["body"]),
    )


def progress_json(progress: Progress | None) -> Any:
    """As L{read_progress} reads it."""
    return None if progress is None else attrs.asdict(progress)


def read_progress(value: Any) -> Progress | None:
    """The reverse of L{progress_json}."""
    if value is None:
        return None
    return Progress(
        waited=float(value["waited"]),
        ran=float(value["ran"]),
        reason=_text(value["reason"]),
        idle_timeout=float(value["idle_timeout"]),
        listening=tuple(map(_number, value["listening"])),
        output=tuple(map(_text, value["output"])),
        errors=tuple(map(_text, value["errors"])),
    )


def changes_json(changes: Sequence[Change]) -> Any:
    """As L{read_changes} reads it."""
    return [[change.kind, change.uuid, change.related] for change in changes]


def read_changes(value: Any) -> Sequence[Change]:
    """The reverse of L{changes_json}."""
    return tuple(Change(_text(kind), _text(uuid), _text(related)) for kind, uuid, related in value)


def numbers_json(numbers: Numbers) -> Any:
    """As L{read_numbers} reads it."""
    return [[number, *key] for key, number in numbers.items()]


def read_numbers(value: Any) -> Numbers:
    """The reverse of L{numbers_json}."""
    return {tuple(map(_text, key)): float(number) for number, *key in value}


def _request_json(request: RequestFacts) -> Any:
    flags = ("r" if request.readable else "") + ("w" if request.writable else "") + ("" if request.web else "-")
    return [request.uuid, flags, *request.cross_site]


def _read_request(value: Any) -> RequestFacts:
    uuid, flags, *cross_site = value
    return RequestFacts(
        uuid=_text(uuid),
        readable="r" in flags,
        writable="w" in flags,
        web="-" not in flags,
        cross_site=tuple(_number(port) for port in cross_site),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value


def _time_json(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _read_time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
