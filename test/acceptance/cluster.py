"""
A whole cluster as real processes: C{arvgate init}, then C{twistd -n arvgate}, in a directory of its own.

Whatever a test starts through a L{Cluster} is gone after L{Cluster.remove}, runners and their jobs included.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import yaml

from test.acceptance.account import as_account
from test.acceptance.client import Client
from test.acceptance.databases import PostgreSQLDatabase
from test.acceptance.engines import Engine
from test.acceptance.leaks import Leak, Secrets, log_files
from test.acceptance.ports import free_ports
from test.acceptance.processes import alive, children_of, command_of, end, processes_touching
from test.acceptance.waiting import Program, in_thread, until

__all__ = ["APP", "Cluster", "Entrance", "clean_environment", "program"]

#: The web app that runs in containers here.
APP = Path(__file__).with_name("app.py")


def program(name: str) -> str:
    """The path of a command that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of ours but the search path, on which this Python's commands come first."""
    search = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    return {"PATH": search, "HOME": str(home), "LANG": "C.UTF-8", "ARVGATE_TEST_HOME": str(home), **more}


def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add what C{more} has to a configuration, section by section."""
    for name, value in more.items():
        if isinstance(value, Mapping):
            merge(into.setdefault(name, {}), value)
        else:
            into[name] = value


@attrs.frozen
class Entrance:
    """
    A user's way into the test app of a container.

    @ivar uuid: of the container; C{request} of its request.
    @ivar name: host name of the app's port.
    @ivar cookie: what a browser would send there.
    """

    uuid: str
    request: str
    port: int
    name: str
    cookie: str = attrs.field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The cookie as request headers."""
        return {"Cookie": self.cookie}


