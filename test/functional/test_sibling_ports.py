"""
Two containers on ports of one host, in Chromium.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from test.acceptance.cluster import Cluster
from test.acceptance.ports import free_port
from test.acceptance.waiting import until
from test.functional.containers_case import RECORDING_APP, BrowserCase

_ATTEMPTS = Path(__file__).with_name("attempts.js").read_text(encoding="utf-8")


#: Sends a request that a browser asks leave for first, and passes on what the page gets to see.
_ASK = """
    const options = {method: "PUT", credentials: "include", headers: {"Content-Type": "application/json"}, body: "{}"};
    fetch(arguments[0], options).then(
        async answer => done([answer.status, Object.keys(await answer.json())]), () => done("nothing"));
"""


def free_ports(count: int) -> int:
    """The first of so many neighbouring loopback ports that nothing listens on at the moment."""
    for _ in range(100):
        first = free_port()
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except (OSError, OverflowError):
            continue
        return first
    raise AssertionError("no neighbouring ports are free")


class PortTests(BrowserCase):
    """A cluster without wildcard, whose containers share a host."""

    async def setUp(self) -> None:
        """With a range of three ports."""
        await self.begin(self.on_ports)

    def on_ports(self, cluster: Cluster) -> Mapping[str, Any]:
        """The range."""
        self.first = free_ports(3)
        range_ = {"ExternalPortMin": self.first, "ExternalPortMax": self.first + 2}
        return {"ContainerWebServices": {"ExternalURL": f"https://apps.{cluster.cluster_id}.localhost/", **range_}}

    async def test_side_by_side(self) -> None:
        """
        Each stays logged in beside the other and gets its own cookies alone, and the one's page reaches nothing of the
        other; of its own container's other port it reads that nobody is logged in there.
        """
        links = [await self.run_app("--port", "9"), await self.run_app()]
        origins = [(await self.browse(link)).rstrip("/") for link in links]
        self.assertNotEqual(*origins)
        for origin, value in zip(origins, ("one", "two"), strict=True):
            await self.browse(f"{origin}/answer?header={quote(f'Set-Cookie:own={value}; Path=/')}")
        for origin, value in zip(origins * 2, ("one", "two") * 2, strict=True):
            self.assertEqual(f"{origin}/again", await self.browse(f"{origin}/again"))
            headers = (await self.recorded())[-1]["headers"]
            self.assertEqual([f"own={value}"], [text for name, text in headers if name == "cookie"])
        before = len(await self.recorded())
        await self.browse(f"{origins[0]}/")
        # Ports of a container are given in order, and nothing listens on its port 9.
        silent = f"{origins[0].rpartition(':')[0]}:{self.first}/"
        self.assertEqual([401, ["errors"]], await self.run_there(_ASK, silent))
        self.assertEqual("nothing", await self.run_there(_ASK, f"{origins[1]}/"))
        await self.run_there(_ATTEMPTS + "tryAll(arguments[0]).then(done)", origins[1])
        await self.browse(f"{origins[1]}/last")
        self.assertEqual(["/last"], [request["path"] for request in (await self.recorded())[before:]])

    async def run_app(self, *options: str) -> str:
        """Run the recording app, and answer with a link to it."""
        port = free_port()
        request = await self.cluster.submit(
            [sys.executable, str(RECORDING_APP), str(port)], "--port", str(port), *options
        )
        await self.cluster.container_in(request["container_uuid"], "Running")
        await until(lambda: self.cluster.log(request, "stdout.txt"), 30.0, "the app listens")
        return str((await self.cluster.json_of("open", f"{request['uuid']}:{port}"))["url"])

    async def recorded(self) -> Sequence[Mapping[str, Any]]:
        """The requests that reached the app whose page the browser shows."""
        text = await self.run_there("fetch('/recorded').then(answer => answer.text()).then(done)")
        found: Sequence[Mapping[str, Any]] = json.loads(text)
        return found
