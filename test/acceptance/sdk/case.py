"""
What the tests of the Arvados SDK have in common: one cluster for each database, and processes with the SDK.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.cluster import clean_environment, program
from test.acceptance.databases import PostgreSQLDatabase
from test.acceptance.engines import Processes
from test.acceptance.lasting import LastingCluster
from test.acceptance.sdk.process import SdkError, SdkProcess
from test.acceptance.waiting import Program, in_thread

__all__ = ["OnPostgreSQL", "Sdk", "SdkCase", "User"]

_clusters: dict[str, Sdk] = {}


class Sdk:
    """
    A cluster and the processes that ask it by the SDK.

    @ivar cluster: the cluster, which is everybody's: a test makes what it needs and counts nothing else.
    """

    def __init__(self, cluster: LastingCluster) -> None:
        self.cluster = cluster
        self._processes: dict[int, SdkProcess] = {}

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of an admin of the cluster, and nothing else."""
        home = self.cluster.home / "user"
        home.mkdir(exist_ok=True)
        settings = {
            "ARVADOS_API_HOST": self.cluster.facts["api_host"],
            "ARVADOS_API_TOKEN": self.cluster.facts["admin_token"],
            "SSL_CERT_FILE": self.cluster.facts["ca"],
        }
        return {**clean_environment(self.cluster.home), "HOME": str(home), **settings, **more}

    def process(self, number: int) -> SdkProcess:
        """One of the processes; each works at one thing at a time."""
        if number not in self._processes:
            self._processes[number] = made = SdkProcess(self.environment(), self.cluster.home / f"sdk-{number}.log")
            atexit.register(made.end)
        return self._processes[number]

    async def run(self, command: str, *arguments: str, **environment: str) -> Program:
        """A command of the SDK's package, once it has ended."""
        started = Program([program(command), *arguments], self.environment(**environment), self.cluster.home)
        await started.ended()
        return started


class User:
    """
    Somebody who uses the SDK.

    @param token: empty: that of the settings, an admin's.
    @param number: of the process.
    """

    def __init__(self, sdk: Sdk, token: str = "", number: int = 0) -> None:
        self.sdk = sdk
        self.token = token
        self._number = number
        sdk.cluster.secrets.learn(token)

    def beside(self, number: int = 1) -> User:
        """The same in another process, to do something at the same time."""
        return User(self.sdk, self.token, number)

    def of(self, token: str) -> User:
        """Somebody else, in the same process."""
        return User(self.sdk, token, self._number)

    async def call(self, method: str, within: float = 20.0, **arguments: Any) -> Any:
        """
        The result of a call such as C{users.current}.

        @raise SdkError: the SDK raised something.
        """
        return await self.ask("call", method, within, **arguments)

    async def fails(self, method: str, within: float = 20.0, **arguments: Any) -> SdkError:
        """What the SDK raises for a call."""
        try:
            result = await self.call(method, within, **arguments)
        except SdkError as error:
            return error
        raise AssertionError(f"{method} has not failed: {str(result)[:500]}")

    async def ask(self, action: str, method: str = "", within: float = 20.0, **arguments: Any) -> Any:
        """One of the other actions of L{test.acceptance.sdk.worker}."""
        question = {"action": action, "method": method, "token": self.token, "arguments": arguments}
        try:
            result = await in_thread(self.sdk.process(self._number).ask, question, within)
        except AssertionError as late:
            assert self.sdk.cluster.gateway is not None
            raise AssertionError(f"{late}; the gateway said:\n{self.sdk.cluster.gateway.output[-4000:]}") from late
        if isinstance(result, Mapping) and result.get("api_token"):
            self.sdk.cluster.secrets.know(result["api_token"], f"the secret of {result.get('uuid')}")
        return result


class SdkCase(TestCase):
    """
    Each test finds a running cluster that it shares with the others.

    @ivar sdk: the cluster.
    @ivar admin: an admin of it.
    """

    timeout = 120

    #: Names the cluster that is shared.
    place = "sqlite"

    #: Makes the database of its records; None: it is in SQLite.
    make_database: Callable[[], PostgreSQLDatabase] | None = None

    #: What its configuration has beside and instead of what C{arvgate init} writes.
    configuration: Mapping[str, Any] = {}

    async def setUp(self) -> None:
        """Find the cluster, or start it."""
        self.sdk = await self.shared(self.place, self.configuration, type(self).make_database)
        self.admin = User(self.sdk)
        self.addCleanup(self.no_leaks)

    async def shared(
        self,
        name: str,
        configuration: Mapping[str, Any],
        make_database: Callable[[], PostgreSQLDatabase] | None = None,
    ) -> Sdk:
        """The cluster of that name; it runs until the tests end."""
        if name not in _clusters:
            database = None if make_database is None else await in_thread(make_database)
            cluster = LastingCluster(Processes(), configuration, database=database)
            await cluster.create()
            _clusters[name] = Sdk(cluster)
        return _clusters[name]

    async def no_leaks(self) -> None:
        """No log of the cluster has a secret."""
        self.assertEqual([], await in_thread(self.sdk.cluster.leaks))

    async def new_user(self, name: str, scopes: Sequence[str] = ("all",), **attributes: Any) -> tuple[User, str]:
        """An active user who is no admin, and the UUID."""
        values = {"username": name, "email": f"{name}@example.com", "is_active": True, **attributes}
        user = await self.admin.call("users.create", body={"user": values})
        token = {"owner_uuid": user["uuid"], "scopes": list(scopes)}
        made = await self.admin.call("api_client_authorizations.create", body={"api_client_authorization": token})
        return self.admin.of(f"v2/{made['uuid']}/{made['api_token']}"), user["uuid"]


class OnPostgreSQL:
    """The tests of a class once more, on PostgreSQL: C{class PostgreSQLXTests(OnPostgreSQL, XTests)}."""

    place = "postgresql"
    make_database = PostgreSQLDatabase
