"""
What every L{ITokens} does.
"""

from __future__ import annotations

import attrs
from zope.interface.verify import verifyObject

from arvgate.interfaces import ITokens
from arvgate.model.ids import new_uuid
from arvgate.model.tokens import Token
from test.contract.case import ContractCase
from test.contract.world import CLUSTER

__all__ = ["TokensContract"]


class TokensContract(ContractCase):
    """The suite."""

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(ITokens, self.world.tokens)

    async def test_known(self) -> None:
        """A known token tells its user, its rights and its end."""
        user = await self.world.add_user()
        token = await self.world.add_token(user, scopes=("GET /", "POST /"), expires_in=600.0)
        found = await self.world.tokens.find(token)
        self.assertEqual((token.uuid, user), (found.uuid, found.user_uuid))
        self.assertEqual((False, True), (found.is_admin, found.is_active))
        self.assertEqual(("GET /", "POST /"), tuple(found.scopes))
        self.assertIsNotNone(found.expires_at.tzinfo)
        self.assertIsNone(found.parent_uuid)
        self.assertEqual(found, await self.world.tokens.find(token))

    async def test_endless(self) -> None:
        """A token without an end has none."""
        token = await self.world.add_token(await self.world.add_user())
        found = await self.world.tokens.find(token)
        self.assertIsNone(found.expires_at)

    async def test_admin(self) -> None:
        """An admin's token says so."""
        token = await self.world.add_token(await self.world.add_user(admin=True))
        found = await self.world.tokens.find(token)
        self.assertTrue(found.is_admin)

    async def test_bare_secret(self) -> None:
        """The secret alone, as a v1 token, finds the same."""
        token = await self.world.add_token(await self.world.add_user())
        bare = await self.world.tokens.find(Token(secret=token.secret))
        self.assertEqual(await self.world.tokens.find(token), bare)

    async def test_unknown(self) -> None:
        """Nothing is known of a token that never was."""
        uuid = new_uuid(CLUSTER, "api_client_authorizations", lambda below: 3)
        self.assertIsNone(await self.world.tokens.find(Token(secret="x" * 50, uuid=uuid)))
        self.assertIsNone(await self.world.tokens.find(Token(secret="x" * 50)))

    async def test_wrong_secret(self) -> None:
        """A known UUID with another secret is nothing known, though the right one was asked for just before."""
        token = await self.world.add_token(await self.world.add_user())
        await self.world.tokens.find(token)
        self.assertIsNone(await self.world.tokens.find(attrs.evolve(token, secret=token.secret[:-1] + "_")))

    async def test_revoked(self) -> None:
        """A revoked token is not known, though it was found just before."""
        token = await self.world.add_token(await self.world.add_user())
        await self.world.tokens.find(token)
        await self.world.revoke(token)
        self.assertIsNone(await self.world.tokens.find(token))

    async def test_inactive(self) -> None:
        """The token of a user who is not active any more says so, though it was found just before."""
        user = await self.world.add_user()
        token = await self.world.add_token(user)
        await self.world.tokens.find(token)
        await self.world.deactivate(user)
        found = await self.world.tokens.find(token)
        self.assertFalse(found.is_active)

    async def test_fourth_part(self) -> None:
        """A token that names a container is known only if it is that container's own; an unknown one does not count."""
        user = await self.world.add_user()
        token = await self.world.add_token(user)
        container, _ = await self.world.add_container(user)
        own = await self.world.run_with_token(container)
        unknown = new_uuid(CLUSTER, "containers", lambda below: 3)
        self.assertIsNotNone(await self.world.tokens.find(attrs.evolve(own, container_uuid=container)))
        self.assertIsNotNone(await self.world.tokens.find(attrs.evolve(token, container_uuid=unknown)))
        self.assertIsNone(await self.world.tokens.find(attrs.evolve(token, container_uuid=container)))
