"""Tests of L{arvgate.edge.api.openapi}."""

from __future__ import annotations

import re

from arvgate.edge.api.routes import ROUTES
from test.edge.api.case import ApiCase

DOCUMENT = "/discovery/openapi.json"


class Document(ApiCase):
    """The description that the API gives of itself."""

    def setUp(self) -> None:
        """Ask for it, as anybody may."""
        super().setUp()
        self.document = self.ok("GET", DOCUMENT)

    def test_every_route(self) -> None:
        """Every method of every route is there, and has a sentence, an identifier of its own, and known errors."""
        operations = [one for path in self.document["paths"].values() for one in path.values()]
        self.assertEqual(sum(len(route.methods) for route in ROUTES), len(operations))
        self.assertEqual(len(operations), len({one["operationId"] for one in operations}))
        for one in operations:
            self.assertRegex(one["summary"], r"\A(?!.*([A-Z]\{|reference)).+\.\Z", one["operationId"])

    def test_references(self) -> None:
        """Whatever is referred to is there."""
        for path in set(re.findall(r"'\$ref': '#/([^']+)'", str(self.document))):
            place = self.document
            for name in path.split("/"):
                self.assertIn(name, place, path)
                place = place[name]

    def test_variables(self) -> None:
        """The variable parts of each path are declared, and nothing else as such."""
        for path, operations in self.document["paths"].items():
            for one in operations.values():
                declared = [parameter["name"] for parameter in one["parameters"] if parameter["in"] == "path"]
                self.assertEqual(re.findall(r"\{(\w+)\}", path), declared)

    def test_security(self) -> None:
        """What needs a token says how it comes, and what needs none says that."""
        paths = self.document["paths"]
        names = [next(iter(one)) for one in paths["/arvados/v1/users"]["get"]["security"]]
        self.assertEqual(["bearer", "basic", "query"], names)
        self.assertEqual([], paths["/arvados/v1/config"]["get"]["security"])
        self.assertEqual([{"management": []}], paths["/metrics"]["get"]["security"])

    def test_no_body(self) -> None:
        """What answers without a body says 204 and no other success, as it then does."""
        path = "/arvados/v1/sys/trash_sweep"
        found = self.document["paths"][path]["post"]["responses"]
        good = {status: answer for status, answer in found.items() if status < "300"}
        self.assertEqual({"204": {"description": "It is done."}}, good)
        self.assertEqual(204, self.call("POST", "sys/trash_sweep", self.admin).status)
        self.assertIn("200", self.document["paths"]["/arvados/v1/users"]["get"]["responses"])
