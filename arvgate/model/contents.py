"""
What is asked about the contents of projects: records of several kinds in one list.

Not here: lists of one kind (L{arvgate.model.records}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import attrs

from arvgate.model.kinds import COLLECTIONS, CONTAINER_REQUESTS, GROUPS, WORKFLOWS
from arvgate.model.records import Kind, Query

__all__ = ["CONTENT_KINDS", "INCLUDABLE", "Contents", "ContentsQuery"]

#: What can be in a project, in the order in which it is listed.
CONTENT_KINDS: Final = (GROUPS, CONTAINER_REQUESTS, WORKFLOWS, COLLECTIONS)

#: What may be given along with the items: the records that these of their attributes name.
INCLUDABLE: Final = frozenset({"owner_uuid", "container_uuid"})

_Named = tuple[Kind, Mapping[str, Any]]


@attrs.frozen
class ContentsQuery:
    """
    What a list of contents asks for.

    @ivar parts: the kinds that may be in it, each with its conditions, order and attributes.
    @ivar owner_uuid: of the user or project that is looked into; None: everywhere.
    @ivar recursive: also what is in the projects there, and so on.
    @ivar exclude_home: only what is neither one's own nor in a project that one reads.
    @ivar include: names of L{INCLUDABLE}.
    """

    parts: Sequence[tuple[Kind, Query]]
    limit: int
    offset: int = 0
    owner_uuid: str | None = None
    recursive: bool = False
    exclude_home: bool = False
    include: Collection[str] = ()


@attrs.frozen
class Contents:
    """
    A piece of such a list: each record with its kind.

    @ivar included: records that the items name.
    """

    items: Sequence[_Named]
    items_available: int
    included: Sequence[_Named] = ()
