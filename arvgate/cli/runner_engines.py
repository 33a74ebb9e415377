"""
The engine of a runner, composed from its env document.

Only the engine that is wanted is imported, since a container waits for that.  Not here: the rest of the runner's
process (L{arvgate.cli.runner}).
"""

from __future__ import annotations

import importlib
import os
import secrets
import sys
from functools import partial
from typing import Any, Final

from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from arvgate.interfaces import IEngine
from arvgate.runner.account import Account
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.plan import MakePlan

__all__ = ["ENGINES", "make_engine", "preload"]

ENGINES: Final = ("process", "docker")

_MODULES: Final = {
    "process": ("arvgate.runner.process.engine", "arvgate.runner.process.plan"),
    "docker": ("arvgate.runner.docker.engine", "arvgate.runner.docker.plan"),
}

_log = Logger()


def preload(name: str) -> None:
    """Import what L{make_engine} will need, and the reactor."""
    importlib.import_module("twisted.internet.reactor")
    for module in _MODULES[name]:
        importlib.import_module(module)


async def make_engine(reactor: Any, document: EnvDocument, account: Account | None) -> tuple[IEngine, MakePlan]:
    """The engine, and what makes its plans."""
    if document.engine == "docker":
        return await _docker(reactor, document)
    from arvgate.runner.process.engine import ProcessEngine
    from arvgate.runner.process.plan import make_plan

    return ProcessEngine(reactor, account, os.geteuid(), sys.executable), make_plan


async def _docker(reactor: Any, document: EnvDocument) -> tuple[IEngine, MakePlan]:
    from arvgate.runner.docker.creation import Circumstances
    from arvgate.runner.docker.daemon import Daemon
    from arvgate.runner.docker.engine import DockerEngine
    from arvgate.runner.docker.images import Images
    from arvgate.runner.docker.namespace import may_enter
    from arvgate.runner.docker.plan import make_plan

    settings = document.docker
    daemon = Daemon(reactor, settings.host)
    enters: bool = await deferToThreadPool(reactor, reactor.getThreadPool(), may_enter)
    if not enters:
        _log.warn("CAP_SYS_ADMIN is missing: ports on a container's own loopback address are not reached")
    # What a container makes as root on the node a runner that is not root could not take away again.
    user = "" if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}"
    circumstances = Circumstances(os.path.dirname(document.lock_file), settings.pids_limit, user)
    images = Images(daemon, settings.pull, settings.registry_config)
    engine = DockerEngine(reactor, daemon, images, circumstances, enters, secrets.randbelow)
    return engine, partial(make_plan, listed=settings.host_directories)
