"""Tests of L{arvgate.edge.api.container_links}."""

from __future__ import annotations

from typing import Any

from arvgate.model.ids import Uuid
from arvgate.model.tokens import Authorization, parse_token
from arvgate.policy.scopes import port_scope
from arvgate.wire.vhost import HostNames
from test.edge.api.case import Account, ApiCase


class ContainerLinks(ApiCase):
    """Links into web apps."""

    def setUp(self) -> None:
        """Commit a request of alice's, whose tokens the issuer knows."""
        super().setUp()
        self.request = self.request_of(self.alice)
        self.container = self.request["container_uuid"]
        self.known_to_issuer(self.alice)

    def known_to_issuer(self, account: Account) -> None:
        """Let the issuer, which is one in memory, know a token of the store."""
        token = parse_token(account.token)
        assert token is not None and token.uuid is not None
        self.issuer_tokens.add(
            token.secret,
            Authorization(token.uuid, Uuid(account.uuid), False, True, account.principal.scopes),
        )

    def link(self, uuid: str, body: dict[str, Any], account: Account | None = None) -> str:
        """The URL of a link."""
        url: str = self.ok("POST", f"containers/{uuid}/link", account or self.alice, json=body)["url"]
        return url

    def test_link(self) -> None:
        """A link goes to the container's host with a code that stands for the caller's token, once, there."""
        url = self.link(self.container, {"port": 8080, "path": "/lab"})
        host = f"{self.container}-8080-http.zzzzz.localhost:8443"
        self.assertTrue(url.startswith(f"https://{host}/lab?arvgate_code="), url)
        code = url.partition("arvgate_code=")[2]
        self.assertIsNone(self.successResultOf(self.issuer.redeem_code(code, "other.localhost", True)))
        self.assertIsNone(self.successResultOf(self.issuer.redeem_code(code, host, False)))
        token = self.successResultOf(self.issuer.redeem_code(code, host, True))
        assert token is not None
        self.assertEqual(self.alice.token, token.v2)
        self.assertIsNone(self.successResultOf(self.issuer.redeem_code(code, host, True)))

    def test_lifetime(self) -> None:
        """A link is good for ten minutes."""
        url = self.link(self.container, {"port": 8080})
        self.clock.advance(601)
        host = f"{self.container}-8080-http.zzzzz.localhost:8443"
        code = url.partition("arvgate_code=")[2]
        self.assertIsNone(self.successResultOf(self.issuer.redeem_code(code, host, True)))

    def test_paths(self) -> None:
        """Query and fragment of the path stay where they belong; no path is the root."""
        for path, expected in (
            ("/a?b", "/a?b&arvgate_code="),
            ("/a?b=c#d", "/a?b=c&arvgate_code="),
            ("/a#d?e", "/a?arvgate_code="),
            ("", "/?arvgate_code="),
        ):
            self.assertIn(f":8443{expected}", self.link(self.container, {"port": 80, "path": path}))
        self.assertTrue(self.link(self.container, {"port": 80, "path": "/a#d"}).endswith("#d"))

    def test_no_token_in_it(self) -> None:
        """The caller's token is not in the link."""
        token = parse_token(self.alice.token)
        assert token is not None
        self.assertNotIn(token.secret, self.link(self.container, {"port": 80}))

    def test_request(self) -> None:
        """A request's UUID leads to its container, or while it has none to its own host name."""
        self.assertIn(f"//{self.container}-80-http", self.link(self.request["uuid"], {"port": "80"}))
        draft = self.request_of(self.alice, state="Uncommitted")
        self.assertIn(f"//{draft['uuid']}-80-http", self.link(draft["uuid"], {"port": 80}))

    def test_external_port(self) -> None:
        """Without wildcard names a link goes to the port that its container's port was given, while it has one."""
        names = HostNames("zzzzz", "api.localhost", "", ports_host="apps.localhost", first_port=31000, last_port=31000)
        self.store = self.make_store(names)
        self.site = self.make_site(names=names)
        how = {"access": "private", "label": "app", "initial_path": ""}
        request = self.request_of(self.alice, published_ports={"80": how})
        uuid = request["container_uuid"]
        self.refused(503, "POST", f"containers/{uuid}/link", self.alice, json={"port": 80})
        self.successResultOf(self.store.lock(uuid, self.store.system))
        for one in (uuid, request["uuid"]):
            self.assertIn("//apps.localhost:31000/?arvgate_code=", self.link(one, {"port": 80}))
        self.refused(422, "POST", f"containers/{uuid}/link", self.alice, json={"port": 81})

    def test_others(self) -> None:
        """Who cannot read the record gets no link; neither does who is not logged in."""
        for uuid in (self.container, self.request["uuid"]):
            self.refused(404, "POST", f"containers/{uuid}/link", self.bob, json={"port": 80})
            self.refused(401, "POST", f"containers/{uuid}/link", json={"port": 80})

    def test_scopes(self) -> None:
        """A token that may not enter the port gets no link that would."""
        path = f"/arvados/v1/containers/{self.container}"
        limited = self.token_of(self.alice.uuid, [f"POST {path}/link"])
        self.refused(403, "POST", f"containers/{self.container}/link", limited, json={"port": 80})
        fitting = self.token_of(self.alice.uuid, [f"POST {path}/link", port_scope(self.container, 80)])
        self.known_to_issuer(fitting)
        self.link(self.container, {"port": 80}, fitting)
        self.refused(403, "POST", f"containers/{self.container}/link", fitting, json={"port": 81})

    def test_bad_values(self) -> None:
        """Ports that are none and paths that are none are refused."""
        for body in (
            {},
            {"port": 0},
            {"port": 65536},
            {"port": "x"},
            {"port": True},
            {"port": 80.5},
            {"port": 80, "path": "lab"},
            {"port": 80, "path": "/a b"},
            {"port": 80, "path": "/a\r\nX: y"},
            {"port": 80, "path": "/ü"},
            {"port": 80, "path": ["/"]},
            {"port": 80, "path": "/" + "a" * 5000},
        ):
            self.refused(422, "POST", f"containers/{self.container}/link", self.alice, json=body)

    def test_bad_uuid(self) -> None:
        """UUIDs of other kinds are not found."""
        self.refused(404, "POST", f"containers/{self.alice.uuid}/link", self.alice, json={"port": 80})
