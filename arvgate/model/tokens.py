"""
Tokens as text and as what the records say of them (reference B).

Not here: whether a token is valid (L{arvgate.policy.authenticator}) or where it is stored (L{arvgate.records}).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from arvgate.model.ids import Uuid, is_uuid

__all__ = ["Authorization", "IssuedToken", "Token", "parse_token"]


@attrs.frozen
class Token:
    """
    A token as it was presented: v1 (C{uuid} is None), v2, or v2 with a container and a nonce behind.

    The secret is not in the repr.

    @ivar remote: id of the other cluster on whose behalf it was presented, in a place where a token that is salted for
        that cluster counts too; empty everywhere else.
    """

    secret: str = attrs.field(repr=False)
    uuid: Uuid | None = None
    container_uuid: str | None = None
    nonce: str | None = attrs.field(default=None, repr=False)
    remote: str = ""

    @property
    def v2(self) -> str:
        """The three-part text; only for a token that has a UUID."""
        return f"v2/{self.uuid}/{self.secret}"


@attrs.frozen
class Authorization:
    """
    What the records say of a presented token that they know: the token and the user behind it.

    Whether it may be used now is decided by L{arvgate.policy.authenticator}.
    """

    uuid: Uuid
    user_uuid: Uuid
    is_admin: bool
    is_active: bool
    scopes: Sequence[str]
    expires_at: datetime | None = None
    parent_uuid: Uuid | None = None


@attrs.frozen
class IssuedToken:
    """A token that was just made or handed out again: its v2 text, which is not in the repr."""

    uuid: Uuid
    text: str = attrs.field(repr=False)
    expires_at: datetime | None = None


def parse_token(text: str) -> Token | None:
    """
    Read a token's text (reference B.1); None if it can be no token at all.

    Parts after the fifth are ignored.  A text that does not begin with C{v2/} is a v1 secret.
    """
    if not text or not text.isascii() or any(c <= " " or c == "\x7f" for c in text):
        return None
    if not text.startswith("v2/"):
        return Token(secret=text)
    parts = text.split("/")
    if len(parts) < 3 or not is_uuid(parts[1], "api_client_authorizations") or not parts[2]:
        return None
    return Token(
        secret=parts[2],
        uuid=Uuid(parts[1]),
        container_uuid=parts[3] if len(parts) > 3 and parts[3] else None,
        nonce=parts[4] if len(parts) > 4 and parts[4] else None,
    )
