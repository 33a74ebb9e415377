"""
Lock cycles: locking and unlocking a container (design, "Tokens of a run").

Not here: other changes of a container (L{arvgate.records.containers}) and the end of one
(L{arvgate.records.ending}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.model.tokens import IssuedToken
from arvgate.policy import container_states
from arvgate.policy.container_states import IN_CYCLE, Role
from arvgate.policy.container_values import without_warning
from arvgate.policy.port_addresses import published_numbers, with_addresses, without_addresses
from arvgate.records import ending, external_ports, tokens
from arvgate.records.cycle_tokens import end_cycle, end_cycle_tokens, lock_scopes, runtime_token
from arvgate.records.roles import role
from arvgate.records.schema import CONTAINER_TABLE
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = [
    "container_auth", "given_back", "lock", "mint_lock_token", "secret_mounts", "unlock", "unlocked",
]  # fmt: skip


def mint_lock_token(tx: Transaction, uuid: str) -> IssuedToken:
    """
    A token of the system user for one lock cycle of a container.

    @raise NotFound: there is no such container.
    """
    container = _existing(tx, uuid)
    _, token = tokens.mint(
        tx, tx.rules.system_user, lock_scopes(uuid), purpose="lock", container_uuid=container["uuid"]
    )
    return token


def lock(tx: Transaction, uuid: str) -> Record:
    """
    Queued to Locked; the writer's token becomes the lock's holder, this cycle's own token is made, and the published
    ports get addresses, which the job finds in its environment.

    @raise Forbidden: the writer is no admin.
    @raise Invalid: it is not Queued, or its priority is 0.
    """
    container = tx.read(CONTAINERS, uuid)
    holder = tx.principal.token_uuid
    if not tx.principal.is_admin or holder is None:
        raise Forbidden("Only a dispatcher can lock a container")
    problems = container_states.lock_problems(container["state"], container["priority"])
    if problems:
        raise Invalid(*problems)
    end_cycle_tokens(tx, uuid, but=holder)
    auth_uuid = None
    if tx.secret(CONTAINERS, uuid, "runtime_token") is None:
        own, _ = tokens.mint(
            tx, container["runtime_user_uuid"], container["runtime_auth_scopes"] or [],
            purpose="run", container_uuid=uuid,
        )  # fmt: skip
        auth_uuid = own["uuid"]
    values = {
        "state": "Locked",
        "locked_by_uuid": holder,
        "lock_count": container["lock_count"] + 1,
        "auth_uuid": auth_uuid,
        "runtime_status": without_warning(container["runtime_status"]),
        "published_ports": _addressed(tx, container),
    }
    ours = CONTAINER_TABLE.c.uuid == uuid
    tx.connection.execute(update(CONTAINER_TABLE).where(ours).values(locked_under=tx.rules.root_fingerprint))
    return tx.alter(CONTAINERS, container, values)


def _addressed(tx: Transaction, container: Record) -> Mapping[str, Any]:
    uuid, published = container["uuid"], container["published_ports"]
    external = external_ports.allocate(tx, uuid, published_numbers(published))
    return with_addresses(published, uuid, tx.rules.names, external)


def unlock(tx: Transaction, uuid: str) -> Record:
    """
    Locked to Queued, or to Cancelled after too many attempts.

    @raise Forbidden: the writer neither holds the lock nor is the system itself.
    @raise Invalid: it is not Locked.
    """
    container = tx.read(CONTAINERS, uuid)
    if container["state"] != "Locked":
        raise Invalid(f"A container that is {container['state']} cannot be unlocked")
    if role(tx, container) not in (Role.HOLDER, Role.SYSTEM):
        raise Forbidden("Only the token that locked a container can unlock it")
    return unlocked(tx, container)


def unlocked(tx: Transaction, container: Record) -> Record:
    """End the lock cycle of a container that is Locked."""
    failed = container["lock_count"] - _given_back(tx, container["uuid"])
    state = container_states.after_unlock(failed, tx.rules.max_dispatch_attempts)
    if state == "Cancelled":
        status = {**container["runtime_status"], "error": f"It was locked {failed} times and never ran."}
        return ending.ended(tx, container, {"state": state, "runtime_status": status})
    return _queued(tx, container, {})


def given_back(tx: Transaction, container: Record, runtime_status: Mapping[str, Any]) -> Record:
    """
    End the lock cycle of a container that is Locked, as no failed attempt: the node has no room for it now.

    @param runtime_status: what it is to have while it waits.
    """
    count = _given_back(tx, container["uuid"]) + 1
    ours = CONTAINER_TABLE.c.uuid == container["uuid"]
    tx.connection.execute(update(CONTAINER_TABLE).where(ours).values(given_back=count))
    return _queued(tx, container, runtime_status)


def _given_back(tx: Transaction, uuid: str) -> int:
    count = tx.connection.scalar(select(CONTAINER_TABLE.c.given_back).where(CONTAINER_TABLE.c.uuid == uuid))
    return int(count or 0)


def _queued(tx: Transaction, container: Record, runtime_status: Mapping[str, Any]) -> Record:
    end_cycle(tx, container)
    values: Record = {
        "state": "Queued",
        "locked_by_uuid": None,
        "auth_uuid": None,
        "runtime_status": dict(runtime_status),
        "gateway_address": None,
        "listening_ports": [],
        "published_ports": without_addresses(container["published_ports"]),
        "progress": None,
    }
    return tx.alter(CONTAINERS, container, values)


def container_auth(snapshot: Snapshot, uuid: str) -> Record:
    """
    The container's own token, with its secret.

    @raise Forbidden: the reader does not hold the lock, or the runtime token is not valid any more.
    """
    container = snapshot.read(CONTAINERS, uuid)
    if container["state"] not in IN_CYCLE or role(snapshot, container) is not Role.HOLDER:
        raise Forbidden("Only the token that locked a container gets the container's own token")
    if container["auth_uuid"] is not None:
        record = snapshot.peek(tokens.KIND, container["auth_uuid"])
        if record is not None:
            return tokens.with_secret(record, tokens.issued(snapshot, record))
    runtime = runtime_token(snapshot, uuid)
    found = None if runtime is None else tokens.find_valid(snapshot, runtime)
    record = None if found is None else snapshot.peek(tokens.KIND, found.uuid)
    if runtime is None or record is None:
        raise Forbidden("The token that this container runs with is not valid any more")
    return {**record, "api_token": runtime.secret}


def secret_mounts(snapshot: Snapshot, uuid: str) -> Record:
    """
    What only the run of a container may see of its mounts.

    @raise Forbidden: the reader is neither the container's own token nor the holder of its lock.
    """
    container = snapshot.read(CONTAINERS, uuid)
    if container["state"] not in IN_CYCLE or role(snapshot, container) not in (Role.HOLDER, Role.OWN):
        raise Forbidden("Only the container itself gets its secret mounts")
    mounts: Record = snapshot.secret(CONTAINERS, uuid, "secret_mounts")
    return mounts


def _existing(snapshot: Snapshot, uuid: str) -> Record:
    container = snapshot.container(uuid)
    if container is None:
        raise NotFound(f"There is no container {uuid!r}")
    return container
