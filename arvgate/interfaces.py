"""
The seams: an interface stands here when it has two implementations, a shipped fake counting as one.

Values that cross a seam are from L{arvgate.model}; every method that may fail raises from L{arvgate.errors}.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
from zope.interface import Attribute, Interface

from arvgate.model.changes import Change
from arvgate.model.contents import Contents, ContentsQuery
from arvgate.model.locations import Listening, Listing
from arvgate.model.principals import Principal
from arvgate.model.progress import Progress
from arvgate.model.records import Kind, Page, Query, Record
from arvgate.model.targets import Target
from arvgate.model.tokens import Authorization, IssuedToken, Token

__all__ = [
    "Bind", "ContainerFacts", "ExitStatus", "IChangeFeed", "IContainerApi", "IDirectory", "IEngine", "IIssuer", "IJob",
    "INode", "IRecords", "ITokens", "IWaiting", "JobPlan", "Left",
]  # fmt: skip


class ITokens(Interface):
    """Who is behind a token."""

    async def find(token: Token) -> Authorization | None:
        """
        What is known of C{token}; None if it is unknown, its secret is wrong, or it names a container in which it is
        not valid (reference B.8).  Expiry and activity are for the caller to judge.

        @raise StoreUnavailable: the records cannot be asked now.
        """


class IDirectory(Interface):
    """Where a container is, and how the user stands to it."""

    async def locate(target: Target, user_uuid: str | None) -> Listing | None:
        """
        The listing of C{target} made for that user (None: for anybody); None if there is no such container.

        @raise StoreUnavailable: the records cannot be asked now.
        """

    async def entered(container_uuid: str) -> None:
        """Somebody was admitted to a private port: note it on the record (C{interactive_session_started})."""


class IWaiting(Interface):
    """How far containers are, for people who wait to enter them."""

    async def progress(container_uuid: str, user_uuid: str) -> Progress | None:
        """
        How far that container is; None if it does not exist or is not that user's to enter.

        @raise StoreUnavailable: the records cannot be asked now.
        """


class IIssuer(Interface):
    """Hands out tokens for browsers and the one-time codes that carry a browser between host names."""

    async def derive(token: Token, container_uuid: str, port: int) -> IssuedToken:
        """
        The token for a cookie: scope C{CONNECT /arvados/v1/containers/<uuid>/<port>}, child of C{token}, expiring no
        later; an earlier one is handed out again while valid.

        @raise NotAuthenticated: C{token} is not valid now.
        """

    async def issue_code(token: Token, host: str, path: str, lifetime: float, navigation: bool) -> str:
        """
        A one-time code for the container host C{host} (lower case, with port as in the Host header).

        @param lifetime: seconds.
        @param navigation: redeemable only by a document navigation (a link for a person).
        @raise NotAuthenticated: C{token} is not valid now.
        """

    async def redeem_code(code: str, host: str, navigation: bool) -> Token | None:
        """
        The token a code stands for, once; None if it is unknown, used, expired, for another host, or needs a
        navigation and this is none (then it stays usable).
        """


class IChangeFeed(Interface):
    """What changed, as it changes; within a second of the commit."""

    def subscribe(observer: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Call C{observer} in the reactor's thread with each batch of changes; the answer ends the subscription."""


@attrs.frozen
class ContainerFacts:
    """
    What the store knows of a target, made for one user: the raw material of a L{Listing}.

    @ivar container: the container's record (all fields but secrets).
    @ivar requests: its Committed and Final requests, each with whether that user may read and may write it.
    @ivar target_uuid: of a name the request that it was published for, of an external port the container that has it;
        else empty.
    @ivar port: of a name the port that it was published for, of an external port the container's; else 0.
    @ivar names: that ports of the container are published under.
    @ivar locked_under: fingerprint of the SystemRootToken of its last lock; empty if it is not known.
    """

    container: Record
    requests: Sequence[tuple[Record, bool, bool]]
    target_uuid: str = ""
    port: int = 0
    names: Sequence[str] = ()
    locked_under: str = ""


