"""
What every L{IDirectory} does.
"""

from __future__ import annotations

from zope.interface.verify import verifyObject

from arvgate.interfaces import IDirectory
from arvgate.model.ids import new_uuid
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget
from test.contract.case import ContractCase
from test.contract.world import CLUSTER, PORT

__all__ = ["DirectoryContract"]


def rights(listing: Listing | None) -> list[tuple[bool, bool]]:
    """Whether the requests of a listing can be read and written."""
    assert listing is not None
    return [(request.readable, request.writable) for request in listing.requests]


class DirectoryContract(ContractCase):
    """The suite."""

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(IDirectory, self.world.directory)

    async def test_unknown(self) -> None:
        """There is no listing of what does not exist: a container, a request, a name."""
        user = await self.world.add_user(admin=True)
        for kind in ("containers", "container_requests"):
            uuid = new_uuid(CLUSTER, kind, lambda below: 3)
            self.assertIsNone(await self.world.directory.locate(ContainerTarget(uuid, PORT), user))
        self.assertIsNone(await self.world.directory.locate(NamedTarget("nowhere"), user))
        self.assertIsNone(await self.world.directory.locate(PortTarget(31999), user))

    async def test_container(self) -> None:
        """A container's listing says where it is, its state and its secret."""
        owner = await self.world.add_user()
        container, request = await self.world.add_container(owner)
        listing = await self.world.directory.locate(ContainerTarget(container, 9000, tls=True), owner)
        self.assertEqual((container, container), (listing.container_uuid, listing.target_uuid))
        self.assertEqual((9000, True), (listing.port, listing.tls))
        self.assertEqual(("Running", 1), (listing.state, listing.lock_count))
        self.assertRegex(listing.gateway_address, r"\A127\.0\.0\.1:\d+\Z")
        self.assertRegex(listing.auth_secret, r"\A[0-9a-f]{64}\Z")
        self.assertNotIn(listing.auth_secret, repr(listing))
        self.assertEqual([request], [one.uuid for one in listing.requests])
        self.assertFalse(listing.interactive_session_started)

    async def test_request(self) -> None:
        """By a request's UUID one finds its container, and the ports that this request publishes."""
        owner = await self.world.add_user()
        container, request = await self.world.add_container(owner)
        listing = await self.world.directory.locate(ContainerTarget(request, 9000), owner)
        self.assertEqual((container, request), (listing.container_uuid, listing.target_uuid))
        self.assertEqual((9000, False), (listing.port, listing.tls))
        self.assertEqual((PORT,), tuple(listing.public_ports))

    async def test_name(self) -> None:
        """By a name one finds the port that is published under it."""
        owner = await self.world.add_user()
        container, request = await self.world.add_container(owner)
        await self.world.publish_name(request, "my-app", 9001)
        listing = await self.world.directory.locate(NamedTarget("my-app"), None)
        self.assertEqual((container, request), (listing.container_uuid, listing.target_uuid))
        self.assertEqual(9001, listing.port)
        self.assertEqual([(False, False)], rights(listing))
        self.assertEqual(("my-app",), tuple(listing.names))

    async def test_external_port(self) -> None:
        """By an external port one finds the container that has it, whose listing knows all that it has."""
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        external = await self.world.external_port(container)
        listing = await self.world.directory.locate(PortTarget(external), owner)
        self.assertEqual((container, container, PORT), (listing.container_uuid, listing.target_uuid, listing.port))
        self.assertEqual([(True, True)], rights(listing))
        self.assertEqual(((external,), (PORT,)), (tuple(listing.external_ports), tuple(listing.public_ports)))

    async def test_rights(self) -> None:
        """The owner and an admin can read and write, a stranger and nobody neither."""
        owner, stranger = await self.world.add_user(), await self.world.add_user()
        admin = await self.world.add_user(admin=True)
        container, _ = await self.world.add_container(owner)
        target = ContainerTarget(container, PORT)
        expected = {owner: (True, True), admin: (True, True), stranger: (False, False), None: (False, False)}
        for user, both in expected.items():
            self.assertEqual([both], rights(await self.world.directory.locate(target, user)))

    async def test_share(self) -> None:
        """A link to the request gives its user what it says, though they had nothing just before."""
        owner, reader, writer = [await self.world.add_user() for _ in range(3)]
        container, request = await self.world.add_container(owner)
        target = ContainerTarget(container, PORT)
        for user, level, both in ((reader, "can_read", (True, False)), (writer, "can_write", (True, True))):
            self.assertEqual([(False, False)], rights(await self.world.directory.locate(target, user)))
            await self.world.share(request, user, level)
            self.assertEqual([both], rights(await self.world.directory.locate(target, user)))

    async def test_entered(self) -> None:
        """That somebody entered is seen by the next who asks; of an unknown container nothing is noted."""
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        target = ContainerTarget(container, PORT)
        await self.world.directory.locate(target, owner)
        await self.world.directory.entered(container)
        listing = await self.world.directory.locate(target, owner)
        self.assertTrue(listing.interactive_session_started)
        await self.world.directory.entered(container)
        await self.world.directory.entered(new_uuid(CLUSTER, "containers", lambda below: 3))
