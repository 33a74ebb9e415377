"""
Tests for the routes of the kinds that are kept for users: workflows and others.
"""

from __future__ import annotations

from test.edge.api.case import ApiCase


class Workflows(ApiCase):
    """Workflows."""

    def test_life(self) -> None:
        """A workflow is made, listed, changed and deleted; what is sent without its key is its attributes."""
        text = "name: greet\nclass: Workflow\n"
        made = self.ok("POST", "workflows", self.alice, json={"workflow": {"definition": text}})
        self.assertEqual(("arvados#workflow", "greet", text), (made["kind"], made["name"], made["definition"]))
        copy = self.ok("POST", "workflows", self.alice, json={"name": "copy", "definition": text})
        found = self.ok("GET", "workflows", self.alice, query={"filters": [["name", "=", "copy"]]})
        self.assertEqual([copy["uuid"]], [item["uuid"] for item in found["items"]])
        path = f"workflows/{made['uuid']}"
        self.assertEqual("new", self.ok("PUT", path, self.alice, json={"workflow": {"name": "new"}})["name"])
        self.assertEqual("new", self.ok("GET", path, self.alice)["name"])
        self.refused(404, "GET", path, self.bob)
        self.ok("DELETE", path, self.alice)
        self.refused(404, "GET", path, self.alice)

    def test_definition(self) -> None:
        """A definition that cannot be read is refused with the reason."""
        errors = self.refused(422, "POST", "workflows", self.alice, json={"workflow": {"definition": "a: b: c"}})
        self.assertIn("line 1", errors[0])
