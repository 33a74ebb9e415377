"""
The dispatcher of this node, composed from the configuration.

Not here: what it does (L{arvgate.dispatch.local}).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from twisted.internet.interfaces import IReactorTime

from arvgate.config import Config
from arvgate.dispatch.launching import Launcher, LaunchOptions
from arvgate.dispatch.local import LocalDispatcher
from arvgate.dispatch.lock_files import LockFiles
from arvgate.errors import ConfigInvalid
from arvgate.interfaces import IChangeFeed, IRecords
from arvgate.model.principals import Principal
from arvgate.policy.placement import Capacity

__all__ = ["Dispatching", "make_dispatching"]

#: What a runner, and nothing below it, gets of the gateway's environment.
_ENVIRONMENT = ("PATH", "LANG", "TZ", "PYTHONPATH")


class Dispatching:
    """The part of control that starts runners."""

    def __init__(self, dispatcher: LocalDispatcher, launcher: Launcher) -> None:
        self._dispatcher = dispatcher
        self._launcher = launcher

    async def start(self) -> None:
        """
        Make the directories and begin.

        @raise EngineFailed: the directories cannot be made.
        """
        self._launcher.prepare()
        self._dispatcher.start()

    async def stop(self) -> None:
        """Start nothing more; runners live on."""
        await self._dispatcher.stop()


def make_dispatching(
    config: Config,
    clock: IReactorTime,
    records: IRecords,
    feed: IChangeFeed,
    system: Principal,
    secret: Callable[[str, int], str],
) -> Dispatching:
    """
    Compose it.

    @param secret: AuthSecret of a container's UUID and lock_count.
    @raise ConfigInvalid: the CA's file cannot be read.
    """
    settings = config.arvgate
    options = LaunchOptions(
        state_directory=Path(settings.state_directory),
        api_host=config.api_host,
        api_ca=_ca_text(settings.ca_path),
        address=settings.node.address,
        port=settings.node.port,
        engine=settings.engine,
        account=settings.process_account,
        log_max_bytes=settings.log_max_bytes,
        stop_grace=settings.timeouts.stop,
        environment={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    launcher = Launcher(options)
    dispatcher = LocalDispatcher(
        clock, records, feed, system, secret, _capacity(config), options, launcher, LockFiles(options.runners)
    )
    return Dispatching(dispatcher, launcher)


def _capacity(config: Config) -> Capacity:
    """What this machine has for containers: as configured, else all of it."""
    node = config.arvgate.node
    return Capacity(
        vcpus=node.vcpus or os.cpu_count() or 1,
        ram=node.ram or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        containers=node.containers,
        admins_only=config.arvgate.engine == "process" and not config.arvgate.process_account,
    )


def _ca_text(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid([f"Arvgate.CA: {path} cannot be read: {error}"]) from error
