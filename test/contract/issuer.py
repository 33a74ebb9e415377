"""
What every L{IIssuer} does.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from zope.interface.verify import verifyObject

from arvgate.errors import NotAuthenticated
from arvgate.interfaces import IIssuer
from arvgate.model.ids import new_uuid
from arvgate.model.tokens import IssuedToken, Token, parse_token
from test.contract.case import ContractCase
from test.contract.world import CLUSTER

__all__ = ["IssuerContract"]

CONTAINER = f"{CLUSTER}-dz642-aaaaaaaaaaaaaaa"
HOST = f"{CONTAINER}-80-http.containers.example:8443"


class IssuerContract(ContractCase):
    """The suite."""

    async def token(self, **options: Any) -> Token:
        """A token of a new user."""
        return await self.world.add_token(await self.world.add_user(), **options)

    async def refused(self, asked: Coroutine[Any, Any, object]) -> None:
        """The token is not valid."""
        with self.assertRaises(NotAuthenticated):
            await asked

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(IIssuer, self.world.issuer)

    async def test_derive(self) -> None:
        """A cookie's token is a child of the token, of the same user, for one port, and ends no later."""
        token = await self.token(expires_in=600.0)
        issued = await self.world.issuer.derive(token, CONTAINER, 80)
        parent = await self.world.tokens.find(token)
        child = await self.world.tokens.find(parse_token(issued.text))
        self.assertEqual((issued.uuid, parent.uuid), (child.uuid, child.parent_uuid))
        self.assertEqual(parent.user_uuid, child.user_uuid)
        self.assertEqual((f"CONNECT /arvados/v1/containers/{CONTAINER}/80",), tuple(child.scopes))
        self.assertLessEqual(child.expires_at, parent.expires_at)
        self.assertEqual(issued.expires_at, child.expires_at)
        self.assertNotIn(issued.text.split("/")[2], repr(issued))

    async def test_derive_again(self) -> None:
        """While it is valid it is handed out again; another port gets another; a cookie's token is its own."""
        token = await self.token()
        first = await self.world.issuer.derive(token, CONTAINER, 80)
        self.assertEqual(first, await self.world.issuer.derive(token, CONTAINER, 80))
        other = await self.world.issuer.derive(token, CONTAINER, 81)
        self.assertNotEqual(first.text, other.text)
        self.assertEqual(first, await self.world.issuer.derive(parsed(first), CONTAINER, 80))

    async def test_derive_refused(self) -> None:
        """Nothing is derived of an unknown or revoked token, nor for a port that the token's scopes do not cover."""
        token = await self.token()
        cookie = parsed(await self.world.issuer.derive(token, CONTAINER, 80))
        await self.refused(self.world.issuer.derive(cookie, CONTAINER, 81))
        await self.world.revoke(token)
        await self.refused(self.world.issuer.derive(token, CONTAINER, 80))
        await self.refused(self.world.issuer.derive(cookie, CONTAINER, 80))
        await self.refused(self.world.issuer.derive(unknown_token(), CONTAINER, 80))

    async def test_code(self) -> None:
        """A code gives its token back on its host, in whatever case, once."""
        token = await self.token()
        code = await self.world.issuer.issue_code(token, HOST, "/", 30.0, False)
        self.assertNotIn(token.secret, code)
        self.assertEqual(token, await self.world.issuer.redeem_code(code, HOST.upper(), False))
        self.assertIsNone(await self.world.issuer.redeem_code(code, HOST, False))
        self.assertIsNone(await self.world.issuer.redeem_code("guess", HOST, True))

    async def test_code_of_another_host(self) -> None:
        """On another host a code is worth nothing, and is not used up."""
        token = await self.token()
        code = await self.world.issuer.issue_code(token, HOST, "/", 30.0, False)
        self.assertIsNone(await self.world.issuer.redeem_code(code, HOST.replace("-80-", "-81-"), False))
        self.assertEqual(token, await self.world.issuer.redeem_code(code, HOST, True))

    async def test_link(self) -> None:
        """A link's code waits for the navigation of a document."""
        token = await self.token()
        code = await self.world.issuer.issue_code(token, HOST, "/page", 600.0, True)
        self.assertIsNone(await self.world.issuer.redeem_code(code, HOST, False))
        self.assertEqual(token, await self.world.issuer.redeem_code(code, HOST, True))
        self.assertIsNone(await self.world.issuer.redeem_code(code, HOST, True))

    async def test_expired_code(self) -> None:
        """A code ends with its lifetime."""
        token = await self.token()
        code = await self.world.issuer.issue_code(token, HOST, "/", 30.0, False)
        self.world.pass_time(30.0)
        self.assertIsNone(await self.world.issuer.redeem_code(code, HOST, False))

    async def test_code_refused(self) -> None:
        """No code is made for a token that is not valid."""
        token = await self.token(expires_in=10.0)
        await self.refused(self.world.issuer.issue_code(unknown_token(), HOST, "/", 30.0, False))
        self.world.pass_time(10.0)
        await self.refused(self.world.issuer.issue_code(token, HOST, "/", 30.0, False))


def unknown_token() -> Token:
    """A token that never was."""
    return Token("x" * 50, new_uuid(CLUSTER, "api_client_authorizations", lambda below: 3))


def parsed(issued: IssuedToken) -> Token:
    """An issued token as it would be presented."""
    token = parse_token(issued.text)
    assert token is not None
    return token
