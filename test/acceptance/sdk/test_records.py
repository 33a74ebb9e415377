"""
Every kind of record by the SDK: made, read, found, changed and deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase
from test.acceptance.sdk.samples import REQUEST, ssh_key


def holds(given: Any, value: Any) -> bool:
    """Whether a value is what was given; an object may have more, as a request has defaults below its constraints."""
    if isinstance(given, Mapping):
        return isinstance(value, Mapping) and all(key in value and holds(given[key], value[key]) for key in given)
    return bool(given == value)


class RecordTests(SdkCase):
    """One kind after the other, each by the same calls."""

    async def goes_round(
        self,
        resource: str,
        singular: str,
        attributes: Mapping[str, Any],
        change: Mapping[str, Any],
        another: Mapping[str, Any] | None = None,
    ) -> None:
        """
        A record is made in a wrapped and another one in an unwrapped body, read, found, changed and deleted.

        @param another: what the second one has instead, where there cannot be two alike.
        """
        name = next(iter(attributes))
        brief = await self.admin.call(f"{resource}.create", body={singular: attributes}, select=["uuid", name])
        self.assertEqual({"kind", "etag", "uuid", name}, brief.keys() - {"writable_by", "api_token"} | {name})
        whole = await self.admin.call(f"{resource}.create", body={**attributes, **(another or {})})
        for made, given in ((brief, attributes), (whole, {**attributes, **(another or {})})):
            record = await self.admin.call(f"{resource}.get", uuid=made["uuid"])
            self.assertTrue(holds(given, record), f"{given} is not in {record}")
            self.assertLessEqual({"owner_uuid", "created_at", "modified_at", "kind", "etag"}, record.keys())
        await self.is_found(resource, record)
        await self.is_changed(resource, singular, record, change)
        for made in (brief, whole):
            gone = await self.admin.call(f"{resource}.delete", uuid=made["uuid"])
            self.assertEqual(made["uuid"], gone["uuid"])
            missing = await self.admin.fails(f"{resource}.get", uuid=made["uuid"])
            self.assertEqual(404, missing.status, missing.text)

    async def is_found(self, resource: str, record: Mapping[str, Any]) -> None:
        """A list finds just that record by its UUID, whole or in part."""
        filters = [["uuid", "=", record["uuid"]]]
        page = await self.admin.call(f"{resource}.list", filters=filters)
        self.assertEqual([record["uuid"]], [item["uuid"] for item in page["items"]])
        self.assertEqual((1, 100, 0), (page["items_available"], page["limit"], page["offset"]))
        self.assertEqual(f"{record['kind']}List", page["kind"])
        part = await self.admin.call(f"{resource}.list", filters=filters, select=["uuid", "created_at"], count="none")
        self.assertNotIn("items_available", part)
        (item,) = part["items"]
        self.assertEqual(record["created_at"], item["created_at"])
        self.assertNotIn("modified_at", item)
        some = await self.admin.call(f"{resource}.get", uuid=record["uuid"], select=["uuid", "owner_uuid"])
        self.assertEqual({"kind", "etag", "uuid", "owner_uuid"}, some.keys() - {"writable_by", "api_token"})

    async def is_changed(
        self, resource: str, singular: str, record: Mapping[str, Any], change: Mapping[str, Any]
    ) -> None:
        """A change is in the answer and in what is read afterwards, under another etag; it may come either way."""
        changed = await self.admin.call(f"{resource}.update", uuid=record["uuid"], body={singular: change})
        self.assertEqual(dict(change), {key: changed[key] for key in change})
        self.assertNotEqual(record["etag"], changed["etag"])
        former = {key: record[key] for key in change}
        again = await self.admin.call(f"{resource}.update", uuid=record["uuid"], body=former, select=["uuid", *change])
        self.assertEqual(former, {key: again[key] for key in change})
        now = await self.admin.call(f"{resource}.get", uuid=record["uuid"])
        self.assertEqual(former, {key: now[key] for key in change})

    async def test_users(self) -> None:
        """Users; the system's own is there too."""
        attributes = {"username": "sdkone", "email": "one@example.com"}
        another = {"username": "sdktwo", "email": "two@example.com"}
        await self.goes_round("users", "user", attributes, {"first_name": "New", "is_active": True}, another)
        system = await self.admin.call("users.system")
        self.assertEqual(f"{self.sdk.cluster.cluster_id}-tpzed-000000000000000", system["uuid"])

    async def test_activation(self) -> None:
        """An admin lets in a user who is not active yet."""
        somebody, uuid = await self.new_user("sdkinactive", is_active=False)
        self.assertIn((await somebody.fails("container_requests.list")).status, (401, 403))
        activated = await self.admin.call("users.activate", uuid=uuid)
        self.assertTrue(activated["is_active"])
        self.assertEqual("sdkinactive", (await somebody.call("users.current"))["username"])

    async def test_api_client_authorizations(self) -> None:
        """Tokens."""
        scopes = {"scopes": ["GET /arvados/v1/users/current"]}
        await self.goes_round("api_client_authorizations", "api_client_authorization", scopes, {"scopes": ["all"]})
        current = await self.admin.call("api_client_authorizations.current")
        self.assertEqual(["all"], current["scopes"])

    async def test_container_requests(self) -> None:
        """Requests that are not committed."""
        change = {"name": "changed", "properties": {"a": [1, {"b": None}]}}
        await self.goes_round("container_requests", "container_request", {"name": "sdk", **REQUEST}, change)

    async def test_container_status(self) -> None:
        """A committed request has a container, which can be read and listed, and the request tells how it is."""
        committed = {**REQUEST, "state": "Committed", "priority": 1, "use_existing": False}
        request = await self.admin.call("container_requests.create", body={"container_request": committed})
        container = await self.admin.call("containers.get", uuid=request["container_uuid"])
        self.assertEqual(REQUEST["command"], container["command"])
        await self.is_found("containers", container)
        status = await self.admin.call("container_requests.container_status", uuid=request["uuid"])
        self.assertEqual(container["uuid"], status["uuid"])
        self.assertIn(status["container_state"], ("Queued", "Locked", "Running", "Complete"))
        cancelled = {"container_request": {"priority": 0}}
        if status["container_state"] != "Complete":
            await self.admin.call("container_requests.update", uuid=request["uuid"], body=cancelled)

    async def test_workflows(self) -> None:
        """Workflows."""
        attributes = {"name": "sdk", "definition": "cwlVersion: v1.2\nclass: Workflow\n"}
        await self.goes_round("workflows", "workflow", attributes, {"description": "new"})

    async def test_links(self) -> None:
        """Links."""
        user = await self.admin.call("users.current")
        attributes = {"name": "sdk", "link_class": "tag", "head_uuid": user["uuid"]}
        await self.goes_round("links", "link", attributes, {"properties": {"a": 1}})

    async def test_groups(self) -> None:
        """Projects and roles."""
        for group_class in ("project", "role"):
            attributes = {"name": f"sdk {group_class}", "group_class": group_class}
            change = {"description": "new"}
            await self.goes_round("groups", "group", attributes, change, {"name": f"sdk {group_class} 2"})

    async def test_collections(self) -> None:
        """Records of collections."""
        change = {"properties": {"type": "test"}}
        attributes = {"name": "sdk", "manifest_text": ". d41d8cd98f00b204e9800998ecf8427e+0 0:0:empty\n"}
        await self.goes_round("collections", "collection", attributes, change, {"name": "sdk 2"})

    async def test_logs(self) -> None:
        """Entries of the log."""
        user = await self.admin.call("users.current")
        attributes = {"event_type": "sdk", "object_uuid": user["uuid"], "properties": {"text": "hello"}}
        await self.goes_round("logs", "log", attributes, {"summary": "new"})

    async def test_authorized_keys(self) -> None:
        """Keys for SSH."""
        user = await self.admin.call("users.current")
        attributes = {
            "name": "sdk",
            "key_type": "SSH",
            "authorized_user_uuid": user["uuid"],
            "public_key": ssh_key("A"),
        }
        await self.goes_round(
            "authorized_keys", "authorized_key", attributes, {"name": "new"}, {"public_key": ssh_key("B")}
        )

    async def test_unique_names(self) -> None:
        """A name that is taken is refused, or made unique where that is asked for."""
        for resource, singular, more in (
            ("groups", "group", {"group_class": "project"}),
            ("collections", "collection", {}),
        ):
            attributes = {"name": "only one", **more}
            first = await self.admin.call(f"{resource}.create", body={singular: attributes})
            refused = await self.admin.fails(f"{resource}.create", body={singular: attributes})
            self.assertEqual(422, refused.status, refused.text)
            for body in ({singular: attributes}, attributes):
                second = await self.admin.call(f"{resource}.create", body=body, ensure_unique_name=True)
                self.assertEqual(f"only one ({second['uuid'][-15:]})", second["name"])
            self.assertEqual("only one", (await self.admin.call(f"{resource}.get", uuid=first["uuid"]))["name"])

    async def test_by_content(self) -> None:
        """A collection is found by what it holds, of which a plus sign is part."""
        manifest = ". d41d8cd98f00b204e9800998ecf8427e+0 0:0:by-content\n"
        made = await self.admin.call("collections.create", body={"collection": {"manifest_text": manifest}})
        found = await self.admin.call("collections.get", uuid=made["portable_data_hash"])
        self.assertIn("+", made["portable_data_hash"])
        self.assertEqual(made["portable_data_hash"], found["portable_data_hash"])
        self.assertEqual(manifest, found["manifest_text"])


class PostgreSQLRecordTests(OnPostgreSQL, RecordTests):
    """The same on PostgreSQL."""
