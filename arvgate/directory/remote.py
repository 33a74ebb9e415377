"""
Tokens, directory and issuer as a door has them: each question goes to control.

Not here: the connection (L{arvgate.directory.client}) and memory (L{arvgate.directory.cached}).
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from arvgate.directory.client import ControlLink
from arvgate.directory.internal import Derive, Entered, FindToken, IssueCode, Locate, RedeemCode, Waiting
from arvgate.interfaces import IDirectory, IIssuer, ITokens, IWaiting
from arvgate.model.locations import Listing
from arvgate.model.progress import Progress
from arvgate.model.targets import Target
from arvgate.model.tokens import Authorization, IssuedToken, Token
from arvgate.wire.internal_json import (
    read_authorization,
    read_issued,
    read_listing,
    read_progress,
    read_token,
    target_json,
    token_json,
)

__all__ = ["RemoteDirectory", "RemoteIssuer", "RemoteTokens", "RemoteWaiting"]


@implementer(ITokens)
class RemoteTokens:
    """L{ITokens} of control."""

    def __init__(self, link: ControlLink) -> None:
        self._link = link

    async def find(self, token: Token) -> Authorization | None:
        """See L{ITokens.find}."""
        return await self._link.ask(FindToken, token_json(token), read_authorization)


@implementer(IDirectory)
class RemoteDirectory:
    """L{IDirectory} of control."""

    def __init__(self, link: ControlLink) -> None:
        self._link = link

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """See L{IDirectory.locate}."""
        return await self._link.ask(Locate, [target_json(target), user_uuid], read_listing)

    async def entered(self, container_uuid: str) -> None:
        """See L{IDirectory.entered}."""
        await self._link.ask(Entered, container_uuid, _nothing)


@implementer(IIssuer)
class RemoteIssuer:
    """L{IIssuer} of control."""

    def __init__(self, link: ControlLink) -> None:
        self._link = link

    async def derive(self, token: Token, container_uuid: str, port: int) -> IssuedToken:
        """See L{IIssuer.derive}."""
        return await self._link.ask(Derive, [token_json(token), container_uuid, port], read_issued)

    async def issue_code(self, token: Token, host: str, path: str, lifetime: float, navigation: bool) -> str:
        """See L{IIssuer.issue_code}."""
        return await self._link.ask(IssueCode, [token_json(token), host, path, lifetime, navigation], str)

    async def redeem_code(self, code: str, host: str, navigation: bool) -> Token | None:
        """See L{IIssuer.redeem_code}."""
        return await self._link.ask(RedeemCode, [code, host, navigation], _token_or_none)


@implementer(IWaiting)
class RemoteWaiting:
    """L{IWaiting} of control."""

    def __init__(self, link: ControlLink) -> None:
        self._link = link

    async def progress(self, container_uuid: str, user_uuid: str) -> Progress | None:
        """See L{IWaiting.progress}."""
        return await self._link.ask(Waiting, [container_uuid, user_uuid], read_progress)


def _nothing(value: Any) -> None:
    """Nothing is answered."""


def _token_or_none(value: Any) -> Token | None:
    return None if value is None else read_token(value)
