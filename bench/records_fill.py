"""
A database with many container requests, each with its container and its log entry, written row by row into the tables.

Blocking.  Not here: what is measured with it (L{bench.records_speed}).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import attrs
from sqlalchemy import insert

from arvgate.model.ids import new_uuid, system_user_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, LOGS
from arvgate.model.records import Kind
from arvgate.policy.request_defaults import with_defaults
from arvgate.records.audit import etag_of
from arvgate.records.database.engine import is_postgresql, open_engine, writing
from arvgate.records.schema import TABLES

__all__ = ["Filling", "fill"]

#: Rows in one transaction.
BATCH = 1000

#: State of a request, of its container, and how many of a hundred are so; nothing that a dispatcher would run.
STATES = (("Final", "Complete", 80), ("Final", "Cancelled", 8), ("Committed", "Queued", 7), ("Uncommitted", None, 5))


@attrs.frozen
class Filling:
    """
    What to make.

    @ivar owners: UUIDs and how many requests each has.
    @ivar newest: when the last one was made; the others before it, one a minute.
    """

    url: str
    cluster: str
    owners: Sequence[tuple[str, int]]
    newest: datetime


def fill(filling: Filling) -> dict[str, list[tuple[str, datetime]]]:
    """
    Make the rows.

    @return: of each owner the requests' UUIDs and when they were made, the oldest first.
    """
    random = Random(2026)
    engine = open_engine(filling.url)
    made: dict[str, list[tuple[str, datetime]]] = {owner: [] for owner, _ in filling.owners}
    owners = [owner for owner, count in filling.owners for _ in range(count)]
    random.shuffle(owners)
    trios = _trios(filling, owners, random)
    try:
        while batch := list(islice(trios, BATCH)):
            with writing(engine) as connection:
                for kind in (CONTAINER_REQUESTS, CONTAINERS, LOGS):
                    rows = [row for trio in batch for about, row in trio if about is kind]
                    connection.execute(insert(TABLES[kind.path]), rows)
            for (_, request), *_ in batch:
                made[request["owner_uuid"]].append((request["uuid"], request["created_at"]))
        if is_postgresql(filling.url):
            with writing(engine) as connection:
                connection.exec_driver_sql("ANALYZE")  # which it does by itself, but later
    finally:
        engine.dispose()
    return made


def _trios(filling: Filling, owners: Sequence[str], random: Random) -> Iterator[list[tuple[Kind, dict[str, Any]]]]:
    """Of each request the rows that belong together, the oldest first."""
    cluster, moment = filling.cluster, filling.newest - timedelta(minutes=len(owners))
    for number, owner in enumerate(owners):
        moment += timedelta(minutes=1)
        state, container_state, _ = random.choices(STATES, [weight for *_, weight in STATES])[0]
        container_uuid = new_uuid(cluster, CONTAINERS.path, random.randrange)
        request = _row(CONTAINER_REQUESTS, cluster, random, moment, _request(number, random))
        request |= {"owner_uuid": owner, "modified_by_user_uuid": owner, "state": state}
        trio = [(CONTAINER_REQUESTS, request)]
        if container_state is not None:
            request |= {"container_uuid": container_uuid, "container_count": 1}
            ended = container_state in ("Complete", "Cancelled")
            shared = {
                name: request[name]
                for name in ("command", "environment", "mounts", "container_image", "runtime_constraints", "cwd")
            }
            own = {
                "uuid": container_uuid,
                "owner_uuid": system_user_uuid(cluster),
                "state": container_state,
                "exit_code": 0 if container_state == "Complete" else None,
                "started_at": moment if ended else None,
                "finished_at": moment + timedelta(minutes=20) if ended else None,
                "runtime_user_uuid": owner,
                "runtime_auth_scopes": ["all"],
            }
            trio.append((CONTAINERS, _row(CONTAINERS, cluster, random, moment, shared | own)))
        trio.append((LOGS, _row(LOGS, cluster, random, moment, _log(request))))
        yield trio


def _row(kind: Kind, cluster: str, random: Random, moment: datetime, values: dict[str, Any]) -> dict[str, Any]:
    uuid, etag = new_uuid(cluster, kind.path, random.randrange), f"{random.getrandbits(128):032x}"
    own = {"uuid": uuid, "created_at": moment, "modified_at": moment, "etag": etag}
    fields = [field for field in kind.fields if field.stored and not field.secret and field.name != "id"]
    return {field.name: {**own, **values}.get(field.name, copy.deepcopy(field.default)) for field in fields}


def _request(number: int, random: Random) -> dict[str, Any]:
    """What a user of a workflow engine asks for."""
    sample = f"sample-{random.randrange(5000):04d}"
    given = {
        "name": f"{random.choice(('align', 'call-variants', 'merge', 'qc', 'annotate'))} {sample} #{number}",
        "description": None,
        "properties": {"sample": sample, "batch": random.randrange(200), "template_uuid": "none"},
        "container_image": "f29a1a3f2e6c8ebd0d4c2b8d3d0c5f0a+1234",
        "command": ["bwa", "mem", "-t", "8", "-R", f"@RG\\tID:{sample}\\tSM:{sample}", "/ref/hg38.fa", "/in/reads.fq"],
        "cwd": "/var/spool/cwl",
        "environment": {"HOME": "/var/spool/cwl", "TMPDIR": "/tmp", "SAMPLE": sample},
        "mounts": {
            "/in": {"kind": "collection", "portable_data_hash": f"{random.getrandbits(128):032x}+{number}"},
            "/ref": {"kind": "collection", "portable_data_hash": "0d5a2f1fd03a4d0b9cb3bf0b3a5ac7e1+5150"},
            "/tmp": {"kind": "tmp", "capacity": 10 << 30},
            "/var/spool/cwl": {"kind": "tmp", "capacity": 40 << 30},
        },
        "output_path": "/var/spool/cwl",
        "output_name": f"Output for {sample}",
        "priority": 0,
        "runtime_constraints": {"vcpus": 8, "ram": 16 << 30, "API": False},
        "use_existing": random.random() < 0.5,
        "cumulative_cost": round(random.random(), 4),
    }
    return with_defaults(given, 3)


def _log(request: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in request.items() if not isinstance(value, datetime)}
    return {
        "owner_uuid": request["owner_uuid"],
        "object_uuid": request["uuid"],
        "object_owner_uuid": request["owner_uuid"],
        "object_kind": CONTAINER_REQUESTS.name,
        "event_at": request["created_at"],
        "event_type": "create",
        "summary": f"create of {request['uuid']}",
        "properties": {
            "old_etag": None,
            "old_attributes": None,
            "new_etag": etag_of(CONTAINER_REQUESTS, shown),
            "new_attributes": shown,
        },
    }
