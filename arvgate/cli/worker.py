"""
C{python -m arvgate.cli.worker control|door}: a process of the gateway, started by twistd's process and by nobody else.

Its orders come on standard input, whose end means that twistd's process is gone; it writes its log to standard error.
SIGTERM ends it in an orderly way.  Not here: the parts (L{arvgate.service}).
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import ILogObserver, LogEvent, Logger, eventAsText, globalLogBeginner
from zope.interface import provider

from arvgate.errors import ArvgateError
from arvgate.net.slack import leave_out_what_is_loaded
from arvgate.service.pipes import (
    ACCESS,
    API_SOCKET,
    CONTROL,
    DIRECTORY_SOCKET,
    DOOR,
    LOCK,
    PAIRS,
    REPORTS,
    SOCKETS,
    Instructions,
    report,
)
from arvgate.service.running import Part
from arvgate.service.settings import read_control_orders, read_door_orders, read_pairs_told
from arvgate.service.tls import server_context

__all__ = ["main"]

_log = Logger()

#: Seconds that an orderly end may take before the kernel ends the process.
_LAST = 30

#: Called with each instruction that comes after the orders.
Told = Callable[[Mapping[str, Any]], None]
#: Makes the part of a process from its orders.
Make = Callable[[Mapping[str, Any], Any], tuple[Part, Told]]


def main() -> None:
    """Be what the only argument says."""
    makers: Mapping[str, Make] = {CONTROL: _make_control, DOOR: _make_door}
    if len(sys.argv) != 2 or sys.argv[1] not in makers:
        sys.exit("arvgate.cli.worker: started by twistd only, with the argument control or door")
    # A terminal's Ctrl-C reaches twistd's process too, which then ends this one in its turn.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    os.umask(0o077)
    instructions = Instructions()
    try:
        orders = instructions.read_orders()
    except (EOFError, ValueError):
        sys.exit("arvgate.cli.worker: no orders came on standard input")
    _begin_logging()

    from twisted.internet import reactor  # noqa: TID251 - entry points are where it comes in

    try:
        part, told = makers[sys.argv[1]](orders, reactor)
    except ArvgateError as error:
        _fail(error)
        sys.exit(1)
    sys.exit(_run(reactor, part, instructions, told))


def _make_control(orders: Mapping[str, Any], reactor: Any) -> tuple[Part, Told]:
    # Each process imports only what it is made of: a door knows no database.
    from arvgate.config.loading import load
    from arvgate.service.control import make_control

    text = read_control_orders(orders).config
    api, directory = _inherit_sockets(2)
    control = make_control(load(text.text, text.where), reactor, os.environ, api, directory)
    return control.part, lambda instruction: None


def _make_door(orders: Mapping[str, Any], reactor: Any) -> tuple[Part, Told]:
    """Rights are dropped when everything is loaded and nothing has been read from the network."""
    from arvgate.service.access_file import PipeWriter
    from arvgate.service.door import known_over, make_door
    from arvgate.service.process_numbers import tell_of_process

    told = read_door_orders(orders)
    _raise_file_limit()
    sockets = _inherit_sockets(told.https + told.http)
    https, http = sockets[: told.https], sockets[told.https :]
    context = server_context(told.pairs) if told.pairs else None
    # The private sockets are named from here, so that their path may be long and lead through places of others.
    os.chdir(told.run_directory)
    known = known_over(DIRECTORY_SOCKET, reactor)
    access = PipeWriter(ACCESS) if told.access else None
    tell_of_process(known.tally, told.name, reactor.seconds())
    if access is not None:
        known.tally.counter(("log_lines",), lambda: access.dropped)
    door = make_door(told.settings, reactor, https, http, context, known, API_SOCKET, access=access)
    door.closed = lambda: os.close(LOCK)
    if told.account is not None:
        _become(*told.account)

    def instructed(instruction: Mapping[str, Any]) -> None:
        if PAIRS in instruction:
            door.use(server_context(read_pairs_told(instruction[PAIRS])))

    return door, instructed


def _inherit_sockets(count: int) -> list[socket.socket]:
    files = range(SOCKETS, SOCKETS + count)
    for file in (REPORTS, LOCK, *files):
        os.set_inheritable(file, False)
    return [socket.socket(fileno=file) for file in files]


def _become(user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _raise_file_limit() -> None:
    """A door holds two descriptors for each client; control's own limit is what runners and jobs inherit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _begin_logging() -> None:
    """
    Events go to standard error, which twistd's process reads; what it does not read in time is dropped, since a door
    must not wait for it.
    """
    os.set_blocking(2, False)

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        text = eventAsText(event, includeTimestamp=False, includeSystem=False)
        if text:
            with suppress(OSError):
                os.write(2, f"[{event['log_level'].name}] {text}\n".encode("utf-8", "replace"))

    globalLogBeginner.beginLoggingTo([observe])


def _fail(error: ArvgateError) -> None:
    if error.detail:
        _log.error("{detail}", detail=error.detail)
    report(REPORTS, {"failed": error.sentence})


def _run(reactor: Any, part: Part, instructions: Instructions, told: Told) -> int:
    status = 0

    async def start() -> None:
        nonlocal status
        try:
            await part.start()
        except ArvgateError as error:
            status = 1
            _fail(error)
            stop()
        except Exception:
            status = 1
            _log.failure("the process cannot start")
            stop()
        else:
            report(REPORTS, {"ready": True})

    def stop() -> None:
        with suppress(ReactorNotRunning):
            reactor.stop()

    def lost() -> None:
        _log.warn("twistd's process is gone")
        stop()

    def begin() -> None:
        starting = Deferred.fromCoroutine(start())

        async def end() -> None:
            signal.alarm(_LAST)
            instructions.stop()
            starting.cancel()
            await part.stop()

        reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(end()))
        instructions.follow(reactor, told, lost)

    reactor.callWhenRunning(begin)
    leave_out_what_is_loaded()
    reactor.run()
    return status


if __name__ == "__main__":
    main()
