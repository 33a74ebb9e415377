"""
The names of users, by which accounts and directories are called.

Not here: users themselves (L{arvgate.records.users}).
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from arvgate.model.kinds import USERS
from arvgate.records.schema import USER_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["name_from_address", "username_problems"]

_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")

#: Names of accounts of systems, which nobody gets without being given them.
_OF_SYSTEMS: Final = frozenset({"anonymous", "arvados", "arvgate", "git", "gitolite", "root", "syslog"})

_LONGEST: Final = 240


def username_problems(tx: Transaction, username: str | None) -> list[str]:
    """What is wrong with a new name."""
    if username is None:
        return []
    if not _USERNAME.match(username):
        return ["username must be a letter and then letters and digits"]
    return [f"username {username!r} is taken"] if _is_taken(tx, username) else []


def name_from_address(tx: Transaction, address: str | None) -> str | None:
    """A free name made of a mail address; None if nothing of it can be one."""
    local = (address or "").partition("@")[0].partition("+")[0]
    base = re.sub("[^A-Za-z0-9]", "", local).lstrip("0123456789")[:_LONGEST].lower()
    if not base:
        return None
    names = itertools.chain([base], (f"{base}{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in _OF_SYSTEMS and not _is_taken(tx, name))


def _is_taken(tx: Transaction, username: str) -> bool:
    return bool(tx.select(USERS, USER_TABLE.c.username == username))
