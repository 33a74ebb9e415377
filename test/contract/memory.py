"""
The world of the shipped fakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from arvgate.model.ids import Uuid, new_uuid
from arvgate.model.tokens import Authorization, Token
from arvgate.testing.changes import MemoryChangeFeed
from arvgate.testing.directory import MemoryDirectory
from arvgate.testing.issuer import MemoryIssuer
from arvgate.testing.tokens import MemoryTokens
from arvgate.testing.waiting import MemoryWaiting
from test.contract.world import CLUSTER, PORT, World

__all__ = ["MemoryWorld"]


class MemoryWorld(World):
    """
    Tokens, directory, issuer and feed in memory; also what other worlds have behind them.

    @ivar time: what the clock says.
    """

    def __init__(self) -> None:
        self.time = datetime(2030, 1, 1, tzinfo=UTC)
        self.memory_feed = MemoryChangeFeed()
        self.memory_tokens = MemoryTokens(self.memory_feed)
        self.memory_directory = MemoryDirectory(self.memory_feed)
        self.memory_issuer = MemoryIssuer(self.memory_tokens, self.now)
        self.memory_waiting = MemoryWaiting(self.memory_directory, self.now)
        self.feed = self.memory_feed
        self.tokens = self.memory_tokens
        self.directory = self.memory_directory
        self.issuer = self.memory_issuer
        self.waiting = self.memory_waiting
        self._count = 0

    def now(self) -> datetime:
        """The time."""
        return self.time

    def pass_time(self, seconds: float) -> None:
        """See L{World.pass_time}."""
        self.time += timedelta(seconds=seconds)

    async def add_user(self, *, admin: bool = False) -> str:
        """See L{World.add_user}."""
        user = self._uuid("users")
        if admin:
            self.memory_directory.admins |= {user}
        return user

    async def add_token(
        self, user_uuid: str, *, scopes: Sequence[str] = ("all",), expires_in: float | None = None
    ) -> Token:
        """See L{World.add_token}."""
        authorization = Authorization(
            uuid=self._uuid("api_client_authorizations"),
            user_uuid=Uuid(user_uuid),
            is_admin=user_uuid in self.memory_directory.admins,
            is_active=True,
            scopes=tuple(scopes),
            expires_at=None if expires_in is None else self.time + timedelta(seconds=expires_in),
        )
        return self.memory_tokens.add(f"secret-of-{authorization.uuid}", authorization)

    async def revoke(self, token: Token) -> None:
        """See L{World.revoke}."""
        self.memory_tokens.remove(str(token.uuid))

    async def deactivate(self, user_uuid: str) -> None:
        """See L{World.deactivate}."""
        self.memory_tokens.deactivate(user_uuid)

    async def add_container(self, owner_uuid: str) -> tuple[str, str]:
        """See L{World.add_container}."""
        container, request = self._uuid("containers"), self._uuid("container_requests")
        self.memory_directory.put_container(container, public_ports=(PORT,))
        self.memory_directory.put_request(request, container, writers={owner_uuid}, public_ports=(PORT,))
        self.memory_waiting.begin(container)
        self.memory_tokens.bind(container, self._uuid("api_client_authorizations"))
        return container, request

    async def run_with_token(self, container_uuid: str) -> Token:
        """See L{World.run_with_token}."""
        token = await self.add_token(await self.add_user())
        self.memory_tokens.bind(container_uuid, str(token.uuid))
        return token

    async def share(self, request_uuid: str, user_uuid: str, level: str) -> None:
        """See L{World.share}."""
        self.memory_directory.share(request_uuid, user_uuid, writable=level == "can_write")

    async def publish_name(self, request_uuid: str, name: str, port: int) -> None:
        """See L{World.publish_name}."""
        self.memory_directory.publish_name(name, request_uuid, port)

    async def external_port(self, container_uuid: str) -> int:
        """See L{World.external_port}."""
        self.memory_directory.assign_port(31000, container_uuid, PORT)
        return 31000

    async def write_log(self, container_uuid: str, name: str, data: bytes) -> None:
        """See L{World.write_log}."""
        self.memory_waiting.write(container_uuid, name, data)

    def _uuid(self, kind: str) -> Uuid:
        self._count += 1
        digits = iter(f"{self._count:015}")
        return new_uuid(CLUSTER, kind, lambda below: int(next(digits)))
