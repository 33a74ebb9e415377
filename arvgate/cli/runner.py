"""
C{arvgate-runner --stdin-config UUID}: the process of one container's runner, composed here top to bottom.

It is started detached (a session of its own, no terminal) and told everything by the env document on stdin, which is
read to its end and closed.  SIGTERM ends the container.  Exit status: 0 the end was reported, 1 it was not, 2 the env
document is of no use.  Not here: what happens in the container's life (L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
import click
from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger, globalLogBeginner, textFileLogObserver
from twisted.web.client import HTTPConnectionPool

from arvgate.cli.runner_engines import ENGINES, make_engine, preload
from arvgate.errors import ArvgateError, Invalid
from arvgate.interfaces import IJob
from arvgate.net.slack import leave_out_what_is_loaded
from arvgate.net.wheel import Wheel
from arvgate.runner.account import Account, find_account
from arvgate.runner.api_client import ContainerApi, https_client, trust_root
from arvgate.runner.door import RunnerDoor
from arvgate.runner.env_document import EnvDocument, parse_env_document
from arvgate.runner.job_files import JobFiles
from arvgate.runner.lifecycle import Lifecycle, OnNode, RunnerIdentity
from arvgate.runner.lock_file import hold_lock_file
from arvgate.runner.own_log import OwnLog
from arvgate.runner.waiting import Once

__all__ = ["main"]

_log = Logger()


@click.command(name="arvgate-runner")
@click.option("--stdin-config", is_flag=True, required=True, help="Read the env document (JSON) from stdin.")
@click.option("--engine", type=click.Choice(ENGINES), help="Load this engine beforehand.")
@click.argument("uuid")
def main(stdin_config: bool, engine: str | None, uuid: str) -> None:
    """
    Run the container UUID, which is locked for the token in the env document.

    With - for UUID it is the one that the env document names, and none if that is empty.
    """
    os.umask(0o077)
    if engine:
        preload(engine)
    try:
        text = _read_stdin()
        if uuid == "-" and not text:
            sys.exit(0)
        document = parse_env_document(text, None if uuid == "-" else uuid)
        account = find_account(document.account) if document.account else None
        if document.engine not in ENGINES:
            raise Invalid(f"There is no engine {document.engine!r}")
        trust = trust_root(document.api_ca)
        _begin_logging(document)
    except ArvgateError as error:
        click.echo(f"arvgate-runner: {error.sentence}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"arvgate-runner: the log cannot be written: {error}", err=True)
        sys.exit(2)
    sys.exit(_run(document, account, trust))


def _read_stdin() -> bytes:
    try:
        with open(0, "rb", closefd=False) as stdin:
            text = stdin.read()
    except OSError as error:
        raise Invalid(f"The env document cannot be read from stdin: {error.strerror}") from error
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return text


def _begin_logging(document: EnvDocument) -> None:
    os.makedirs(document.log_directory, mode=0o700, exist_ok=True)
    log: Any = OwnLog(os.path.join(document.log_directory, "arvgate-runner.txt"), document.log_max_bytes)
    globalLogBeginner.beginLoggingTo([textFileLogObserver(log)], redirectStandardIO=False)


def _run(document: EnvDocument, account: Account | None, trust: Any) -> int:
    from twisted.internet import reactor  # noqa: TID251 - entry points are where it comes in

    running: Any = reactor
    status = 1

    async def live() -> None:
        nonlocal status
        try:
            status = 0 if await _live(running, document, account, trust) else 1
        except ArvgateError as error:
            _log.error("{sentence} {detail}", sentence=error.sentence, detail=error.detail)
        except Exception:
            _log.failure("The runner failed")

    def start() -> None:
        finished = Deferred.fromCoroutine(live())
        # SIGTERM stops the reactor, which first waits for the end to be reported.
        running.addSystemEventTrigger("before", "shutdown", lambda: finished)
        finished.addCallback(lambda _: stop())

    def stop() -> None:
        with suppress(ReactorNotRunning):
            running.stop()

    running.callWhenRunning(start)
    leave_out_what_is_loaded()
    running.run()
    return status


async def _live(reactor: Any, document: EnvDocument, account: Account | None, trust: Any) -> bool:
    """Put the parts together and let the container live; whether its end was reported."""
    told_early: Once[None] = Once()
    reactor.addSystemEventTrigger("before", "shutdown", told_early.arrive, None)
    lock = await hold_lock_file(
        reactor, document.lock_file, os.getpid(), document.lock_count, document.api_token.uuid or ""
    )
    pool = HTTPConnectionPool(reactor)
    wheel = Wheel(reactor, tick=0.1)
    wheel.start()
    try:
        api = ContainerApi(
            reactor,
            https_client(reactor, trust, pool),
            f"https://{document.api_host}/arvados/v1/",
            document.container_uuid,
            document.api_token,
            secrets.randbelow,
        )
        engine, make_plan = await make_engine(reactor, document, account)
        files = JobFiles(reactor, document, account)
        on_node = OnNode(
            make_plan,
            files.prepare,
            partial(_open_door, reactor, wheel),
            files.output_size,
            files.keep_output,
            files.clean_up,
            files.announce,
            lock.in_place,
        )
        lifecycle = Lifecycle(reactor, document, api, engine, on_node)
        if told_early.arrived:
            lifecycle.stop()
        reactor.addSystemEventTrigger("before", "shutdown", lifecycle.stop)
        return await lifecycle.run()
    finally:
        wheel.stop()
        await pool.closeCachedConnections()
        lock.release()


@attrs.frozen
class _OpenDoor:
    """A door that was opened, with its address."""

    address: str
    door: Any

    @property
    def idle_since(self) -> float | None:
        since: float | None = self.door.idle_since
        return since

    async def stop(self) -> None:
        await self.door.stop()


async def _open_door(reactor: Any, wheel: Wheel, job: IJob, identity: RunnerIdentity) -> _OpenDoor:
    door = RunnerDoor(
        reactor,
        job,
        identity.uuid,
        identity.auth_secret,
        identity.host,
        identity.port,
        wheel,
        reactor.seconds,
        secrets.randbelow,
    )
    return _OpenDoor(await door.start(), door)


if __name__ == "__main__":
    main()
