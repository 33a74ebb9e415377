"""
The dispatcher of this node, composed from the configuration and from what the machine has.

Not here: dispatching (L{arvgate.dispatch}).
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReactorTime

from arvgate.config import Config
from arvgate.config.values import is_loopback
from arvgate.dispatch.kept import InThread, Keeping, Kept
from arvgate.dispatch.kept_logs import KeptLogs
from arvgate.dispatch.launching import Launcher, LaunchOptions
from arvgate.dispatch.local import LocalDispatcher
from arvgate.dispatch.lock_files import LockFiles
from arvgate.dispatch.outputs import KeptOutputs
from arvgate.dispatch.scopes import scope_command
from arvgate.errors import ConfigInvalid
from arvgate.interfaces import IChangeFeed, INode, IRecords
from arvgate.model.principals import Principal
from arvgate.policy.placement import Capacity
from arvgate.policy.user_limits import UserLimits
from arvgate.service.settings import host_names
from arvgate.service.surroundings import child_environment

__all__ = ["Dispatching", "capacity", "launch_options", "make_dispatching", "user_limits"]

#: What of our environment a runner gets; a container gets nothing of it.
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Dispatching:
    """The dispatcher as a part."""

    def __init__(self, launcher: Launcher, dispatcher: LocalDispatcher) -> None:
        self._launcher = launcher
        self._dispatcher = dispatcher
        self._started = False

    @property
    def last_round(self) -> float:
        """When the last round was over that did not fail."""
        return self._dispatcher.last_round

    async def start(self) -> None:
        """
        Make the directories and begin.

        @raise EngineFailed: they cannot be made.
        """
        self._launcher.prepare()
        self._dispatcher.start()
        self._started = True

    async def stop(self) -> None:
        """Start nothing more; runners live on."""
        if self._started:
            self._started = False
            await self._dispatcher.stop()
            self._launcher.close()


def make_dispatching(
    config: Config,
    clock: IReactorTime,
    records: IRecords,
    feed: IChangeFeed,
    system: Principal,
    secret: Callable[[str, int], str],
    environ: Mapping[str, str],
    in_thread: InThread,
    node: INode | None = None,
) -> Dispatching:
    """
    Compose the dispatcher.

    @param secret: AuthSecret of a container's UUID and lock count.
    @param environ: of this process.
    @param in_thread: runs a blocking call.
    @param node: what the engine has on this node; None for one whose jobs always end with their runner.
    @raise ConfigInvalid: the CA cannot be read.
    """
    options = launch_options(config, environ)
    launcher = Launcher(clock, options, lambda: secrets.token_hex(4))
    machine = (os.cpu_count() or 1, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    dispatcher = LocalDispatcher(
        clock,
        records,
        feed,
        system,
        secret,
        capacity(config, *machine),
        options,
        launcher,
        LockFiles(options.runners),
        limits=user_limits(config),
        node=node,
        kept=Kept(
            clock,
            KeptOutputs(options.outputs),
            KeptLogs(options.logs),
            Keeping(config.arvgate.output.keep, config.arvgate.user_limits.log),
            in_thread,
        ),
    )
    return Dispatching(launcher, dispatcher)


def capacity(config: Config, vcpus: int, ram: int) -> Capacity:
    """
    What is handed out on this node.

    Processes of somebody else could do what the gateway's own account can, so without an account for them the process
    engine runs only those of admins.

    @param vcpus: that the machine has; C{ram} in bytes likewise.
    """
    arvgate = config.arvgate
    return Capacity(
        vcpus=arvgate.node.vcpus or vcpus,
        ram=arvgate.node.ram or ram,
        containers=arvgate.node.containers,
        admins_only=arvgate.engine == "process" and not arvgate.process_account,
    )


def user_limits(config: Config) -> UserLimits:
    """What one user may take of this node."""
    limits = config.arvgate.user_limits
    return UserLimits(limits.containers, limits.vcpus, limits.ram, limits.output)


def launch_options(config: Config, environ: Mapping[str, str]) -> LaunchOptions:
    """
    What runners are told.

    @raise ConfigInvalid: the CA cannot be read.
    """
    arvgate = config.arvgate
    environment = child_environment(environ)
    scope = _scope(environ)
    passed_on = (*_PASSED_ON, "XDG_RUNTIME_DIR") if "--user" in scope else _PASSED_ON
    return LaunchOptions(
        state_directory=Path(arvgate.state_directory),
        api_host=config.api_host,
        api_ca=_read_ca(arvgate.ca_path),
        address=arvgate.node.address,
        port=arvgate.node.port,
        engine=arvgate.engine,
        account=arvgate.process_account,
        spares=arvgate.node.spare_runners,
        docker=_docker(config),
        log_max_bytes=arvgate.log_max_bytes,
        stop_grace=arvgate.timeouts.stop,
        scope=scope,
        environment={name: environment[name] for name in passed_on if name in environment},
        port_address=host_names(config.cluster_id, config.controller_url, config.web_services).address_template,
    )


def _scope(environ: Mapping[str, str]) -> Sequence[str]:
    """What puts runners into scopes on this machine."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return scope_command(
        shutil.which("systemd-run", path=environ.get("PATH", "")),
        Path("/run/systemd/system").is_dir(),
        os.geteuid(),
        bool(runtime) and Path(runtime, "systemd", "private").exists(),
    )


def _docker(config: Config) -> Mapping[str, Any]:
    """What the Docker engine is told; a container's localhost is not this machine's."""
    docker = config.arvgate.docker
    host, colon, port = config.api_host.rpartition(":")
    name = host if colon else config.api_host
    reached = f"host.docker.internal{colon}{port if colon else ''}" if is_loopback(name) else config.api_host
    return {
        "Host": docker.host,
        "Pull": docker.pull,
        "RegistryConfig": docker.registry_config,
        "PidsLimit": docker.pids_limit,
        "HostDirectories": [{"Path": one.path, "Writable": one.writable} for one in docker.host_directories],
        "ApiHost": reached,
    }


def _read_ca(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigInvalid([f"Arvgate.CA: {path}: {(error.strerror or 'cannot be read').lower()}"]) from error
