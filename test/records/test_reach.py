"""
Tests for L{arvgate.records.reach}: the query finds what a plain walk through the same records finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.ids import Uuid, all_users_group_uuid, anonymous_group_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, GROUPS, LINKS, kind_of
from arvgate.model.principals import Principal
from arvgate.policy.permission import LEVEL_OF_LINK, Level
from arvgate.records.database.engine import open_engine, writing
from arvgate.records.reach import Reach, descendants
from arvgate.records.rules import Rules
from arvgate.records.schema import GROUP_TABLE, LINK_TABLE, METADATA, REQUEST_TABLE, TABLES
from arvgate.records.visibility import readable

CLUSTER = "zzzzz"
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
USERS = [f"{CLUSTER}-tpzed-{number:015}" for number in range(1, 4)]
PROJECTS = [f"{CLUSTER}-j7d0g-{number:015}" for number in range(1, 6)]
ROLES = [f"{CLUSTER}-j7d0g-{number:015}" for number in range(6, 8)]
REQUESTS = [f"{CLUSTER}-xvhdp-{number:015}" for number in range(1, 5)]
EVERYBODY = [all_users_group_uuid(CLUSTER), anonymous_group_uuid(CLUSTER)]


@attrs.frozen
class Graph:
    """
    Who owns what, and permission links.

    @ivar owners: record to owner.
    @ivar links: tail, head and name of each.
    @ivar trashed: projects in the trash.
    """

    owners: dict[str, str]
    links: Sequence[tuple[str, str, str]]
    trashed: frozenset[str]


@st.composite
def graphs(draw: Any) -> Graph:
    """Some graph; even one in which projects own one another in a circle, which must only end."""
    owner = st.sampled_from(USERS + PROJECTS)
    owners = {uuid: draw(owner) for uuid in PROJECTS + REQUESTS} | dict.fromkeys(ROLES, "nobody")
    link = st.tuples(
        st.sampled_from(USERS + ROLES + EVERYBODY),
        st.sampled_from(USERS + PROJECTS + ROLES + REQUESTS),
        st.sampled_from([*LEVEL_OF_LINK, "can_fly"]),
    )
    links = draw(st.lists(link, max_size=8, unique_by=lambda one: one[:2]))
    return Graph(owners, links, frozenset(draw(st.sets(st.sampled_from(PROJECTS), max_size=1))))


def levels_of(graph: Graph, user: str) -> dict[str, Level]:
    """The level of a user on everything, by walking along each edge until nothing changes."""
    paths = {(user, Level.MANAGE), (EVERYBODY[0], Level.WRITE), (EVERYBODY[1], Level.READ)}
    while True:
        found = {
            (head, min(level, granted))
            for at, level in paths
            if _passes(at, level)
            for head, granted in _edges(graph, at)
        }
        if found <= paths:
            break
        paths |= found
    best: dict[str, Level] = {}
    for uuid, level in paths:
        best[uuid] = max(best.get(uuid, Level.NONE), level)
    return best


def _passes(uuid: str, level: Level) -> bool:
    return uuid[6:11] == "j7d0g" or (uuid[6:11] == "tpzed" and level is Level.MANAGE)


def _edges(graph: Graph, uuid: str) -> Iterator[tuple[str, Level]]:
    for tail, head, name in graph.links:
        if tail == uuid and name in LEVEL_OF_LINK:
            yield head, LEVEL_OF_LINK[name]
    for belonging, owner in graph.owners.items():
        if owner == uuid:
            yield belonging, Level.MANAGE


def hidden(graph: Graph) -> set[str]:
    """What is in the trash, or in a project that is."""
    found = set(graph.trashed)
    while more := {uuid for uuid, owner in graph.owners.items() if owner in found} - found:
        found |= more
    return found


class ReachTests(SynchronousTestCase):
    """L{Reach} and L{readable}."""

    def setUp(self) -> None:
        """With a database without records."""
        self.engine = open_engine("sqlite://")
        self.addCleanup(self.engine.dispose)
        METADATA.create_all(self.engine)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(graphs(), st.sampled_from(USERS))
    def test_as_walked(self, graph: Graph, user: str) -> None:
        """The level on each record, and the requests and projects that are listed, are those of the walk."""
        trash = hidden(graph)
        levels = levels_of(graph, user)
        with writing(self.engine) as connection:
            fill(connection, graph)
            for uuid in PROJECTS + ROLES + REQUESTS:
                statement = Reach([user], CLUSTER).strongest(uuid, graph.owners[uuid])
                self.assertEqual(levels.get(uuid, Level.NONE), connection.scalar(statement) or 0, (user, uuid, graph))
            for one in (False, True):
                seen = {uuid for uuid in levels if one or uuid not in trash}
                for kind in (REQUESTS, PROJECTS + ROLES):
                    self.assertEqual(seen & set(kind), listed(connection, kind, user, one, one))

    def test_together(self) -> None:
        """What several readers reach together is what each of them reaches, and none of their paths mix."""
        both = {"also": (principal(USERS[1]),)}
        graph = Graph(
            {REQUESTS[0]: USERS[0], REQUESTS[1]: USERS[1], REQUESTS[2]: USERS[2], REQUESTS[3]: USERS[2]}
            | dict.fromkeys(PROJECTS + ROLES, USERS[2]),
            [],
            frozenset(),
        )
        with writing(self.engine) as connection:
            fill(connection, graph)
            condition = readable(CONTAINER_REQUESTS, attrs.evolve(principal(USERS[0]), **both), Rules(CLUSTER))
            found = set(connection.scalars(select(REQUEST_TABLE.c.uuid).where(condition)))
        self.assertEqual({REQUESTS[0], REQUESTS[1]}, found)

    def test_nobody(self) -> None:
        """Nobody reaches nothing."""
        with writing(self.engine) as connection:
            self.assertEqual([], list(connection.scalars(Reach([], CLUSTER).passing(Level.READ))))
            self.assertIsNone(connection.scalar(Reach([], CLUSTER).strongest(REQUESTS[0], USERS[0])))

    def test_descendants(self) -> None:
        """A project's descendants are itself and all below it."""
        owners = {uuid: owner for owner, uuid in zip([USERS[0], *PROJECTS], PROJECTS, strict=False)}
        owners |= dict.fromkeys(REQUESTS + ROLES, USERS[0])
        with writing(self.engine) as connection:
            fill(connection, Graph(owners, [], frozenset()))
            below = descendants(GROUP_TABLE.c.uuid == PROJECTS[2])
            self.assertEqual(set(PROJECTS[2:]), set(connection.scalars(select(below.c.uuid))))


