"""
Projects, roles and permissions by the SDK.
"""

from __future__ import annotations

from typing import Any

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase
from test.acceptance.sdk.samples import REQUEST


class SharingTests(SdkCase):
    """What is in a project, who gets at it, and what becomes of it in the trash."""

    async def project(self, name: str, **more: Any) -> str:
        """A project of the admin's."""
        body = {"group": {"name": name, "group_class": "project", **more}}
        return str((await self.admin.call("groups.create", body=body, ensure_unique_name=True))["uuid"])

    async def share(self, project: str, user: str, level: str) -> str:
        """Let a user get at a project; answers with the link."""
        link = {"link_class": "permission", "name": level, "tail_uuid": user, "head_uuid": project}
        return str((await self.admin.call("links.create", body={"link": link}))["uuid"])

    async def test_contents(self) -> None:
        """A project shows what is in it, of each kind, and what is below it only where that is asked for."""
        project = await self.project("contents")
        below = await self.project("below", owner_uuid=project)
        for resource, singular, attributes in (
            ("container_requests", "container_request", REQUEST),
            ("workflows", "workflow", {}),
            ("collections", "collection", {}),
        ):
            body = {singular: {**attributes, "name": f"one {singular}", "owner_uuid": project}}
            await self.admin.call(f"{resource}.create", body=body)
        body = {"workflow": {"name": "deep", "owner_uuid": below}}
        await self.admin.call("workflows.create", body=body)
        contents = await self.admin.call("groups.contents", uuid=project)
        names = {"below", "one container_request", "one workflow", "one collection"}
        self.assertEqual(names, {item["name"] for item in contents["items"]})
        self.assertEqual(len(names), contents["items_available"])
        deep = await self.admin.call("groups.contents", uuid=project, recursive=True)
        self.assertEqual({*names, "deep"}, {item["name"] for item in deep["items"]})
        filters = [["uuid", "is_a", "arvados#workflow"]]
        some = await self.admin.call("groups.contents", uuid=project, filters=filters)
        self.assertEqual(["one workflow"], [item["name"] for item in some["items"]])

    async def test_levels(self) -> None:
        """One who may read a project reads what is in it; one who may write makes more; it can be taken back."""
        somebody, uuid = await self.new_user("sdklevels")
        project = await self.project("levels")
        body = {"container_request": {**REQUEST, "owner_uuid": project}}
        request = await self.admin.call("container_requests.create", body=body)
        self.assertEqual(404, (await somebody.fails("container_requests.get", uuid=request["uuid"])).status)
        link = await self.share(project, uuid, "can_read")
        self.assertEqual(request["uuid"], (await somebody.call("container_requests.get", uuid=request["uuid"]))["uuid"])
        self.assertEqual(403, (await somebody.fails("container_requests.create", body=body)).status)
        shared = await somebody.call("groups.shared")
        self.assertIn(project, [item["uuid"] for item in shared["items"]])
        await self.admin.call("links.delete", uuid=link)
        self.assertEqual(404, (await somebody.fails("groups.get", uuid=project)).status)
        await self.share(project, uuid, "can_write")
        own = await somebody.call("container_requests.create", body=body)
        self.assertEqual(project, own["owner_uuid"])

    async def test_get_permissions(self) -> None:
        """Who may manage a thing sees who else gets at it; who may only read it does not."""
        somebody, uuid = await self.new_user("sdkpermissions")
        project = await self.project("permissions")
        link = await self.share(project, uuid, "can_read")
        listed = await self.admin.call("links.get_permissions", uuid=project)
        self.assertIn(link, [item["uuid"] for item in listed["items"]])
        self.assertIn((await somebody.fails("links.get_permissions", uuid=project)).status, (403, 404))

    async def test_roles(self) -> None:
        """Who is in a role has what the role has."""
        somebody, uuid = await self.new_user("sdkroles")
        role = (await self.admin.call("groups.create", body={"group": {"name": "sdk", "group_class": "role"}}))["uuid"]
        project = await self.project("of a role")
        await self.share(project, role, "can_read")
        self.assertEqual(404, (await somebody.fails("groups.get", uuid=project)).status)
        await self.share(role, uuid, "can_read")
        self.assertEqual(project, (await somebody.call("groups.get", uuid=project))["uuid"])

    async def test_trash(self) -> None:
        """What is in the trash is hidden until one asks for it or takes it out."""
        project = await self.project("trash")
        body = {"collection": {"name": "in the trash", "owner_uuid": project}}
        collection = (await self.admin.call("collections.create", body=body))["uuid"]
        for resource, uuid in (("collections", collection), ("groups", project)):
            trashed = await self.admin.call(f"{resource}.trash", uuid=uuid)
            self.assertTrue(trashed["is_trashed"])
            self.assertEqual(404, (await self.admin.fails(f"{resource}.get", uuid=uuid)).status)
            filters = [["uuid", "=", uuid]]
            self.assertEqual([], (await self.admin.call(f"{resource}.list", filters=filters))["items"])
            page = await self.admin.call(f"{resource}.list", filters=filters, include_trash=True)
            self.assertEqual(1, len(page["items"]))
            back = await self.admin.call(f"{resource}.untrash", uuid=uuid)
            self.assertFalse(back["is_trashed"])
            self.assertEqual(uuid, (await self.admin.call(f"{resource}.get", uuid=uuid))["uuid"])


class PostgreSQLSharingTests(OnPostgreSQL, SharingTests):
    """The same on PostgreSQL."""
