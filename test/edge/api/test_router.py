"""Tests of L{arvgate.edge.api.router}: what is the same for every route."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from twisted.logger import LogEvent, globalLogPublisher
from twisted.python.failure import Failure

from arvgate.edge.status import UNEXPECTED
from arvgate.errors import Forbidden, StoreUnavailable
from arvgate.records.store import Store
from test.edge.api.case import REQUEST, ROOT_TOKEN, ApiCase, Connection


class Routing(ApiCase):
    """Paths and methods."""

    def test_unknown_path(self) -> None:
        """An unknown path is not found, with or without a token."""
        for path in (
            "/",
            "/arvados/v1",
            "/arvados/v1/",
            "nothing",
            "users/current/more",
            "/arvados/v2/users",
            "//arvados/v1/users",
            "/%2Farvados/v1/users",
            "/arvados//v1/users/current",
            "containers/zzzzz-dz642-000000000000000/unknown",
        ):
            self.assertEqual(["Path not found"], self.refused(404, "GET", path, self.admin), path)
            self.refused(404, "GET", path)

    def test_wrong_method(self) -> None:
        """A known path with a wrong method says which ones there are."""
        for method, path, allowed in (
            ("DELETE", "config", "GET, HEAD"),
            ("PATCH", "api_client_authorizations/zzzzz-gj3su-000000000000000", "DELETE, GET, HEAD, PUT"),
            ("GET", "containers/zzzzz-dz642-000000000000000/lock", "POST"),
            ("BREW", "users", "GET, HEAD, POST"),
        ):
            self.assertEqual(["API endpoint not found"], self.refused(405, method, path, self.admin), path)
            self.assertEqual(allowed, self.call(method, path, self.admin).headers["allow"])

    def test_trailing_slash(self) -> None:
        """A slash at the end of the path changes nothing."""
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current/", self.alice)["uuid"])

    def test_absolute_target(self) -> None:
        """An absolute target is its path."""
        user = self.ok("GET", "https://zzzzz.localhost:8443/arvados/v1/users/current", self.alice)
        self.assertEqual(self.alice.uuid, user["uuid"])
        self.refused(404, "GET", "https://zzzzz.localhost:8443", self.alice)

    def test_head(self) -> None:
        """HEAD has GET's headers and no body, also for errors."""
        full, head = (self.call(method, "users/current", self.alice) for method in ("GET", "HEAD"))
        self.assertEqual((200, b""), (head.status, head.body))
        self.assertEqual(full.headers["content-length"], head.headers["content-length"])
        for path in ("nothing", "users/current?a=%FF"):
            self.assertEqual(b"", self.call("HEAD", path).body)

    def test_keep_alive(self) -> None:
        """A connection serves one request after another, errors among them."""
        connection = Connection(self.site)
        for path, status in (("users/current", 401), ("nothing", 404), ("config", 200)):
            connection.send(f"GET /arvados/v1/{path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            self.assertEqual(status, connection.response().status)

    def test_strange_hosts(self) -> None:
        """Whatever the Host is, the answer is in order."""
        for host in ("", "a" * 300, "..", "ü", "a b", "xn--"):
            connection = Connection(self.site)
            connection.send(b"GET /arvados/v1/config HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
            response = connection.response()
            self.assertIn(response.status, (200, 400), host)
            self.assertEqual("application/json", response.headers["content-type"])


class Authentication(ApiCase):
    """Who is asking."""

    def test_none(self) -> None:
        """Without a token nobody is logged in, and the answer names the scheme."""
        self.assertEqual(["Not logged in"], self.refused(401, "GET", "users/current"))
        self.assertIn("Bearer", self.call("GET", "users/current").headers["www-authenticate"])

    def test_invalid(self) -> None:
        """Unknown, malformed and wrong tokens are all the same."""
        uuid = self.alice.principal.token_uuid
        for token in ("unknown", f"v2/{uuid}/wrong", f"v2/{uuid}", "v2/x/y", "v2//", "-", "", "a b"):
            self.assertEqual(["Not logged in"], self.refused(401, "GET", "users/current", token), token)

    def test_inactive(self) -> None:
        """A user who was made inactive is not logged in any more."""
        self.ok("PATCH", f"users/{self.alice.uuid}", self.admin, json={"is_active": False})
        self.refused(401, "GET", "users/current", self.alice)

    def test_anonymous(self) -> None:
        """The anonymous token reads and does not write."""
        self.assertEqual("zzzzz-tpzed-anonymouspublic", self.ok("GET", "users/current", "anonymoustoken")["uuid"])
        self.refused(403, "POST", "container_requests", "anonymoustoken", json={})


class Scopes(ApiCase):
    """What a token is good for."""

    def test_forbidden(self) -> None:
        """What no scope covers is forbidden, before anything is looked at."""
        limited = self.token_of(self.alice.uuid, ["GET /arvados/v1/users/current"])
        self.ok("GET", "users/current", limited)
        self.assertEqual(["Forbidden"], self.refused(403, "GET", "users", limited))
        headers = {"Content-Type": "application/json"}
        self.refused(403, "POST", "links", limited, body=b"{malformed", headers=headers)

    def test_no_scopes(self) -> None:
        """A token without scopes may only look at itself."""
        empty = self.token_of(self.alice.uuid, [])
        self.assertEqual([], self.ok("GET", "api_client_authorizations/current", empty)["scopes"])
        self.refused(403, "GET", "users/current", empty)

    def test_effective_method(self) -> None:
        """An override is judged as what it means."""
        reader = self.token_of(self.alice.uuid, ["GET /arvados/v1/links"])
        poster = self.token_of(self.alice.uuid, ["POST /arvados/v1/links"])
        override = {"X-Http-Method-Override": "GET"}
        self.ok("POST", "links", reader, headers=override)
        self.refused(403, "POST", "links", poster, headers=override)

    def test_encoded_path(self) -> None:
        """Scopes are matched with the path that is routed, however it is written."""
        request = self.request_of(self.alice)
        scope = f"GET /arvados/v1/container_requests/{request['uuid']}"
        limited = self.token_of(self.alice.uuid, [scope])
        self.ok("GET", f"container%5frequests/{request['uuid']}", limited)
        self.refused(403, "GET", f"container%5frequests/{self.request_of(self.alice)['uuid']}", limited)

    def test_cookie_token(self) -> None:
        """A token for a browser's cookie is of no use here."""
        cookie = self.token_of(self.alice.uuid, ["CONNECT /arvados/v1/containers/zzzzz-dz642-000000000000000/80"])
        for path in ("users/current", "containers/zzzzz-dz642-000000000000000", "container_requests"):
            self.refused(403, "GET", path, cookie)


class Bodies(ApiCase):
    """Bodies that cannot be understood."""

    def test_malformed(self) -> None:
        """Malformed bodies are 400 and make nothing."""
        types = {"Content-Type": "application/json"}
        for body in (b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"name": "\\ud800"}', b'{"name": "\\u0000"}',
                     b'{"priority": NaN}', b"[" * 100_000, b"9" * 10_000):  # fmt: skip
            self.refused(400, "POST", "container_requests", self.alice, body=body, headers=types)
        self.assertEqual(0, self.ok("GET", "container_requests", self.alice)["items_available"])

    def test_no_content_type(self) -> None:
        """A body that does not say what it is, is JSON."""
        body = json.dumps({**REQUEST, "name": "x"}).encode()
        made = self.ok("POST", "container_requests", self.alice, body=body)
        self.assertEqual("x", made["name"])

    def test_other_content_types(self) -> None:
        """Other content types are 400."""
        headers = {"Content-Type": "text/plain"}
        self.refused(400, "POST", "container_requests", self.alice, body=b"--x--", headers=headers)

    def test_not_utf8(self) -> None:
        """Paths, queries and forms that are not UTF-8 are 400."""
        self.refused(400, "GET", "users/%FF", self.alice)
        self.refused(400, "GET", "users?a=%FF", self.alice)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.refused(400, "POST", "users", self.alice, body=b"a=%FF", headers=headers)

    def test_large_body_in_a_thread(self) -> None:
        """A large body is understood like a small one."""
        site = self.make_site(large_body=10)
        body = {**REQUEST, "name": "x"}
        self.assertEqual("x", self.ok("POST", "container_requests", self.alice, json=body, site=site)["name"])
        self.refused(400, "POST", "links", self.alice, body=b"{malformed json", site=site)


class Everywhere(ApiCase):
    """Headers of every answer."""

    def test_request_id(self) -> None:
        """The client's id is echoed and stands in errors; without a usable one a new one is made."""
        response = self.call("GET", "nothing", headers={"X-Request-Id": "req-mine"})
        self.assertEqual("req-mine", response.headers["x-request-id"])
        self.assertEqual(["Path not found (req-mine)"], response.json["errors"])
        for headers in ({}, {"X-Request-Id": ""}, {"X-Request-Id": "a b"}, {"X-Request-Id": "x" * 1025}):
            made = self.call("GET", "config", headers=headers).headers["x-request-id"]
            self.assertRegex(made, r"\Areq-[0-9a-z]{20}\Z")

    def test_cors(self) -> None:
        """Pages of all origins may call, with a token in a header."""
        for response in (self.call("GET", "config"), self.call("GET", "nothing"), self.call("GET", "users")):
            self.assertEqual("*", response.headers["access-control-allow-origin"])
            self.assertIn("Authorization", response.headers["access-control-allow-headers"])
            self.assertNotIn("access-control-allow-credentials", response.headers)

    def test_options(self) -> None:
        """OPTIONS is 200 and empty for every path."""
        for path in ("users", "nothing", "/", "containers/x/lock"):
            response = self.call("OPTIONS", path)
            self.assertEqual((200, b""), (response.status, response.body))
            self.assertIn("PATCH", response.headers["access-control-allow-methods"])

    def test_not_stored(self) -> None:
        """Answers are not kept by caches."""
        self.assertEqual("no-store", self.call("GET", "users/current", self.alice).headers["cache-control"])


class Failing:
    """A store of which every use case fails."""

    def __init__(self, store: Store, error: Exception) -> None:
        self._store = store
        self._error = error

    async def find(self, token: Any) -> Any:
        """What the real store knows."""
        return await self._store.find(token)

    async def get(self, kind: Any, uuid: str, reader: Any, include_trash: bool = False) -> NoReturn:
        """Fails."""
        raise self._error


class Failures(ApiCase):
    """What goes wrong inside."""

    def setUp(self) -> None:
        """Keep what is logged."""
        super().setUp()
        self.events: list[LogEvent] = []
        globalLogPublisher.addObserver(self.events.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.events.append)

    def break_store(self, error: Exception) -> None:
        """Let the store fail from now on."""
        self.store: Any = Failing(self.store, error)
        self.site = self.make_site()

    def test_unexpected(self) -> None:
        """An unexpected exception is a 500 that gives nothing away; the log has it with the request's id."""
        self.break_store(RuntimeError("secret detail"))
        response = self.call("GET", "users/current", self.alice, headers={"X-Request-Id": "req-x"})
        self.assertEqual(500, response.status)
        self.assertEqual([f"{UNEXPECTED} (req-x)"], response.json["errors"])
        self.assertNotIn(b"secret", response.body)
        self.assertNotIn(b"Traceback", response.body)
        (failure,) = self.flushLoggedErrors(RuntimeError)
        self.assertIsInstance(failure, Failure)
        self.assertIn("req-x", [event.get("request_id") for event in self.events if event.get("log_failure")])

    def test_store_unavailable(self) -> None:
        """While the records cannot be reached the answer is 503, and says when to ask again."""
        self.break_store(StoreUnavailable())
        self.refused(503, "GET", "users/current", self.alice)
        self.assertEqual("2", self.call("GET", "users/current", self.alice).headers["retry-after"])

    def test_detail(self) -> None:
        """What only the operator may know is logged and not answered."""
        self.break_store(Forbidden("Not you", detail="because of the moon"))
        self.assertEqual(["Not you"], self.refused(403, "GET", "users/current", self.alice))
        self.assertIn("because of the moon", [event.get("detail") for event in self.events])

    def test_tokens_are_not_logged(self) -> None:
        """No log event has a token in it, whichever way it came."""
        self.break_store(RuntimeError("broken"))
        secret = self.alice.token.split("/")[2]
        for response in (
            self.call("GET", "users/current", self.alice),
            self.call("GET", "users/current", query={"api_token": self.alice.token}),
            self.call("HEAD", "users/current", query={"api_token": self.alice.token}),
            self.call("HEAD", "users/current", query={"api_token": self.alice.token, "a": "%"}),
            self.call("GET", "users/%FF", query={"api_token": self.alice.token}),
        ):
            self.assertNotIn(secret.encode(), response.body)
        self.flushLoggedErrors(RuntimeError)
        self.assertNotEqual([], self.events)
        for event in self.events:
            shown = json.dumps({key: repr(value) for key, value in event.items()})
            self.assertNotIn(secret, shown)
            self.assertNotIn(ROOT_TOKEN, shown)
