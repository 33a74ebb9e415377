"""
The tokens of a lock cycle: a container is locked by a token made for this cycle, and runs with another; both die
with it (design, "Tokens of a run").  Its external ports are free again then.

Not here: the cycle itself (L{arvgate.records.cycles}).
"""

from __future__ import annotations

from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.model.tokens import Token, parse_token
from arvgate.records import external_ports, tokens
from arvgate.records.schema import TOKEN_TABLE
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["end_cycle", "end_cycle_tokens", "lock_scopes", "runtime_token"]


def lock_scopes(uuid: str) -> list[str]:
    """What the token of a lock cycle may do: with this container's record and tokens, and write logs."""
    path = f"/arvados/v1/containers/{uuid}"
    return [
        f"GET {path}",
        f"GET {path}/",
        f"PATCH {path}",
        f"PUT {path}",
        f"POST {path}/lock",
        f"POST {path}/unlock",
        "GET /arvados/v1/users/current",
        "POST /arvados/v1/logs",
    ]


def end_cycle(tx: Transaction, container: Record) -> None:
    """
    Revoke the tokens of the present cycle, and take its external ports back.

    A runtime token outlives the cycle, but not as the container's own; so it is put into the change feed.
    """
    external_ports.release(tx, container["uuid"])
    end_cycle_tokens(tx, container["uuid"])
    runtime = runtime_token(tx, container["uuid"])
    found = None if runtime is None else tokens.find(tx, Token(runtime.secret, runtime.uuid))
    if found is not None:
        tx.note(tokens.KIND, found.uuid, found.user_uuid)


def end_cycle_tokens(tx: Transaction, uuid: str, but: str | None = None) -> None:
    """Revoke all tokens that were made for lock cycles of a container, except C{but}."""
    tokens.end(
        tx,
        TOKEN_TABLE.c.container_uuid == uuid,
        TOKEN_TABLE.c.purpose.in_(("lock", "run")),
        TOKEN_TABLE.c.uuid != (but or ""),
    )


def runtime_token(snapshot: Snapshot, uuid: str) -> Token | None:
    """The token that a container's requester gave for it to run with; None if there is none."""
    text = snapshot.secret(CONTAINERS, uuid, "runtime_token")
    return None if text is None else parse_token(text)
