"""
Tests for L{arvgate.edge.https.why}: each hop failing in turn, as a whole gateway sees it.
"""

from __future__ import annotations

import json
import socket
from typing import Any

import attrs

from arvgate.model.targets import ContainerTarget
from arvgate.model.tokens import Token
from arvgate.net.http_exchange import Exchange
from arvgate.testing.engine import Program
from arvgate.wire.cookies import SESSION_COOKIE
from arvgate.wire.http1.head import Headers
from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, API_HOST, BOB, BROWSER, OTHER_UUID, REQUEST_UUID
from test.net.certificates import server_context
from test.runner.door_world import NOW, PORT, UUID

NAMES = ["token", "container", "scope", "access", "state", "runner", "proof", "clock", "port", "app"]


class WhyCase(ContainerCase):
    """Questions by the API's resource."""

    async def why(
        self, uuid: str = UUID, port: int | None = PORT, token: Token | None = None, tls: bool = False
    ) -> dict[str, Any]:
        """What is told about a port, by default to Alice."""
        query = ("" if port is None else f"?port={port}") + ("&tls=1" if tls else "")
        kind = "container_requests" if "xvhdp" in uuid else "containers"
        bearer = (b"Authorization", b"Bearer " + (token or self.alice).v2.encode())
        head, body = await self.world.ask(API_HOST, f"/arvados/v1/{kind}/{uuid}/why{query}", [bearer])
        self.assertEqual((200, b"application/json"), (head.status, head.get(b"content-type")))
        told: dict[str, Any] = json.loads(body)
        return told

    async def fails(self, name: str, code: str, *words: str, **question: Any) -> None:
        """The check of that name is the first that fails, and those behind it are not made."""
        told = await self.why(**question)
        self.assertEqual((name, False), (told["failed"], told["ok"]), told)
        at = NAMES.index(name)
        self.assertEqual(["skipped"] * (9 - at), [check["result"] for check in told["checks"][at + 1 :]])
        before = {check["result"] for check in told["checks"][:at]}
        self.assertTrue(before <= ({"ok", "unknown"} if name == "clock" else {"ok"}), told)
        failed = told["checks"][at]
        self.assertEqual(code, failed["code"])
        self.assertTrue(failed["cure"])
        for word in words:
            self.assertIn(word, failed["sentence"] + failed["cure"])


class EntryTests(WhyCase):
    """Up to the gate."""

    async def test_token(self) -> None:
        """A token that is unknown or has expired is the first to fail, and the container is not looked at."""
        await self.fails("token", "not-authenticated", "not known", token=Token("x", self.alice.uuid))
        authorization = await self.world.tokens.find(self.alice)
        assert authorization is not None
        self.world.tokens.add("a" * 50, attrs.evolve(authorization, expires_at=self.world.now()))
        await self.fails("token", "not-authenticated", "expired at 2030-01-01 00:00:00 UTC")

    async def test_no_token(self) -> None:
        """Without a token the answer says so; where the port is public it is not needed."""
        target = f"/arvados/v1/containers/{UUID}/why?port={PORT}"
        _, body = await self.world.ask(API_HOST, target)
        self.assertEqual("token", json.loads(body)["failed"])
        self.world.directory.put_container(UUID, public_ports=[PORT])
        _, body = await self.world.ask(API_HOST, target)
        self.assertTrue(json.loads(body)["ok"])

    async def test_public(self) -> None:
        """Who comes to a public port learns of that port, and nothing else of the container, its node or its ports."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, public_ports=[81])
        self.world.directory.put_container(UUID, public_ports=[81], note="A secret.")
        told = await self.why(port=81, token=self.bob)
        self.assertEqual(("port", None, None), (told["failed"], told["container_uuid"], told["listening"]))
        for hidden in (UUID, REQUEST_UUID, "A secret.", self.world.runner.door.address, str(PORT)):
            self.assertNotIn(hidden, json.dumps(told))
        self.world.directory.put_container(UUID, state="Cancelled", gateway_address="127.0.0.1:1")
        self.assertNotIn("A secret.", json.dumps(await self.why(port=81, token=self.bob)))
        self.world.directory.put_container(UUID, state="Running")
        told = await self.why(port=81, token=self.bob)
        self.assertEqual("runner", told["failed"])
        self.assertNotIn("127.0.0.1", json.dumps(told))

    async def test_outsider(self) -> None:
        """An outsider is told the same of a container and of none."""
        await self.fails("container", "not-found", token=self.bob)
        hidden = await self.why(token=self.bob)
        self.assertEqual(hidden, await self.why(OTHER_UUID, token=self.bob))
        self.assertIsNone(hidden["container_uuid"])

    async def test_scope(self) -> None:
        """A token whose scopes cover another port only is told so."""
        authorization = await self.world.tokens.find(self.alice)
        assert authorization is not None
        path = f"/arvados/v1/containers/{UUID}"
        scoped = attrs.evolve(authorization, scopes=(f"CONNECT {path}/81", f"GET {path}"))
        self.world.tokens.add("a" * 50, scoped)
        await self.fails("scope", "forbidden", f'"CONNECT {path}/{PORT}"')

    async def test_reader(self) -> None:
        """Who may read but not write is told which request is not writable."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, readers={BOB})
        await self.fails("access", "forbidden", REQUEST_UUID, token=self.bob)

    async def test_states(self) -> None:
        """A container that does not run yet, or no more, says why if anybody does."""
        self.world.directory.put_container(UUID, state="Queued", note="It waits for 2 more CPUs.")
        await self.fails("state", "not-ready", "queued", "2 more CPUs")
        self.world.directory.put_container(UUID, state="Cancelled", note="It ran out of memory.")
        await self.fails("state", "ended", "Cancelled", "out of memory", "arvgate logs")


