"""
Waiting for a container's app: a page that opens the app by itself, instead of an error, for who may enter.

The page looks again by an address of ours below C{/.arvgate/}, which knows where to go and how often it was asked; as
soon as the container can be reached it leads there.  Not here: what the page says (L{arvgate.edge.pages.waiting}).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlencode

from arvgate.edge.https.answers import answer_error, answer_page, redirect
from arvgate.edge.https.options import DoorOptions
from arvgate.edge.https.visit import Visit
from arvgate.edge.pages.failure import FailurePage, OpenPort
from arvgate.edge.pages.waiting import LAST_LOOK, Awaited, waiting_page
from arvgate.edge.status import error_headers
from arvgate.errors import ArvgateError, NotListening, NotReady, StoreUnavailable
from arvgate.interfaces import IWaiting
from arvgate.model.grants import Grant
from arvgate.model.progress import Progress
from arvgate.model.targets import ContainerTarget
from arvgate.wire.http1.head import Headers
from arvgate.wire.query import same_origin_location

__all__ = ["WAITING_PATH", "Awaiting", "is_early"]

#: Where a waiting page looks again.
WAITING_PATH: Final = b"/.arvgate/waiting"

#: Seconds after its start in which an app is given time to open its port.
_YOUNG: Final = 120.0


class Awaiting:
    """
    Answers who came too early, and others who get an error.

    @param waiting: asked only where a page is to tell it.
    """

    def __init__(self, options: DoorOptions, waiting: IWaiting) -> None:
        self._options = options
        self._waiting = waiting

    def look(self, visit: Visit, grant: Grant) -> None:
        """
        A look of the page at a container that runs: lead to the app as soon as it can be reached.

        @raise NotReady: it cannot yet.
        """
        if not _reached(grant):
            raise NotReady
        redirect(visit.exchange, same_origin_location(_place(visit)[0]))

    async def answer(self, visit: Visit, error: ArvgateError, grant: Grant | None, more: Headers) -> None:
        """
        Answer with an error, or, to a person who may enter as soon as the app is there, with the page that waits.

        @param more: further fields of an error.
        @param grant: of an error that L{is_early} the decision in favour of the person who asks, if there is one.
        """
        if grant is None:
            answer_error(visit.exchange, error, visit.origin.wants_page, self._about(visit), more)
            return
        progress = await self._progress(grant)
        if isinstance(error, NotListening) and (progress is None or progress.ran >= _YOUNG):
            about = self._about(visit, self._open_ports(grant, progress))
            answer_error(visit.exchange, error, for_person=True, about=about)
            return
        visit.exchange.facts.error = error.code
        headers = error_headers(error) or error_headers(NotReady())
        answer_page(visit.exchange, 503, waiting_page(self._awaited(visit, grant), progress), headers)

    async def _progress(self, grant: Grant) -> Progress | None:
        """Nothing is told of a public port: whoever asks need not be somebody who may read anything."""
        user = grant.principal.user_uuid
        if grant.public or user is None:
            return None
        try:
            return await self._waiting.progress(grant.listing.container_uuid, user)
        except StoreUnavailable:
            return None

    def _about(self, visit: Visit, listening: tuple[OpenPort, ...] = ()) -> FailurePage:
        return FailurePage(
            home=f"https://{self._options.names.api_host}/",
            why=self._why(visit),
            again=same_origin_location(_place(visit)[0]).decode() if visit.moves else "",
            listening=listening,
        )

    def _awaited(self, visit: Visit, grant: Grant) -> Awaited:
        place, looks = _place(visit)
        path = same_origin_location(place).decode()
        query = urlencode({"path": path, "looks": looks + 1})
        return Awaited(
            state=grant.listing.state,
            port=grant.listing.port,
            reached=_reached(grant),
            looks=looks,
            next_look=f"{WAITING_PATH.decode()}?{query}",
            again=path,
            home=f"https://{self._options.names.api_host}/",
            why=self._why(visit),
            request_id=visit.exchange.request_id.decode("ascii", "replace"),
        )

    def _open_ports(self, grant: Grant, progress: Progress | None) -> tuple[OpenPort, ...]:
        names, uuid = self._options.names, grant.listing.container_uuid
        ports = progress.listening if progress is not None else ()
        return tuple(
            OpenPort(port, f"https://{names.host_of(ContainerTarget(uuid, port))}/" if names.suffix else "")
            for port in ports
        )

    def _why(self, visit: Visit) -> str:
        names = self._options.names
        return f"https://{names.api_host}/why?{urlencode({'to': names.label(visit.target)})}"


def is_early(error: ArvgateError) -> bool:
    """Whether the app may be there later; what else is not ready is the gateway itself."""
    return type(error) is NotReady or isinstance(error, NotListening)


def _reached(grant: Grant) -> bool:
    return grant.listing.state == "Running" and bool(grant.listing.gateway_address)


def _place(visit: Visit) -> tuple[bytes, int]:
    """Where the visitor wants to be, and how often a page has looked for it already."""
    path, _, query = visit.rest.partition(b"?")
    if path != WAITING_PATH:
        return visit.rest, 0
    fields = parse_qs(query.decode("latin-1"), max_num_fields=None)
    looks = fields.get("looks", [""])[0]
    number = int(looks) if re.fullmatch(r"[0-9]{1,4}", looks) else LAST_LOOK
    return fields.get("path", ["/"])[0].encode("utf-8", "replace"), number
