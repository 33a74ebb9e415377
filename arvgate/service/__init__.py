"""
The only place where the parts meet: from a configuration to the services of each process.

With C{Arvgate.Workers: 0} control and a door run in one process; else twistd's process watches over one control and
several doors.  A process imports only what it is made of: nothing in a door imports the store.  Not here: the parts
themselves (L{arvgate.service.control}, L{arvgate.service.door}).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from twisted.application.service import IService

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.service.running import PartService
from arvgate.service.settings import ConfigText

__all__ = ["ConfigText", "make_service"]


def make_service(
    config: Config,
    reactor: Any,
    text: ConfigText | None = None,
    environ: Mapping[str, str] | None = None,
) -> IService:
    """
    The gateway as a service.

    Its privilegedStartService opens what is listened on and looks at the database; its startService answers with a
    Deferred that fails if the gateway cannot work.

    @param text: what C{config} was read from; needed for more processes than one.
    @param environ: for the processes that are started; by default that of this one.
    @raise ArvgateError: certificate, key or account cannot be used.
    """
    environ = os.environ if environ is None else environ
    if config.arvgate.workers == 0:
        from arvgate.service.single import Single

        single = Single(config, reactor, environ)
        return PartService(single, single.open)
    if text is None:
        raise ConfigInvalid(["Arvgate.Workers: more processes than one need the configuration's text"])
    from arvgate.service.watching import Watch

    watch = Watch(config, text, reactor, environ, os.geteuid())
    return PartService(watch, watch.open)
