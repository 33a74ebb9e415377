"""
C{arvgate demo}: a throw-away cluster on this machine with a sample web app in a container.

Here the demo gets its reactor.  Not here: what happens in it (L{arvgate.cli.demo_cluster}).
"""

from __future__ import annotations

import shlex
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import click
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger, globalLogBeginner, textFileLogObserver
from twisted.python.failure import Failure

from arvgate.cli.demo_cluster import DemoCluster, Ready
from arvgate.cli.demo_image import demo_image
from arvgate.cli.docker_daemon import find_daemon
from arvgate.cli.init import Created, create_cluster, on_engine
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.config.initial import NewCluster, random_cluster_id
from arvgate.errors import ArvgateError
from arvgate.runner.docker.namespace import may_enter

__all__ = ["announcement", "demo", "run_demo"]

_log = Logger()

#: Where the app listens: on all addresses only in a container whose runner may not enter it to reach loopback.
_LOOPBACK: Final = "127.0.0.1"
_EVERYWHERE: Final = "0.0.0.0"


@click.command()
@click.option(
    "--dir", "directory", type=click.Path(path_type=Path), help="Keep its files there.  Default: they are removed."
)
@click.option("--https-port", type=click.IntRange(1, 65535), help="Default: a free one.")
@pass_surroundings
def demo(surroundings: Surroundings, directory: Path | None, https_port: int | None) -> None:
    """
    Run a cluster of its own with a sample web app, until interrupted.

    The app runs in Docker where a daemon answers at DOCKER_HOST or /var/run/docker.sock, else as a plain process of
    this account.  Only this machine and its containers reach the gateway.
    """
    # Imported here, since other commands do without a gateway, and since this is where a reactor is chosen.
    from twisted.internet import reactor as chosen  # noqa: TID251

    from arvgate.service import make_service

    reactor: Any = chosen

    # A terminal that is closed ends the demo as Ctrl-C does, or its containers would stay; until the reactor runs, so
    # does a request to end.
    signal.signal(signal.SIGHUP, lambda number, frame: reactor.callFromThread(reactor.stop))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cluster_id = random_cluster_id("z", surroundings.randbelow)
    daemon = find_daemon(surroundings.environ)
    free_port, ssh_port, app_port = _free_ports(3)
    cluster = NewCluster(
        cluster_id, f"{cluster_id}.localhost", https_port or free_port, ssh_port, workers=0, **on_engine(daemon)
    )
    with ExitStack() as in_any_case, ExitStack() as when_it_went_well:
        place = directory.absolute() if directory else Path(tempfile.mkdtemp(prefix="arvgate-demo-"))
        if directory is None:
            when_it_went_well.callback(shutil.rmtree, place, ignore_errors=True)
        created = create_cluster(place, cluster, surroundings)
        log_file = place / "gateway.log"
        log = in_any_case.enter_context(log_file.open("w", encoding="utf-8"))
        globalLogBeginner.beginLoggingTo([textFileLogObserver(log)], redirectStandardIO=False)
        image = in_any_case.enter_context(demo_image(daemon, cluster_id, _tell)) if daemon else "any"
        _tell(f"Starting the cluster {cluster_id} …")
        app_address = _EVERYWHERE if daemon and not may_enter() else _LOOPBACK
        running = DemoCluster(reactor, created, surroundings, make_service, image, app_address)
        try:
            run_demo(reactor, running, app_port, lambda ready: click.echo(announcement(created, ready)))
        except ArvgateError as error:
            when_it_went_well.pop_all()
            error.sentence = f"{error.sentence}  Its log is {log_file}"
            raise


def run_demo(reactor: Any, cluster: DemoCluster, app_port: int, show: Callable[[Ready], None]) -> None:
    """
    Run C{reactor} with C{cluster} in it until the process is told to end.

    @param show: called when all can be seen.
    @raise ArvgateError: it could not be started.
    """
    failures: list[ArvgateError] = []
    starting: Deferred[Any] = Deferred()

    def begin() -> None:
        nonlocal starting
        starting = Deferred.fromCoroutine(cluster.start(app_port))
        starting.addCallback(show).addErrback(failed)

    def failed(failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        failures.append(_as_error(failure))
        reactor.stop()

    def end() -> Deferred[Any]:
        starting.cancel()
        ending = Deferred.fromCoroutine(cluster.stop())
        return ending.addErrback(lambda failure: failures.append(_as_error(failure)))

    reactor.callWhenRunning(begin)
    reactor.addSystemEventTrigger("before", "shutdown", end)
    reactor.run()
    if failures:
        raise failures[0]


def announcement(created: Created, ready: Ready) -> str:
    """What a person is told who may now look around."""
    files = created.files
    ca, cookies, environment = (shlex.quote(str(path)) for path in (files.ca, ready.cookies, files.environment))
    in_docker = created.cluster.engine == "docker"
    process = "" if in_docker else "\nNo Docker daemon answers, so the app is a plain process of this account."
    return f"""
The cluster {created.cluster.cluster_id} runs, with a sample web app in a container.  Ctrl-C ends both.{process}

Open it in a browser (the link works once; a browser that does not know {ca} warns first):
  {ready.link}

The same by curl:
  curl --cacert {ca} -b {cookies} {ready.address}

The API is at ARVADOS_API_HOST={created.cluster.api_host}; in another terminal, as its admin:
  . {environment}
  arvgate ps
"""


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _as_error(failure: Failure) -> ArvgateError:
    if isinstance(failure.value, ArvgateError):
        return failure.value
    _log.failure("The demo failed", failure=failure)
    return ArvgateError("The demo failed.")


def _free_ports(count: int) -> Sequence[int]:
    """Different loopback ports on which nothing listens at the moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((_LOOPBACK, 0))) for _ in range(count)]
        return [int(server.getsockname()[1]) for server in sockets]
