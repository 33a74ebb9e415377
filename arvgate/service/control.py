"""
Control: the records, the record API, the directory for the doors, and the dispatcher, composed top to bottom.

Not here: what is reached from outside (L{arvgate.service.door}).
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
from sqlalchemy import Engine
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from arvgate.config import Config
from arvgate.directory.cached import CachedTokens
from arvgate.directory.issuer import LocalIssuer
from arvgate.directory.local import LocalDirectory
from arvgate.directory.server import DirectoryFactory, Sources
from arvgate.directory.waiting import LocalWaiting
from arvgate.edge.api import ApiOptions, ApiSite, QueueLimits, make_api
from arvgate.edge.pages.options import PageOptions, PageSources
from arvgate.edge.pages.site import PagesAndApi
from arvgate.net.tally import Tally
from arvgate.policy.codes import OneTimeCodes
from arvgate.policy.failed_logins import FailedLogins
from arvgate.policy.root_tokens import RootTokens
from arvgate.records.database.engine import open_engine
from arvgate.records.database.feed import ChangeFeed
from arvgate.records.database.feeds import make_feed
from arvgate.records.database.threads import StoreThreads, Worker
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.store import Store
from arvgate.service.accepting import Accepting
from arvgate.service.collecting import Collected, TimedCalls
from arvgate.service.database import read_data_key
from arvgate.service.dispatching import make_dispatching
from arvgate.service.engine_node import engine_node
from arvgate.service.health import Health
from arvgate.service.observing import Observed, make_checks
from arvgate.service.pipes import CONTROL
from arvgate.service.process_numbers import tell_of_process
from arvgate.service.running import Part, Parts, wall_clock
from arvgate.service.settings import host_names

__all__ = ["Control", "make_control"]

_log = Logger()

T = TypeVar("T")

#: The name of a process that does everything.
_ALONE = "gateway"
#: Seconds between two sweeps of what has expired.
_SWEEP = 60.0


@attrs.frozen
class Control:
    """
    The control process, or that part of a single process.

    @ivar part: to be started and stopped.
    @ivar sources: who answers doors, for a door in the same process.
    @ivar tally: what this process counts, likewise.
    """

    part: Part
    sources: Sources
    tally: Tally


def make_control(
    config: Config,
    reactor: Any,
    environ: Mapping[str, str],
    api_socket: socket.socket,
    directory_socket: socket.socket | None = None,
) -> Control:
    """
    Compose control, on a database that L{check_database<arvgate.service.database.check_database>} has looked at.

    @param environ: of this process; for runners.
    @param api_socket: listening; for the record API.
    @param directory_socket: listening; for the doors, if they are other processes.
    @raise StoreUnavailable: the database cannot be opened.
    @raise ArvgateError: the data key cannot be used; see L{arvgate.service.database.read_data_key}.
    """
    engine = open_engine(config.arvgate.database_url)
    now, randbelow = wall_clock(reactor), secrets.randbelow
    tally = Tally()
    tell_of_process(tally, CONTROL if directory_socket is not None else _ALONE, reactor.seconds())
    worker = TimedCalls(StoreThreads(reactor), tally, reactor)
    feed = make_feed(engine, worker, reactor)
    store = Store(
        engine, Sealer(read_data_key(config), randbelow), _rules(config), worker, now, randbelow, feed.announce
    )
    roots = RootTokens(config.system_root_token.value, config.arvgate.previous_system_root_token.value)
    issuer = LocalIssuer(store, store, OneTimeCodes(), now, secrets.token_bytes)
    in_thread = _Threads(reactor)
    waiting = LocalWaiting(store, _log_directory(config), now, in_thread)
    sources = Sources(store, LocalDirectory(store, roots.secret_of, store.system), issuer, feed, waiting)
    doors = None if directory_socket is None else DirectoryFactory(sources)
    node = engine_node(config, reactor)
    dispatching = make_dispatching(
        config, reactor, store, feed, store.system, roots.new_secret, environ, in_thread, node
    )
    collected = Collected(tally, doors, store, store.system, reactor)
    observed = Observed(collected, Health(make_checks(config, reactor, store, node, dispatching, doors), reactor))
    tokens = CachedTokens(store, feed, now)
    api = make_api(store, tokens, issuer, _api_options(config), reactor, now, randbelow, in_thread, observed, tally)
    pages = PagesAndApi(api, _page_options(config), PageSources(store, store, issuer, FailedLogins(), now))
    parts: list[Part] = [
        _Records(engine, worker, feed, store, reactor),
        collected,
        _Served(Accepting(reactor, api_socket, ApiSite(api, reactor, front=pages))),
    ]
    if directory_socket is not None and doors is not None:
        parts.append(_Served(Accepting(reactor, directory_socket, doors), doors.close))
    parts.append(dispatching)
    return Control(Parts(parts), sources, tally)


class _Records:
    """The database, its threads and its change feed."""

    def __init__(self, engine: Engine, worker: Worker, feed: ChangeFeed, store: Store, clock: IReactorTime) -> None:
        self._engine = engine
        self._worker = worker
        self._feed = feed
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = clock
        self._store = store
        self._started = False

    async def start(self) -> None:
        """Open the threads and listen to changes."""
        self._worker.start()
        self._started = True
        await self._feed.start()
        self._sweeping.start(_SWEEP, now=False)

    async def stop(self) -> None:
        """Let what was begun come to its end."""
        if self._sweeping.running:
            self._sweeping.stop()
        started, self._started = self._started, False
        if started:
            await self._feed.stop()
            self._worker.stop()
        self._engine.dispose()

    async def _sweep(self) -> None:
        try:
            await self._store.sweep()
        except Exception:
            _log.failure("what has expired could not be swept")


class _Served:
    """Something that is served on a socket."""

    def __init__(self, accepting: Accepting, close: Callable[[], None] = lambda: None) -> None:
        self._accepting = accepting
        self._close = close

    async def start(self) -> None:
        """Accept."""
        self._accepting.start()

    async def stop(self) -> None:
        """Accept no more."""
        self._accepting.stop()
        self._close()


def _rules(config: Config) -> Rules:
    return Rules(
        cluster=config.cluster_id,
        system_root_token=config.system_root_token.value,
        anonymous_token=config.anonymous_token.value,
        max_token_lifetime=config.api.max_token_lifetime,
        max_list_size=config.api.max_list_size,
        max_dispatch_attempts=config.containers.max_dispatch_attempts,
        max_retry_attempts=config.containers.max_retry_attempts,
        new_users_are_active=config.users.new_users_are_active,
        auto_setup_new_users=config.users.auto_setup_new_users,
        users_are_visible=config.users.are_visible,
        roles_are_visible=config.users.roles_are_visible,
        default_trash_lifetime=config.collections.default_trash_lifetime,
        max_log_age=config.audit_logs.max_age,
        max_log_delete_batch=config.audit_logs.max_delete_batch,
        unlogged_attributes=config.audit_logs.unlogged_attributes,
        names=host_names(config.cluster_id, config.controller_url, config.web_services),
    )


def _page_options(config: Config) -> PageOptions:
    names = host_names(config.cluster_id, config.controller_url, config.web_services)
    return PageOptions(names=names, session_lifetime=config.arvgate.session_lifetime)


def _log_directory(config: Config) -> str:
    return str(Path(config.arvgate.state_directory) / "logs")


def _api_options(config: Config) -> ApiOptions:
    return ApiOptions(
        cluster_id=config.cluster_id,
        log_directory=_log_directory(config),
        output_directory=str(Path(config.arvgate.state_directory) / "outputs"),
        names=host_names(config.cluster_id, config.controller_url, config.web_services),
        external_url=config.controller_url,
        max_request_size=config.api.max_request_size,
        max_head_size=4 * config.arvgate.limits.head_size,
        max_items=config.api.max_items_per_response,
        queue=QueueLimits(
            places=config.api.max_concurrent_requests,
            room=config.api.max_queued_requests,
            timeout=config.api.request_timeout,
            impatience=config.api.max_queue_time_for_lock,
        ),
        management_token=config.management_token.value,
        blob_signing_key=config.collections.blob_signing_key.value if config.collections.blob_signing else "",
        blob_signing_ttl=config.collections.blob_signing_ttl,
        issue_tokens=config.issue_trusted_tokens,
        public_config=_public_config(config),
    )


def _public_config(config: Config) -> dict[str, Any]:
    """What everybody may know (reference H.7)."""
    return {
        "API": {
            "MaxItemsPerResponse": config.api.max_items_per_response,
            "MaxRequestSize": config.api.max_request_size,
            "RequestTimeout": f"{config.api.request_timeout:g}s",
        },
        "Collections": {
            "BlobSigning": config.collections.blob_signing and bool(config.collections.blob_signing_key),
            "BlobSigningTTL": f"{config.collections.blob_signing_ttl:.0f}s",
            "DefaultTrashLifetime": f"{config.collections.default_trash_lifetime:.0f}s",
        },
        "Containers": {
            "ShellAccess": {"Admin": config.shell_access.admin, "User": config.shell_access.user},
            "MaxRetryAttempts": config.containers.max_retry_attempts,
        },
        "Services": {
            "Controller": {"ExternalURL": config.controller_url},
            "ContainerWebServices": {"ExternalURL": config.web_services.external_url},
        },
    }


class _Threads:
    """Runs work on the reactor's own threads."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def __call__(self, work: Callable[[], T]) -> Deferred[T]:
        """Run it."""
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)
