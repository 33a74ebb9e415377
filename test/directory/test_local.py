"""
Tests for L{arvgate.directory.local}.
"""

from __future__ import annotations

import os
from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.directory.local import make_listing
from arvgate.interfaces import ContainerFacts
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, NamedTarget, Target
from test.contract.changes import ChangesContract
from test.contract.directory import DirectoryContract
from test.contract.tokens import TokensContract
from test.directory.stored import StoredWorld
from test.records.postgresql import lent_url


class _Stored:
    def make_world(self) -> StoredWorld:
        """A world on a new SQLite file."""
        return StoredWorld(self.mktemp())


class _StoredInPostgreSQL:
    def make_world(self) -> StoredWorld:
        """A world on a database of PostgreSQL."""
        directory = self.mktemp()
        os.mkdir(directory)
        return StoredWorld(directory, lent_url(self))


class LocalDirectoryTests(_Stored, DirectoryContract, TestCase):
    """L{arvgate.directory.local.LocalDirectory}."""


class PostgreSQLDirectoryTests(_StoredInPostgreSQL, DirectoryContract, TestCase):
    """The same on PostgreSQL."""


class StoredTokensTests(_Stored, TokensContract, TestCase):
    """The tokens of the store."""


class PostgreSQLTokensTests(_StoredInPostgreSQL, TokensContract, TestCase):
    """The same on PostgreSQL."""


class StoredChangesTests(_Stored, ChangesContract, TestCase):
    """The change feed of the store."""


class PostgreSQLChangesTests(_StoredInPostgreSQL, ChangesContract, TestCase):
    """The same on PostgreSQL."""


CONTAINER = {
    "uuid": "container",
    "state": "Running",
    "gateway_address": "127.0.0.1:2222",
    "lock_count": 3,
    "published_ports": {},
    "interactive_session_started": False,
    "runtime_status": {},
    "priority": 500,
}
PUBLIC = {"access": "public", "label": "app", "initial_path": ""}
PRIVATE = {**PUBLIC, "access": "private"}


def request(uuid: str, **more: Any) -> tuple[dict[str, Any], bool, bool]:
    """A request that the user can read and write."""
    return {"uuid": uuid, "properties": {}, "published_ports": {}, **more}, True, True


def listing(target: Target, *requests: tuple[dict[str, Any], bool, bool], **container: Any) -> Listing:
    """The listing of a target."""
    port = 9000 if isinstance(target, NamedTarget) else 0
    facts = ContainerFacts({**CONTAINER, **container}, requests, target_uuid="named" if port else "", port=port)
    return make_listing(target, facts, lambda uuid, lock_count, under: f"secret of {uuid} {lock_count} {under}".strip())


class ListingTests(SynchronousTestCase):
    """From facts to a listing."""

    def test_secret(self) -> None:
        """The secret is that of the lock cycle; a container that was never locked has none."""
        target = ContainerTarget("container", 80)
        self.assertEqual("secret of container 3", listing(target).auth_secret)
        self.assertEqual("", listing(target, lock_count=0, gateway_address=None).auth_secret)
        facts = ContainerFacts(CONTAINER, (), locked_under="former")
        made = make_listing(target, facts, lambda uuid, lock_count, under: f"{uuid} {lock_count} {under}")
        self.assertEqual("container 3 former", made.auth_secret)
        self.assertEqual("", listing(target, lock_count=0, gateway_address=None).gateway_address)

    def test_public_ports(self) -> None:
        """They are the container's, or those of the request that was asked for, by UUID or by name."""
        requests = (
            request("asked", published_ports={"81": PUBLIC, "82": PRIVATE}),
            request("named", published_ports={"83": PUBLIC}),
            request("other"),
        )
        own = {"80": PUBLIC, "90": PRIVATE, "91": PUBLIC}
        for target, ports in (
            (ContainerTarget("container", 80), (80, 91)),
            (ContainerTarget("asked", 80), (81,)),
            (ContainerTarget("other", 80), ()),
            (NamedTarget("name"), (83,)),
        ):
            self.assertEqual(ports, listing(target, *requests, published_ports=own).public_ports)

    def test_malformed_ports(self) -> None:
        """What is no published port of the known form is not public."""
        for port, how in (("x", PUBLIC), ("0", PUBLIC), ("65536", PUBLIC), ("80", "public"), ("٣", PUBLIC), ("", {})):
            self.assertEqual((), listing(ContainerTarget("container", 80), published_ports={port: how}).public_ports)
        self.assertEqual((), listing(ContainerTarget("container", 80), published_ports=None).public_ports)

    def test_properties(self) -> None:
        """Only false forbids the web, and only numbers are ports that other sites may use."""
        for value, web in ((False, False), (True, True), (None, True), ("false", True), (0, True)):
            found = listing(ContainerTarget("container", 80), request("r", properties={"arvgate:web": value}))
            self.assertEqual([web], [one.web for one in found.requests], value)
        for value, ports in (([80, 81], (80, 81)), ([80, "81", True, None], (80,)), ("80", ()), (80, ()), ({}, ())):
            found = listing(ContainerTarget("container", 80), request("r", properties={"arvgate:cross_site": value}))
            self.assertEqual([ports], [one.cross_site for one in found.requests], value)
        self.assertTrue(listing(ContainerTarget("container", 80), request("r", properties=None)).requests[0].web)

    def test_note(self) -> None:
        """What was said of the container is passed on: the gravest, not too much of it, and that it is on hold."""
        target = ContainerTarget("container", 80)
        status = {"activity": "busy", "warning": "slow", "error": "broken"}
        for given, note in ((status, "broken"), ({"activity": "busy"}, "busy"), ({"error": ""}, ""), (None, "")):
            self.assertEqual(note, listing(target, runtime_status=given).note)
        self.assertEqual(500, len(listing(target, runtime_status={"error": "x" * 501}).note))
        for state, held in (("Queued", True), ("Locked", True), ("Running", False), ("Cancelled", False)):
            self.assertEqual(held, "on hold" in listing(target, state=state, priority=0).note)

    def test_max_body_size(self) -> None:
        """The least size that any request allows on the port counts, readable or not; what is no size does not."""
        for values, size in (
            ([{"80": 1000}, {"80": 500, "81": 1}, None], 500),
            ([{"81": 5}, {}], 0),
            ([{"80": 0}, {"80": -1}, {"80": True}, {"80": "9"}, {"80": None}, {80: 7}, [80], "80"], 0),
            ([None], 0),
        ):
            requests = [request(f"r{n}", properties={"arvgate:max_body_size": value}) for n, value in enumerate(values)]
            self.assertEqual(size, listing(ContainerTarget("container", 80), *requests).max_body_size, values)

    def test_rights(self) -> None:
        """What the user may with each request is passed on, and what was asked for."""
        record, _, _ = request("r")
        found = listing(ContainerTarget("container", 80, tls=True), (record, True, False), (record, False, False))
        self.assertEqual([(True, False), (False, False)], [(one.readable, one.writable) for one in found.requests])
        self.assertEqual(("container", 80, True), (found.target_uuid, found.port, found.tls))
        named = listing(NamedTarget("name"))
        self.assertEqual(("container", "named", 9000), (named.container_uuid, named.target_uuid, named.port))
