"""
What a Host header asks for: the API, a port of a container, a name that a port was published under, or an external
port of a cluster without wildcard DNS.

Everything that is not exactly one of the accepted forms is nothing; so is a name with a dot at its end, which browsers
take for another host.  Not here: whether it exists (the directory).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target

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


HostMeaning = ApiHost | Target


@attrs.frozen
class HostNames:
    """
    The host names of one cluster, lower case, without ports.

    @ivar cluster_id: a reserved name.
    @ivar api: host of the API's address; C{api_port} its port.
    @ivar suffix: what stands behind the C{*} of the container services' address, e.g. C{.containers.example},
        C{--containers.example} or C{-http.containers.example}; C{port} its port; empty: there is no wildcard.
    @ivar api_aliases: further hosts by which the API is reached, on the same port.
    @ivar ports_host: without a wildcard, the host that all external ports are on; else empty.
    @ivar first_port: of the external ports; C{last_port} likewise.
    """

    cluster_id: str
    api: str
    suffix: str
    api_port: int = 443
    port: int = 443
    api_aliases: Sequence[str] = ()
    ports_host: str = ""
    first_port: int = 0
    last_port: int = 0

    @property
    def api_host(self) -> str:
        """The API's host as it stands in links, with the port unless it is 443."""
        return _with_port(self.api, self.api_port)

    @property
    def external_ports(self) -> range:
        """The ports that are handed out to containers; none with a wildcard."""
        return range(self.first_port, self.last_port + 1) if self.ports_host else range(0)

    def label(self, target: Target) -> str:
        """The canonical label of a target, which C{*} stands for; of an external port a colon and the number."""
        if isinstance(target, NamedTarget):
            return target.name
        if isinstance(target, PortTarget):
            return f":{target.external_port}"
        return f"{target.uuid}-{target.port}-https" if target.tls else self._http_label(target.uuid, str(target.port))

    def _http_label(self, uuid: str, port: str) -> str:
        plain = f"{uuid}-{port}"
        return plain if self.suffix.startswith("-http.") else plain + "-http"

    def address_template(self, uuid: str) -> str:
        """The address of any port of a container, with C{{port}} for the port; empty without a wildcard."""
        return f"https://{self.under_wildcard(self._http_label(uuid, '{port}'))}/" if self.suffix else ""

    def host_of(self, target: Target) -> str:
        """The canonical host of a target as in a Host header, with the port unless it is 443."""
        if isinstance(target, PortTarget):
            return _with_port(self.ports_host, target.external_port)
        return self.under_wildcard(self.label(target))

    def under_wildcard(self, label: str) -> str:
        """The host of a label, with the port unless it is 443."""
        return _with_port(label + self.suffix, self.port)

    def container_host(self, target: ContainerTarget) -> str:
        """The canonical host name of a container's port, with the port unless it is 443."""
        return self.host_of(target)

    def named_host(self, name: str) -> str:
        """The host of a published name, with the port unless it is 443."""
        return self.host_of(NamedTarget(name))


def read_host(value: bytes, names: HostNames) -> HostMeaning | None:
    """What a Host header's value asks for; None if it is none of ours."""
    parts = _split_host(value)
    if parts is None:
        return None
    host, port = parts
    if (host == names.api or host in names.api_aliases) and port == names.api_port:
        return ApiHost()
    if host == names.ports_host and port in names.external_ports:
        return PortTarget(port)
    if port != names.port or not names.suffix or not host.endswith(names.suffix):
        return None
    return _read_under_wildcard(host[: -len(names.suffix)], names)


def read_label(label: str, names: HostNames) -> Target | None:
    """
    What a label, lower case, stands for where C{*} stands in the container services' address; a colon and a number
    stand for an external port.
    """
    if label.startswith(":"):
        port = parse_port(label[1:].encode("utf-8"))
        return PortTarget(port) if port is not None and port in names.external_ports else None
    return _read_under_wildcard(label, names) if names.suffix else None


def _read_under_wildcard(label: str, names: HostNames) -> ContainerTarget | NamedTarget | None:
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