def principal(user: str) -> Principal:
    """A user who is active and no admin."""
    return Principal(Uuid(user), None)


def listed(connection: Connection, uuids: Sequence[str], user: str, include_trash: bool, one: bool) -> set[str]:
    """Which of some records of one kind a user reads."""
    kind = kind_of(uuids[0])
    assert kind is not None
    condition = readable(kind, principal(user), Rules(CLUSTER, roles_are_visible=False), include_trash, one)
    column = TABLES[kind.path].c.uuid
    return set(connection.scalars(select(column).where(condition, column.in_(uuids))))


def fill(connection: Connection, graph: Graph) -> None:
    """Put a graph in the place of what was there."""
    for table in (GROUP_TABLE, LINK_TABLE, REQUEST_TABLE):
        connection.execute(delete(table))
    for uuid in PROJECTS + ROLES:
        values = {"group_class": "role" if uuid in ROLES else "project", "is_trashed": uuid in graph.trashed}
        add(connection, GROUPS, uuid, graph.owners[uuid], name=uuid, **values)
    for uuid in REQUESTS:
        add(connection, CONTAINER_REQUESTS, uuid, graph.owners[uuid])
    for number, (tail, head, name) in enumerate(graph.links):
        kind = kind_of(head)
        assert kind is not None
        values = {"link_class": "permission", "name": name, "tail_uuid": tail, "head_uuid": head}
        add(connection, LINKS, f"{CLUSTER}-o0j2j-{number:015}", "nobody", head_kind=kind.name, **values)


def add(connection: Connection, kind: Any, uuid: str, owner: str, **values: Any) -> None:
    """A row with whatever else the table needs."""
    shown = [field for field in kind.fields if field.stored and not field.secret]
    row = {field.name: field.default for field in shown if field.default is not None}
    times = {"created_at": _BEGINNING, "modified_at": _BEGINNING, "etag": ""}
    connection.execute(insert(TABLES[kind.path]), {**row, **times, "uuid": uuid, "owner_uuid": owner, **values})
