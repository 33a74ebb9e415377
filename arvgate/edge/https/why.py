"""
The question why a container's port cannot be reached: for people C{/why?to=<label of its host>}, for programs
C{/arvados/v1/containers/<uuid>/why?port=N} and the same of container requests, all on the API's host.

The door answers it, for it is the door that dials.  Not here: finding out (L{arvgate.edge.https.examining}).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from twisted.logger import Logger

from arvgate.edge.https.answers import answer_error, answer_page
from arvgate.edge.https.examining import Examination, Examiner
from arvgate.edge.pages.failure import OpenPort
from arvgate.edge.pages.why import Asked, why_page
from arvgate.errors import ArvgateError, BadRequest, Forbidden, MethodNotAllowed
from arvgate.model.checks import Result
from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token, parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.policy.why import failure
from arvgate.policy.why_entry import may_know
from arvgate.wire.bearer import presented_token
from arvgate.wire.cookies import SESSION_COOKIE, decode_token, find_cookie
from arvgate.wire.http1.head import Headers, RequestHead
from arvgate.wire.origin import RequestOrigin, read_origin_fields
from arvgate.wire.parameters import parse_pairs
from arvgate.wire.vhost import HostNames, parse_port, read_label

__all__ = ["WhyPages", "why_json"]

_log = Logger()

_PAGE: Final = b"/why"
_RESOURCE: Final = re.compile(rb"/arvados/v1/(containers|container_requests)/([0-9A-Za-z-]{27})/why\Z")
#: Ports that a page links to.
_MOST_PORTS: Final = 20
_HEADERS: Final = [
    (b"Cache-Control", b"no-store"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
]


class WhyPages:
    """Answers the question on the API's host."""

    def __init__(self, names: HostNames, examiner: Examiner) -> None:
        self._names = names
        self._examiner = examiner

    def takes(self, head: RequestHead) -> bool:
        """Whether a request to the API's host asks it; the API answers what asks otherwise, such as a preflight."""
        path = head.target.partition(b"?")[0]
        return path == _PAGE or (head.method in (b"GET", b"HEAD") and _of_record(path) is not None)

    async def respond(self, exchange: Exchange) -> None:
        """Answer one request that L{takes} has taken."""
        head = exchange.head
        exchange.facts.kind = "page"
        origin = read_origin_fields(head.method, head.host, head.headers, bool(head.upgrade))
        path, _, query = head.target.partition(b"?")
        try:
            if head.method not in (b"GET", b"HEAD"):
                raise MethodNotAllowed
            fields = parse_pairs(query)
            if path == _PAGE:
                _check_linked(origin)
                target, token = self._labelled(dict(reversed(fields))), _session(head)
            else:
                target = _resource(path, dict(reversed(fields)))
                token = presented_token((head.get(b"authorization") or b"").decode("latin-1"), fields, ())
            wheel = exchange.connection.wheel
            found = await self._examiner.examine(token, target, exchange.peer, wheel, sessions=path == _PAGE)
        except ArvgateError as error:
            if error.detail:
                _log.info("why: {code}: {detail}", code=error.code, detail=error.detail)
            answer_error(exchange, error, origin.wants_page)
            return
        # As the record API answers: a script of any origin may ask that has a token of its own.
        more = [] if path == _PAGE else [(b"Access-Control-Allow-Origin", b"*")]
        self._answer(exchange, found, target, origin.wants_page and path == _PAGE, more)

    def _answer(self, exchange: Exchange, found: Examination, target: Target, for_person: bool, more: Headers) -> None:
        if found.grant is not None:
            principal, listing = found.grant.principal, found.grant.listing
            exchange.facts.user_uuid = principal.user_uuid or ""
            exchange.facts.token_uuid = principal.token_uuid or ""
            exchange.facts.container_uuid = listing.container_uuid
        if for_person:
            answer_page(exchange, 200, why_page(found.checks, self._around(exchange, found, target)))
            return
        body = json.dumps(why_json(found)).encode() + b"\n"
        exchange.respond(200, [*_HEADERS, *more, (b"Content-Type", b"application/json")], body)

    def _around(self, exchange: Exchange, found: Examination, target: Target) -> Asked:
        names = self._names
        to = urlencode({"to": names.label(target)})
        return Asked(
            host=names.host_of(target),
            home="/",
            again=f"/why?{to}",
            login=f"/login?{to}&path=%2F",
            listening=self._others(found),
            request_id=exchange.request_id.decode("ascii", "replace"),
        )

    def _others(self, found: Examination) -> Sequence[OpenPort]:
        """Ports to open instead of one that is closed."""
        failed = failure(found.checks)
        if failed is None or failed.name != "port" or found.grant is None or not self._names.suffix:
            return ()
        uuid, ports = found.grant.listing.container_uuid, sorted({one.port for one in found.listening or ()})
        hosts = [(port, self._names.host_of(ContainerTarget(uuid, port))) for port in ports[:_MOST_PORTS]]
        return [OpenPort(port, f"https://{host}/") for port, host in hosts]

    def _labelled(self, fields: Mapping[str, str]) -> Target:
        target = read_label(fields.get("to", "").lower(), self._names)
        if target is None:
            raise BadRequest("This address names no container's host of this cluster.")
        return target


def why_json(found: Examination) -> dict[str, Any]:
    """What programs are told."""
    failed = failure(found.checks)
    listing = found.grant.listing if found.grant is not None and may_know(found.grant) else None
    listening = found.listening
    return {
        "container_uuid": listing.container_uuid if listing is not None else None,
        "port": (listing.port or None) if listing is not None else None,
        "ok": all(check.result is Result.OK for check in found.checks),
        "failed": failed.name if failed is not None else None,
        "checks": [check.as_json() for check in found.checks],
        "listening": None if listening is None else [{"port": one.port, "address": one.address} for one in listening],
    }


def _of_record(path: bytes) -> str | None:
    """The UUID of the container or request whose resource C{path} is."""
    match = _RESOURCE.match(path)
    if match is None:
        return None
    uuid = match[2].decode().lower()
    return uuid if is_uuid(uuid, match[1].decode()) else None


def _resource(path: bytes, fields: Mapping[str, str]) -> ContainerTarget:
    text = fields.get("port", "")
    port = parse_port(text.encode()) if text else 0
    if port is None:
        raise BadRequest("The port must be a number from 1 to 65535.")
    return ContainerTarget(_of_record(path) or "", port, fields.get("tls", "") in ("1", "true"))


def _session(head: RequestHead) -> Token | None:
    text = decode_token(find_cookie(head.get_all(b"cookie"), SESSION_COOKIE) or "")
    return parse_token(text) if text else None


def _check_linked(origin: RequestOrigin) -> None:
    """A page of a container may link here, and not ask in the name of who looks at it."""
    foreign = origin.site not in (None, b"same-origin", b"none")
    if foreign and not origin.wants_page:
        raise Forbidden("This page is for people who follow a link to it.")
