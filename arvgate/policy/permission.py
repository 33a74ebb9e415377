"""
How far a user's rights on a record go by its owner and by direct permission links (reference F.7).

Not here: finding the links (L{arvgate.records}), groups and projects, and the scopes of tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final

__all__ = ["LEVEL_OF_LINK", "Level", "level", "names_granting"]


class Level(IntEnum):
    """What somebody may do with a record; each level includes those below it."""

    NONE = 0
    READ = 1
    WRITE = 2
    MANAGE = 3


#: Name of a permission link to what it grants.
LEVEL_OF_LINK: Final[Mapping[str, Level]] = {
    "can_read": Level.READ,
    "can_login": Level.READ,
    "can_write": Level.WRITE,
    "can_manage": Level.MANAGE,
}


def level(is_admin: bool, is_owner: bool, link_names: Iterable[str]) -> Level:
    """The level of a user who is an admin, owns the record, or has these permission links to it."""
    if is_admin or is_owner:
        return Level.MANAGE
    return max((LEVEL_OF_LINK.get(name, Level.NONE) for name in link_names), default=Level.NONE)


def names_granting(needed: Level) -> tuple[str, ...]:
    """The names of permission links that grant at least C{needed}."""
    return tuple(name for name, granted in LEVEL_OF_LINK.items() if granted >= needed)
