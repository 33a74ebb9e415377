"""
What Linux offers by C{prctl} and Python does not: subreapers, death signals, no new privileges.

Only the standard library is imported: the keeper uses it.  Not here: walking the process tree
(L{arvgate.runner.process.tree}).
"""

from __future__ import annotations

import ctypes
import os

__all__ = ["become_subreaper", "die_with_parent", "refuse_new_privileges"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
_prctl.restype = ctypes.c_int


def become_subreaper() -> None:
    """
    Orphans among this process's descendants become its own children from now on.

    @raise OSError: the kernel refused.
    """
    _call(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signum: int) -> None:
    """
    The kernel sends this process C{signum} when the thread that made it ends.

    A change of account takes this back, so it comes after one.

    @raise OSError: the kernel refused.
    """
    _call(_PR_SET_PDEATHSIG, signum)


def refuse_new_privileges() -> None:
    """
    Neither this process nor a descendant ever gains rights by executing something, so that none can escape a kill.

    @raise OSError: the kernel refused.
    """
    _call(_PR_SET_NO_NEW_PRIVS, 1)


def _call(option: int, value: int) -> None:
    if _prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
