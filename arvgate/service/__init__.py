"""
The only place where the parts meet: from a configuration to the services of each process.

With C{Arvgate.Workers: 0} control and a door run in one process; else twistd's process watches over one control and
several doors.  Not here: the parts themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from twisted.application.service import IService

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.service.control import Control, make_control
from arvgate.service.door import Door, make_door
from arvgate.service.running import PartService
from arvgate.service.settings import ConfigText
from arvgate.service.single import Single
from arvgate.service.watching import Watch

__all__ = ["ConfigText", "Control", "Door", "make_control", "make_door", "make_service"]


def make_service(
    config: Config,
    reactor: Any,
    text: ConfigText | None = None,
    environ: Mapping[str, str] | None = None,
) -> IService:
    """
    The gateway as a service.

    Its privilegedStartService opens what is listened on and checks the database; its startService answers with a
    Deferred that fails if the gateway cannot work.

    @param text: what C{config} was read from; needed for more processes than one.
    @param environ: for the processes that are started; by default that of this one.
    @raise ArvgateError: certificate, key or account cannot be used.
    """
    if config.arvgate.workers == 0:
        single = Single(config, reactor)
        return PartService(single, single.open)
    if text is None:
        raise ConfigInvalid(["Arvgate.Workers: more than one process needs the configuration's text"])
    watch = Watch(config, text, reactor, os.environ if environ is None else environ, os.geteuid())
    return PartService(watch, watch.open)
