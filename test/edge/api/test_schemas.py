"""Tests of L{arvgate.edge.api.schemas}."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from test.edge.api.case import ApiCase


class Schemas(ApiCase):
    """The schemas in the API's description, and what is answered."""

    def setUp(self) -> None:
        """Ask for the description."""
        super().setUp()
        self.components = self.ok("GET", "/discovery/openapi.json")["components"]

    def schema(self, name: str) -> dict[str, Any]:
        """One schema, with all that it refers to."""
        return {"$ref": f"#/components/schemas/{name}", "components": self.components}

    def test_records(self) -> None:
        """Records and lists as they are answered are what their schemas say."""
        request = self.request_of(self.alice)
        for path, name in (
            (f"container_requests/{request['uuid']}", "ContainerRequest"),
            (f"containers/{request['container_uuid']}", "Container"),
            ("users/current", "User"),
            ("api_client_authorizations/current", "ApiClientAuthorization"),
            ("container_requests", "ContainerRequestList"),
            ("links?count=none&limit=0", "LinkList"),
            ('users?select=["uuid"]', "UserList"),
        ):
            jsonschema_rs.validate(self.schema(name), self.ok("GET", path, self.alice))

    def test_errors(self) -> None:
        """Errors are what their schema says."""
        for path in ("nothing", "users/current"):
            jsonschema_rs.validate(self.schema("Error"), self.call("GET", path).json)

    def test_secrets(self) -> None:
        """What is never answered is in no record, and can be sent where a client may set it."""
        schemas = self.components["schemas"]
        self.assertNotIn("secret_mounts", schemas["ContainerRequest"]["properties"])
        self.assertIn("secret_mounts", schemas["ContainerRequestAttributes"]["properties"])
        self.assertNotIn("modified_at", schemas["ContainerRequestAttributes"]["properties"])

    def test_valid(self) -> None:
        """The schemas are schemas."""
        for schema in self.components["schemas"].values():
            jsonschema_rs.meta.validate(schema)
