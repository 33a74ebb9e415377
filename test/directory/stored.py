"""
The world of the real store, on SQLite unless another database is given.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor

from arvgate.directory.issuer import LocalIssuer
from arvgate.directory.local import LocalDirectory
from arvgate.directory.waiting import LocalWaiting
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINERS, LINKS, USERS
from arvgate.model.principals import Principal
from arvgate.model.tokens import Token
from arvgate.policy.codes import OneTimeCodes
from arvgate.policy.root_tokens import RootTokens
from arvgate.records.database.engine import open_engine
from arvgate.records.database.feeds import make_feed
from arvgate.records.database.threads import InlineCalls
from arvgate.records.sealing import Sealer
from arvgate.records.store import Store
from arvgate.wire.vhost import HostNames
from test.contract.records_world import ROOT_TOKEN, RecordsWorld
from test.contract.world import PORT, World
from test.records.sqlite import DATA_KEY, RULES, database

__all__ = ["StoredWorld"]

WITH_PORTS = attrs.evolve(
    RULES, names=HostNames("zzzzz", "api.example", "", ports_host="apps.example", first_port=31000, last_port=31009)
)
T = TypeVar("T")

START = datetime(2030, 1, 1, tzinfo=UTC)


class StoredWorld(World):
    """Directory and issuer over the store."""

    def __init__(self, directory: str, url: str = "") -> None:
        self._engine = open_engine(url or database(directory), busy_timeout=0.0)
        self.feed = make_feed(self._engine, InlineCalls(), reactor)
        randbelow = random.Random(1).randrange
        sealer = Sealer(DATA_KEY, randbelow)
        store = Store(self._engine, sealer, WITH_PORTS, InlineCalls(), self.now, randbelow, self.feed.announce)
        self.records = RecordsWorld(store, START)
        self.tokens = store
        self.directory = LocalDirectory(store, RootTokens(ROOT_TOKEN).secret_of, store.system)
        self.issuer = LocalIssuer(store, store, OneTimeCodes(), self.now, random.Random(2).randbytes)
        self._logs = os.path.join(directory, "logs")
        self.waiting = LocalWaiting(store, self._logs, self.now, self._here)
        self._principals: dict[str, Principal] = {}
        self._holders: dict[str, Principal] = {}

    async def start(self) -> None:
        """Listen to changes."""
        await self.feed.start()

    async def stop(self) -> None:
        """Close the database."""
        await self.feed.stop()
        self._engine.dispose()

    def now(self) -> datetime:
        """The time."""
        return self.records.moment

    async def write_log(self, container_uuid: str, name: str, data: bytes) -> None:
        """See L{World.write_log}."""
        path = os.path.join(self._logs, container_uuid)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, name), "ab") as file:
            file.write(data)

    async def _here(self, work: Callable[[], T]) -> T:
        return work()

    def pass_time(self, seconds: float) -> None:
        """See L{World.pass_time}."""
        self.records.pass_time(seconds)

    async def add_user(self, *, admin: bool = False) -> str:
        """See L{World.add_user}."""
        user = self.records.user(admin=admin)
        self._principals[str(user.user_uuid)] = user
        return str(user.user_uuid)

    async def add_token(
        self, user_uuid: str, *, scopes: Sequence[str] = ("all",), expires_in: float | None = None
    ) -> Token:
        """See L{World.add_token}."""
        expires_at = None if expires_in is None else self.now() + timedelta(seconds=expires_in)
        record = self.records.token_of(user_uuid, scopes=list(scopes), expires_at=expires_at)
        return Token(record["api_token"], record["uuid"])

    async def revoke(self, token: Token) -> None:
        """See L{World.revoke}."""
        found = await self.tokens.find(token)
        owner = self._principals[found.user_uuid]
        await self.tokens.delete(API_CLIENT_AUTHORIZATIONS, str(token.uuid), owner)

    async def deactivate(self, user_uuid: str) -> None:
        """See L{World.deactivate}."""
        await self.tokens.update(USERS, user_uuid, {"is_active": False}, self.records.system)

    async def add_container(self, owner_uuid: str) -> tuple[str, str]:
        """See L{World.add_container}."""
        published = {str(PORT): {"access": "public", "label": "app", "initial_path": ""}}
        owner = self._principals[owner_uuid]
        request, container, holder = self.records.running(owner, published_ports=published)
        self._holders[container["uuid"]] = holder
        return container["uuid"], request["uuid"]

    async def run_with_token(self, container_uuid: str) -> Token:
        """See L{World.run_with_token}."""
        own = self.records.own_token(container_uuid, self._holders[container_uuid])
        return attrs.evolve(own, container_uuid=None)

    async def share(self, request_uuid: str, user_uuid: str, level: str) -> None:
        """See L{World.share}."""
        self.records.share(request_uuid, self._principals[user_uuid], level)

    async def publish_name(self, request_uuid: str, name: str, port: int) -> None:
        """See L{World.publish_name}."""
        link = {"link_class": "published_port", "name": name, "head_uuid": request_uuid, "properties": {"port": port}}
        await self.tokens.create(LINKS, link, self.records.system)

    async def external_port(self, container_uuid: str) -> int:
        """See L{World.external_port}."""
        container = await self.tokens.get(CONTAINERS, container_uuid, self.records.system)
        return int(container["published_ports"][str(PORT)]["external_port"])
