"""
How far a user's rights on a record go, and what each permission link grants (reference F.7).

Not here: finding the links (L{arvgate.records.reach}), and the scopes of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

__all__ = ["LEVEL_OF_LINK", "Level", "names_granting"]


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


def names_granting(needed: Level) -> tuple[str, ...]:
    """The names of permission links that grant at least C{needed}."""
    return tuple(name for name, granted in LEVEL_OF_LINK.items() if granted >= needed)
