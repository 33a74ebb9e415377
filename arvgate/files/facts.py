"""
Small JSON objects about what lies beside them, written whole or not at all.

Not here: what is in them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["LOG_FACTS", "read_facts", "write_facts"]

#: The file in a container's log directory that says whose it is.
LOG_FACTS: Final = "arvgate-facts.json"

_LONGEST: Final = 65536


def write_facts(path: str, staged: str, facts: Mapping[str, Any]) -> None:
    """
    Write C{facts} to C{staged}, for their owner only, and give it the name C{path} if that is another.

    @raise OSError: there is no room, or the like; then C{path} is what it was and C{staged} is gone.
    """
    try:
        with open(staged, "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            json.dump(dict(facts), file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(staged, path)
    except OSError:
        if os.path.lexists(staged):
            os.unlink(staged)
        raise


def read_facts(path: str) -> Mapping[str, Any]:
    """The facts; none if there is no such file or it is none of ours."""
    try:
        with open(path, encoding="ascii") as file:
            facts = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
