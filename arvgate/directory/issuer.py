"""
Tokens for browsers and one-time codes, made where the records are.

The codes live in this process: where control is replaced, links that were not used yet end.  Not here: the rules of the
codes (L{arvgate.policy.codes}) and of derived tokens (the store).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime

from zope.interface import implementer

from arvgate.interfaces import IIssuer, IRecords, ITokens
from arvgate.model.tokens import IssuedToken, Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.codes import CODE_BYTES, OneTimeCodes
from arvgate.policy.scopes import port_scope

__all__ = ["LocalIssuer"]


@implementer(IIssuer)
class LocalIssuer:
    """
    L{IIssuer} over the records and a table of codes.

    @ivar _token_bytes: as C{secrets.token_bytes}.
    """

    def __init__(
        self,
        records: IRecords,
        tokens: ITokens,
        codes: OneTimeCodes,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
    ) -> None:
        self._records = records
        self._tokens = tokens
        self._codes = codes
        self._now = now
        self._token_bytes = token_bytes

    async def derive(self, token: Token, container_uuid: str, port: int) -> IssuedToken:
        """See L{IIssuer.derive}."""
        return await self._records.derive_token(token, port_scope(container_uuid, port), None)

    async def issue_code(self, token: Token, host: str, path: str, lifetime: float, navigation: bool) -> str:
        """See L{IIssuer.issue_code}; a code is for the host, whatever the path."""
        principal = authenticate(token, await self._tokens.find(token), self._now())
        now = self._now().timestamp()
        code = urlsafe_b64encode(self._token_bytes(CODE_BYTES)).decode()
        self._codes.put(
            code,
            token,
            owner=str(principal.user_uuid),
            host=host,
            navigation=navigation,
            expires_at=now + lifetime,
            now=now,
        )
        return code

    async def redeem_code(self, code: str, host: str, navigation: bool) -> Token | None:
        """See L{IIssuer.redeem_code}."""
        return self._codes.take(code, host=host, navigation=navigation, now=self._now().timestamp())