class IRecords(Interface):
    """
    The store's use cases; each is one transaction with its audit entry and its row in the change feed.

    C{reader} and C{writer} are authenticated principals; who may do what is decided inside the transaction.  Raises
    NotFound, Forbidden, Invalid, and StoreUnavailable.
    """

    async def get(kind: Kind, uuid: str, reader: Principal, include_trash: bool = False) -> Record:
        """
        One record without its secret fields.

        @param include_trash: also if it is in the trash.
        """

    async def list(kind: Kind, query: Query, reader: Principal) -> Page:
        """The records that C{reader} can read and that match."""

    async def contents(query: ContentsQuery, reader: Principal) -> Contents:
        """What C{reader} can read in a project, in a user's home, or anywhere; NotFound if there is no such place."""

    async def permissions(uuid: str, query: Query, reader: Principal) -> Page:
        """The permission links on a record that C{reader} manages, and that match."""

    async def create(
        kind: Kind, attributes: Mapping[str, Any], writer: Principal, ensure_unique_name: bool = False
    ) -> Record:
        """
        A new record; with C{ensure_unique_name} it gets another name where its owner has one of that name already.
        A request that is Committed gets its container in the same transaction.  The answer for
        api_client_authorizations has its secret in C{api_token}; no other answer ever does.
        """

    async def update(kind: Kind, uuid: str, attributes: Mapping[str, Any], writer: Principal) -> Record:
        """Change fields; with all that follows from it (commit, priority, finalization of requests)."""

    async def delete(kind: Kind, uuid: str, writer: Principal) -> Record:
        """Delete a record and answer with what it was; deleting a token deletes its children."""

    async def act(kind: Kind, action: str, uuid: str, arguments: Mapping[str, Any], writer: Principal) -> Record:
        """What records of a kind can do besides, by name (trash, activate, …); MethodNotAllowed if they cannot."""

    async def sweep() -> None:
        """See to what has expired and to the trash, as it is done every minute anyway."""

    async def lock(uuid: str, writer: Principal) -> Record:
        """Queued to Locked for the writer's token, which becomes C{locked_by_uuid}; mints this cycle's own token."""

    async def unlock(uuid: str, writer: Principal) -> Record:
        """Locked to Queued (or Cancelled after too many attempts); this cycle's tokens die."""

    async def container_auth(uuid: str, writer: Principal) -> Record:
        """The container's own token as an api_client_authorization with C{api_token}; only for the lock's holder."""

    async def secret_mounts(uuid: str, reader: Principal) -> Record:
        """The secret mounts of a container in its lock cycle; only for its own token and the lock's holder."""

    async def mint_lock_token(uuid: str) -> IssuedToken:
        """A token of the system user for one lock cycle of this container: scopes for its record, auth and logs."""

    async def container_facts(target: Target, user_uuid: str | None) -> ContainerFacts | None:
        """What a listing is made of; None if there is no such container."""

    async def writable_requests(reader: Principal, limit: int, offset: int) -> Sequence[tuple[Record, Record | None]]:
        """The requests that C{reader} can write as owner or by a link, newest first, each with its container."""

    async def derive_token(token: Token, scope: str, lifetime: float | None) -> IssuedToken:
        """A child of a valid C{token} with just that scope, reused while valid; NotAuthenticated otherwise."""

    async def begin_session(token: Token, lifetime: float | None) -> IssuedToken:
        """
        A child of a valid C{token} for the session of a browser with our own pages: the API accepts it nowhere, cookies
        of container hosts are derived of it; NotAuthenticated otherwise.

        @param lifetime: seconds; it never outlives its parent.
        """

    async def end_session(token: Token) -> None:
        """Delete a session and all that was derived of it; nothing happens if C{token} is of none."""


class IContainerApi(Interface):
    """
    The record of one container, as the runner of one lock cycle may use it through the record API.

    Every method waits until the API can be reached, and raises Ended if the cycle is over: the token is no longer
    accepted, the record is gone, or it can no longer be changed in this way.
    """

    async def get() -> Record:
        """The record."""

    async def update(attributes: Mapping[str, Any]) -> Record:
        """Change fields of it."""

    async def container_token() -> str:
        """The container's own token of this cycle: C{v2/uuid/secret/container uuid}."""


