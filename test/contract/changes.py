"""
What every L{IChangeFeed} does.
"""

from __future__ import annotations

from zope.interface.verify import verifyObject

from arvgate.interfaces import IChangeFeed
from test.contract.case import ContractCase
from test.contract.world import Heard

__all__ = ["ChangesContract"]


class ChangesContract(ContractCase):
    """The suite."""

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(IChangeFeed, self.world.feed)

    async def test_token(self) -> None:
        """A revoked token is heard of, with its user."""
        user = await self.world.add_user()
        token = await self.world.add_token(user)
        heard = Heard(self.world.feed)
        await self.world.revoke(token)
        change = await heard.until(lambda change: change.uuid == token.uuid)
        self.assertEqual(("api_client_authorizations", user), (change.kind, change.related))
        heard.stop()

    async def test_user(self) -> None:
        """A user who is changed is heard of."""
        user = await self.world.add_user()
        heard = Heard(self.world.feed)
        await self.world.deactivate(user)
        await heard.until(lambda change: (change.kind, change.uuid) == ("users", user))
        heard.stop()

    async def test_entered(self) -> None:
        """A container that is changed is heard of."""
        container, _ = await self.world.add_container(await self.world.add_user())
        heard = Heard(self.world.feed)
        await self.world.directory.entered(container)
        await heard.until(lambda change: (change.kind, change.uuid) == ("containers", container))
        heard.stop()

    async def test_share(self) -> None:
        """A new permission link is heard of as a change of a link or of the request that it is about."""
        owner, user = await self.world.add_user(), await self.world.add_user()
        container, request = await self.world.add_container(owner)
        heard = Heard(self.world.feed)
        await self.world.share(request, user, "can_write")
        change = await heard.until(lambda change: change.kind == "links" or change.uuid == request)
        self.assertIn(change.related, (request, container))
        heard.stop()

    async def test_unsubscribed(self) -> None:
        """Who does not listen any more hears nothing, others still do."""
        user = await self.world.add_user()
        deaf, heard = Heard(self.world.feed), Heard(self.world.feed)
        deaf.stop()
        before = list(deaf.changes)
        await self.world.deactivate(user)
        await heard.until(lambda change: change.uuid == user)
        self.assertEqual(before, deaf.changes)
        deaf.stop()
        heard.stop()
