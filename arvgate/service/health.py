"""
Whether the parts of the gateway do their work: one check each, asked when somebody wants to know.

Not here: who may ask (L{arvgate.edge.api.observing}).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from arvgate.errors import ArvgateError
from arvgate.interfaces import INode, IRecords
from arvgate.model.kinds import CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.records import Query

__all__ = [
    "Check", "Health", "certificate_check", "clock_check", "database_check", "disk_check", "dispatcher_check",
    "doors_check", "engine_check",
]  # fmt: skip

_log = Logger()

#: Seconds that one check may take.
_PATIENCE: Final = 10.0
#: Days before its end from which on a certificate is a problem.
_LAST_DAYS: Final = 3
#: Bytes below which a disk is as good as full.
_LITTLE: Final = 64 << 20
#: Seconds without a round of the dispatcher.
_STALLED: Final = 60.0
#: Seconds by which a record may seem to be from the future.
_SKEW: Final = timedelta(seconds=60)

#: Answers with a sentence if something is wrong, with an empty one if not; may raise, too.
Check = Callable[[], Awaitable[str]]


class Health:
    """
    The checks of a gateway, by name.

    @ivar _checks: in the order in which they are told.
    """

    def __init__(self, checks: Mapping[str, Check], clock: IReactorTime) -> None:
        self._checks = checks
        self._clock = clock

    async def problems(self) -> Mapping[str, str]:
        """What is wrong with each, all asked at once; an empty sentence if nothing is."""
        asked = {name: self._ask(check) for name, check in self._checks.items()}
        return {name: await one for name, one in asked.items()}

    def _ask(self, check: Check) -> Deferred[str]:
        async def ask() -> str:
            try:
                return await Deferred.fromCoroutine(_awaited(check)).addTimeout(_PATIENCE, self._clock)
            except DeferredTimeout:
                return f"no answer in {_PATIENCE:.0f} s"
            except ArvgateError as error:
                return error.detail or error.sentence
            except Exception as error:
                _log.failure("a health check failed")
                return f"the check failed: {type(error).__name__}"

        return Deferred.fromCoroutine(ask())


async def _awaited(check: Check) -> str:
    return await check()


def certificate_check(read: Callable[[], str], now: Callable[[], datetime]) -> Check:
    """
    Whether the certificate is valid now, and for some days more.

    @param read: PEM of the certificate and its chain.
    """

    async def check() -> str:
        try:
            certificate = x509.load_pem_x509_certificates(read().encode())[0]
        except (OSError, ValueError) as error:
            return f"the certificate cannot be read: {error}"
        present = now()
        if present < certificate.not_valid_before_utc:
            return "the certificate is not valid yet, or the clock is wrong"
        left = certificate.not_valid_after_utc - present
        if left < timedelta(0):
            return "the certificate has expired"
        return f"the certificate expires in {left.days} days" if left < timedelta(days=_LAST_DAYS) else ""

    return check


def disk_check(directory: str) -> Check:
    """Whether there is room for the records and logs."""

    async def check() -> str:
        found = os.statvfs(directory)
        free = found.f_bavail * found.f_frsize
        return "" if free >= _LITTLE else f"the state directory has {free >> 20} MiB left"

    return check


def doors_check(doors: Callable[[], int], expected: int) -> Check:
    """Whether all doors are connected to control."""

    async def check() -> str:
        connected = doors()
        return "" if connected >= expected else f"{connected} of {expected} doors are there"

    return check


def database_check(read: Callable[[], Awaitable[object]], write: Callable[[], Awaitable[object]]) -> Check:
    """Whether the records can be read and changed."""

    async def check() -> str:
        await read()
        await write()
        return ""

    return check


def dispatcher_check(last_round: Callable[[], float], clock: IReactorTime) -> Check:
    """
    Whether the dispatcher goes its rounds.

    @param last_round: when the last one was over, by C{clock}.
    """

    async def check() -> str:
        silent = clock.seconds() - last_round()
        return "" if silent <= _STALLED else f"the dispatcher has not finished a round for {silent:.0f} s"

    return check


def engine_check(node: INode | None) -> Check:
    """Whether the engine of this node answers; one without a daemon always does."""

    async def check() -> str:
        if node is not None:
            await node.found()
        return ""

    return check


def clock_check(records: IRecords, system: Principal, now: Callable[[], datetime]) -> Check:
    """Whether the clock is behind the newest record: then it was set back, and tokens and proofs are judged wrongly."""

    async def check() -> str:
        page = await records.list(CONTAINERS, Query(order=[("modified_at", "desc")], limit=1, count=False), system)
        for record in page.items:
            ahead = record["modified_at"] - now()
            if ahead > _SKEW:
                return f"the clock is {ahead.total_seconds():.0f} s behind the newest record"
        return ""

    return check
