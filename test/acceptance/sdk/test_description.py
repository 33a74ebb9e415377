"""
What the API says of itself, against what the SDK makes of it and what the API then does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from test.acceptance.sdk.case import SdkCase, User
from test.acceptance.sdk.process import SdkError
from test.acceptance.waiting import in_thread

#: A value of each type, and how it is in an address.
VALUES: Mapping[str, tuple[Any, str]] = {
    "string": ("text", "text"),
    "integer": (7, "7"),
    "boolean": (True, "true"),
    "array": (["a", "b"], '["a", "b"]'),
    "object": ({"a": 1}, '{"a": 1}'),
}


def references(value: Any) -> Iterator[str]:
    """The names of all schemas that a piece of the description refers to."""
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


class DescriptionTests(SdkCase):
    """The discovery document."""

    async def setUp(self) -> None:
        """Read it as the SDK does."""
        await super().setUp()
        self.document = (await self.admin.ask("start"))["document"]

    def methods(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All methods, by name."""
        for resource, described in self.document["resources"].items():
            for name, method in described["methods"].items():
                yield f"{resource}.{name}", method

    def path_values(self, name: str, method: Mapping[str, Any]) -> dict[str, str]:
        """For each part of a method's path the UUID of a record that does not exist."""
        get = self.document["resources"][name.partition(".")[0]]["methods"].get("get", method)
        infix = self.document["schemas"].get(get["response"].get("$ref", ""), {}).get("uuidPrefix", "xvhdp")
        names = [key for key, parameter in method["parameters"].items() if parameter["location"] == "path"]
        return dict.fromkeys(names, f"{self.document['uuidPrefix']}-{infix}-zzzzzzzzzzzzzzz")

    def test_references(self) -> None:
        """Every schema that is referred to is there: one that is missing makes a whole resource useless."""
        self.assertEqual(set(), {*references(self.document)} - self.document["schemas"].keys())
        self.assertTrue({*references(self.document["resources"])})

    async def test_every_method(self) -> None:
        """
        The SDK has made a method of each that is described; it takes every argument that is described, and sends it
        in the right form to the right place.
        """
        base = urlsplit(f"https://{self.sdk.cluster.facts['api_host']}/arvados/v1/")
        count = 0
        for name, method in self.methods():
            given = {
                key: VALUES[parameter["type"]]
                for key, parameter in method["parameters"].items()
                if parameter["location"] == "query" and key != "alt"
            }
            path = self.path_values(name, method)
            arguments = {**path, **{key: value for key, (value, _) in given.items()}}
            if "request" in method:
                arguments["body"] = {"name": "x"}
            built = await self.admin.ask("build", name, **arguments)
            uri = urlsplit(built["uri"])
            self.assertEqual((base.netloc, method["httpMethod"]), (uri.netloc, built["method"]), name)
            self.assertEqual(base.path + method["path"].format(**path), uri.path, name)
            sent = {key: values[0] for key, values in parse_qs(uri.query).items()}
            self.assertEqual({**{key: text for key, (_, text) in given.items()}, "alt": "json"}, sent, name)
            self.assertEqual("request" in method, built["body"] is not None, name)
            count += 1
        self.assertGreater(count, 20)

    async def test_methods_exist(self) -> None:
        """Whatever is described is there: no method ends at an unknown path, by a wrong verb or in a fault."""
        for name, method in self.methods():
            path = self.path_values(name, method)
            if not path and method["httpMethod"] != "GET":
                continue
            body = {"body": {}} if "request" in method else {}
            try:
                await self.admin.call(name, **path, **body)
            except SdkError as error:
                self.assertIn(error.status, (403, 404, 422), f"{name}: {error}")
                self.assertNotIn("Path not found", error.text, name)

    async def test_for_the_sdk(self) -> None:
        """It has what the SDK and Arvados' Go clients read of it, each of the right type."""
        api = f"https://{self.sdk.cluster.facts['api_host']}/"
        self.assertEqual((api, "arvados/v1/"), (self.document["rootUrl"], self.document["servicePath"]))
        self.assertEqual("/arvados/v1/", self.document["basePath"])
        self.assertGreaterEqual(self.document["revision"], "20231117")
        self.assertNotIn("websocketUrl", self.document)
        for name, schema in self.document["schemas"].items():
            self.assertEqual((name, "object"), (schema["id"], schema["type"]))
        for resource, infix in (("users", "tpzed"), ("containers", "dz642"), ("container_requests", "xvhdp")):
            model = self.document["resources"][resource]["methods"]["get"]["response"]["$ref"]
            self.assertEqual(infix, self.document["schemas"][model]["uuidPrefix"])

    async def test_without_token(self) -> None:
        """Nobody needs a token to read it, nor the configuration, and a wrong one does not matter."""
        for token in ("", "nonsense"):
            client = self.sdk.cluster.client.of(token)
            name = self.sdk.cluster.api_name
            document = await in_thread(client.request, name, "GET", "/discovery/v1/apis/arvados/v1/rest")
            self.assertEqual((200, self.document["schemas"]), (document.status, document.json["schemas"]))
            config = await in_thread(client.api, "GET", "config")
            self.assertEqual((200, self.sdk.cluster.cluster_id), (config.status, config.json["ClusterID"]))
        self.assertEqual(401, (await User(self.sdk, "nonsense").fails("users.current")).status)
