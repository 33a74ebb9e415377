"""
Which changes touch what is known: pure functions from a change, a token, a listing or a grant to UUIDs.

What is remembered rests on records; a change of one of them makes it doubtful.  Not here: what is done about it
(L{arvgate.directory.cached}, L{arvgate.directory.live}).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from arvgate.model.changes import Change
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Authorization, Token

__all__ = ["Touched", "grant_rests_on", "listing_rests_on", "token_rests_on", "touched_by"]

#: Kinds whose change may alter the rights of anybody to anything, or what a name stands for.
_SWEEPING: Final = frozenset({"*", "links", "groups"})
#: Kinds on which no access rests.
_IRRELEVANT: Final = frozenset({"logs", "collections", "workflows", "authorized_keys"})


@attrs.frozen
class Touched:
    """
    What a batch of changes touches.

    @ivar everything: all that is known; then C{uuids} does not matter.
    """

    uuids: frozenset[str] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.uuids)

    def includes(self, rests_on: frozenset[str]) -> bool:
        """Whether what rests on those records is touched."""
        return self.everything or not self.uuids.isdisjoint(rests_on)


def touched_by(changes: Iterable[Change]) -> Touched:
    """What C{changes} touch; of an unknown kind of record we think that it touches everything."""
    uuids: set[str] = set()
    for change in changes:
        match change.kind:
            case "containers" | "users" | "api_client_authorizations":
                uuids.add(change.uuid)
            case "container_requests":
                uuids.update(uuid for uuid in (change.uuid, change.related) if uuid)
            case kind if kind not in _IRRELEVANT:
                return Touched(everything=True)
    return Touched(frozenset(uuids))


def token_rests_on(token: Token, authorization: Authorization) -> frozenset[str]:
    """The records on which an answer about a token rests."""
    return _known(authorization.uuid, authorization.user_uuid, authorization.parent_uuid, token.container_uuid)


def listing_rests_on(target: Target, user_uuid: str | None, listing: Listing) -> frozenset[str]:
    """The records on which a listing rests."""
    asked = target.uuid if isinstance(target, ContainerTarget) else None
    requests = (request.uuid for request in listing.requests)
    return _known(asked, listing.target_uuid, listing.container_uuid, user_uuid, *requests)


def grant_rests_on(target: Target, grant: Grant) -> frozenset[str]:
    """The records on which a grant rests."""
    who = grant.principal
    return listing_rests_on(target, who.user_uuid, grant.listing) | _known(
        who.token_uuid, who.parent_uuid, who.container_uuid
    )


def _known(*uuids: str | None) -> frozenset[str]:
    return frozenset(uuid for uuid in uuids if uuid)
