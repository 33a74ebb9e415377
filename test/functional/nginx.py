"""
Debian's nginx with the configuration that the project gives as an example, in front of a cluster.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

from test.acceptance.cluster import Cluster
from test.acceptance.ports import free_port
from test.acceptance.waiting import Program, until

__all__ = ["EXAMPLE", "Nginx"]

EXAMPLE = Path(__file__).resolve().parents[2] / "etc" / "nginx.conf.example"


class Nginx:
    """
    One nginx of a test's own.

    @ivar http_port: where it listens without TLS; for TLS that is the port of the cluster's address.
    """

    def __init__(self, cluster: Cluster, gateway_port: int) -> None:
        self.http_port = free_port()
        self._cluster = cluster
        self._gateway_port = gateway_port
        self._directory = cluster.home / "nginx"
        self._program: Program | None = None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._directory.mkdir()
        file = self._directory / "nginx.conf"
        file.write_text(self._configuration())
        of_its_own = f"daemon off; pid {self._directory}/pid; error_log stderr;"
        arguments = [shutil.which("nginx") or "nginx", "-p", str(self._directory), "-c", str(file), "-g", of_its_own]
        program = self._program = Program(arguments, {"PATH": os.environ["PATH"]}, self._directory)
        await until(lambda: not program.running or self._listens(), 10.0, "nginx listens")
        if not program.running:
            raise AssertionError(f"nginx ended: {program.errors}")

    async def stop(self) -> None:
        """End it."""
        if self._program is not None:
            self._program.signal("TERM")
            await self._program.ended()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.http_port)) == 0

    def _configuration(self) -> str:
        """The example with the cluster's names, ports and files; each of its own must be there."""
        text = EXAMPLE.read_text(encoding="utf-8")
        tls, wildcard = self._cluster.settings["TLS"], self._cluster.settings["Services"]["ContainerWebServices"]
        domain = (urlsplit(wildcard["ExternalURL"]).hostname or "").removeprefix("*.")
        for example, ours in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{self._cluster.https_port} ssl;"),
            ("listen 80;", f"listen 127.0.0.1:{self.http_port};"),
            ("server 127.0.0.1:8080;", f"server 127.0.0.1:{self._gateway_port};"),
            ("containers.example.org", domain),
            ("/etc/nginx/server.pem", tls["Certificate"]),
            ("/etc/nginx/server.key", tls["Key"]),
            ("/var/log/nginx/error.log", f"{self._directory}/error.log"),
        ):
            if example not in text:
                raise AssertionError(f"{EXAMPLE.name} has no {example}")
            text = text.replace(example, ours)
        left = re.search(r"^(?!\s*#).*(example\.org|/etc/|/var/)", text, re.MULTILINE)
        if left:
            raise AssertionError(f"{EXAMPLE.name}: {left[0]} is not replaced")
        return text
