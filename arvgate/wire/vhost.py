"""
What a Host header asks for: the API, a port of a container, or a name that a port was published under.

Everything that is not exactly one of the accepted forms is nothing.  Not here: whether it exists (the
directory), and the dynamic ports of clusters without wildcard DNS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, NamedTarget

__all__ = [
    "RESERVED_NAMES", "ApiHost", "HostMeaning", "HostNames", "canonical_host", "is_port_name", "parse_port",
    "read_host", "read_label", "read_origin",
]  # fmt: skip

#: Names that no port can be published under; the cluster's id is one more.
RESERVED_NAMES = frozenset({"www", "api", "login", "ws", "webdav", "download", "collections"})

_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]+))?\Z")
_LABEL = re.compile(r"([0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{15})-([1-9][0-9]{0,4})(-http|-https)?\Z")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_PORT = re.compile(r"[1-9][0-9]{0,4}\Z")


@attrs.frozen
class ApiHost:
    """The cluster's own host: record API, login and pages."""


HostMeaning = ApiHost | ContainerTarget | NamedTarget


@attrs.frozen
class HostNames:
    """
    The host names of one cluster, lower case, without ports.

    @ivar cluster_id: a reserved name.
    @ivar api: host of the API's address; C{api_port} its port.
    @ivar suffix: what stands behind the C{*} of the container services' address, e.g. C{.containers.example},
        C{--containers.example} or C{-http.containers.example}; C{port} its port.
    @ivar api_aliases: further hosts by which the API is reached, on the same port.
    """

    cluster_id: str
    api: str
    suffix: str
    api_port: int = 443
    port: int = 443
    api_aliases: Sequence[str] = ()

    @property
    def api_host(self) -> str:
        """The API's host as it stands in links, with the port unless it is 443."""
        return _with_port(self.api, self.api_port)

    def label(self, target: ContainerTarget) -> str:
        """The canonical label of a container's port, which C{*} stands for."""
        plain = f"{target.uuid}-{target.port}"
        if target.tls:
            return plain + "-https"
        return plain if self.suffix.startswith("-http.") else plain + "-http"

    def container_host(self, target: ContainerTarget) -> str:
        """The canonical host name of a container's port, with the port unless it is 443."""
        return _with_port(self.label(target) + self.suffix, self.port)

    def named_host(self, name: str) -> str:
        """The host of a published name, with the port unless it is 443."""
        return _with_port(name + self.suffix, self.port)


def read_host(value: bytes, names: HostNames) -> HostMeaning | None:
    """What a Host header's value asks for; None if it is none of ours."""
    parts = _split_host(value)
    if parts is None:
        return None
    host, port = parts
    if (host == names.api or host in names.api_aliases) and port == names.api_port:
        return ApiHost()
    if port != names.port or not host.endswith(names.suffix):
        return None
    return read_label(host[: -len(names.suffix)], names)


def read_label(label: str, names: HostNames) -> ContainerTarget | NamedTarget | None:
    """What a label, lower case, stands for where C{*} stands in the container services' address."""
    match = _LABEL.match(label)
    if match is not None:
        uuid, digits, kind = match.groups()
        port = int(digits)
        if port > 65535 or not (is_uuid(uuid, "containers") or is_uuid(uuid, "container_requests")):
            return None
        return ContainerTarget(uuid=uuid, port=port, tls=kind == "-https")
    return NamedTarget(label) if is_port_name(label, names.cluster_id) else None


def is_port_name(text: str, cluster_id: str) -> bool:
    """Whether a port may be published under this name: a DNS label, not beginning like a UUID, not reserved."""
    if not _NAME.match(text) or text in RESERVED_NAMES or text == cluster_id:
        return False
    return not is_uuid(text[:27])


def read_origin(value: bytes, names: HostNames) -> HostMeaning | None:
    """
    What an Origin header, or the origin at the front of a Referer, stands for; None if it is not of this
    cluster.
    """
    if not value.startswith(b"https://"):
        return None
    return read_host(value[len(b"https://") :].partition(b"/")[0], names)


def canonical_host(value: bytes) -> str | None:
    """A Host header in lower case and without the port 443; None if it is no host at all."""
    parts = _split_host(value)
    return None if parts is None else _with_port(*parts)


def parse_port(value: bytes) -> int | None:
    """A port from 1 to 65535 in plain decimal digits without leading zeros; None for anything else."""
    text = value.decode("latin-1")
    if not _PORT.match(text):
        return None
    port = int(text)
    return port if port <= 65535 else None


def _split_host(value: bytes) -> tuple[str, int] | None:
    """Host in lower case and port, 443 where none is given."""
    match = _HOST.match(value.decode("latin-1").lower()) if value.isascii() else None
    if match is None:
        return None
    host, digits = match.groups()
    if digits is None:
        return host, 443
    port = parse_port(digits.encode())
    return None if port is None else (host, port)


def _with_port(host: str, port: int) -> str:
    return host if port == 443 else f"{host}:{port}"
