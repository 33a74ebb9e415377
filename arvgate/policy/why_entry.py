"""
Why somebody may not enter a container's port, or not yet: token, container, scope, access, state.

Decided by the very functions that decide at the gate; here they are explained.  Who cannot know of a container is told
the same as if there were none.  Not here: what lies behind the gate (L{arvgate.policy.why_hop}).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from arvgate.errors import Ended, Forbidden, NotAuthenticated, NotFound, NotReady
from arvgate.model.checks import Check, Result
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.tokens import Authorization, Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.authorizer import authorize, check_running
from arvgate.policy.scopes import ALL, permits_port

__all__ = ["entry_checks", "may_know", "state_check", "told_listing"]

_LOG_IN: Final = "Log in, or set ARVADOS_API_TOKEN to a token of yours."
_NO_CONTAINER: Final = Check(
    "container",
    Result.FAILED,
    "There is no such container, or this token may not know of it.",
    "Check the UUID, and whose token this is; a request has a container only after it was committed.",
    NotFound.code,
)
#: Requests that are named in one sentence.
_MOST_NAMED: Final = 3


def entry_checks(
    token: Token | None, authorization: Authorization | None, listing: Listing | None, now: datetime
) -> tuple[Sequence[Check], Grant | None]:
    """
    The checks up to C{access}; the grant if all of them are passed.

    @param token: what was presented; None if nothing was.
    @param authorization: what the records know of it.
    @param listing: made for that token's user, or for anybody if the token is not valid.
    @param now: aware UTC time.
    """
    try:
        principal = authenticate(token, authorization, now)
    except NotAuthenticated:
        principal = ANYBODY
    failed = _token_failure(token, authorization, now)
    try:
        grant = authorize(principal, listing, now)
    except NotAuthenticated:
        return [failed or Check("token", Result.FAILED, "The token has expired.", _LOG_IN, NotAuthenticated.code)], None
    except NotFound:
        return [_valid(principal), _NO_CONTAINER], None
    except Forbidden:
        assert listing is not None
        return [_valid(principal), _found(listing), *_refusal(principal, listing)], None
    return [*_admission(grant, failed)], grant


def may_know(grant: Grant) -> bool:
    """Whether the caller may know of the container more than that one of its ports is open to anybody."""
    return grant.principal.is_admin or any(request.readable for request in grant.listing.requests)


def told_listing(grant: Grant) -> Listing:
    """The listing as far as the caller may know it: who comes to a public port need not be somebody who may read it."""
    if may_know(grant):
        return grant.listing
    return attrs.evolve(grant.listing, container_uuid="UUID", gateway_address="its node", note="")


def state_check(listing: Listing) -> Check:
    """Whether the container runs."""
    uuid, note = listing.container_uuid, f" {listing.note}" if listing.note else ""
    log = f"See what it did: arvgate logs {uuid}; to run it again, submit it anew."
    try:
        check_running(listing)
    except Ended:
        return Check("state", Result.FAILED, f"The container has ended ({listing.state}).{note}", log, Ended.code)
    except NotReady:
        words = "is queued" if listing.state == "Queued" else "is being started"
        cure = f"Wait until it runs; arvgate ps shows how far it is, arvgate logs -f {uuid} what it says."
        return Check("state", Result.FAILED, f"The container {words}.{note}", cure, NotReady.code)
    return Check("state", Result.OK, f"The container is running.{note}")


def _token_failure(token: Token | None, authorization: Authorization | None, now: datetime) -> Check | None:
    if token is None:
        sentence, cure = "No token came with the question.", _LOG_IN
    elif authorization is None:
        sentence, cure = "The token is not known here: it is mistyped, was revoked, or is of another cluster.", _LOG_IN
    elif authorization.expires_at is not None and authorization.expires_at <= now:
        sentence = f"The token expired at {authorization.expires_at:%Y-%m-%d %H:%M:%S} UTC."
        cure = "Get a new token; log in again in a browser."
    elif not authorization.is_active:
        sentence, cure = "The token's user is not active.", "Ask an administrator of the cluster to activate the user."
    else:
        return None
    return Check("token", Result.FAILED, sentence, cure, NotAuthenticated.code)


def _valid(principal: Principal) -> Check:
    until = "" if principal.expires_at is None else f" until {principal.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    return Check("token", Result.OK, f"The token is valid{until}.")


def _found(listing: Listing) -> Check:
    sentence = f"The container is {listing.container_uuid}."
    if listing.target_uuid != listing.container_uuid:
        sentence = f"The container of {listing.target_uuid} is {listing.container_uuid}."
    return Check("container", Result.OK, sentence)


def _admission(grant: Grant, failed: Check | None) -> Sequence[Check]:
    principal, listing = grant.principal, grant.listing
    if grant.public:
        public = "The port is published as public: anybody may enter."
        unneeded = "No valid token came with the question, and none is needed."
        token = _valid(principal) if failed is None else Check("token", Result.OK, unneeded)
        found = _found(listing) if may_know(grant) else Check("container", Result.OK, "There is a container.")
        return [token, found, Check("scope", Result.OK, public), Check("access", Result.OK, public)]
    reason = "You may write every container request that shares the container."
    if principal.is_admin:
        reason = "You are an administrator."
    return [_valid(principal), _found(listing), _covered(principal, listing), Check("access", Result.OK, reason)]


def _covered(principal: Principal, listing: Listing) -> Check:
    if ALL in principal.scopes:
        return Check("scope", Result.OK, "The token's scopes permit everything.")
    what = f"port {listing.port} of the container" if listing.port else "all ports of the container"
    return Check("scope", Result.OK, f"The token's scopes cover {what}.")


def _refusal(principal: Principal, listing: Listing) -> Sequence[Check]:
    """From the scope on, for somebody who may know of the container."""
    if not permits_port(principal.scopes, listing.container_uuid, listing.port):
        sentence = "The token's scopes do not cover this port of the container."
        scope = f"CONNECT /arvados/v1/containers/{listing.container_uuid}/{listing.port or ''}"
        cure = f'Use a token with scope "all", or with "{scope}".'
        return [Check("scope", Result.FAILED, sentence, cure, Forbidden.code)]
    covered = _covered(principal, listing)
    closed = [request for request in listing.requests if not request.web]
    if closed:
        sentence = f"Web access is switched off by the property arvgate:web of {_named(closed)}."
        cure = "Whoever may write that request can take the property away."
        return [covered, Check("access", Result.FAILED, sentence, cure, Forbidden.code)]
    foreign = [request for request in listing.requests if not (request.readable and request.writable)]
    sentence = (
        f"A container that is shared shows the data of all its requests, and you may not write {_named(foreign)}. "
        "The port is not published as public."
    )
    cure = "Ask the owner for a can_write link, or for the port to be published; or run the container by yourself."
    return [covered, Check("access", Result.FAILED, sentence, cure, Forbidden.code)]


def _named(requests: Sequence[RequestFacts]) -> str:
    """Those that the caller may read by their UUIDs, of the others only how many there are."""
    readable = sorted(request.uuid for request in requests if request.readable)
    parts = readable[:_MOST_NAMED]
    more, hidden = len(readable) - len(parts), len(requests) - len(readable)
    if more:
        parts.append(f"{more} more")
    if hidden:
        parts.append("a request that you cannot read" if hidden == 1 else f"{hidden} requests that you cannot read")
    return ", ".join(parts)
