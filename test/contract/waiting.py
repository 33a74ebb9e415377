"""
What every L{IWaiting} does.
"""

from __future__ import annotations

from zope.interface.verify import verifyObject

from arvgate.interfaces import IWaiting
from arvgate.model.ids import new_uuid
from test.contract.case import ContractCase
from test.contract.world import CLUSTER

__all__ = ["WaitingContract"]


class WaitingContract(ContractCase):
    """The suite."""

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(IWaiting, self.world.waiting)

    async def test_waited(self) -> None:
        """It is known how long a container has been there."""
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        self.world.pass_time(90)
        progress = await self.world.waiting.progress(container, owner)
        assert progress is not None
        self.assertAlmostEqual(90.0, progress.waited, places=3)
        self.assertEqual((0.0, ()), (progress.idle_timeout, tuple(progress.listening)))

    async def test_logs(self) -> None:
        """The last twenty lines of what it wrote are there, and none that a browser would take for more than text."""
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        progress = await self.world.waiting.progress(container, owner)
        assert progress is not None
        self.assertEqual(((), ()), (tuple(progress.output), tuple(progress.errors)))
        await self.world.write_log(container, "stdout.txt", b"one\n\x1b[1mtwo\0\n")
        await self.world.write_log(container, "stderr.txt", b"".join(b"%d\n" % n for n in range(30)))
        progress = await self.world.waiting.progress(container, owner)
        assert progress is not None
        self.assertEqual(("one", "two\\x00"), tuple(progress.output))
        self.assertEqual(tuple(str(n) for n in range(10, 30)), tuple(progress.errors))

    async def test_for_whom(self) -> None:
        """Only who can write all of its requests is told: its owner, an admin, who was given it."""
        owner, reader, writer, stranger = [await self.world.add_user() for _ in range(4)]
        admin = await self.world.add_user(admin=True)
        container, request = await self.world.add_container(owner)
        await self.world.share(request, reader, "can_read")
        await self.world.share(request, writer, "can_write")
        for user in (reader, stranger):
            self.assertIsNone(await self.world.waiting.progress(container, user))
        for user in (owner, writer, admin):
            self.assertIsNotNone(await self.world.waiting.progress(container, user))

    async def test_unknown(self) -> None:
        """Nothing is known of what does not exist, nor by the UUID of a request."""
        owner = await self.world.add_user()
        _, request = await self.world.add_container(owner)
        for uuid in (request, new_uuid(CLUSTER, "containers", lambda below: 3)):
            self.assertIsNone(await self.world.waiting.progress(uuid, owner))
