"""
The waist: one question of one object, I{these credentials want that target}.

Not here: how tokens and containers are found (L{arvgate.directory}), what the decisions are (L{arvgate.policy}), and
how the runner is reached (C{dial}, passed in).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from arvgate.errors import NotAuthenticated
from arvgate.interfaces import IDirectory, ITokens
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing
from arvgate.model.targets import Target
from arvgate.model.tokens import Authorization, Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.authorizer import authorize, check_running

__all__ = ["Gate", "Passage", "Sight"]

#: What C{dial} makes of a grant; the gate does not look into it.
RouteT = TypeVar("RouteT")


@attrs.frozen
class Passage(Generic[RouteT]):
    """Who came in and why, and the way to go."""

    grant: Grant
    route: RouteT


@attrs.frozen
class Sight:
    """
    What a decision rests on, for whoever is to explain it.

    @ivar authorization: what is known of the token; None if nothing is, or none was presented.
    @ivar listing: made for the token's user, or for anybody if the token is not valid.
    @ivar now: aware UTC time.
    """

    authorization: Authorization | None
    listing: Listing | None
    now: datetime


class Gate(Generic[RouteT]):
    """
    Decides who may enter which port of which container, for every door alike.

    @ivar route: makes a route of a grant without opening anything yet.
    @ivar _now: the time as an aware UTC datetime.
    """

    def __init__(
        self,
        tokens: ITokens,
        directory: IDirectory,
        dial: Callable[[Grant], RouteT],
        now: Callable[[], datetime],
    ) -> None:
        self._tokens = tokens
        self._directory = directory
        self.route = dial
        self._now = now

    async def open(self, token: Token | None, target: Target) -> Passage[RouteT]:
        """
        Decide and dial.

        @raise NotAuthenticated: the token is not valid, or one is needed.
        @raise NotFound: there is no such container, or the caller may not know of it.
        @raise Forbidden: the caller may know of it but not enter.
        @raise NotReady: it does not run yet, or the records cannot be asked now.
        @raise Ended: it has ended.
        """
        grant = await self.decide(token, target)
        return Passage(grant, self.route(grant))

    async def decide(self, token: Token | None, target: Target) -> Grant:
        """
        Decide without dialing.

        @raise NotAuthenticated: as L{open}; and so for the other errors that it names.
        """
        grant = await self.recognize(token, target)
        check_running(grant.listing)
        return grant

    async def recognize(self, token: Token | None, target: Target) -> Grant:
        """
        Decide who may enter, be it running or not.

        @raise NotAuthenticated: as L{open}; and so for NotFound, Forbidden and StoreUnavailable.
        """
        authorization = await self._tokens.find(token) if token is not None else None
        principal = authenticate(token, authorization, self._now())
        listing = await self._directory.locate(target, principal.user_uuid)
        return authorize(principal, listing, self._now())

    async def look(self, token: Token | None, target: Target) -> Sight:
        """
        What L{recognize} decides upon.

        @raise StoreUnavailable: the records cannot be asked now.
        """
        authorization = await self._tokens.find(token) if token is not None else None
        try:
            user_uuid = authenticate(token, authorization, self._now()).user_uuid
        except NotAuthenticated:
            user_uuid = None
        listing = await self._directory.locate(target, user_uuid)
        return Sight(authorization, listing, self._now())
