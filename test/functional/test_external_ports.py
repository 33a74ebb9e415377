"""
Chromium at two containers' apps that are on ports of one host.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.address_app import PROGRAM
from test.acceptance.cluster import Cluster, free_port
from test.acceptance.engines import Processes
from test.acceptance.waiting import in_thread, until
from test.requirements import require

#: Sends a request that a browser asks leave for first, and says what the page gets to see.
ASK = """
    const options = {method: "PUT", credentials: "include", headers: {"Content-Type": "application/json"}, body: "{}"};
    fetch(arguments[0], options).then(
        async answer => done([answer.status, Object.keys(await answer.json())]), () => done("nothing"));
"""


def free_range(count: int) -> int:
    """The first of so many consecutive loopback ports that nothing listens on at the moment."""
    for _ in range(100):
        first = free_port()
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except (OSError, OverflowError):
            continue
        return first
    raise AssertionError("no consecutive ports are free")


class ExternalPortTests(TestCase):
    """A cluster with three external ports: two of one container, one of another."""

    timeout = 120

    async def setUp(self) -> None:
        """Start cluster and browser."""
        require("chromium", "chromedriver", "certutil", "selenium")
        from test.functional.browser import Browser

        self.first = free_range(3)
        self.cluster = Cluster(await in_thread(Processes), {"Arvgate": {"Node": {"VCPUs": 4}}})
        self.addCleanup(self.cluster.remove)
        await self.cluster.initialise()
        self.host = f"apps.{self.cluster.cluster_id}.localhost"
        web = {
            "ExternalURL": f"https://{self.host}/",
            "ExternalPortMin": self.first,
            "ExternalPortMax": self.first + 2,
        }
        self.cluster.configure({"Services": {"ContainerWebServices": web}})
        await self.cluster.start()
        self.browser = Browser(self.cluster.home / "browser", Path(self.cluster.facts["ca"]))
        await in_thread(self.browser.start)
        self.addCleanup(in_thread, self.browser.quit)

    async def run_app(self, *more: int) -> tuple[str, Sequence[str]]:
        """A link to an app, and the addresses of its ports, of which C{more} are published and do not listen."""
        port = free_port()
        options = [word for one in (port, *more) for word in ("--port", str(one))]
        request = await self.cluster.submit([sys.executable, "-c", PROGRAM, str(port)], *options)
        uuid = request["container_uuid"]

        def look() -> Mapping[str, Any] | None:
            container: Mapping[str, Any] = self.cluster.client.api("GET", f"containers/{uuid}").json
            return container if port in container["listening_ports"] else None

        published = (await until(look, 60.0, "the app listens"))["published_ports"]
        link = (await self.cluster.json_of("open", f"{uuid}:{port}"))["url"]
        return link, [published[str(one)]["base_url"] for one in (port, *more)]

    async def open(self, address: str) -> tuple[str, str]:
        """Where navigating there leads, and the text of the page."""
        return await in_thread(self.browser.open, address), await in_thread(self.browser.text)

    async def test_side_by_side(self) -> None:
        """
        The browser stays logged in to both, each app gets its own cookies and no other's; a page may ask its own
        container's other port, of which it reads that nobody is logged in there, and not the other container's.
        """
        link, (one, silent) = await self.run_app(9)
        other_link, (other,) = await self.run_app()
        ports = sorted(int(address.rpartition(":")[2].rstrip("/")) for address in (one, other))
        for address, expected in ((link, one), (other_link, other)):
            self.assertEqual(expected, (await self.open(address))[0])
        for address in (one, other, one):
            where, text = await self.open(address)
            self.assertEqual(address, where)
            self.assertIn('"cookies": ["theme=dark"]', text)
        jar = await in_thread(self.browser.driver.get_cookies)
        names = [f"__Host-arvados_api_token-{port}" for port in ports] + [f"p{port}-theme" for port in ports]
        self.assertEqual(names, sorted(cookie["name"] for cookie in jar))
        self.assertEqual([401, ["errors"]], await in_thread(self.browser.wait_for, ASK, silent))
        self.assertEqual("nothing", await in_thread(self.browser.wait_for, ASK, other))
