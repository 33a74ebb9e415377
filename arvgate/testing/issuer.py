"""
An issuer in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from zope.interface import implementer

from arvgate.errors import NotAuthenticated
from arvgate.interfaces import IIssuer
from arvgate.model.ids import Uuid
from arvgate.model.tokens import Authorization, IssuedToken, Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.scopes import covers_scope, port_scope
from arvgate.testing.failing import FailsOnDemand
from arvgate.testing.tokens import MemoryTokens

__all__ = ["MemoryIssuer"]


@implementer(IIssuer)
class MemoryIssuer(FailsOnDemand):
    """L{IIssuer} over tokens in memory; codes and secrets are counted, not random."""

    def __init__(self, tokens: MemoryTokens, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._tokens = tokens
        self._now = now
        self._codes: dict[str, tuple[Token, str, bool, float]] = {}
        self._count = 0

    async def derive(self, token: Token, container_uuid: str, port: int) -> IssuedToken:
        """See L{IIssuer.derive}."""
        self.check()
        parent = await self._authorization(token)
        scope = port_scope(container_uuid, port)
        if not covers_scope(parent.scopes, scope):
            raise NotAuthenticated(detail="the token does not cover that port")
        scopes = (scope,)
        if tuple(parent.scopes) == scopes:
            return IssuedToken(parent.uuid, f"v2/{parent.uuid}/{token.secret}", parent.expires_at)
        for secret, child in self._tokens.children(parent.uuid):
            if child.scopes == scopes and (child.expires_at is None or self._now() < child.expires_at):
                return IssuedToken(child.uuid, f"v2/{child.uuid}/{secret}", child.expires_at)
        self._count += 1
        uuid = Uuid(f"{parent.uuid[:12]}derived{self._count:08}")
        child = Authorization(
            uuid=uuid,
            user_uuid=parent.user_uuid,
            is_admin=parent.is_admin,
            is_active=parent.is_active,
            scopes=scopes,
            expires_at=parent.expires_at,
            parent_uuid=parent.uuid,
        )
        return IssuedToken(uuid, self._tokens.add(f"secret{self._count}", child).v2, parent.expires_at)

    async def issue_code(self, token: Token, host: str, path: str, lifetime: float, navigation: bool) -> str:
        """See L{IIssuer.issue_code}."""
        self.check()
        await self._authorization(token)
        self._count += 1
        code = f"code{self._count}"
        self._codes[code] = (token, host.lower(), navigation, self._now().timestamp() + lifetime)
        return code

    async def redeem_code(self, code: str, host: str, navigation: bool) -> Token | None:
        """See L{IIssuer.redeem_code}."""
        self.check()
        token, wanted, needs_navigation, end = self._codes.get(code, (None, "", False, 0.0))
        if wanted != host.lower() or (needs_navigation and not navigation) or self._now().timestamp() >= end:
            return None
        del self._codes[code]
        return token

    async def _authorization(self, token: Token) -> Authorization:
        authorization = await self._tokens.find(token)
        authenticate(token, authorization, self._now())
        if authorization is None:
            raise NotAuthenticated()
        return authorization
