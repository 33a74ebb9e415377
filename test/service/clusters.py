"""
Small clusters for tests of the gateway's processes: files as C{arvgate init} makes them, ports that the system picks.
"""

from __future__ import annotations

import json
import random
import ssl
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor

from arvgate.cli.init import create_cluster
from arvgate.cli.surroundings import Surroundings
from arvgate.config import Config
from arvgate.config.initial import NewCluster
from arvgate.config.loading import load
from arvgate.errors import PeerFault
from arvgate.net.connecting import connect_tls
from arvgate.net.http_client import ClientConnection
from arvgate.service.running import wall_clock
from arvgate.service.settings import ConfigText

__all__ = ["MadeCluster", "make_cluster"]

CLUSTER = "zzzzz"
HOST = b"localhost:8443"


@attrs.frozen
class MadeCluster:
    """
    A cluster that was made and not started.

    @ivar directory: with all its files.
    """

    directory: Path
    text: ConfigText
    admin_token: str

    @property
    def config(self) -> Config:
        """The configuration."""
        return load(self.text.text, self.text.where)

    def edited(self, old: str, new: str) -> MadeCluster:
        """The cluster with another configuration."""
        assert old in self.text.text
        return attrs.evolve(self, text=attrs.evolve(self.text, text=self.text.text.replace(old, new)))

    async def get(self, port: int, path: str = "/arvados/v1/users/current") -> tuple[int, Any]:
        """Ask the API as the admin; status and JSON."""
        status, text = await self.get_text(port, path, self.admin_token)
        return status, json.loads(text)

    async def get_text(self, port: int, path: str, token: str) -> tuple[int, str]:
        """Ask the API with a token; status and text."""
        context = ssl.create_default_context(cafile=str(self.directory / "ca.pem"))
        stream = await connect_tls(reactor, "127.0.0.1", port, context, "localhost", 5.0)
        connection = ClientConnection(stream)
        try:
            headers = [(b"Host", HOST), (b"Authorization", f"Bearer {token}".encode())]
            head, body = await connection.request(b"GET", path.encode(), headers)
        finally:
            connection.abort()
        return head.status, body.decode()

    async def answers(self, port: int) -> bool:
        """Whether the API answers the admin."""
        try:
            status, _ = await self.get(port)
        except PeerFault:
            return False
        return status == 200

    async def certificate(self, port: int) -> bytes:
        """The certificate that is shown now, DER."""
        context = ssl.create_default_context(cafile=str(self.directory / "ca.pem"))
        stream = await connect_tls(reactor, "127.0.0.1", port, context, "localhost", 5.0)
        try:
            return stream.peer_certificate()
        finally:
            stream.abort()


def make_cluster(directory: str, workers: int, *, door_account: str = "") -> MadeCluster:
    """Make a cluster in a new directory."""
    path = Path(directory).absolute()
    cluster = NewCluster(CLUSTER, f"{CLUSTER}.localhost", 8443, 8022, door_account=door_account, workers=workers)
    surroundings = Surroundings(
        environ={},
        now=wall_clock(reactor),
        pause=lambda seconds: None,
        randbelow=random.SystemRandom().randrange,
        open_browser=lambda address: False,
    )
    created = create_cluster(path, cluster, surroundings)
    where = path / "config.yml"
    text = where.read_text().replace("tcp:8443:", "tcp:0:")
    where.write_text(text)
    return MadeCluster(path, ConfigText(text, str(where)), created.admin_token)
