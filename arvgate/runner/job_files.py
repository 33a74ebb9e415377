"""
The files of one job on the node: made before it, kept or removed after it, each in a thread.

Not here: how (L{arvgate.runner.workdir}, L{arvgate.runner.output}) and when (L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from arvgate.model.records import Record
from arvgate.runner.account import Account
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.log_facts import write_log_facts
from arvgate.runner.output import KeptOutput, OutputFacts, keep_output, measure
from arvgate.runner.plan import Plan
from arvgate.runner.workdir import prepare_directories, remove_directory

__all__ = ["JobFiles"]

T = TypeVar("T")


class JobFiles:
    """
    The files of one container.

    @param account: whom the process engine's jobs run as; None: the account of this process.
    """

    log = Logger()

    def __init__(self, reactor: Any, document: EnvDocument, account: Account | None) -> None:
        self._reactor = reactor
        self._document = document
        self._account = account

    async def prepare(self, plan: Plan, record: Record) -> None:
        """
        Make what the plan needs, and write down whose logs they are.

        @raise EngineFailed: the file system refuses.
        """
        await self._in_thread(prepare_directories, plan, self._account)
        await self._in_thread(self._write_log_facts, str(record.get("runtime_user_uuid") or ""))

    async def output_size(self, plan: Plan) -> int:
        """The bytes that the job's output takes now; 0 if it has none."""
        if not plan.output:
            return 0
        size, _ = await self._in_thread(measure, plan.output)
        return size

    async def keep_output(self, plan: Plan, record: Record) -> str:
        """
        Keep the output of a job that has ended; a sentence on what is missing of it, empty if nothing is.

        @raise EngineFailed: the file system refuses.
        """
        document = self._document
        user = str(record.get("runtime_user_uuid") or "")
        facts = OutputFacts(document.container_uuid, user, document.lock_count, self._reactor.seconds())
        kept: KeptOutput = await self._in_thread(keep_output, plan.output, document.output_directory, facts)
        return kept.note

    async def clean_up(self, plan: Plan) -> None:
        """Remove the working directory; what cannot be is logged."""
        await self._in_thread(remove_directory, plan.directories[0], self._kept)

    def announce(self, plan: Plan, line: str) -> None:
        """Write a line of the runner's to the container's log; a full disk swallows it."""
        try:
            with open(plan.job.stderr, "ab") as file:
                file.write(f"[arvgate: {line}]\n".encode())
        except OSError as error:
            self.log.warn("The container's log cannot be written: {error}", error=error)

    def _write_log_facts(self, user_uuid: str) -> None:
        document = self._document
        try:
            write_log_facts(document.log_directory, document.container_uuid, user_uuid)
        except OSError as error:
            self.log.warn("it is not written down whose logs these are: {error}", error=error)

    def _kept(self, error: OSError) -> None:
        self.log.warn("The working directory is not removed completely: {error}", error=error)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work, *arguments)