class HopTests(WhyCase):
    """Behind the gate."""

    async def test_in_order(self) -> None:
        """Where everything is in order all checks say so; the app saw one HEAD of nobody, and nobody has entered."""
        told = await self.why()
        self.assertEqual((True, None, UUID, PORT), (told["ok"], told["failed"], told["container_uuid"], told["port"]))
        self.assertEqual([(name, "ok") for name in NAMES], [(one["name"], one["result"]) for one in told["checks"]])
        self.assertIn("status 200", told["checks"][-1]["sentence"])
        self.assertEqual([{"port": PORT, "address": "127.0.0.1"}], told["listening"])
        seen = self.app.last
        self.assertEqual((b"HEAD", b"/", 1), (seen.method, seen.target, len(self.app.seen)))
        self.assertEqual(f"{UUID}-{PORT}-http.c.example:8443".encode(), seen.host)
        self.assertNotIn(self.alice.secret, str(seen.headers))
        listing = (await self.world.gate.recognize(self.alice, ContainerTarget(UUID, PORT))).listing
        self.assertFalse(listing.interactive_session_started)

    async def test_request(self) -> None:
        """A request's UUID leads to its container."""
        told = await self.why(REQUEST_UUID)
        self.assertEqual((True, UUID), (told["ok"], told["container_uuid"]))

    async def test_no_port(self) -> None:
        """Without a port the way to the runner is followed, what listens is told, and no app is asked."""
        told = await self.why(port=None)
        self.assertEqual((True, NAMES[:8]), (told["ok"], [check["name"] for check in told["checks"]]))
        self.assertEqual(([{"port": PORT, "address": "127.0.0.1"}], None), (told["listening"], told["port"]))
        self.assertEqual([], self.app.seen)

    async def test_runner_away(self) -> None:
        """A runner that is not there is named with its address and how the connection failed."""
        address = self.world.runner.door.address
        await self.world.runner.door.stop()
        await self.fails("runner", "unreachable", address, "refused")
        self.world.directory.put_container(UUID, gateway_address="nowhere.invalid:1")
        await self.fails("runner", "unreachable", "no address")
        self.world.directory.put_container(UUID, gateway_address="tunnel x")
        await self.fails("runner", "unreachable", "Arvgate.Node.Address")
        self.world.directory.put_container(UUID, gateway_address="")
        await self.fails("runner", "not-ready", "not reported")

    async def test_no_tls(self) -> None:
        """So is another program at its address."""

        async def respond(exchange: Exchange) -> None:
            exchange.respond(200)

        port = self.world.serving.serve(respond)
        self.world.directory.put_container(UUID, gateway_address=f"127.0.0.1:{port}")
        await self.fails("runner", "unreachable", "no TLS")

    async def test_wrong_secret(self) -> None:
        """The runner of another attempt is reached, and fails the proof."""
        self.world.directory.put_container(UUID, auth_secret="0" * 64)
        await self.fails("proof", "proof-refused", "did not prove", "SystemRootToken")

    async def test_clock(self) -> None:
        """Clocks that differ too much are named with their difference, either way; a small one is told."""
        for skew, words in ((90, "90 s ahead of"), (-90, "90 s behind")):
            self.world.runner.now = NOW + skew
            await self.fails("clock", "proof-refused", words)
        self.world.runner.now = NOW - 7
        told = await self.why()
        self.assertTrue(told["ok"])
        self.assertIn("7 s behind", told["checks"][7]["sentence"])

    async def test_port_closed(self) -> None:
        """Where nothing listens what does is named, with its address."""
        await self.fails("port", "not-listening", "port 81", f"{PORT} (127.0.0.1)", port=81)
        self.world.runner.job.program = Program()
        await self.fails("port", "not-listening", "listens on port 81.", "arvgate logs", port=81)

    async def test_garbage(self) -> None:
        """An app that speaks no HTTP is told apart from one that closes."""
        kept: list[socket.socket] = []
        self.addCleanup(lambda: [sock.close() for sock in kept])

        def greet(sock: socket.socket) -> None:
            sock.sendall(b"SSH-2.0-x\r\n")
            kept.append(sock)

        self.world.runner.job.program = Program(ports={22: greet, 23: socket.socket.close})
        await self.fails("app", "peer-fault", "does not speak HTTP", port=22)
        await self.fails("app", "peer-fault", "closes connections", port=23)

    async def test_tls(self) -> None:
        """An app that was asked with the wrong one of TLS and plain HTTP has another host name."""
        self.world.runner.serve_tls_app(9443, server_context())
        await self.fails("app", "peer-fault", "speaks TLS", f"{UUID}-9443-https.c.example:8443", port=9443)
        self.assertTrue((await self.why(port=9443, tls=True))["ok"])
        await self.fails("app", "peer-fault", "plain HTTP", f"{UUID}-{PORT}-http.c.example:8443", tls=True)