@attrs.frozen
class Bind:
    """
    A file or directory of the node that a container sees.

    @ivar source: absolute path on the node.
    @ivar target: absolute path in the container.
    @ivar below: the directory of the node that C{source} must really be in, whatever links there are; empty: any.
    """

    source: str
    target: str
    writable: bool = False
    below: str = ""


@attrs.frozen
class JobPlan:
    """
    What an engine is to run, decided before anything is started.

    @ivar uuid: the container's.
    @ivar environment: all of it; nothing is inherited.
    @ivar cwd: absolute, or relative to the working directory; empty: the image's.
    @ivar workdir: the job's own directory on the node, already made.
    @ivar stdout: file that stdout is appended to; C{stderr} likewise.
    @ivar log_limit: bytes that each of them may take, with what was rotated.
    @ivar stdin: file that is the command's stdin; empty: it has none.
    @ivar ram: bytes; 0: not limited.
    @ivar network: it reaches others; without it not even a name server.
    @ivar binds: what it sees of the node.
    @ivar redirects: C{stdout}, C{stderr} to a file that gets the stream's very bytes instead of the log.
    @ivar memory_directories: absolute paths in the container of directories in memory, with their bytes (0: no limit).
    """

    uuid: str
    lock_count: int
    command: Sequence[str]
    environment: Mapping[str, str] = attrs.field(repr=False)
    cwd: str
    workdir: str
    stdout: str
    stderr: str
    log_limit: int
    vcpus: int = 1
    ram: int = 0
    image: str = ""
    stdin: str = ""
    network: bool = False
    binds: Sequence[Bind] = ()
    memory_directories: Mapping[str, int] = attrs.field(factory=dict)
    redirects: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class ExitStatus:
    """
    How a job ended.

    @ivar code: its exit code, 128 + signal number if a signal ended it.
    @ivar reason: a sentence, for an unusual end.
    @ivar lost: it did not end by itself nor because it was told to: what the engine runs on failed.
    """

    code: int
    reason: str = ""
    lost: bool = False


class IJob(Interface):
    """A container that was started."""

    pid: int = Attribute("Process id on the node of what holds the job together.")
    warning: str = Attribute("A sentence on what is wrong at the moment; empty if nothing is.")
    limitation: str = Attribute("A sentence on a right that the runner lacks and what fails without; empty if none.")

    async def wait() -> ExitStatus:
        """When all of it has ended."""

    async def stop(grace: float) -> None:
        """SIGTERM, after C{grace} seconds SIGKILL, to everything in it; returns when nothing is left."""

    async def connect(port: int) -> socket.socket:
        """
        A connected non-blocking socket to a port on which a process of this very container listens.

        @raise NotListening: none does.
        """

    async def listening() -> Sequence[Listening]:
        """Where processes of this container listen, by port and then by address."""


class IEngine(Interface):
    """Runs containers on one node."""

    name: str = Attribute("C{process} or C{docker}.")

    async def start(plan: JobPlan) -> IJob:
        """
        Start it.

        @raise CommandNotFound: its command cannot be executed.
        @raise EngineRefused: this engine will never run it.
        @raise EngineBusy: there is no room for it now.
        @raise EngineFailed: it did not work this time.
        """


@attrs.frozen
class Left:
    """
    Something of a container that an engine has, running or not.

    @ivar uuid: the container's; C{lock_count} of the cycle that it belongs to.
    @ivar name: by which the engine knows it.
    """

    uuid: str
    lock_count: int
    name: str


class INode(Interface):
    """
    What an engine has on this node for one cluster, whoever started it: for the dispatcher, which ends what has lost
    its runner.
    """

    async def found() -> Sequence[Left]:
        """
        All of it.

        @raise EngineFailed: the engine does not answer.
        """

    async def end(left: Left) -> None:
        """
        End it at once and remove it; nothing happens if it has gone.

        @raise EngineFailed: the engine does not answer, or could not.
        """
