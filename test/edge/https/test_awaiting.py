"""Tests of L{arvgate.edge.https.awaiting}."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from arvgate.errors import StoreUnavailable
from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, API_HOST, BROWSER, HOST, REQUEST_UUID
from test.runner.door_world import PORT, UUID

OTHER_PORT = HOST.replace(f"-{PORT}-", "-81-")


class AwaitingCase(ContainerCase):
    """A container that alice waits for, and what is known of it."""

    async def setUp(self) -> None:
        """Let it have written something."""
        await super().setUp()
        self.waiting = self.world.waiting
        self.waiting.begin(UUID, reason="no room", errors=("<b>loading</b>",), listening=(PORT,), idle_timeout=600.0)
        self.headers = [self.world.cookie(self.alice), *BROWSER]

    async def page(self, target: str = "/lab?x=1&y", host: str = HOST) -> tuple[int, str]:
        """Status and text of what alice's browser gets."""
        head, body = await self.world.ask(host, target, self.headers)
        return head.status, body.decode()

    def next_look(self, text: str) -> str:
        """Where the page looks again; empty if it does not."""
        found = re.search(r'http-equiv="refresh" content="\d+;url=([^"]*)"', text)
        return unescape(found[1]) if found else ""


class WaitingPage(AwaitingCase):
    """The page that waits."""

    async def test_queued(self) -> None:
        """Before the container runs a person sees why, what it wrote, and when it ends if left alone."""
        for state, words in (("Queued", "Waiting in the queue"), ("Locked", "The container is starting")):
            self.world.directory.put_container(UUID, state=state)
            head, body = await self.world.ask(HOST, "/", self.headers)
            self.assertEqual((503, b"2"), (head.status, head.get(b"retry-after")))
            text = body.decode()
            for part in (
                words,
                "no room",
                "&lt;b&gt;loading",
                "10 minutes",
                f"https://{API_HOST}/why?to={UUID}-{PORT}",
            ):
                self.assertIn(part, text)
            self.assertIn(b"default-src 'none'", head.get(b"content-security-policy") or b"")
            self.assertEqual(b"no-referrer", head.get(b"referrer-policy"))

    async def test_opens_by_itself(self) -> None:
        """It looks again by an address of ours, which leads to the app as soon as it can be reached."""
        self.world.directory.put_container(UUID, state="Queued")
        _, text = await self.page()
        look = self.next_look(text)
        self.assertEqual({"path": ["/lab?x=1&y"], "looks": ["1"]}, parse_qs(urlsplit(look).query))
        status, text = await self.page(look)
        self.assertEqual(503, status)
        self.assertIn("looks=2", self.next_look(text))
        self.world.directory.put_container(UUID, state="Running")
        head, _ = await self.world.ask(HOST, self.next_look(text), self.headers)
        self.assertEqual("/lab?x=1&y", self.location(head))
        self.assertEqual([], self.app.seen)

    async def test_stops(self) -> None:
        """After many looks it stops, says so, and can be told to go on; nobody makes it count from below."""
        self.world.directory.put_container(UUID, state="Queued")
        for looks in ("300", "9999", "-5", "x", ""):
            _, text = await self.page(f"/.arvgate/waiting?path=/p&looks={looks}")
            self.assertEqual("", self.next_look(text))
            self.assertIn("stopped looking", text)
            self.assertIn('href="/p"', text)

    async def test_paths(self) -> None:
        """It leads to no other host."""
        for path in ("//evil.example", "https://evil.example", "%5C%5Cevil.example"):
            head, _ = await self.world.ask(HOST, f"/.arvgate/waiting?path={path}&looks=1", self.headers)
            self.assertRegex(self.location(head), r"\A/[^/\\]")

    async def test_not_reported(self) -> None:
        """While the runner has not said where it is, the page waits and counts on."""
        self.world.directory.put_container(UUID, gateway_address="")
        status, text = await self.page()
        self.assertEqual((503, True), (status, "waits for word" in text))
        status, text = await self.page("/.arvgate/waiting?path=/p&looks=7")
        self.assertEqual(503, status)
        self.assertIn("looks=8", self.next_look(text))

    async def test_young(self) -> None:
        """An app that has not opened its port yet is waited for while its container is young."""
        self.waiting.begin(UUID, ran=5.0)
        status, text = await self.page(host=OTHER_PORT)
        self.assertEqual(503, status)
        self.assertIn("has not opened port 81 yet", text)
        self.assertIn("/.arvgate/waiting", self.next_look(text))
        self.waiting.begin(UUID, ran=500.0)
        status, text = await self.page(host=OTHER_PORT)
        self.assertEqual((502, ""), (status, self.next_look(text)))
        self.assertIn("Nothing listens on this port", text)
        self.assertIn(f'<a href="https://{HOST}/">Port {PORT}</a>', text)

    async def test_login_on_the_way(self) -> None:
        """A login that is over meanwhile is begun anew, and leads back to the page."""
        head, _ = await self.world.ask(HOST, "/.arvgate/waiting?path=/p&looks=1", BROWSER)
        self.assertIn("/login?", self.location(head))
        code = await self.world.issuer.issue_code(self.alice, HOST, "/", 30.0, navigation=False)
        head, _ = await self.world.ask(HOST, f"/.arvgate/waiting?path=/p&looks=1&arvgate_code={code}", BROWSER)
        self.assertEqual("/.arvgate/waiting?path=/p&looks=1", self.location(head))


class WhoIsTold(AwaitingCase):
    """What is not told."""

    async def test_programs(self) -> None:
        """A program gets JSON with Retry-After, and control is not asked for it."""
        self.world.directory.put_container(UUID, state="Queued")
        head, body = await self.world.ask(HOST, "/", [self.world.cookie(self.alice)])
        self.assertEqual((503, b"2"), (head.status, head.get(b"retry-after")))
        self.assertNotIn(b"loading", body)
        self.assertEqual(0, self.waiting.asked)

    async def test_public(self) -> None:
        """Of a public port anybody is told the state and nothing else."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, public_ports=[PORT])
        self.world.directory.put_container(UUID, state="Queued", public_ports=[PORT])
        for headers in (BROWSER, self.headers):
            head, body = await self.world.ask(HOST, "/", headers)
            self.assertEqual((503, True), (head.status, b"Waiting in the queue" in body))
            for part in (b"loading", b"no room", b"10 minutes"):
                self.assertNotIn(part, body)
        self.assertEqual(0, self.waiting.asked)

    async def test_outsiders(self) -> None:
        """Who may not enter is told nothing of it."""
        self.world.directory.put_container(UUID, state="Queued")
        head, body = await self.world.ask(HOST, "/", [self.world.cookie(self.bob), *BROWSER])
        self.assertEqual((404, False), (head.status, b"loading" in body))
        self.assertEqual(0, self.waiting.asked)

    async def test_control_away(self) -> None:
        """While control cannot be asked the page tells what the door knows."""
        self.world.directory.put_container(UUID, state="Queued")
        self.waiting.fail_next(StoreUnavailable())
        status, text = await self.page()
        self.assertEqual((503, True, False), (status, "Waiting in the queue" in text, "loading" in text))

    async def test_gateway_itself(self) -> None:
        """Where the gateway is what is not ready, that is said, and no page waits for a container."""
        self.world.directory.fail_next(StoreUnavailable())
        status, text = await self.page()
        self.assertEqual((503, ""), (status, self.next_look(text)))
        self.assertIn("cannot reach its records", text)
