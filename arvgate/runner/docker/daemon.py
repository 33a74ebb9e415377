"""
Calls to the Docker daemon by docker-py, each in a worker thread.

Not here: what is called when, and output streams (L{arvgate.runner.docker.output_stream}).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException
from docker.transport import UnixHTTPAdapter
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from arvgate.errors import EngineBusy, EngineFailed

__all__ = ["Daemon", "DaemonGone", "DaemonRefused"]

T = TypeVar("T")

#: Seconds that the daemon may take to answer a call.
_TIMEOUT: Final = 120
#: Idle connections; docker-py keeps one for each address that was asked for, which is of no use.
_KEPT: Final = 1
#: What docker-py calls the daemon, wherever it is.
_ADDRESS: Final = "http+docker://"


class DaemonGone(EngineBusy):
    """The daemon does not answer; it may be restarting."""

    code = "docker-gone"
    default = "Docker does not answer on this node."


class DaemonRefused(EngineFailed):
    """
    The daemon answered with an error.

    @ivar status: its HTTP status.
    @ivar message: its words.
    """

    code = "docker-refused"
    default = "Docker could not do it."

    def __init__(self, status: int, message: str) -> None:
        super().__init__(detail=f"{status}: {message}")
        self.status = status
        self.message = message


class Daemon:
    """
    The daemon of this machine.

    @param host: C{unix:///PATH}.
    @ivar path: of its socket.
    """

    def __init__(self, reactor: Any, host: str) -> None:
        self.path = host.removeprefix("unix://")
        self.reactor = reactor
        self._host = host
        self._client: docker.APIClient | None = None
        self._making = threading.Lock()
        self._under_way: set[Deferred[None]] = set()

    async def run(self, work: Callable[[docker.APIClient], T]) -> T:
        """
        What C{work} answers, called with a client in a worker thread.

        When this is cancelled the thread goes on, see L{settle}.

        @raise DaemonGone: the daemon does not answer.
        @raise DaemonRefused: it answered with an error.
        """
        return await _abandonable(self._in_thread(work))

    async def settle(self) -> None:
        """Return when nothing that was begun is still under way."""
        for ended in list(self._under_way):
            await ended

    def close(self) -> None:
        """Close kept connections."""
        if self._client is not None:
            self._client.close()

    def _in_thread(self, work: Callable[[docker.APIClient], T]) -> Deferred[T]:
        ended: Deferred[None] = Deferred()
        self._under_way.add(ended)

        def finish(result: T | Failure) -> T | Failure:
            self._under_way.discard(ended)
            ended.callback(None)
            return result

        running = deferToThreadPool(self.reactor, self.reactor.getThreadPool(), self._call, work)
        running.addBoth(finish)
        return running

    def _call(self, work: Callable[[docker.APIClient], T]) -> T:
        try:
            return work(self._kept_client())
        except APIError as error:
            raise DaemonRefused(error.status_code or 0, str(error.explanation or error)) from error
        except (DockerException, requests.RequestException, OSError) as error:
            raise DaemonGone(detail=f"{self._host}: {error}") from error

    def _kept_client(self) -> docker.APIClient:
        with self._making:
            if self._client is None:
                self._client = _new_client(self._host)
            return self._client


def _new_client(host: str) -> docker.APIClient:
    client = docker.APIClient(host, version="auto", timeout=_TIMEOUT)
    # Its own parameter for this has no effect.
    client.adapters[_ADDRESS].close()
    client.mount(_ADDRESS, UnixHTTPAdapter(f"http+{host}", _TIMEOUT, pool_connections=_KEPT))
    return client


def _abandonable(running: Deferred[T]) -> Deferred[T]:
    """What C{running} comes to; when it is cancelled, that goes on unheard."""
    answer: Deferred[T] = Deferred()

    def pass_on(result: T | Failure) -> None:
        if not answer.called:
            answer.callback(result)

    running.addBoth(pass_on)
    return answer
