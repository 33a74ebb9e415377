"""
Whose a container's log directory is, written down in it.

Not here: giving logs up by it (L{arvgate.dispatch.kept_logs}).
"""

from __future__ import annotations

import os

from arvgate.files.facts import LOG_FACTS, write_facts

__all__ = ["write_log_facts"]


def write_log_facts(log_directory: str, container_uuid: str, user_uuid: str) -> None:
    """
    Write it down; blocks.

    @param log_directory: of the container; it is there.
    @raise OSError: there is no room, or the like.
    """
    path = os.path.join(log_directory, LOG_FACTS)
    write_facts(path, f"{path}.new", {"container_uuid": container_uuid, "user_uuid": user_uuid})
