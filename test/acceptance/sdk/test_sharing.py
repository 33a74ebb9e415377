"""
Projects, roles and permissions by the SDK.
"""

from __future__ import annotations

from typing import Any

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase


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

    async def test_roles(self) -> None:
        """Who is in a role has what the role has."""
        somebody, uuid = await self.new_user("sdkroles")
        role = (await self.admin.call("groups.create", body={"group": {"name": "sdk", "group_class": "role"}}))["uuid"]
        project = await self.project("of a role")
        await self.share(project, role, "can_read")
        self.assertEqual(404, (await somebody.fails("groups.get", uuid=project)).status)
        await self.share(role, uuid, "can_read")
        self.assertEqual(project, (await somebody.call("groups.get", uuid=project))["uuid"])


class PostgreSQLSharingTests(OnPostgreSQL, SharingTests):
    """The same on PostgreSQL."""
