"""
The env document: all that a runner is told, as one JSON object on its standard input.

It holds secrets, which is why it never stands in argv or the environment, and why the value's repr hides them.  Keys
of C{Env} have the names that Arvados gives them.  Not here: reading stdin (L{arvgate.cli.runner}), composing the
document (L{arvgate.dispatch.launching}).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs

from arvgate.errors import Invalid
from arvgate.model.ids import is_uuid
from arvgate.model.tokens import Token, parse_token

__all__ = ["DockerSettings", "EnvDocument", "HostDirectory", "parse_env_document"]

T = TypeVar("T")

#: C{host[:port]}, the host a name, an IPv4 address or an IPv6 address in brackets.
_API_HOST: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_AUTH_SECRET: Final = re.compile(r"[0-9a-f]{64}")
#: Seconds; what is more is a mistake, and may be more than a clock takes.
_LONGEST: Final = 86400.0
_LONGEST_IDLE: Final = 366 * 86400.0

_PLACES: Final = ("LogDirectory", "WorkDirectory", "OutputDirectory", "LockFile")
_REQUIRED: Final = ("ARVADOS_API_HOST", "ARVADOS_API_TOKEN", "GatewayAuthSecret", "GatewayAddress")


@attrs.frozen
class HostDirectory:
    """A directory of the node that containers may mount."""

    path: str
    writable: bool


@attrs.frozen
class DockerSettings:
    """
    What the Docker engine is told (C{Docker}).

    @ivar host: address of the daemon, C{unix:///PATH}.
    @ivar registry_config: file with credentials of registries; empty: none.
    @ivar api_host: C{host[:port]} by which containers reach the record API.
    """

    host: str = "unix:///var/run/docker.sock"
    pull: bool = False
    registry_config: str = ""
    pids_limit: int = 4096
    host_directories: tuple[HostDirectory, ...] = ()
    api_host: str = ""


@attrs.frozen
class EnvDocument:
    """
    What one runner is told.

    @ivar api_host: C{host[:port]} of the record API.
    @ivar api_token: the lock token of this cycle.
    @ivar api_ca: PEM text of the CA that vouches for the API; empty: those of the machine.
    @ivar auth_secret: AuthSecret of this cycle, 64 hex digits.
    @ivar gateway_host: where the runner's door listens and is reached; C{gateway_port} 0: a random port.
    @ivar lock_count: number of this cycle.
    @ivar log_directory: of this container; made if it is not there.
    @ivar work_directory: of this container; made anew.
    @ivar lock_file: held while the runner lives.
    @ivar output_directory: where the container's output is kept after its end.
    @ivar port_address: of any port of the container, with C{{port}} for the port; empty: published ports have what
        stands in the record.
    @ivar log_max_bytes: of each log, with what was rotated.
    @ivar output_max_bytes: of the container's output; 0: no limit.
    @ivar idle_timeout: seconds without any connection after which the container is ended; 0: never.
    @ivar account: whom jobs run as; empty: the runner's own account.
    @ivar poll_interval: seconds between two looks at the record; C{ports_interval} at the listening ports.
    @ivar stop_grace: seconds between SIGTERM and SIGKILL.
    """

    container_uuid: str
    api_host: str
    api_token: Token
    auth_secret: str = attrs.field(repr=False)
    gateway_host: str
    gateway_port: int
    lock_count: int
    log_directory: str
    work_directory: str
    lock_file: str
    log_max_bytes: int
    output_directory: str
    output_max_bytes: int = 0
    idle_timeout: float = 0.0
    port_address: str = ""
    api_ca: str = attrs.field(default="", repr=False)
    account: str = ""
    engine: str = "process"
    docker: DockerSettings = DockerSettings()
    poll_interval: float = 5.0
    ports_interval: float = 2.0
    stop_grace: float = 10.0

    @property
    def container_api_host(self) -> str:
        """C{host[:port]} by which the container reaches the record API."""
        return self.docker.api_host or self.api_host if self.engine == "docker" else self.api_host


def parse_env_document(text: bytes, uuid: str | None) -> EnvDocument:
    """
    Read the document.

    @param uuid: of the container that it must be for; None: any.

    @raise Invalid: with a sentence for each problem; none repeats a value that may be secret.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("The env document is not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("Env"), dict):
        raise Invalid("The env document is not an object with an object Env")
    fields = _Fields(document)
    if uuid is None:
        uuid = fields.take(document, "ContainerUUID", str, "")
    if not is_uuid(uuid, "containers"):
        fields.problems.append(f"{uuid!r} is not the UUID of a container")
    elif document.get("ContainerUUID") != uuid:
        fields.problems.append(f"The env document is not for container {uuid}")
    env = {name: fields.take(document["Env"], name, str, "") for name in (*_REQUIRED, "ARVADOS_API_CA")}
    fields.problems.extend(f"{name} is missing" for name in _REQUIRED if not env[name])
    token = parse_token(env["ARVADOS_API_TOKEN"])
    if env["ARVADOS_API_TOKEN"] and (token is None or token.uuid is None):
        fields.problems.append("ARVADOS_API_TOKEN is not a v2 token")
    if env["ARVADOS_API_HOST"] and not _API_HOST.fullmatch(env["ARVADOS_API_HOST"]):
        fields.problems.append("ARVADOS_API_HOST is not host or host:port")
    if env["GatewayAuthSecret"] and not _AUTH_SECRET.fullmatch(env["GatewayAuthSecret"]):
        fields.problems.append("GatewayAuthSecret is not 64 lower-case hexadecimal digits")
    host, port = fields.address(env["GatewayAddress"])
    settings = _settings(fields)
    if fields.problems or token is None:
        raise Invalid(*fields.problems)
    return EnvDocument(
        container_uuid=uuid,
        api_host=env["ARVADOS_API_HOST"],
        api_token=token,
        auth_secret=env["GatewayAuthSecret"],
        gateway_host=host,
        gateway_port=port,
        api_ca=env["ARVADOS_API_CA"],
        **settings,
    )


def _settings(fields: _Fields) -> dict[str, Any]:
    """What stands beside C{Env}, by the names of L{EnvDocument}."""
    places = {name: fields.take(fields.document, name, str, "") for name in _PLACES}
    fields.problems.extend(f"{name} is not an absolute path" for name in _PLACES if not places[name].startswith("/"))
    return {
        "log_directory": places["LogDirectory"],
        "work_directory": places["WorkDirectory"],
        "lock_file": places["LockFile"],
        "lock_count": fields.positive("LockCount", 0),
        "log_max_bytes": fields.positive("LogMaxBytes", 64 * 1024 * 1024),
        "output_directory": places["OutputDirectory"],
        "output_max_bytes": fields.count("OutputMaxBytes"),
        "idle_timeout": fields.seconds("IdleTimeout", 0.0, or_none=True, longest=_LONGEST_IDLE),
        "port_address": fields.take(fields.document, "PortAddress", str, ""),
        "account": fields.take(fields.document, "Account", str, ""),
        "engine": fields.take(fields.document, "Engine", str, "process"),
        "docker": _docker(fields),
        "poll_interval": fields.seconds("PollInterval", 5.0),
        "ports_interval": fields.seconds("PortsInterval", 2.0),
        "stop_grace": fields.seconds("StopGrace", 10.0),
    }


def _docker(fields: _Fields) -> DockerSettings:
    section = fields.take(fields.document, "Docker", dict, {})
    usual = DockerSettings()
    pids_limit = fields.take(section, "PidsLimit", int, usual.pids_limit)
    directories: list[HostDirectory] = []
    for one in fields.take(section, "HostDirectories", list, []):
        if isinstance(one, dict) and isinstance(one.get("Path"), str) and isinstance(one.get("Writable"), bool):
            directories.append(HostDirectory(one["Path"], one["Writable"]))
        else:
            fields.problems.append("HostDirectories has an entry without Path and Writable")
    return DockerSettings(
        host=fields.take(section, "Host", str, usual.host),
        pull=section.get("Pull") is True,
        registry_config=fields.take(section, "RegistryConfig", str, ""),
        pids_limit=pids_limit,
        host_directories=tuple(directories),
        api_host=fields.take(section, "ApiHost", str, ""),
    )


class _Fields:
    """Takes values out of the document and collects what is wrong with them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.problems: list[str] = []

    def take(self, source: Mapping[str, Any], name: str, kind: type[T], default: T) -> T:
        value = source.get(name, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            self.problems.append(f"{name} has the wrong type")
        elif isinstance(value, str) and not _usable(value):
            self.problems.append(f"{name} has characters that cannot be used")
        else:
            return value
        return default

    def positive(self, name: str, default: int) -> int:
        """A number above 0; a C{default} of 0 does not do instead."""
        value = self.take(self.document, name, int, default)
        if value <= 0:
            self.problems.append(f"{name} is not a positive number")
        return value

    def count(self, name: str) -> int:
        """A number that may be 0, and is if it is missing."""
        value = self.take(self.document, name, int, 0)
        if value < 0:
            self.problems.append(f"{name} is negative")
        return value

    def seconds(self, name: str, default: float, or_none: bool = False, longest: float = _LONGEST) -> float:
        value = self.document.get(name, default)
        if or_none and value == 0:
            return 0.0
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= longest:
            return float(value)
        self.problems.append(f"{name} is not a positive number of seconds")
        return default

    def address(self, text: str) -> tuple[str, int]:
        """Host and port of C{host:port} or C{[address]:port}."""
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if bracketed:
            host = host[1:-1]
        well_formed = colon and host and (bracketed or ":" not in host) and re.fullmatch("[0-9]{1,5}", port)
        if well_formed and int(port) < 65536:
            return host, int(port)
        if text:
            self.problems.append("GatewayAddress is not host:port")
        return "", 0


def _usable(text: str) -> bool:
    """Whether it can be a path or an argument: without NUL, and text at all."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
