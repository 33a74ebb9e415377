"""
In which role a principal comes to a container.

Not here: what each role may do (L{arvgate.policy.container_states}).
"""

from __future__ import annotations

from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.policy.container_states import Attempt, Role, role_of
from arvgate.records.snapshot import Snapshot

__all__ = ["role"]


def role(snapshot: Snapshot, container: Record) -> Role:
    """The role of the snapshot's principal."""
    principal = snapshot.principal
    attempt = Attempt(principal.token_uuid, principal.container_uuid, snapshot.is_system)
    has_runtime_token = snapshot.secret(CONTAINERS, container["uuid"], "runtime_token") is not None
    return role_of(attempt, container["uuid"], container["locked_by_uuid"], container["auth_uuid"], has_runtime_token)
