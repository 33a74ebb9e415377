"""
twistd's own process where there are several: it holds the listening sockets, starts control and doors, and replaces
whichever dies.

Not here: what those do (L{arvgate.service.control}, L{arvgate.service.door}).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol

from arvgate.config import Config
from arvgate.service.access_file import AccessPipe
from arvgate.service.database import check_database
from arvgate.service.hangup import Hangup, read_again
from arvgate.service.keeping import Kept
from arvgate.service.opening import Opened, door_account, open_all, read_pairs
from arvgate.service.pipes import ACCESS, CONTROL, DOOR, INSTRUCTIONS, LOCK, PAIRS, REPORTS, SOCKETS
from arvgate.service.settings import ConfigText, ControlOrders, DoorOrders, door_settings, orders_json, pairs_json
from arvgate.service.surroundings import child_environment
from arvgate.service.tls import server_context

__all__ = ["Watch"]

#: Seconds that a door has to end: to drain, and somewhat more.
_DOOR_PATIENCE = 12.0
_CONTROL_PATIENCE = 10.0


class Watch:
    """
    The part of twistd's process.

    @param text: of the configuration, which control reads itself.
    @param environ: of this process.
    @param effective_uid: of this process.
    """

    def __init__(
        self, config: Config, text: ConfigText, reactor: Any, environ: Mapping[str, str], effective_uid: int
    ) -> None:
        self._config = config
        self._text = text
        self._reactor = reactor
        self._environment = child_environment(environ)
        self._account = door_account(config, effective_uid)
        self._pairs = read_pairs(config)
        if self._pairs:
            server_context(self._pairs)
        self._opened: Opened | None = None
        self._access: AccessPipe | None = None
        self._control: Kept | None = None
        self._doors: list[Kept] = []
        self._hangup = Hangup(reactor, self.hang_up)

    @property
    def processes(self) -> Mapping[str, int | None]:
        """The names of the processes and their ids."""
        kept = [*self._doors, *([self._control] if self._control else [])]
        return {one.name: one.pid for one in kept}

    @property
    def ports(self) -> Sequence[int]:
        """The TCP ports that are listened on, those for TLS first."""
        return [] if self._opened is None else self._opened.ports

    def open(self) -> None:
        """
        Look at the database and open what is listened on, unless it is open.

        @raise ArvgateError: see L{check_database} and L{open_all}.
        """
        if self._opened is None:
            check_database(self._config)
            self._opened = open_all(self._config, self._account, doors_apart=True)

    async def start(self) -> None:
        """Start all processes; they open for themselves when they are ready."""
        self.open()
        if self._open.access is not None:
            self._access = AccessPipe(self._reactor, self._open.access.write)
            self._access.start()
        self._control = self._keep(CONTROL, CONTROL, self._control_sockets, self._control_orders)
        for number in range(1, self._config.arvgate.workers + 1):
            name = f"{DOOR} {number}"
            self._doors.append(self._keep(name, DOOR, self._door_sockets, partial(self._door_orders, name)))
        self._control.start()
        for door in self._doors:
            door.start()
        self._hangup.start()

    async def stop(self) -> None:
        """Stop the doors, which drain, then control; then close what is listened on."""
        self._hangup.stop()
        for ended in [door.stop(_DOOR_PATIENCE) for door in self._doors]:
            await ended
        if self._control is not None:
            await self._control.stop(_CONTROL_PATIENCE)
        if self._access is not None:
            self._access.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def hang_up(self) -> None:
        """Read all certificates anew, and go on in a new file of the access log."""
        self.reload_certificates()
        if self._opened is not None and self._opened.access is not None:
            self._opened.access.reopen()

    def reload_certificates(self) -> None:
        """Read all certificates anew and pass them on; if one cannot be used, that is logged and changes nothing."""
        pairs = read_again(self._config)
        if not pairs:
            return
        self._pairs = pairs
        for door in self._doors:
            door.tell({PAIRS: pairs_json(pairs)})

    def _keep(
        self,
        name: str,
        role: str,
        sockets: Callable[[], Sequence[int]],
        orders: Callable[[], Mapping[str, Any]],
    ) -> Kept:
        def spawn(protocol: ProcessProtocol) -> IProcessTransport:
            files: dict[int, int | str] = {INSTRUCTIONS: "w", 1: "r", 2: "r", REPORTS: "r", LOCK: self._lock}
            if role == DOOR and self._access is not None:
                files[ACCESS] = self._access.end
            files.update(enumerate(sockets(), SOCKETS))
            arguments = [sys.executable, "-m", "arvgate.cli.worker", role]
            process: IProcessTransport = self._reactor.spawnProcess(
                protocol, sys.executable, arguments, env=self._environment, childFDs=files
            )
            return process

        return Kept(name, spawn, orders, self._reactor)

    @property
    def _open(self) -> Opened:
        assert self._opened is not None
        return self._opened

    @property
    def _lock(self) -> int:
        return self._open.lock

    def _control_sockets(self) -> Sequence[int]:
        opened = self._open
        assert opened.directory is not None
        return [opened.api.fileno(), opened.directory.fileno()]

    def _door_sockets(self) -> Sequence[int]:
        return [sock.fileno() for sock in (*self._open.https, *self._open.http)]

    def _control_orders(self) -> Mapping[str, Any]:
        return orders_json(ControlOrders(self._text))

    def _door_orders(self, name: str) -> Mapping[str, Any]:
        return orders_json(
            DoorOrders(
                settings=door_settings(self._config),
                pairs=self._pairs,
                run_directory=str(Path(self._config.arvgate.state_directory) / "run"),
                account=self._account,
                https=len(self._open.https),
                http=len(self._open.http),
                access=self._access is not None,
                name=name,
            )
        )