class Cluster:
    """
    One cluster on loopback.

    @param engine: what runs its containers.
    @param configuration: what its configuration has beside and instead of what C{arvgate init} writes.
    @param account: the number of the account that runs all of it; None: ours.
    @param database: where its records are; None: in SQLite.
    @ivar home: holds everything of it.
    @ivar client: requests by its admin, once it was initialised.
    """

    def __init__(
        self,
        engine: Engine,
        configuration: Mapping[str, Any] | None = None,
        account: int | None = None,
        database: PostgreSQLDatabase | None = None,
    ) -> None:
        self.engine = engine
        self.database = database
        self._configuration = configuration or {}
        self._prefix: Sequence[str] = ()
        self.home = Path(tempfile.mkdtemp(prefix="arvgate-test-"))
        self.home.chmod(0o755)  # doors run as another account
        if account is not None:
            self._prefix = as_account(account)
            os.chown(self.home, account, account)
        self.directory = self.home / "cluster"
        self.environment = clean_environment(self.home, **engine.environment)
        if database is not None:
            self.environment["ARVGATE_INIT_DATABASE"] = database.url
        self.facts: dict[str, Any] = {}
        self.gateway: Program | None = None
        self.secrets = Secrets()
        self._gateways: list[Program] = []

    # Setting up and tearing down.

    async def create(self) -> None:
        """Initialise and start it."""
        await self.initialise()
        await self.start()

    async def initialise(self) -> None:
        """Make its directory."""
        https, ssh = free_ports(2)
        ports = ("--https-port", str(https), "--ssh-port", str(ssh))
        init = self.run("init", str(self.directory), "--json", "--engine", self.engine.name, *ports)
        if await init.ended():
            raise AssertionError(f"init failed: {init.errors}")
        self.facts = json.loads(init.output)
        self.config = Path(self.facts["config"])
        self.configure(self._configuration)
        self.api_name = self.facts["api_host"].partition(":")[0]
        self.https_port = int(self.facts["https_port"])
        self.client = Client(
            Path(self.facts["ca"]), self.https_port, self.api_name, self.facts["admin_token"], self.secrets
        )
        self.secrets.know(self.settings["SystemRootToken"], "SystemRootToken")
        self.secrets.know(self.settings["ManagementToken"], "ManagementToken")

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Change its configuration, before it is started."""
        if configuration:
            whole = yaml.safe_load(self.config.read_text())
            for section in whole["Clusters"].values():
                merge(section, configuration)
            self.config.write_text(yaml.safe_dump(whole))

    async def start(self) -> None:
        """Start the gateway and wait until it answers."""
        twistd = ["-n", "--pidfile=", "arvgate", "--config", str(self.config)]
        # A session of its own, as a terminal or systemd would give it.
        arguments = [shutil.which("setsid") or "setsid", *self._prefix, program("twistd"), *twistd]
        self.gateway = gateway = self.launch(arguments)
        self._gateways.append(gateway)
        try:
            await until(lambda: not gateway.running or self.answers(), 30.0, "the gateway answers")
        except AssertionError as late:
            raise AssertionError(f"{late}: {gateway.output[-4000:]} {gateway.errors[-4000:]}") from late
        if not gateway.running:
            raise AssertionError(f"the gateway ended: {gateway.output[-4000:]} {gateway.errors[-4000:]}")

    def launch(self, arguments: Sequence[str]) -> Program:
        """Start the gateway's process."""
        return Program(arguments, self.environment, self.home)

    def answers(self) -> bool:
        """Whether the record API answers through the HTTPS door; blocking."""
        try:
            return self.client.api("GET", "users/current", within=5.0).status == 200
        except OSError:
            return False

    async def stop(self) -> int:
        """Stop the gateway as an operator would; runners stay."""
        assert self.gateway is not None
        self.gateway.signal("TERM")
        return await self.gateway.ended()

    async def remove(self) -> None:
        """
        End everything of the cluster, search its logs, and delete its files.

        @raise AssertionError: a secret of a user is in a log, or an app received it.
        """
        if self.gateway is not None and self.gateway.running:
            self.gateway.signal("TERM")
            try:
                await self.gateway.ended(20.0)
            except AssertionError:
                self.gateway.signal("KILL")
                await self.gateway.ended()

        def swept() -> bool:
            left = processes_touching(self.home)
            for pid in left:
                end(pid)
            return not left

        await until(swept, 20.0, "everything of the cluster has ended")
        if self.facts:
            await in_thread(self.engine.remove, self.cluster_id)
        if self.database is not None:
            await in_thread(self.database.remove)
        leaks = await in_thread(self.leaks)
        await in_thread(shutil.rmtree, self.home, ignore_errors=True)
        if leaks:
            raise AssertionError(f"secrets of users in logs: {leaks[:10]}")

    def leaks(self) -> list[Leak]:
        """The secrets that are in its logs, and in what its apps received; blocking."""
        found = [
            leak
            for gateway in self._gateways
            for leak in self.secrets.leaks("the gateway", (gateway.output + gateway.errors).encode())
        ]
        if self.facts:
            for path in log_files(self.state()):
                found += self.secrets.leaks(str(path.relative_to(self.home)), path.read_bytes())
        return found

    # Its processes.

    def kill_gateway(self) -> None:
        """End the gateway's processes at once, so that none of them can clean up; runners stay."""
        assert self.gateway is not None
        for pid in [self.gateway.pid, *children_of(self.gateway.pid)]:
            end(pid)

    def processes(self, role: str) -> list[int]:
        """The gateway's child processes whose command names C{role}: C{control} or C{door}."""
        assert self.gateway is not None
        word = re.compile(rf"\b{role}\b")
        return [pid for pid in children_of(self.gateway.pid) if word.search(command_of(pid))]

    def runner(self, container_uuid: str) -> int:
        """The process id of a container's runner, from its lock file; 0 if there is none."""
        try:
            pid = int(json.loads(self.state("runners", f"{container_uuid}.lock").read_text())["pid"])
        except (OSError, ValueError, KeyError):
            return 0
        return pid if alive(pid) else 0

    def jobs(self, container_uuid: str) -> list[int]:
        """The processes of a container."""
        return self.engine.processes(self.state("jobs", container_uuid), container_uuid)

    def state(self, *parts: str) -> Path:
        """A path in the state directory."""
        return (self.config.parent / self.settings["Arvgate"]["StateDirectory"]).joinpath(*parts)

    @property
    def cluster_id(self) -> str:
        """Its id."""
        (cluster_id,) = yaml.safe_load(self.config.read_text())["Clusters"]
        return str(cluster_id)

    @property
    def settings(self) -> Any:
        """The cluster's section of its configuration."""
        (section,) = yaml.safe_load(self.config.read_text())["Clusters"].values()
        return section

    # Its commands.

    def run(self, *arguments: str, token: str | None = None, **more: str) -> Program:
        """Start an C{arvgate} command as the admin, or with another token."""
        environment: dict[str, str] = {}
        if self.facts:
            environment = {
                "ARVADOS_API_HOST": self.facts["api_host"],
                "ARVADOS_API_TOKEN": self.facts["admin_token"] if token is None else token,
                "SSL_CERT_FILE": self.facts["ca"],
            }
        command = [*self._prefix, program("arvgate"), *arguments]
        return Program(command, {**self.environment, **environment, **more}, self.home)

    async def output_of(self, *arguments: str, **options: str) -> str:
        """What a command prints; it must succeed."""
        command = self.run(*arguments, **options)
        status = await command.ended()
        if status:
            raise AssertionError(f"arvgate {' '.join(arguments)}: exit {status}: {command.errors}")
        self.secrets.learn(command.output)
        return command.output

    async def json_of(self, *arguments: str, **options: str) -> Any:
        """What a command prints with C{--json}, which is added behind the subcommand."""
        words = 2 if arguments[0] in ("user", "token") else 1
        return json.loads(await self.output_of(*arguments[:words], "--json", *arguments[words:], **options))

    async def second_user(self) -> tuple[str, str]:
        """The UUID and a token of a user who is no admin."""
        user = await self.json_of("user", "create", "second@example.com")
        token = await self.json_of("token", "create", "--user", user["uuid"])
        return user["uuid"], token["token"]

    # Containers.

    async def commit(self, command: Sequence[str], token: str | None = None, **attributes: Any) -> Mapping[str, Any]:
        """Commit a container request, with these attributes beside and instead of usual ones; answers its record."""
        request = {
            "state": "Committed",
            "priority": 500,
            "use_existing": False,
            "container_image": self.engine.image,
            "command": list(command),
            "cwd": "/tmp",
            "output_path": "/out",
            "mounts": {"/out": {"kind": "tmp", "capacity": 1 << 20}},
            "runtime_constraints": {"vcpus": 1, "ram": 64 << 20},
        }
        client = self.client if token is None else self.client.of(token)
        answer = await in_thread(client.api, "POST", "container_requests", {"container_request": request | attributes})
        if answer.status != 200:
            raise AssertionError(f"{answer.status} {answer.body!r}")
        record: Mapping[str, Any] = answer.json
        return record

    async def submit(self, command: Sequence[str], *options: str, token: str | None = None) -> Mapping[str, Any]:
        """Submit a container request by C{arvgate run} and answer with its record."""
        more = {} if token is None else {"token": token}
        answer = await self.json_of("run", *self.engine.run_options, *options, "--", *command, **more)
        record: Mapping[str, Any] = await self.record("container_requests", answer["uuid"])
        return record

    async def record(self, kind: str, uuid: str) -> Any:
        """A record as the admin reads it."""
        answer = await in_thread(self.client.api, "GET", f"{kind}/{uuid}")
        if answer.status != 200:
            raise AssertionError(f"{kind}/{uuid}: {answer.status} {answer.body!r}")
        return answer.json

    async def container_in(self, uuid: str, *states: str, within: float = 30.0) -> Any:
        """A container's record once it is in one of C{states}."""

        def look() -> Any:
            answer = self.client.api("GET", f"containers/{uuid}")
            return answer.json if answer.status == 200 and answer.json["state"] in states else None

        return await until(look, within, f"{uuid} is {' or '.join(states)}")

    async def run_app(self, *options: str) -> Entrance:
        """Run the test app in a container of the admin's and enter it."""
        request = await self.submit([sys.executable, str(APP)], *options)
        return await self.enter_app(request)

    async def enter_app(self, request: Mapping[str, Any]) -> Entrance:
        """The admin's way into the test app that a request runs, once it runs."""
        uuid, container = request["uuid"], request["container_uuid"]
        await self.container_in(container, "Running")

        def printed() -> bytes:
            text = self.log(request, "stdout.txt")
            return text if text.endswith(b"\n") else b""

        port = int(await until(printed, 30.0, "the app printed its port"))
        return await self.enter(uuid, container, port, self.client.token)

    def log(self, request: Mapping[str, Any], name: str) -> bytes:
        """A log of a request's container; empty if there is none.  Blocking."""
        path = f"container_requests/{request['uuid']}/log/{request['container_uuid']}/{name}"
        answer = self.client.api("GET", path)
        return answer.body if answer.status == 200 else b""

    def host_of(self, container_uuid: str, port: int) -> str:
        """The host name of a container's port."""
        wildcard = urlsplit(self.settings["Services"]["ContainerWebServices"]["ExternalURL"]).hostname or ""
        return wildcard.replace("*", f"{container_uuid}-{port}-http")

    async def enter(self, request: str, container: str, port: int, token: str) -> Entrance:
        """Exchange a user's token for the cookie of a container's port."""
        name = self.host_of(container, port)
        path = f"/?arvados_api_token={token}"
        answer = await in_thread(self.client.request, name, "GET", path)
        if answer.status != 303:
            raise AssertionError(f"{name}: {answer.status} {answer.body[:500]!r}")
        return Entrance(container, request, port, name, answer.headers["Set-Cookie"].partition(";")[0])

    def visit(self, entrance: Entrance, path: str = "/headers", **options: Any) -> int:
        """The status of a request to an app; 0 if no whole answer came.  Blocking."""
        try:
            return self.client.request(entrance.name, "GET", path, headers=entrance.headers, **options).status
        except (OSError, http.client.HTTPException):
            return 0
