"""
The account that jobs run as, looked up once.

Not here: whether a job may run without one (L{arvgate.policy.placement}).
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

import attrs

from arvgate.errors import Invalid

__all__ = ["Account", "find_account"]


@attrs.frozen
class Account:
    """
    An account of this machine.

    @ivar groups: ids of all its groups, the primary one included.
    """

    name: str
    uid: int
    gid: int
    groups: Sequence[int]


def find_account(name: str) -> Account:
    """
    The account of that name.

    @raise Invalid: there is none.
    """
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Invalid(f"There is no account {name!r} on this machine") from None
    return Account(name, entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))
