"""
Starting a runner: the env document on its stdin, detached, so that it outlives the gateway.

Not here: when (L{arvgate.dispatch.local}).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs
from twisted.internet.interfaces import IReactorTime

from arvgate.dispatch.scopes import in_scope
from arvgate.dispatch.spares import Spares
from arvgate.errors import EngineFailed
from arvgate.model.tokens import IssuedToken

__all__ = ["ILaunched", "Launch", "LaunchOptions", "Launcher", "Terms", "env_document"]


def _nowhere(uuid: str) -> str:
    return ""


@attrs.frozen
class LaunchOptions:
    """
    What every runner of this node is told.

    @ivar api_host: C{host[:port]} of the record API.
    @ivar api_ca: PEM text of its CA; empty: the machine's.
    @ivar port_address: from a container's UUID to the address of any of its ports, with C{{port}} for the port; empty
        where only published ports have one.
    @ivar address: by which doors reach runners; C{port} 0: a random one each.
    @ivar account: whom jobs run as; empty: the runner's own account.
    @ivar docker: what the Docker engine is told, with the keys of the env document.
    @ivar spares: how many runners are started before there is a container for them.
    @ivar program: the runner's argv before C{--stdin-config}.
    @ivar scope: what puts a runner into a scope of its own (L{scope_command<arvgate.dispatch.scopes.scope_command>}).
    """

    state_directory: Path
    api_host: str
    api_ca: str = attrs.field(repr=False)
    address: str
    port: int = 0
    engine: str = "process"
    spares: int = 0
    account: str = ""
    docker: Mapping[str, Any] = attrs.field(factory=dict)
    log_max_bytes: int = 64 * 1024 * 1024
    poll_interval: float = 2.0
    stop_grace: float = 10.0
    program: Sequence[str] = (sys.executable, "-m", "arvgate.cli.runner")
    scope: Sequence[str] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict)
    port_address: Callable[[str], str] = _nowhere

    @property
    def runners(self) -> Path:
        """Where lock files are."""
        return self.state_directory / "runners"

    @property
    def jobs(self) -> Path:
        """Where working directories are."""
        return self.state_directory / "jobs"

    @property
    def logs(self) -> Path:
        """Where containers' logs are."""
        return self.state_directory / "logs"

    @property
    def outputs(self) -> Path:
        """Where containers' outputs are kept."""
        return self.state_directory / "outputs"


class ILaunched(Protocol):
    """A runner that was started by this process."""

    def alive(self) -> bool:
        """Whether it has not exited yet."""


#: Starts a runner with its env document.
Launch = Callable[[str, Mapping[str, Any]], ILaunched]


@attrs.frozen
class Terms:
    """
    On what terms a container runs.

    @ivar idle_timeout: seconds without any connection after which it is ended; 0: never.
    @ivar output_max_bytes: of its output; 0: no limit.
    """

    idle_timeout: float = 0.0
    output_max_bytes: int = 0


def env_document(
    options: LaunchOptions,
    uuid: str,
    lock_count: int,
    token: IssuedToken,
    auth_secret: str,
    terms: Terms = Terms(),
) -> dict[str, Any]:
    """What the runner of one lock cycle reads on its stdin."""
    host = f"[{options.address}]" if ":" in options.address else options.address
    return {
        "ContainerUUID": uuid,
        "Env": {
            "ARVADOS_API_HOST": options.api_host,
            "ARVADOS_API_TOKEN": token.text,
            "ARVADOS_API_CA": options.api_ca,
            "GatewayAuthSecret": auth_secret,
            "GatewayAddress": f"{host}:{options.port}",
        },
        "LockCount": lock_count,
        "LogDirectory": str(options.logs / uuid),
        "WorkDirectory": str(options.jobs / uuid),
        "OutputDirectory": str(options.outputs / uuid),
        "LockFile": str(options.runners / f"{uuid}.lock"),
        "PortAddress": options.port_address(uuid),
        "LogMaxBytes": options.log_max_bytes,
        "Account": options.account,
        "Engine": options.engine,
        "Docker": dict(options.docker),
        "OutputMaxBytes": terms.output_max_bytes,
        "IdleTimeout": terms.idle_timeout,
        "PollInterval": options.poll_interval,
        "StopGrace": options.stop_grace,
    }


class _Process:
    """A started runner process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def alive(self) -> bool:
        """Whether it runs; takes in its exit status when it does not."""
        return self._process.poll() is None


class Launcher:
    """
    Starts runners as processes in sessions of their own, with nothing of this one's descriptors or environment.

    @param token: text that nothing else on this machine has in a name, for each spare runner.
    """

    def __init__(self, clock: IReactorTime, options: LaunchOptions, token: Callable[[], str]) -> None:
        self._options = options
        self._spares = Spares(clock, lambda: self._started(["-"], f"spare-{token()}"), options.spares)

    def prepare(self) -> None:
        """
        Make the directories, and spare runners in a while.

        @raise EngineFailed: they cannot be made.
        """
        options = self._options
        for directory in (options.runners, options.jobs, options.logs, options.outputs):
            try:
                directory.mkdir(mode=0o711, parents=True, exist_ok=True)
            except OSError as error:
                raise EngineFailed(f"{directory} cannot be made: {error.strerror}.") from error
        self._spares.fill_soon()

    def close(self) -> None:
        """End what waits; runners with a container live on."""
        self._spares.close()

    def __call__(self, uuid: str, document: Mapping[str, Any]) -> ILaunched:
        """
        Start the runner of a container.

        @raise EngineFailed: no process can be started.
        """
        process = self._spares.take() or self._started([uuid], f"{uuid}-{document['LockCount']}")
        assert process.stdin is not None
        try:
            # Less than a pipe holds, so that this does not wait for the runner to read.
            process.stdin.write(json.dumps(document).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        return _Process(process)

    def _started(self, arguments: Sequence[str], name: str) -> subprocess.Popen[bytes]:
        program = [*self._options.program, "--stdin-config", "--engine", self._options.engine, *arguments]
        argv = in_scope(self._options.scope, name, program)
        try:
            return subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=dict(self._options.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed("No runner can be started.", detail=f"{argv[0]}: {error.strerror}") from error
