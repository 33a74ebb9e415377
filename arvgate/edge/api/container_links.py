"""
Links that take a person's browser into a container's web app.

Not here: the codes themselves (L{arvgate.interfaces.IIssuer}) and whether the person may enter, which the
door decides when the link is followed.
"""

from __future__ import annotations

import re
from typing import Any, Final

from arvgate.edge.api.call import Answer, Call
from arvgate.errors import Forbidden, Invalid, NotAuthenticated
from arvgate.model.ids import is_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.policy.port_addresses import address_of
from arvgate.policy.scopes import permits_port

__all__ = ["CODE_PARAMETER", "make_link"]

#: The query parameter that carries a one-time code.
CODE_PARAMETER: Final = "arvgate_code"

_PATH: Final = re.compile(r"/[!-~]{0,4095}\Z")


async def make_link(call: Call) -> Answer:
    """
    C{{"url": …}} with a one-time code for a port of a container that the caller can read.

    The UUID may be a request's: then the link goes to its container, or, while it has none, to the
    request's own host name.

    @raise Forbidden: the caller's token is not good for that port.
    @raise Invalid: the port never has an address.
    @raise NotReady: it has none now.
    """
    uuid = call.uuid(CONTAINERS, CONTAINER_REQUESTS)
    port, path = _port(call.parameters.get("port")), _path(call.parameters.get("path"))
    records, container = call.api.records, None
    if is_uuid(uuid, CONTAINER_REQUESTS.path):
        request = await records.get(CONTAINER_REQUESTS, uuid, call.principal)
        uuid = request.get("container_uuid") or uuid
    if is_uuid(uuid, CONTAINERS.path):
        container = await records.get(CONTAINERS, uuid, call.principal)
    if not permits_port(call.principal.scopes, uuid, port):
        raise Forbidden("This token's scopes do not permit to enter this port")
    if call.token is None:
        raise NotAuthenticated
    options = call.api.options
    host = options.names.host_of(address_of(uuid, port, container, options.names))
    code = await call.api.issuer.issue_code(call.token, host, path, options.link_lifetime, True)
    return Answer({"url": f"https://{host}{_with_code(path, code)}"})


def _port(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 65535:
        raise Invalid("port must be a number from 1 to 65535")
    return number


def _path(value: Any) -> str:
    path = "/" if value in (None, "") else value
    if not isinstance(path, str) or not _PATH.match(path):
        raise Invalid("path must begin with / and hold only printable ASCII characters, without blanks")
    return path


def _with_code(path: str, code: str) -> str:
    place, mark, fragment = path.partition("#")
    return f"{place}{'&' if '?' in place else '?'}{CODE_PARAMETER}={code}{mark}{fragment}"
