"""
Tokens that a program makes by the SDK, and what one may do with them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase, User
from test.acceptance.sdk.samples import REQUEST
from test.acceptance.waiting import seconds


class TokenTests(SdkCase):
    """Scopes, expiry, and the end of a token."""

    async def token_of(self, user: User, **attributes: Any) -> tuple[User, str]:
        """A further token of a user, and its UUID."""
        made = await user.call("api_client_authorizations.create", body={"api_client_authorization": attributes})
        return user.of(f"v2/{made['uuid']}/{made['api_token']}"), made["uuid"]

    async def test_scopes(self) -> None:
        """A token with scopes does what they name and nothing else; that it is a token it may always see."""
        somebody, owner = await self.new_user("sdkscopes")
        made = await somebody.call("container_requests.create", body={"container_request": dict(REQUEST)})
        scopes = ["GET /arvados/v1/container_requests", "GET /arvados/v1/container_requests/"]
        narrow, uuid = await self.token_of(somebody, scopes=scopes)
        current = await narrow.call("api_client_authorizations.current")
        self.assertEqual((uuid, owner, scopes), (current["uuid"], current["owner_uuid"], current["scopes"]))
        page = await narrow.call("container_requests.list", filters=[["uuid", "=", made["uuid"]]])
        self.assertEqual(1, page["items_available"])
        self.assertEqual(made["uuid"], (await narrow.call("container_requests.get", uuid=made["uuid"]))["uuid"])
        for method, arguments in (
            ("users.current", {}),
            ("containers.list", {}),
            ("container_requests.create", {"body": {"container_request": dict(REQUEST)}}),
            ("container_requests.update", {"uuid": made["uuid"], "body": {"container_request": {"name": "x"}}}),
            ("container_requests.delete", {"uuid": made["uuid"]}),
            ("api_client_authorizations.create", {"body": {"api_client_authorization": {}}}),
        ):
            began = seconds()
            error = await narrow.fails(method, **arguments)
            self.assertEqual(403, error.status, f"{method}: {error.text}")
            self.assertLess(seconds() - began, 3.0)

    async def test_long_question_with_scopes(self) -> None:
        """A question that the SDK sends in a form needs the scope of what it asks, not of how it is sent."""
        somebody, _ = await self.new_user("sdklong")
        narrow, _ = await self.token_of(somebody, scopes=["GET /arvados/v1/container_requests"])
        filters = [["uuid", "in", [f"{self.sdk.cluster.cluster_id}-xvhdp-{number:015d}" for number in range(200)]]]
        self.assertEqual(0, (await narrow.call("container_requests.list", filters=filters))["items_available"])

    async def test_end(self) -> None:
        """A token ends when it has expired or is deleted."""
        somebody, _ = await self.new_user("sdkend")
        past = (datetime.fromtimestamp(seconds(), UTC) - timedelta(hours=1)).isoformat()
        expired, _ = await self.token_of(somebody, expires_at=past)
        self.assertEqual(401, (await expired.fails("users.current")).status)
        another, uuid = await self.token_of(somebody)
        self.assertEqual("sdkend", (await another.call("users.current"))["username"])
        await somebody.call("api_client_authorizations.delete", uuid=uuid)
        self.assertEqual(401, (await another.fails("users.current")).status)

    async def test_changed_scopes(self) -> None:
        """What a token may do changes with its scopes."""
        somebody, _ = await self.new_user("sdkchanged")
        narrow, uuid = await self.token_of(somebody, scopes=["GET /arvados/v1/users/current"])
        body = {"api_client_authorization": {"scopes": ["GET /arvados/v1/containers"]}}
        await somebody.call("api_client_authorizations.update", uuid=uuid, body=body)
        self.assertEqual(403, (await narrow.fails("users.current")).status)
        self.assertEqual([], (await narrow.call("containers.list"))["items"])

    async def test_others(self) -> None:
        """Nobody sees or makes the tokens of others, but an admin may make them."""
        somebody, _ = await self.new_user("sdkothers")
        admin = await self.admin.call("users.current")
        own = await self.admin.call("api_client_authorizations.current")
        listed = await somebody.call("api_client_authorizations.list")
        self.assertNotIn(own["uuid"], [item["uuid"] for item in listed["items"]])
        self.assertEqual(404, (await somebody.fails("api_client_authorizations.get", uuid=own["uuid"])).status)
        body = {"api_client_authorization": {"owner_uuid": admin["uuid"]}}
        self.assertEqual(403, (await somebody.fails("api_client_authorizations.create", body=body)).status)

    async def test_system_token(self) -> None:
        """An admin may make a token of the system, nobody else."""
        scopes = ["GET /arvados/v1/users/current"]
        made = await self.admin.call("api_client_authorizations.create_system_auth", scopes=scopes)
        system = self.admin.of(f"v2/{made['uuid']}/{made['api_token']}")
        user = await system.call("users.current")
        self.assertEqual(f"{self.sdk.cluster.cluster_id}-tpzed-000000000000000", user["uuid"])
        self.assertEqual(403, (await system.fails("users.list")).status)
        somebody, _ = await self.new_user("sdksystem")
        error = await somebody.fails("api_client_authorizations.create_system_auth", scopes=scopes)
        self.assertEqual(403, error.status)


class PostgreSQLTokenTests(OnPostgreSQL, TokenTests):
    """The same on PostgreSQL."""
