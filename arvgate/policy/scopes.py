"""
What a token's scopes permit (reference B.6).

Not here: whether the token is valid (L{arvgate.policy.authenticator}) and whether its user may do the thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["ALL", "SESSION", "covers", "covers_scope", "only_ports", "permits", "permits_port", "port_scope"]

#: The scope that permits everything.
ALL: Final = "all"

#: Among the scopes of a session of our own pages: it is good for them and what is derived of it, never for the API.
SESSION: Final = "SESSION"

_ALWAYS: Final = frozenset(
    [
        "GET /arvados/v1/api_client_authorizations/current",
        "HEAD /arvados/v1/api_client_authorizations/current",
    ]
)

#: A method to the methods whose scopes permit it too.
_IMPLIED: Final = {"HEAD": ("GET",), "PUT": ("PATCH",)}


def permits(scopes: Sequence[str], method: str, path: str) -> bool:
    """
    Whether C{scopes} permit a request to the API: never those of a session.

    @param method: as for L{covers}, and so C{path}.
    """
    return SESSION not in scopes and covers(scopes, method, path)


def covers(scopes: Sequence[str], method: str, path: str) -> bool:
    """
    Whether C{scopes} cover a request to the API, whoever makes it: a client, or our own pages for a session.

    An element permits if it is C{all}, is the request, or ends with a slash and the request begins with it.
    HEAD is permitted by GET's scopes, and PUT, which is the same update, by PATCH's.

    @param method: the effective method, after an override.
    @param path: the decoded path without the query; one trailing slash does not count.
    """
    wanted = path[:-1] if path.endswith("/") else path
    if f"{method} {wanted}" in _ALWAYS:
        return True
    return any(_covered(scopes, f"{name} {wanted}") for name in (method, *_IMPLIED.get(method, ())))


def permits_port(scopes: Sequence[str], container_uuid: str, port: int) -> bool:
    """Whether C{scopes} permit to enter that port of that container; its path may also say C{container}."""
    return _covered(scopes, port_scope(container_uuid, port)) or _covered(
        scopes, f"CONNECT /arvados/v1/container/{container_uuid}/{port}"
    )


def only_ports(scopes: Sequence[str]) -> bool:
    """Whether C{scopes} permit nothing but to enter ports, as those of a browser's cookie do."""
    return bool(scopes) and all(scope.startswith("CONNECT ") for scope in scopes)


def covers_scope(scopes: Sequence[str], scope: str) -> bool:
    """Whether a token with C{scopes} may hand on the right to what C{scope} names, such as L{port_scope}."""
    method, _, path = scope.partition(" ")
    singular = path.replace("/arvados/v1/containers/", "/arvados/v1/container/", 1)
    return covers(scopes, method, path) or (method == "CONNECT" and covers(scopes, method, singular))


def port_scope(container_uuid: str, port: int) -> str:
    """The scope that permits exactly one port of one container: what a browser's cookie is good for."""
    return f"CONNECT /arvados/v1/containers/{container_uuid}/{port}"


def _covered(scopes: Sequence[str], wanted: str) -> bool:
    return any(scope in (ALL, wanted) or (scope.endswith("/") and wanted.startswith(scope)) for scope in scopes)
