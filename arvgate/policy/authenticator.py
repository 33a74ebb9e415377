"""
From what the records know of a token to who is asking.

Not here: finding the token (L{arvgate.interfaces.ITokens}), reading it from a request (L{arvgate.wire}), and
what the caller may do (L{arvgate.policy.authorizer}, L{arvgate.policy.scopes}).
"""

from __future__ import annotations

from datetime import datetime

from arvgate.errors import NotAuthenticated
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.tokens import Authorization, Token

__all__ = ["authenticate"]


def authenticate(token: Token | None, authorization: Authorization | None, now: datetime) -> Principal:
    """
    Who presents C{token}.

    @param token: what was presented; None if nothing was.
    @param authorization: what the records know of it; None if they do not know it.
    @param now: aware UTC time; a token ends at its C{expires_at}, not after it.
    @return: L{ANYBODY} where no token was presented.
    @raise NotAuthenticated: the token is unknown, has expired, or its user is not active.
    """
    if token is None:
        return ANYBODY
    if authorization is None:
        raise NotAuthenticated(detail="unknown token")
    if authorization.expires_at is not None and authorization.expires_at <= now:
        raise NotAuthenticated(detail=f"token {authorization.uuid} expired at {authorization.expires_at}")
    if not authorization.is_active:
        raise NotAuthenticated(detail=f"user {authorization.user_uuid} of token {authorization.uuid} is not active")
    return Principal(
        user_uuid=authorization.user_uuid,
        token_uuid=authorization.uuid,
        is_admin=authorization.is_admin,
        is_active=True,
        scopes=tuple(authorization.scopes),
        expires_at=authorization.expires_at,
        parent_uuid=authorization.parent_uuid,
        container_uuid=token.container_uuid,
    )
