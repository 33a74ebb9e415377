"""
Who makes a request to the API: the tokens that came with it, and what their scopes permit (reference B.3, B.4, B.6).

Not here: finding a token (L{arvgate.interfaces.ITokens}) and what its user may do, which the store decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from arvgate.edge.api.arrival import Arrival
from arvgate.edge.api.call import Api
from arvgate.errors import Forbidden, NotAuthenticated
from arvgate.model.ids import is_cluster_id
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.tokens import Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.scopes import permits
from arvgate.wire.bearer import presented_text, presented_tokens
from arvgate.wire.parameters import FORM

__all__ = ["NOBODY", "Caller", "check_scopes", "find_caller", "has_credentials", "names_readers"]

#: What paths begin with where another cluster may ask on behalf of a token that is salted for it (reference C.3).
_FOR_OTHERS: Final = tuple(
    f"/arvados/v1/{path}" for path in ("groups", "api_client_authorizations/current", "users/current")
)

#: The methods that only look; only with them do readers count.
_READING: Final = ("GET", "HEAD")


@attrs.frozen
class Caller:
    """
    Who makes a request.

    @ivar token: the one that says so.
    """

    principal: Principal
    token: Token | None = None


#: Who came without a token, or to a place where none counts.
NOBODY: Final = Caller(ANYBODY)


def names_readers(arrival: Arrival) -> bool:
    """Whether it takes the JSON body to tell who asks."""
    return arrival.method in _READING and b"reader_tokens" in arrival.content


def has_credentials(arrival: Arrival) -> bool:
    """Whether anything came that is meant to tell who asks, valid or not."""
    if presented_text(arrival.headers.get("authorization"), arrival.query, arrival.form) or names_readers(arrival):
        return True
    return any(name == "reader_tokens" and value for name, value in (*arrival.query, *arrival.form))


async def find_caller(api: Api, arrival: Arrival, body: Mapping[str, Any]) -> Caller:
    """
    Who asks, L{NOBODY} without a token; of a request that only looks also as whom else it reads.

    Where nobody valid comes first, the first reader that may do it is the one who asks.

    @param body: the members of a JSON body, if they are known already.
    @raise NotAuthenticated: tokens came, but none that counts is valid.
    """
    form = arrival.form if arrival.headers.get("content-type") == FORM else ()
    presented = presented_tokens(arrival.headers.get("authorization"), arrival.query, form, body)
    readers = presented.readers if arrival.method in _READING else ()
    remote = _remote(arrival, api.options.cluster_id)
    primary, *others = [_for(token, remote) for token in (presented.token, *readers)]
    if not others:
        return await _caller(api, primary)
    first = await _valid(api, primary)
    found = [one for one in [await _valid(api, other) for other in others] if one is not None]
    allowed = [one for one in found if _may(one.principal, arrival)]
    first = first or next(iter(allowed or found), None)
    if first is None:
        raise NotAuthenticated
    also = tuple(one.principal for one in allowed if one is not first)
    return attrs.evolve(first, principal=attrs.evolve(first.principal, also=also))


def check_scopes(caller: Caller, arrival: Arrival) -> None:
    """
    Let pass whose token is good for the request.

    @raise NotAuthenticated: nobody asks.
    @raise Forbidden: the token's scopes do not permit it.
    """
    principal = caller.principal
    if principal.user_uuid is None:
        raise NotAuthenticated
    if not _may(principal, arrival):
        raise Forbidden(detail=f"scopes of {principal.token_uuid}")


async def _valid(api: Api, token: Token | None) -> Caller | None:
    try:
        caller = await _caller(api, token)
    except NotAuthenticated:
        return None
    return None if caller is NOBODY else caller


async def _caller(api: Api, token: Token | None) -> Caller:
    if token is None:
        return NOBODY
    return Caller(authenticate(token, await api.tokens.find(token), api.now()), token)


def _remote(arrival: Arrival, own: str) -> str:
    """The other cluster that asks, where it may ask with a salted token; else empty."""
    if arrival.method != "GET" or not arrival.path.startswith(_FOR_OTHERS):
        return ""
    remote = next((value for name, value in (*arrival.query, *arrival.form) if name == "remote"), "")
    return remote if is_cluster_id(remote) and remote != own else ""


def _for(token: Token | None, remote: str) -> Token | None:
    return attrs.evolve(token, remote=remote) if token is not None and remote else token


def _may(principal: Principal, arrival: Arrival) -> bool:
    return permits(principal.scopes, arrival.method, arrival.path)
