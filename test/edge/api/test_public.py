"""Tests of L{arvgate.edge.api.public} and L{arvgate.edge.api.discovery}."""

from __future__ import annotations

from typing import Any

from arvgate.edge.api.public import root_url
from test.edge.api.case import ApiCase

DISCOVERY = "/discovery/v1/apis/arvados/v1/rest"


class Config(ApiCase):
    """The public configuration."""

    def test_public(self) -> None:
        """Anybody may read it; it names the cluster."""
        self.assertEqual(
            {"ClusterID": "zzzzz", "Containers": {"ShellAccess": {"Admin": True}}}, self.ok("GET", "config")
        )

    def test_bad_token(self) -> None:
        """A token that is worth nothing does no harm where none is needed."""
        self.ok("GET", "config", "v2/zzzzz-gj3su-000000000000001/nonsense")


class Absent(ApiCase):
    """What clients ask for and this cluster does not have."""

    def test_vocabulary(self) -> None:
        """Properties may have any names and values."""
        self.assertEqual({"strict_tags": False, "tags": {}}, self.ok("GET", "vocabulary"))

    def test_keep_services(self) -> None:
        """There are no servers for the data of collections; who has no token is told nothing."""
        for path in ("keep_services/accessible", "keep_services"):
            answer = self.ok("GET", path, self.alice)
            found = (answer["kind"], answer["items"], answer["items_available"])
            self.assertEqual(("arvados#keepServiceList", [], 0), found)
            self.refused(401, "GET", path)
        filters = {"filters": [["service_type", "=", "proxy"]]}
        self.assertEqual([], self.ok("GET", "keep_services", self.alice, query=filters)["items"])


class Discovery(ApiCase):
    """The discovery document."""

    def document(self) -> Any:
        """The document."""
        return self.ok("GET", DISCOVERY)

    def test_methods(self) -> None:
        """It is answered without a token, to GET and to POST."""
        self.assertEqual(self.document(), self.ok("POST", DISCOVERY))

    def test_root_follows_host(self) -> None:
        """Calls go to the host by which the document was asked for, or to the configured one."""
        self.assertEqual("https://zzzzz.localhost:8443/", self.document()["rootUrl"])
        for host, expected in (
            ("127.0.0.1:9000", "https://127.0.0.1:9000/"),
            ("[::1]:9000", "https://[::1]:9000/"),
            ("evil/path", "https://zzzzz.localhost:8443/"),
            ("a b", "https://zzzzz.localhost:8443/"),
        ):
            document = self.ok("GET", DISCOVERY, headers={"Host": host})
            self.assertEqual(expected, document["rootUrl"])
        self.assertEqual("https://api.example/", root_url("", "https://api.example"))

    def test_kept_by_clients(self) -> None:
        """Clients may keep it for five minutes, and are told in a few bytes that what they have is still right."""
        first = self.call("GET", DISCOVERY)
        self.assertEqual("public, max-age=300", first.headers["cache-control"])
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = self.call("GET", DISCOVERY, headers={"If-None-Match": known})
            self.assertEqual((304, tag, b""), (again.status, again.headers["etag"], again.body), known)
            self.assertNotIn("content-length", again.headers)
        for known in ('"other"', tag.strip('"'), ""):
            self.assertEqual(200, self.call("GET", DISCOVERY, headers={"If-None-Match": known}).status, known)

    def test_another_host_another_document(self) -> None:
        """Who has the document of another host has another one, since calls go where it says."""
        tag = self.call("GET", DISCOVERY).headers["etag"]
        other = self.call("GET", DISCOVERY, headers={"Host": "127.0.0.1:9000", "If-None-Match": tag})
        self.assertEqual((200, "https://127.0.0.1:9000/"), (other.status, other.json["rootUrl"]))

    def test_complete_for_the_sdk(self) -> None:
        """Every reference has its schema and every parameter its place and type."""
        document = self.document()
        self.assertEqual(("arvados/v1/", "/arvados/v1/"), (document["servicePath"], document["basePath"]))
        schemas = document["schemas"]
        for resource in document["resources"].values():
            for method in resource["methods"].values():
                self.assertIn(method["response"].get("$ref", "User"), schemas)
                for wrapper in method.get("request", {}).get("properties", {}).values():
                    self.assertIn(wrapper["$ref"], schemas)
                for name, parameter in method["parameters"].items():
                    self.assertIn(parameter["location"], ("query", "path"), name)
                    self.assertIn(parameter["type"], ("string", "integer", "boolean", "array", "object"), name)
                for name in method["parameterOrder"]:
                    self.assertIn(f"{{{name}}}", method["path"])

    def test_answers(self) -> None:
        """Of each method it tells what kind of record it answers with, which need not be that of its resource."""
        methods = self.document()["resources"]["containers"]["methods"]
        answers = {name: method["response"].get("$ref") for name, method in methods.items()}
        self.assertEqual("ContainerList", answers["list"])
        self.assertEqual("Container", answers["lock"])
        self.assertEqual("ApiClientAuthorization", answers["auth"])

    def test_names(self) -> None:
        """Resources have the methods that clients call."""
        names = {name: set(value["methods"]) for name, value in self.document()["resources"].items()}
        for resource, expected in {
            "api_client_authorizations": "list create get update delete current create_system_auth",
            "authorized_keys": "list create get update delete",
            "collections": "list create get update delete trash untrash",
            "configs": "get",
            "keep_services": "accessible list",
            "vocabularies": "get",
            "container_requests": "list create get update delete container_status",
            "containers": "list get update lock unlock auth secret_mounts update_priority",
            "users": "list create get update delete current system activate setup unsetup",
            "workflows": "list create get update delete",
        }.items():
            self.assertLessEqual(set(expected.split()), names[resource], resource)

    def test_declared_methods_answer(self) -> None:
        """No method of the document is an unknown path or a wrong method."""
        for resource in self.document()["resources"].values():
            for method in resource["methods"].values():
                path = f"/arvados/v1/{method['path']}".replace("{uuid}", "zzzzz-xvhdp-000000000000000")
                response = self.call(method["httpMethod"], path)
                self.assertIn(response.status, (200, 401), method["id"])

    def test_no_secrets(self) -> None:
        """Secret fields are in no schema."""
        schemas = self.document()["schemas"]
        self.assertNotIn("runtime_token", schemas["ContainerRequest"]["properties"])
        self.assertEqual("xvhdp", schemas["ContainerRequest"]["uuidPrefix"])
