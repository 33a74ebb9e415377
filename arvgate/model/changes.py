"""
What changed in the records: the unit of the change feed.
"""

from __future__ import annotations

import attrs

__all__ = ["EVERYTHING", "Change"]


@attrs.frozen
class Change:
    """
    One record changed.

    @ivar kind: path segment of the record's kind (C{containers}, C{api_client_authorizations}, …), or C{*}: anything
        may have changed and every cache is to be dropped.
    @ivar uuid: of the record; empty for C{*}.
    @ivar related: of a container request its container's UUID; of a token its user's; else empty.
    """

    kind: str
    uuid: str
    related: str = ""


#: After a reconnect: whatever was known may be old.
EVERYTHING = Change("*", "")
