"""
Who asks.

Not here: how it was found out (L{arvgate.policy.authenticator}).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from arvgate.model.ids import Uuid

__all__ = ["ANYBODY", "Principal"]


@attrs.frozen
class Principal:
    """
    An authenticated caller: a user by way of one token; or nobody in particular (L{ANYBODY}).

    @ivar container_uuid: the container named by a four-part token, if any.
    @ivar address: from where the request came; empty: it is not known.  It makes nobody somebody else.
    @ivar also: as whom it reads besides (reference B.4); they give no right to write.
    """

    user_uuid: Uuid | None
    token_uuid: Uuid | None
    is_admin: bool = False
    is_active: bool = True
    scopes: Sequence[str] = ()
    expires_at: datetime | None = None
    parent_uuid: Uuid | None = None
    container_uuid: str | None = None
    address: str = attrs.field(default="", eq=False)
    also: Sequence[Principal] = ()


#: Who came without any token.
ANYBODY = Principal(user_uuid=None, token_uuid=None)
