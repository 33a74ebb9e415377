"""
Tests for L{arvgate.edge.api.group_contents}.
"""

from __future__ import annotations

from test.edge.api.case import ApiCase


class Contents(ApiCase):
    """Contents, shared projects and permissions by the API."""

    def setUp(self) -> None:
        """With a project of Alice that Bob reads, and a workflow in it."""
        super().setUp()
        self.project = self.ok("POST", "groups", self.alice, json={"name": "p", "group_class": "project"})["uuid"]
        self.workflow = self.ok("POST", "workflows", self.alice, json={"name": "w", "owner_uuid": self.project})["uuid"]
        self.share({"uuid": self.project}, self.bob)

    def test_contents(self) -> None:
        """A project's contents, each item with its kind; the same with its UUID as a parameter."""
        for who in (self.alice, self.bob):
            for path, query in ((f"groups/{self.project}/contents", {}), ("groups/contents", {"uuid": self.project})):
                found = self.ok("GET", path, who, query=query)
                self.assertEqual(
                    ("arvados#objectList", [("arvados#workflow", self.workflow)], 1, 0, 100),
                    (
                        found["kind"], [(item["kind"], item["uuid"]) for item in found["items"]],
                        found["items_available"], found["offset"], found["limit"],
                    ),
                )  # fmt: skip
        everywhere = self.ok("GET", "groups/contents", self.bob, query={"count": "none", "select": ["name"]})
        self.assertEqual({"p", "w"}, {item["name"] for item in everywhere["items"]})
        self.assertNotIn("items_available", everywhere)

    def test_not_there(self) -> None:
        """Where one cannot look, there is nothing."""
        self.refused(404, "GET", f"groups/{self.project}/contents", self.token_of(self.new_user(), ["all"]))
        self.refused(404, "GET", "groups/contents", self.alice, query={"uuid": "nonsense"})
        self.refused(422, "GET", "groups/contents", self.alice, query={"filters": [["colour", "=", 1]]})

    def new_user(self) -> str:
        """The UUID of another active user."""
        values = {"user": {"username": "carol", "is_active": True}}
        return str(self.ok("POST", "users", self.admin, json=values)["uuid"])

    def test_shared(self) -> None:
        """A project that was shared is found, with its owner if that is asked for."""
        found = self.ok("GET", "groups/shared", self.bob, query={"include": "owner_uuid"})
        self.assertEqual([self.project], [item["uuid"] for item in found["items"]])
        self.assertEqual(["arvados#user"], [item["kind"] for item in found["included"]])
        self.assertEqual(0, self.ok("GET", "groups/shared", self.alice)["items_available"])

    def test_permissions(self) -> None:
        """Who manages it sees the permission links on it."""
        found = self.ok("GET", f"permissions/{self.project}", self.alice)
        self.assertEqual(("arvados#linkList", ["can_read"]), (found["kind"], [one["name"] for one in found["items"]]))
        self.refused(403, "GET", f"permissions/{self.project}", self.bob)
