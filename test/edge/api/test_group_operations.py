"""
Tests for L{arvgate.edge.api.group_operations}, and the other routes of groups.
"""

from __future__ import annotations

from test.edge.api.case import ApiCase


class Groups(ApiCase):
    """Projects by the API."""

    def make(self, **values: object) -> dict[str, object]:
        """A project of Alice."""
        return self.ok("POST", "groups", self.alice, json={"group": {"group_class": "project", **values}})

    def test_life(self) -> None:
        """A project is made, changed, found, put into the trash, and taken out of it."""
        project = self.make(name="one")
        path = f"groups/{project['uuid']}"
        self.assertEqual(("arvados#group", True), (project["kind"], project["can_manage"]))
        self.assertEqual("two", self.ok("PATCH", path, self.alice, json={"group": {"name": "two"}})["name"])
        query = {"filters": [["name", "=", "two"]], "select": ["uuid", "can_write"]}
        (found,) = self.ok("GET", "groups", self.alice, query=query)["items"]
        self.assertEqual((project["uuid"], True), (found["uuid"], found["can_write"]))
        self.refused(404, "GET", path, self.bob)
        self.assertTrue(self.ok("DELETE", path, self.alice)["is_trashed"])
        self.refused(404, "GET", path, self.alice)
        self.ok("GET", path, self.alice, query={"include_trash": "true"})
        self.make(name="two")
        self.refused(422, "POST", f"{path}/untrash", self.alice)
        restored = self.ok("POST", f"{path}/untrash", self.alice, query={"ensure_unique_name": "true"})
        self.assertEqual(f"two ({str(project['uuid'])[-15:]})", restored["name"])
        self.assertTrue(self.ok("POST", f"{path}/trash", self.alice)["is_trashed"])

    def test_unique_name(self) -> None:
        """A name that is taken is refused, or changed where that is asked for."""
        self.make(name="one")
        values = {"group": {"group_class": "project", "name": "one"}}
        self.refused(422, "POST", "groups", self.alice, json=values)
        again = self.ok("POST", "groups", self.alice, json={**values, "ensure_unique_name": True})
        self.assertTrue(str(again["name"]).startswith("one ("))

    def test_update_of_links(self) -> None:
        """A permission is made stronger by changing its link."""
        project = self.make(name="one")
        ends = {"tail_uuid": self.bob.uuid, "head_uuid": project["uuid"]}
        link = {"link_class": "permission", "name": "can_read", **ends}
        made = self.ok("POST", "links", self.alice, json={"link": link})
        path = f"groups/{project['uuid']}"
        self.assertFalse(self.ok("GET", path, self.bob)["can_write"])
        self.ok("PUT", f"links/{made['uuid']}", self.alice, json={"link": {"name": "can_write"}})
        self.assertTrue(self.ok("GET", path, self.bob)["can_write"])
