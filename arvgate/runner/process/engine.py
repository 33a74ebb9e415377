"""
The process engine: each container is a tree of plain processes below a keeper.

C{container_image} is recorded and not used; memory and CPUs are counted when containers are placed and not enforced.
Not here: mounts and environment (L{arvgate.runner.plan}), whose jobs may run (L{arvgate.policy.placement}).
"""

from __future__ import annotations

import errno
import os
import posixpath
import signal
from collections.abc import Mapping
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from zope.interface import implementer

import arvgate
from arvgate.errors import CommandNotFound, EngineFailed, EngineRefused
from arvgate.interfaces import IEngine, JobPlan
from arvgate.runner.account import Account
from arvgate.runner.process import kernel, tree
from arvgate.runner.process.job import KeeperProtocol, ProcessJob

__all__ = ["ProcessEngine"]

_NO_REPORT: Final = "the keeper ended without a report"


@implementer(IEngine)
class ProcessEngine:
    """
    Runs containers as processes below this one, which becomes the subreaper of orphans.

    While a job runs, nothing but engines starts other children of this process: if a keeper is lost, children that
    are younger than it are taken for its orphans and ended.

    @param account: whom jobs run as; None: the account of this process.
    @param effective_uid: that of this process.
    @param python: the interpreter for keepers.
    @param patience: seconds that a keeper has beyond the grace of a stop before it is killed itself.
    """

    name = "process"
    log = Logger()

    def __init__(
        self, reactor: Any, account: Account | None, effective_uid: int, python: str, patience: float = 5.0
    ) -> None:
        self._reactor = reactor
        self._account = account
        self._effective_uid = effective_uid
        self._python = python
        self._patience = patience
        self._keepers: set[tuple[int, int]] = set()

    async def start(self, plan: JobPlan) -> ProcessJob:
        """Start it; see L{IEngine.start}."""
        self._check_account()
        kernel.become_subreaper()
        # Whoever started this process may have blocked it, and then no keeper's end would ever be noticed.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        before = _children()
        keeper = KeeperProtocol()
        pid = self._spawn(keeper)
        identity = {child for child in _children() if child[0] == pid}
        self._keepers |= identity
        job = ProcessJob(self._reactor, keeper, pid, lambda: before | self._keepers, self._patience)
        attending = Deferred.fromCoroutine(job.attend())
        attending.addErrback(lambda failure: self.log.failure("A job could not be followed", failure=failure))
        attending.addBoth(lambda _: self._keepers.difference_update(identity))
        keeper.send(self._instructions(plan))
        try:
            report = await keeper.started.wait()
        except CancelledError:
            await job.stop(0)
            raise
        if "started" not in report:
            await job.wait()
            raise _refusal(plan, report)
        return job

    def _check_account(self) -> None:
        if self._account is None or self._account.uid == self._effective_uid:
            return
        if self._effective_uid != 0:
            raise EngineRefused(
                f"Jobs are to run as the account {self._account.name}, which only a runner that is root can do."
            )

    def _spawn(self, keeper: KeeperProtocol) -> int:
        root = os.path.dirname(os.path.dirname(os.path.abspath(arvgate.__file__)))
        arguments = [self._python, "-S", "-P", "-X", "utf8", "-m", "arvgate.runner.process.keeper"]
        environment = {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            process = self._reactor.spawnProcess(keeper, self._python, arguments, environment, "/")
        except OSError as error:
            raise EngineFailed(detail=f"no keeper could be started: {error}") from error
        if process.pid is None:  # it ended that fast
            raise EngineFailed(detail=_NO_REPORT)
        return int(process.pid)

    def _instructions(self, plan: JobPlan) -> Mapping[str, Any]:
        account = self._account
        drop = account is not None and account.uid != self._effective_uid
        return {
            "command": list(plan.command),
            "environment": dict(plan.environment),
            "cwd": posixpath.join(plan.workdir, plan.cwd),
            "account": [account.uid, account.gid, list(account.groups)] if account is not None and drop else None,
            "stdout": plan.stdout,
            "stderr": plan.stderr,
            "log_limit": plan.log_limit,
        }


def _children() -> set[tuple[int, int]]:
    own = os.getpid()
    return {(process.pid, process.started) for process in tree.processes() if process.parent == own}


def _refusal(plan: JobPlan, report: Mapping[str, Any]) -> EngineRefused | EngineFailed:
    if not report:
        return EngineFailed(detail=_NO_REPORT)
    code = report["refused"]
    reason = os.strerror(code)
    if code in (errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.EDQUOT):
        return EngineFailed(detail=f"{report['what']}: {reason}")
    if report["what"] == "command":
        command = plan.command[0]
        if code == errno.ENOENT:
            return CommandNotFound(f"The command {command!r} was not found.")
        if code == errno.EACCES:
            return CommandNotFound(f"The command {command!r} is not executable.")
        return CommandNotFound(f"The command {command!r} cannot be executed: {reason}.")
    if report["what"] == "directory":
        return EngineRefused(f"The working directory {plan.cwd!r} cannot be entered: {reason}.")
    return EngineFailed(detail=f"{report['what']}: {reason}")
