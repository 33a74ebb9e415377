"""Tests of L{arvgate.edge.api.authentication}: who asks, by which of the tokens that came."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS
from arvgate.model.tokens import Authorization, Token
from test.edge.api.case import Account, ApiCase

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Places(ApiCase):
    """Where a token may be."""

    def test_places(self) -> None:
        """The token may be in the header in three ways, in the query, or in a form."""
        token = self.alice.token
        basic = base64.b64encode(f"any:{token}".encode()).decode()
        answers = [
            self.ok("GET", "users/current", headers={"Authorization": f"OAuth2 {token}"}),
            self.ok("GET", "users/current", headers={"Authorization": f"Basic {basic}"}),
            self.ok("GET", "users/current", query={"api_token": token}),
            self.ok("POST", "users/current", body=f"api_token={token}&_method=GET".encode(), headers=FORM),
        ]
        for answer in answers:
            self.assertEqual(self.alice.uuid, answer["uuid"])

    def test_form_with_parameters(self) -> None:
        """A form whose content type says more than that has no token."""
        body = f"api_token={self.alice.token}&_method=GET".encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        self.refused(401, "POST", "users/current", body=body, headers=headers)

    def test_cookie_is_nothing(self) -> None:
        """A cookie is never a token here, neither instead of one nor beside one."""
        cookie = base64.urlsafe_b64encode(self.alice.token.encode()).decode()
        request = self.request_of(self.alice)
        for name in ("arvados_api_token", "__Host-arvados_api_token", "__Host-arvgate_session"):
            headers = {"Cookie": f"{name}={cookie}"}
            self.refused(401, "GET", "users/current", headers=headers)
            self.refused(401, "POST", "links", headers=headers, json={})
            self.refused(404, "GET", f"container_requests/{request['uuid']}", self.bob, headers=headers)


class Readers(ApiCase):
    """Tokens that only add to what is seen."""

    def setUp(self) -> None:
        """Let two users have a request each."""
        super().setUp()
        self.of_alice, self.of_bob = (self.request_of(one)["uuid"] for one in (self.alice, self.bob))

    def seen(self, token: Account | None, readers: Any, method: str = "GET", **more: Any) -> set[str]:
        """The requests in the list that a token and C{readers} see."""
        found = self.ok(method, "container_requests", token, query={"reader_tokens": readers, **more})
        return {item["uuid"] for item in found["items"]}

    def test_union(self) -> None:
        """What is readable is what any of the users can read."""
        self.assertEqual({self.of_alice}, self.seen(self.alice, []))
        secret = self.bob.token.split("/")[2]
        for reader in (self.bob.token, secret):
            self.assertEqual({self.of_alice, self.of_bob}, self.seen(self.alice, [reader]))
        self.ok("GET", f"container_requests/{self.of_bob}", self.alice, query={"reader_tokens": [secret]})
        self.refused(404, "GET", f"container_requests/{self.of_bob}", self.alice)

    def test_second_token(self) -> None:
        """A token that comes after the first is a reader."""
        query = {"api_token": self.bob.token}
        self.ok("GET", f"container_requests/{self.of_bob}", self.alice, query=query)
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current", self.alice, query=query)["uuid"])
        more = urlencode([("api_token", self.alice.token), ("api_token", self.bob.token)])
        self.assertEqual(2, self.ok("GET", f"container_requests?{more}")["items_available"])

    def test_forms_and_bodies(self) -> None:
        """Readers may be in a form or in a JSON body of what means GET."""
        readers = json.dumps([self.bob.token])
        body = urlencode({"_method": "GET", "reader_tokens": readers}).encode()
        found = self.ok("POST", "container_requests", self.alice, body=body, headers=FORM)
        self.assertEqual(2, found["items_available"])
        override = {"X-Http-Method-Override": "GET"}
        body_json = {"reader_tokens": [self.bob.token]}
        found = self.ok("POST", "container_requests", self.alice, json=body_json, headers=override)
        self.assertEqual(2, found["items_available"])
        self.assertEqual(1, self.ok("POST", "container_requests", json=body_json, headers=override)["items_available"])

    def test_first_valid_is_current(self) -> None:
        """Without a valid token the first valid reader is who asks."""
        readers = ["unknown", self.bob.token, self.alice.token]
        for first in (None, "unknown", "v2/not/right"):
            found = self.ok("GET", "users/current", first, query={"reader_tokens": readers})
            self.assertEqual(self.bob.uuid, found["uuid"])
            token = self.ok("GET", "api_client_authorizations/current", first, query={"reader_tokens": readers})
            self.assertEqual(self.bob.token, f"v2/{token['uuid']}/{token['api_token']}")
        self.refused(401, "GET", "users/current", "unknown", query={"reader_tokens": ["unknown"]})

    def test_scopes(self) -> None:
        """A reader counts only where its own scopes permit the request, and helps no token without scopes."""
        limited = self.token_of(self.bob.uuid, ["GET /arvados/v1/users/"])
        self.assertEqual({self.of_alice}, self.seen(self.alice, [limited.token]))
        self.refused(403, "GET", "container_requests", limited, query={"reader_tokens": [self.alice.token]})
        self.refused(403, "GET", "container_requests", query={"reader_tokens": [limited.token]})
        readers = [limited.token, self.alice.token]
        self.assertEqual({self.of_alice}, self.seen(None, readers))

    def test_expired(self) -> None:
        """Readers that have expired, and those of inactive users, count as little as unknown ones."""
        ends = self.now() + timedelta(seconds=10)
        attributes = {"owner_uuid": self.bob.uuid, "expires_at": ends}
        made = self.successResultOf(self.store.create(API_CLIENT_AUTHORIZATIONS, attributes, self.store.system))
        readers = [f"v2/{made['uuid']}/{made['api_token']}"]
        self.assertEqual({self.of_alice, self.of_bob}, self.seen(self.alice, readers))
        self.clock.advance(10)
        self.assertEqual({self.of_alice}, self.seen(self.alice, readers))
        self.ok("PATCH", f"users/{self.bob.uuid}", self.admin, json={"is_active": False})
        self.assertEqual({self.of_alice}, self.seen(self.alice, [self.bob.token]))

    def test_never_writing(self) -> None:
        """Readers give no right to change anything: what one can read so is not there to change."""
        path = f"container_requests/{self.of_bob}"
        for method, where in (("PATCH", path), ("PUT", path), ("DELETE", path), ("POST", "container_requests")):
            for query in ({"reader_tokens": [self.bob.token]}, {"api_token": ["unknown", self.bob.token]}):
                more = urlencode({k: json.dumps(v) if k == "reader_tokens" else v for k, v in query.items()}, True)
                self.refused(401, method, f"{where}?{more}", json={"name": "x"})
        for method in ("PATCH", "PUT", "DELETE"):
            query = {"reader_tokens": [self.bob.token], "api_token": self.bob.token}
            self.assertIn(self.call(method, path, self.alice, query=query, json={"name": "x"}).status, (403, 404))
        self.assertEqual("web app", self.ok("GET", path, self.bob)["name"])

    def test_too_many(self) -> None:
        """A hundred readers are none, and never are more than a hundred tokens looked up."""
        looked_up: list[Token] = []
        find = self.store.find

        async def counted(token: Token) -> Authorization | None:
            looked_up.append(token)
            return await find(token)

        self.store.find = counted  # type: ignore[method-assign]
        many = [f"unknown{number}" for number in range(99)]
        self.assertEqual({self.of_alice}, self.seen(self.alice, [*many, self.bob.token]))
        self.assertEqual(1, len(looked_up))
        more = urlencode([("api_token", f"other{number}") for number in range(150)])
        self.ok("GET", f"container_requests?{more}", self.alice, headers={})
        self.assertEqual(1 + 100, len(looked_up))
