"""
Everything in one process: control and a door beside it, for tests and demos.

No rights are dropped and nothing is replaced.  Not here: several processes (L{arvgate.service.watching}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arvgate.config import Config
from arvgate.service.control import Control, make_control
from arvgate.service.database import check_database
from arvgate.service.door import Door, known_here, make_door
from arvgate.service.hangup import Hangup, read_again
from arvgate.service.opening import Opened, open_all, read_pairs
from arvgate.service.pipes import API_SOCKET
from arvgate.service.running import Parts
from arvgate.service.settings import door_settings
from arvgate.service.tls import server_context

__all__ = ["Single"]


class Single:
    """
    The part of the only process.

    @param environ: of this process; for runners.
    """

    def __init__(self, config: Config, reactor: Any, environ: Mapping[str, str]) -> None:
        self._config = config
        self._reactor = reactor
        self._environ = environ
        pairs = read_pairs(config)
        self._context = server_context(pairs) if pairs else None
        self._opened: Opened | None = None
        self._door: Door | None = None
        self._parts = Parts(())
        self._hangup = Hangup(reactor, self.hang_up)

    @property
    def ports(self) -> Sequence[int]:
        """The TCP ports that are listened on, those for TLS first."""
        return [] if self._opened is None else self._opened.ports

    def open(self) -> None:
        """
        Open what is listened on, and the database, unless they are open.

        @raise ArvgateError: see L{check_database}, L{open_all} and L{make_control}.
        """
        if self._opened is not None:
            return
        check_database(self._config)
        opened = open_all(self._config, None, doors_apart=False)
        try:
            self._compose(opened)
        except BaseException:
            opened.close()
            raise
        self._opened = opened

    async def start(self) -> None:
        """Start control, then the door."""
        self.open()
        await self._parts.start()
        self._hangup.start()

    async def stop(self) -> None:
        """Stop the door, then control."""
        self._hangup.stop()
        await self._parts.stop()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def hang_up(self) -> None:
        """Read all certificates anew, and go on in a new file of the access log."""
        self.reload_certificates()
        if self._opened is not None and self._opened.access is not None:
            self._opened.access.reopen()

    def reload_certificates(self) -> None:
        """Read all certificates anew; if one cannot be used, that is logged and changes nothing."""
        pairs = read_again(self._config)
        if pairs and self._door is not None:
            self._door.use(server_context(pairs))

    def _compose(self, opened: Opened) -> None:
        control: Control = make_control(self._config, self._reactor, self._environ, opened.api)
        self._door = make_door(
            door_settings(self._config),
            self._reactor,
            opened.https,
            opened.http,
            self._context,
            known_here(control.sources, control.tally),
            f"/proc/self/fd/{opened.run}/{API_SOCKET}",
            access=None if opened.access is None else opened.access.write,
        )
        self._parts = Parts((control.part, self._door))
