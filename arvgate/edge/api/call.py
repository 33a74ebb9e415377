"""
What one request to the API is, and what answers it: the values between the router and the operations.

Not here: reading them from a request and writing them to it (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any, Protocol, TypeVar

import attrs

from arvgate.edge.api.queue import QueueLimits
from arvgate.errors import NotFound
from arvgate.interfaces import IIssuer, IRecords, ITokens
from arvgate.model.ids import is_uuid
from arvgate.model.principals import Principal
from arvgate.model.records import Kind
from arvgate.model.tokens import Token
from arvgate.wire.parameters import Pairs
from arvgate.wire.vhost import HostNames

__all__ = [
    "Answer",
    "AnyAnswer",
    "Api",
    "ApiOptions",
    "Call",
    "FileAnswer",
    "InThread",
    "Observed",
    "Operation",
    "Pieces",
    "PlainAnswer",
    "StreamAnswer",
]

T = TypeVar("T")


class InThread(Protocol):
    """Runs work that would hold up the reactor."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        """What C{work} returns, or the exception that it raises."""


@attrs.frozen(kw_only=True)
class ApiOptions:
    """
    What the API must know of its cluster.

    @ivar cluster_id: of this cluster.
    @ivar log_directory: path of the directory that has one directory per container, named by its UUID.
    @ivar output_directory: likewise for outputs.
    @ivar names: the hosts at which containers' ports are reached.
    @ivar external_url: C{Services.Controller.ExternalURL}, for clients that send no usable Host.
    @ivar max_request_size: bytes of a body.
    @ivar max_head_size: bytes of a request's line and headers; above the door's own limit.
    @ivar max_items: records in one answer to a list.
    @ivar management_token: for the health check; empty: there is none.
    @ivar public_config: what everybody may know of the configuration, without C{ClusterID}.
    @ivar blob_signing_key: by which locators of blocks are signed; empty: they are not.
    @ivar blob_signing_ttl: seconds that such a signature is good.
    @ivar link_lifetime: seconds that a link for a person is good.
    @ivar queue: how many requests are worked on at once.
    @ivar issue_tokens: users make tokens, look at them and change them; else only the system does.
    @ivar large_body: bytes of JSON above which it is parsed in a thread.
    """

    cluster_id: str
    log_directory: str
    output_directory: str
    names: HostNames
    external_url: str = ""
    max_request_size: int = 16 * 1024 * 1024
    max_head_size: int = 256 * 1024
    max_items: int = 1000
    management_token: str = attrs.field(default="", repr=False)
    public_config: Mapping[str, Any] = attrs.field(factory=dict)
    blob_signing_key: str = attrs.field(default="", repr=False)
    blob_signing_ttl: float = 14 * 86400.0
    link_lifetime: float = 600.0
    queue: QueueLimits = attrs.field(factory=QueueLimits)
    issue_tokens: bool = True
    large_body: int = 128 * 1024


class Observed(Protocol):
    """What there is to see of the gateway as a whole."""

    async def metrics(self) -> bytes:
        """In Prometheus' text format."""

    async def problems(self) -> Mapping[str, str]:
        """Of each part of the gateway what is wrong with it; empty if nothing is."""


@attrs.frozen
class Api:
    """
    What the operations work with.

    @ivar now: the aware UTC time.
    @ivar randbelow: as C{secrets.randbelow}.
    @ivar observed: None: only that it answers is known.
    """

    records: IRecords
    tokens: ITokens
    issuer: IIssuer
    options: ApiOptions
    now: Callable[[], datetime]
    randbelow: Callable[[int], int]
    in_thread: InThread
    observed: Observed | None = None


@attrs.frozen
class Call:
    """
    One request, after routing, authentication and scope check.

    @ivar method: the effective one.
    @ivar principal: L{arvgate.model.principals.ANYBODY} where no token is needed.
    @ivar token: as it was presented.
    @ivar about: the kind of record that the route is about, if it is about records.
    @ivar path: the variable parts of the path; C{rest} what follows, where the route takes it.
    @ivar query: names and values as they came.
    @ivar parameters: typed, from query, form and body.
    @ivar body: the JSON body's members.
    @ivar headers: by lower-case name, repeated ones joined.
    """

    api: Api
    method: str
    principal: Principal
    token: Token | None
    about: Kind | None
    path: Mapping[str, str]
    parameters: Mapping[str, Any]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = attrs.field(repr=False)
    query: Pairs = attrs.field(default=(), repr=False)

    @property
    def kind(self) -> Kind:
        """The kind of record that the route is about; only for operations on records."""
        assert self.about is not None
        return self.about

    def uuid(self, *kinds: Kind) -> str:
        """
        The UUID in the path.

        @param kinds: of what it may be; the route's own kind if none is given.
        @raise NotFound: it is a UUID of none of them.
        """
        uuid = self.path["uuid"]
        if not any(is_uuid(uuid, kind.path) for kind in kinds or (self.kind,)):
            raise NotFound
        return uuid


@attrs.frozen
class Answer:
    """An answer whose body is a JSON value."""

    json: Any
    headers: Sequence[tuple[bytes, bytes]] = ()


@attrs.frozen
class PlainAnswer:
    """An answer whose body is these bytes."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


@attrs.frozen
class FileAnswer:
    """
    An answer whose body is a piece of an open file, which is closed after it.

    @ivar length: bytes to send from C{start}.
    """

    file: IO[bytes]
    start: int
    length: int
    status: int
    headers: Sequence[tuple[bytes, bytes]]


class Pieces(Protocol):
    """A body that is made as it is sent; both may block."""

    def take(self) -> bytes:
        """The next piece; none at the end.  What it raises cuts the answer off."""

    def close(self) -> None:
        """No more is wanted."""


@attrs.frozen
class StreamAnswer:
    """An answer whose length is not known before."""

    pieces: Pieces
    headers: Sequence[tuple[bytes, bytes]]


AnyAnswer = Answer | PlainAnswer | FileAnswer | StreamAnswer

Operation = Callable[[Call], Awaitable[AnyAnswer]]
