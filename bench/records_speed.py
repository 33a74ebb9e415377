"""
How many requests the record API answers a second, through the whole path, with few and with many records.

C{python -m bench.records_speed [ROUNDS [SECONDS [MANY [DATABASE]]]]} starts clusters of its own on C{sqlite} or on
C{postgresql}, fills their databases, and leaves nothing of them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from arvgate.wire.record_json import format_time
from bench.records_fill import Filling, fill
from bench.records_load import Load
from test.acceptance.cluster import Cluster
from test.acceptance.databases import PostgreSQLDatabase
from test.acceptance.engines import Processes
from test.acceptance.processes import private_memory
from test.acceptance.waiting import Program, in_thread, pause, seconds

ROUNDS = 3
SECONDS = 5.0
FEW, MANY = 1_000, 100_000

#: Of how many records the user who asks owns the first, and everybody else the others.
SHARE = {FEW: 250}

#: Different requests of one kind that are sent in turn.
VARIETY = 500

OTHERS = 9

SERVERS = ("control", "door")


@attrs.frozen
class Filled:
    """
    A cluster with records.

    @ivar token: of a user who owns C{own}: requests' UUIDs and when they were made, the oldest first.
    """

    cluster: Cluster
    rows: int
    token: str = attrs.field(repr=False)
    own: Sequence[tuple[str, datetime]] = attrs.field(repr=False)


@attrs.frozen
class Operation:
    """
    What is measured.

    @ivar needed: how many a second there must be; C{aim}: how many there should be; 0: any number.
    @ivar make: one request's line without the version, whether the admin asks, and its body.
    """

    name: str
    needed: float
    aim: float
    make: Callable[[Filled, Random], tuple[str, bool, Any]]


@attrs.frozen
class Figures:
    """What was found in one run: requests a second, seconds, seconds of CPU for a request, and bytes of an answer."""

    rate: float
    p50: float
    p99: float
    control: float
    door: float
    client: float
    size: float


def _get(filled: Filled, random: Random) -> tuple[str, bool, Any]:
    return f"GET /arvados/v1/container_requests/{random.choice(filled.own)[0]}", False, None


def _list(
    filters: Sequence[Any], admin: bool = False, **more: Any
) -> Callable[[Filled, Random], tuple[str, bool, Any]]:
    def make(filled: Filled, random: Random) -> tuple[str, bool, Any]:
        query = urlencode({"limit": 100, "filters": json.dumps(filters), **more})
        return f"GET /arvados/v1/container_requests?{query}", admin, None

    return make


def _keyset(filled: Filled, random: Random) -> tuple[str, bool, Any]:
    uuid, begin = random.choice(filled.own[: len(filled.own) // 2])
    filters = [["state", "=", "Final"], ["created_at", ">=", format_time(begin)], ["uuid", "!=", uuid]]
    return _list(filters, count="none", order="created_at,uuid")(filled, random)


def _containers(filled: Filled, random: Random) -> tuple[str, bool, Any]:
    return "GET /arvados/v1/containers?limit=100&count=none", False, None


def _create(**more: Any) -> Callable[[Filled, Random], tuple[str, bool, Any]]:
    def make(filled: Filled, random: Random) -> tuple[str, bool, Any]:
        attributes = {
            "name": f"align sample-{random.randrange(5000):04d}",
            "properties": {"sample": f"sample-{random.randrange(5000):04d}", "batch": random.randrange(200)},
            "container_image": "f29a1a3f2e6c8ebd0d4c2b8d3d0c5f0a+1234",
            "command": ["bwa", "mem", "-t", "8", "/ref/hg38.fa", "/in/reads.fq"],
            "cwd": "/out",
            "environment": {"HOME": "/out", "TMPDIR": "/tmp"},
            "mounts": {"/out": {"kind": "tmp", "capacity": 40 << 30}, "/tmp": {"kind": "tmp", "capacity": 10 << 30}},
            "output_path": "/out",
            "runtime_constraints": {"vcpus": 8, "ram": 16 << 30},
            "use_existing": False,
            **more,
        }
        return "POST /arvados/v1/container_requests", False, {"container_request": attributes}

    return make


COMMON = [["state", "=", "Final"], ["name", "like", "%sample-%"]]

OPERATIONS: Sequence[Operation] = (
    Operation("get", 500, 800, _get),
    Operation("list of 100, counted", 60, 150, _list(COMMON)),
    Operation("list of 100, not counted", 60, 150, _list(COMMON, count="none")),
    Operation("list of 100 by the admin, counted", 60, 150, _list(COMMON, True)),
    Operation("list of 100 by the admin, not counted", 60, 150, _list(COMMON, True, count="none")),
    Operation("page of keyset_list_all", 60, 150, _keyset),
    Operation("list of 100 containers", 20, 60, _containers),
    Operation("list by name", 0, 0, _list([["name", "=", "align sample-0001 #1"]])),
    Operation("create", 100, 300, _create()),
    Operation("create, committed", 100, 300, _create(state="Committed", priority=0)),
)


async def filled_cluster(rows: int, database: PostgreSQLDatabase | None) -> Filled:
    """A cluster with so many container requests."""
    cluster = Cluster(Processes(), database=database)
    await cluster.create()
    user, token = await cluster.second_user()
    owners = [(user, SHARE.get(rows, rows // 10))]
    for number in range(OTHERS):
        other = await cluster.json_of("user", "create", f"other{number}@example.com")
        owners.append((other["uuid"], (rows - owners[0][1]) // OTHERS))
    began = seconds()
    url = database.url if database else f"sqlite:///{cluster.state('arvgate.db')}"
    newest = datetime.fromtimestamp(seconds(), UTC)
    made = await in_thread(fill, Filling(url, cluster.cluster_id, owners, newest))
    print(f"{rows} container requests were written in {seconds() - began:.0f} s", flush=True)
    return Filled(cluster, rows, token, made[user])


async def measure(filled: Filled, operation: Operation, duration: float) -> Figures:
    """Run one operation for so long."""
    cluster = filled.cluster
    servers = {role: cluster.processes(role)[0] for role in SERVERS}
    ca, requests = str(cluster.facts["ca"]), _requests(filled, operation)
    load = Load(ca, cluster.https_port, cluster.api_name, requests, duration, servers)
    program = Program([sys.executable, "-m", "bench.records_load"], {**os.environ}, None)
    program.transport.write(json.dumps(attrs.asdict(load)).encode())
    program.transport.closeStdin()
    if await program.ended(duration + 60.0):
        raise AssertionError(program.errors[-2000:])
    found: Mapping[str, Any] = json.loads(program.output)
    if found["failures"] or not found["times"]:
        raise AssertionError(f"{operation.name}: {len(found['failures'])} failures {found['failures'][:3]}")
    times = sorted(found["times"])
    return Figures(
        rate=len(times) / found["seconds"],
        p50=median(times),
        p99=times[int(0.99 * len(times))],
        **{name: busy / len(times) for name, busy in found["busy"].items()},
        size=found["size"] / len(times),
    )


def _requests(filled: Filled, operation: Operation) -> list[str]:
    random = Random(1)
    made = []
    for _ in range(VARIETY):
        line, admin, body = operation.make(filled, random)
        token = filled.cluster.client.token if admin else filled.token
        head = f"{line} HTTP/1.1\r\nHost: {filled.cluster.facts['api_host']}\r\nAuthorization: Bearer {token}\r\n"
        text = ""
        if body is not None:
            text = json.dumps(body)
            head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        made.append(f"{head}\r\n{text}")
    return made


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return Figures(*(median(values) for values in zip(*map(attrs.astuple, runs), strict=True)))


def tell(operation: Operation, few: Figures, many: Figures) -> None:
    """One line on an operation."""
    verdict = ""
    if operation.needed:
        verdict = "aim met" if many.rate >= operation.aim else "met" if many.rate >= operation.needed else "MISSED"
        verdict = f"{operation.needed:.0f} ({operation.aim:.0f}) {verdict}"
    print(
        f"{operation.name:<38} {few.rate:7.0f} {many.rate:7.0f} {few.rate / many.rate:6.2f}"
        f" {many.p50 * 1000:7.1f} {many.p99 * 1000:7.1f}"
        f"   {many.control * 1000:7.2f} {many.door * 1000:7.2f} {many.client * 1000:7.2f}"
        f" {many.size / 1024:7.1f}   {verdict}",
        flush=True,
    )


async def bench(rounds: int, duration: float, many: int, kind: str, only: str) -> None:
    """All operations, on both clusters in turn."""
    clusters: list[Filled] = []
    try:
        for rows in (FEW, many):
            database = await in_thread(PostgreSQLDatabase) if kind == "postgresql" else None
            clusters.append(await filled_cluster(rows, database))
        await pause(2.0)
        print(
            f"{'requests a second with records':<38} {FEW:>7} {many:>7}  ratio  p50 ms  p99 ms"
            "   CPU ms: control  door  client    KiB   needed (aim)"
        )
        for operation in (one for one in OPERATIONS if only in one.name):
            found: list[list[Figures]] = [[], []]
            for _ in range(rounds):
                for filled, runs in zip(clusters, found, strict=True):
                    runs.append(await measure(filled, operation, duration))
            tell(operation, middle(found[0]), middle(found[1]))
        for filled in clusters:
            memory = {role: private_memory(filled.cluster.processes(role)[0]) for role in SERVERS}
            sizes = ", ".join(f"{role} {size / (1 << 20):.1f} MiB" for role, size in memory.items())
            print(f"memory with {filled.rows} records: {sizes}")
        print(f"load average {' '.join(f'{number:.1f}' for number in os.getloadavg())}, {os.cpu_count()} CPUs")
    finally:
        for filled in clusters:
            await filled.cluster.remove()


def main(
    reactor: object,
    rounds: str = str(ROUNDS),
    duration: str = str(SECONDS),
    many: str = str(MANY),
    kind: str = "sqlite",
    only: str = "",
) -> Deferred[None]:
    """Run it all, or only the operations whose names have C{only}."""
    return Deferred.fromCoroutine(bench(int(rounds), float(duration), int(many), kind, only))


if __name__ == "__main__":
    react(main, sys.argv[1:])