class QuestionTests(WhyCase):
    """How it is asked."""

    async def page(self, to: str, *headers: tuple[bytes, bytes]) -> tuple[int, str]:
        """The status and the text of the page."""
        head, body = await self.world.ask(API_HOST, f"/why?to={to}", [*BROWSER, *headers])
        self.assertEqual(b"text/html; charset=utf-8", head.get(b"content-type"))
        self.assertIn(b"default-src 'none'", head.get(b"content-security-policy") or b"")
        self.assertEqual(b"no-store", head.get(b"cache-control"))
        return head.status, body.decode()

    async def test_page(self) -> None:
        """People follow a link; whoever has a session is told about the host that the label names."""
        session = self.world.cookie(self.alice, SESSION_COOKIE)
        status, text = await self.page(f"{UUID}-{PORT}-http", session)
        self.assertEqual(200, status)
        self.assertIn("Every check is in order", text)
        status, text = await self.page(f"{UUID}-81-http", session)
        self.assertIn("Nothing in the container listens on port 81", text)
        self.world.directory.publish_name("jupyter", REQUEST_UUID, PORT)
        status, text = await self.page("jupyter", session)
        self.assertIn("Every check is in order", text)

    async def test_page_without_session(self) -> None:
        """Without a session the page says that nobody is logged in; other cookies do not count."""
        for cookie in ([], [self.world.cookie(self.alice)]):
            status, text = await self.page(f"{UUID}-{PORT}-http", *cookie)
            self.assertEqual(200, status)
            self.assertIn("No token came", text)

    async def test_unknown_label(self) -> None:
        """What names no container's host is a malformed question."""
        for label in ("", "www", "a.b", f"{UUID}-0-http", "<script>"):
            status, text = await self.page(label)
            self.assertEqual(400, status)
            self.assertNotIn("<script>", text)

    async def test_page_from_elsewhere(self) -> None:
        """A container's page may link to it, and not ask in the name of who looks at it."""
        session = self.world.cookie(self.alice, SESSION_COOKIE)
        target = f"/why?to={UUID}-{PORT}-http"
        fetching: Headers = [(b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Mode", b"no-cors")]
        head, _ = await self.world.ask(API_HOST, target, [session, *fetching])
        self.assertEqual((403, []), (head.status, self.app.seen))
        link = [(b"Sec-Fetch-Site", b"same-site"), *BROWSER[1:]]
        head, _ = await self.world.ask(API_HOST, target, [session, *link])
        self.assertEqual(200, head.status)

    async def test_malformed(self) -> None:
        """A port that is none is malformed; another method of the page is not there; what remains is the API's."""
        path = f"/arvados/v1/containers/{UUID}/why"
        for query in ("port=0", "port=x", "port=65536"):
            head, _ = await self.world.ask(API_HOST, f"{path}?{query}")
            self.assertEqual(400, head.status, query)
        head, _ = await self.world.ask(API_HOST, "/why?to=x", method="POST")
        self.assertEqual(405, head.status)
        self.assertEqual([], self.world.api.seen)
        for target, method in (
            (path, "OPTIONS"),
            (f"/arvados/v1/container_requests/{UUID}/why", "GET"),
            (f"/arvados/v1/containers/{UUID}/whynot", "GET"),
        ):
            await self.world.ask(API_HOST, target, method=method)
            self.assertEqual(target.encode(), self.world.api.last.target)

    async def test_session_is_no_token(self) -> None:
        """The token of a session counts on the page, and is accepted by the API's resource as little as by the API."""
        authorization = await self.world.tokens.find(self.alice)
        assert authorization is not None
        self.world.tokens.add("a" * 50, attrs.evolve(authorization, scopes=("SESSION", "all")))
        _, text = await self.page(f"{UUID}-{PORT}-http", self.world.cookie(self.alice, SESSION_COOKIE))
        self.assertIn("Every check is in order", text)
        bearer = (b"Authorization", b"Bearer " + self.alice.v2.encode())
        head, _ = await self.world.ask(API_HOST, f"/arvados/v1/containers/{UUID}/why", [bearer])
        self.assertEqual(401, head.status)

    async def test_cookie_is_no_token(self) -> None:
        """The resource of the API never reads a cookie, which a page of another site could make a browser send."""
        path = f"/arvados/v1/containers/{UUID}/why"
        cookies = [self.world.cookie(self.alice, SESSION_COOKIE), self.world.cookie(self.alice)]
        for cookie in cookies:
            _, body = await self.world.ask(API_HOST, path, [cookie])
            self.assertEqual("token", json.loads(body)["failed"])
