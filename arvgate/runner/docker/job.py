"""
A job of the Docker engine: followed to its end through breaks of the daemon, stopped, reached by its ports.

Not here: starting it (L{arvgate.runner.docker.engine}).
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from zope.interface import implementer

from arvgate.errors import EngineFailed, NotListening, Unreachable
from arvgate.interfaces import ExitStatus, IJob
from arvgate.model.locations import Listening
from arvgate.net.connecting import connect_socket
from arvgate.runner.docker.attachment import Attachment
from arvgate.runner.docker.daemon import Daemon, DaemonGone, DaemonRefused
from arvgate.runner.docker.namespace import ContainerNetwork
from arvgate.runner.docker.output_files import OutputFiles
from arvgate.runner.docker.output_stream import OutputLog
from arvgate.runner.docker.removal import remove
from arvgate.runner.listeners import Listener, listening_of
from arvgate.runner.waiting import Once

__all__ = ["DockerJob", "Started", "State"]

T = TypeVar("T")

_TERMINATED: Final = 128 + int(signal.SIGTERM)
_KILLED: Final = 128 + int(signal.SIGKILL)
#: What a daemon that comes back says of a container whose end it did not write down.
_FORGOTTEN: Final = 255
#: Seconds between tries to reach a daemon that has gone, at first and at most.
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
#: Tries to remove the container; what is left after them is found by its labels.
_REMOVALS: Final = 5
#: Seconds that a connection to a port of the container may take.
_CONNECT_TIMEOUT: Final = 10.0

#: Seconds after which a daemon that says nothing is not waited for to kill a container.
_PATIENCE: Final = 5.0
#: What the daemon answers if there is no such container, or it does not run.
_NOT_FOUND: Final = 404
_NOT_RUNNING: Final = 409

_WITHIN: Final = (
    "On this node a container's own loopback address is not reached from outside, and the app listens on no other; let "
    "it listen on 0.0.0.0."
)
_MAY_NOT_ENTER: Final = (
    "The runner on this node lacks the right to enter the container's network (CAP_SYS_ADMIN); apps that listen on the "
    "container's own loopback address are not reached."
)
_REMOVED: Final = ExitStatus(_KILLED, "The container was removed from Docker by somebody else.", lost=True)
_GONE: Final = "Docker does not answer on this node; the container runs on as long as it can."


@attrs.frozen
class State:
    """
    What the daemon says of a container.

    @ivar removed: somebody is removing it.
    @ivar pid: of its first process, on the node; 0 if it does not run.
    @ivar addresses: of its networks.
    @ivar error: why it could not be started or ended.
    """

    running: bool
    removed: bool
    pid: int
    code: int
    out_of_memory: bool
    error: str
    addresses: Sequence[str]

    @classmethod
    def of(cls, found: Any) -> State:
        """From what C{inspect_container} answers."""
        state = found["State"]
        networks = (found.get("NetworkSettings") or {}).get("Networks") or {}
        return cls(
            running=bool(state["Running"]),
            removed=state.get("Status") in ("removing", "dead"),
            pid=int(state.get("Pid") or 0),
            code=int(state["ExitCode"]),
            out_of_memory=bool(state.get("OOMKilled")),
            error=str(state.get("Error") or ""),
            addresses=tuple(one["IPAddress"] for one in networks.values() if one.get("IPAddress")),
        )


@attrs.frozen
class Started:
    """
    What holds a container that was started.

    @ivar container: the daemon's id of it.
    @ivar process: descriptor (pidfd) of its first process; None if it has ended already.
    @ivar attachment: None if nothing is attached.
    @ivar may_enter: sockets may be made in its network namespace.
    @ivar files: what its output goes to.
    """

    container: str
    name: str
    ram: int
    state: State
    process: int | None
    network: ContainerNetwork
    log: OutputLog
    attachment: Attachment | None
    may_enter: bool
    files: OutputFiles


@implementer(IJob)
class DockerJob:
    """
    A running job.

    @param randbelow: as C{secrets.randbelow}.
    """

    log = Logger()

    def __init__(self, reactor: Any, daemon: Daemon, started: Started, randbelow: Callable[[int], int]) -> None:
        self.pid = started.state.pid
        #: Not empty from when the daemon went until the container was seen again, running or not.
        self._away = ""
        self._reactor = reactor
        self._daemon = daemon
        self._started = started
        self._randbelow = randbelow
        self._interrupted = False
        self._stopping = False
        self._ended = False
        self._known: list[Listener] = []
        self._over: Once[ExitStatus] = Once()
        self._signalling: set[Deferred[None]] = set()

    @property
    def warning(self) -> str:
        """A sentence on what is wrong at the moment; empty if nothing is."""
        return self._away or self._started.files.trouble

    @property
    def limitation(self) -> str:
        """A sentence on a right that this process lacks; empty if it has all."""
        return "" if self._started.may_enter else _MAY_NOT_ENTER

    async def attend(self) -> None:
        """Follow the job to its end, and remove it."""
        started = self._started
        if started.attachment is not None:
            started.attachment.feed()
        status = ExitStatus(_KILLED, "The container could not be followed.", lost=True)
        try:
            status = await self._followed()
        finally:
            self._let_go()
            await self._removed()
            self._over.arrive(status)

    # IJob

    async def wait(self) -> ExitStatus:
        """When all of it has ended."""
        return await self._over.wait()

    async def stop(self, grace: float) -> None:
        """SIGTERM, after C{grace} seconds SIGKILL; returns when nothing is left."""
        if not self._ended:
            self._stopping = True
            if grace > 0:
                self._begin(self._signal(signal.SIGTERM))
            self._begin(self._kill_after(max(grace, 0)))
        await self._over.wait()

    async def connect(self, port: int) -> socket.socket:
        """A connected non-blocking socket to a port on which a process of this container listens."""
        # Who listened a moment ago mostly still does: the table, which is long where there are many connections,
        # is read again only if not.
        try:
            return await self._reached(port, self._known)
        except NotListening:
            return await self._reached(port, await self._listeners())

    async def listening(self) -> Sequence[Listening]:
        """Where processes of this container listen, by port and then by address."""
        return listening_of(await self._listeners())

    # Reaching it.

    async def _reached(self, port: int, listeners: Sequence[Listener]) -> socket.socket:
        reason = sentence = ""
        for listener in listeners:
            if listener.port != port or self._ended:
                continue
            for family, address in self._ways(listener):
                try:
                    return await self._connected(family, (address, port))
                except Unreachable as error:
                    reason = error.detail
            if not self._started.may_enter:
                reason, sentence = "it listens on an address that is reached only from within", _WITHIN
        raise NotListening(sentence, detail=reason)

    async def _listeners(self) -> list[Listener]:
        if self._ended:
            return []
        network = self._started.network
        self._known = await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), network.listeners)
        return self._known

    def _ways(self, listener: Listener) -> Sequence[tuple[int, str]]:
        """Addresses that lead to a listener: from within the container's network, or from the node."""
        if self._started.may_enter:
            ways = [(int(listener.family), listener.address)]
            if not listener.bound and listener.family == socket.AF_INET6:
                # Docker switches IPv6 off in containers, where such a socket takes IPv4 too.
                ways.insert(0, (int(socket.AF_INET), "127.0.0.1"))
            return ways
        addresses = self._started.state.addresses
        return [(int(socket.AF_INET), address) for address in addresses if listener.bound in ("", address)]

    async def _connected(self, family: int, address: tuple[str, int]) -> socket.socket:
        if self._started.may_enter:
            sock = await self._started.network.socket(self._reactor, family)
        else:
            sock = socket.socket(family, socket.SOCK_STREAM)
        return await connect_socket(self._reactor, sock, address, _CONNECT_TIMEOUT)

    # Its end.

    async def _followed(self) -> ExitStatus:
        tries = 0
        while True:
            try:
                if self._away and (await self._state()).running:
                    self._away = ""
                try:
                    await self._started.log.follow()
                except DaemonRefused as error:
                    if error.status != _NOT_FOUND:
                        raise DaemonGone(detail=error.detail) from error
                state = await self._state()
                if state.removed and not state.running:
                    return _REMOVED
                if not state.running:
                    await self._rest()
                    status = self._status(state)
                    self._away = ""
                    return status
                self._away, tries = "", 0
            except DaemonRefused as error:
                if error.status == _NOT_FOUND:
                    return _REMOVED
                self.log.warn("Docker: {detail}", detail=error.detail)
            except DaemonGone as error:
                if not self._interrupted or tries == 0:
                    self.log.warn("{sentence} {detail}", sentence=error.sentence, detail=error.detail)
                self._interrupted = True
                self._away = _GONE
            await self._pause(tries)
            tries += 1

    async def _state(self) -> State:
        return State.of(await self._daemon.run(lambda client: client.inspect_container(self._started.container)))

    async def _rest(self) -> None:
        """
        All output of a container that has ended is read.

        @raise DaemonGone: a daemon that ended looks like the end of attached output.
        """
        attachment = self._started.attachment
        if attachment is not None and not self._interrupted:
            await attachment.ended.wait()
        try:
            await self._started.log.finish()
        except DaemonRefused as error:
            if error.status != _NOT_FOUND:
                raise DaemonGone(detail=error.detail) from error

    def _status(self, state: State) -> ExitStatus:
        attachment = self._started.attachment
        if state.out_of_memory:
            return ExitStatus(state.code, _out_of_memory(self._started.ram))
        if self._away and not self._stopping and state.code in (_TERMINATED, _KILLED):
            return ExitStatus(state.code, "Docker was restarted on this node, and ended the container.", lost=True)
        if self._away and not self._stopping and state.code == _FORGOTTEN:
            return ExitStatus(state.code, "Docker was restarted, and forgot how the container ended.", lost=True)
        if self._started.files.exact and (self._interrupted or (attachment is not None and attachment.problem)):
            return ExitStatus(state.code, "Docker was restarted, and output of the container is missing.", lost=True)
        if self._started.files.incomplete:
            reason = f"Output of the container could not be written: {self._started.files.incomplete}."
            return ExitStatus(state.code, reason, lost=True)
        return ExitStatus(state.code)

    async def _signal(self, number: signal.Signals) -> None:
        """Through the daemon, as soon as it answers."""
        container, tries = self._started.container, 0
        while True:
            try:
                await self._daemon.run(lambda client: client.kill(container, number.name))
                return
            except DaemonRefused as error:
                if error.status in (_NOT_FOUND, _NOT_RUNNING):
                    return
            except DaemonGone:
                if number is signal.SIGKILL:
                    self._kill_directly()
            await self._pause(tries)
            tries += 1

    async def _kill_after(self, seconds: float) -> None:
        """SIGKILL after some time; if the daemon hangs, to the container's first process."""
        await deferLater(self._reactor, seconds)
        self._begin(self._signal(signal.SIGKILL))
        await deferLater(self._reactor, _PATIENCE)
        self._kill_directly()

    def _kill_directly(self) -> None:
        if self._started.process is None:
            return
        try:
            signal.pidfd_send_signal(self._started.process, signal.SIGKILL)
        except (ProcessLookupError, PermissionError) as error:
            self.log.debug("The container is not killed directly: {error}", error=error)

    def _let_go(self) -> None:
        self._ended = True
        started = self._started
        for running in list(self._signalling):
            running.cancel()
        if started.attachment is not None:
            started.attachment.close()
        started.network.close()
        started.files.close()
        if started.process is not None:
            os.close(started.process)

    async def _removed(self) -> None:
        for tries in range(_REMOVALS):
            try:
                await remove(self._daemon, self._started.container, self._started.name)
                return
            except (EngineFailed, DaemonGone) as error:
                self.log.warn("{name} is not removed yet: {detail}", name=self._started.name, detail=error.detail)
            await self._pause(tries)

    async def _pause(self, tries: int) -> None:
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 10))
        await deferLater(self._reactor, longest * (0.5 + self._randbelow(1001) / 2000))

    def _begin(self, flow: Any) -> None:
        """Flows of a stop end at the latest when the job does."""
        running: Deferred[None] = Deferred.fromCoroutine(flow)
        self._signalling.add(running)
        running.addErrback(lambda failure: failure.trap(CancelledError))
        running.addErrback(lambda failure: self.log.failure("A job could not be signalled", failure=failure))
        running.addBoth(lambda _: self._signalling.discard(running))


def _out_of_memory(ram: int) -> str:
    return f"The container ran out of memory: it asked for {ram} bytes, and more was needed."
