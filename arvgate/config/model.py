"""
The one frozen configuration that everything is composed from.

Times are seconds, sizes are bytes, paths are absolute.  Not here: reading it from text
(L{arvgate.config.loading}) and looking at the files that it names (L{arvgate.config.files}).
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from urllib.parse import urlsplit

import attrs

from arvgate.config.model_records import AuditLogsConfig, CollectionsConfig, UsersConfig
from arvgate.config.secret import Secret
from arvgate.config.values import ListenAddress, parse_listener
from arvgate.model.ids import ClusterID

__all__ = [
    "ENGINES", "ApiConfig", "ArvgateConfig", "AuditLogsConfig", "CollectionsConfig", "Config", "ContainersConfig",
    "DockerConfig", "HostDirectoryConfig", "LimitsConfig", "NodeConfig", "OutputConfig", "Secret", "ShellAccessConfig",
    "TLSConfig", "TimeoutsConfig", "UserLimitsConfig", "UsersConfig", "WebServicesConfig",
]  # fmt: skip

#: The engines that this version has.
ENGINES: Final = ("process", "docker")


@attrs.frozen
class ApiConfig:
    """
    The record API (C{API}).

    @ivar max_request_size: bytes of a request's body.
    @ivar max_items_per_response: records in one answer to a list.
    @ivar max_list_size: bytes of the records in one answer to a list, by which it has fewer of them, but never none.
    @ivar max_token_lifetime: seconds that a new token lives at most; 0: no limit.
    @ivar max_concurrent_requests: that are worked on at once.
    @ivar max_queued_requests: that wait besides.
    @ivar max_queue_time_for_lock: seconds that a request to lock a container waits.
    @ivar request_timeout: seconds that a request waits, and seconds that it is worked on.
    """

    max_request_size: int = 16 * 1024 * 1024
    max_items_per_response: int = 1000
    max_list_size: int = 16 * 1024 * 1024
    max_token_lifetime: float = 0.0
    max_concurrent_requests: int = 64
    max_queued_requests: int = 128
    max_queue_time_for_lock: float = 2.0
    request_timeout: float = 300.0


@attrs.frozen
class WebServicesConfig:
    """
    Where web apps are reached (C{Services.ContainerWebServices}): a wildcard or a range of ports.

    @ivar external_url: as configured; empty: nowhere.
    @ivar host_suffix: with a wildcard what follows the star, lower case, without port (C{.xabcd.localhost});
        else empty.
    @ivar host: without a wildcard the host name of all ports, lower case; else empty.
    @ivar port: the wildcard's port.
    @ivar port_min: first external port; 0 with a wildcard.
    @ivar port_max: last external port; 0 with a wildcard.
    """

    external_url: str = ""
    host_suffix: str = ""
    host: str = ""
    port: int = 443
    port_min: int = 0
    port_max: int = 0


@attrs.frozen
class TLSConfig:
    """A certificate chain of the HTTPS door and its key, both PEM files (C{TLS}, C{Arvgate.Certificates})."""

    certificate_path: str = ""
    key_path: str = ""


@attrs.frozen
class ShellAccessConfig:
    """Who may have a shell in a container that they may enter (C{Containers.ShellAccess})."""

    admin: bool = True
    user: bool = False


@attrs.frozen
class ContainersConfig:
    """
    How often a container is tried (C{Containers}).

    @ivar max_retry_attempts: default of a request's C{container_count_max}.
    @ivar max_dispatch_attempts: locks of one container after which an unlock cancels it.
    """

    max_retry_attempts: int = 3
    max_dispatch_attempts: int = 10


@attrs.frozen
class NodeConfig:
    """
    This machine as a place to run containers (C{Arvgate.Node}).

    @ivar address: host name or IP address by which doors reach the runners here.
    @ivar port: the port that runners listen on; 0: each picks one.
    @ivar containers: how many at once; 0: as many as CPUs and memory allow.
    @ivar vcpus: CPUs to hand out; 0: those of the machine.
    @ivar ram: bytes of memory to hand out; 0: that of the machine.
    @ivar spare_runners: runners that are started before there is a container for them.
    """

    address: str = "127.0.0.1"
    port: int = 0
    containers: int = 0
    vcpus: int = 0
    ram: int = 0
    spare_runners: int = 1


@attrs.frozen
class HostDirectoryConfig:
    """
    A directory of the node that containers may mount (C{Arvgate.Engines.Docker.HostDirectories}).

    @ivar writable: a container may write there if it asks to.
    """

    path: str
    writable: bool = False


@attrs.frozen
class DockerConfig:
    """
    The Docker engine (C{Arvgate.Engines.Docker}).

    @ivar host: address of the daemon, C{unix:///PATH}.
    @ivar pull: images that the daemon does not have are pulled.
    @ivar registry_config: file with credentials of registries, as C{docker login} writes it; empty: none.
    @ivar pids_limit: processes and threads in one container.
    """

    host: str = "unix:///var/run/docker.sock"
    pull: bool = False
    registry_config: str = ""
    pids_limit: int = 4096
    host_directories: tuple[HostDirectoryConfig, ...] = ()


@attrs.frozen
class OutputConfig:
    """
    What becomes of containers' output directories (C{Arvgate.Output}).

    @ivar keep: seconds after the container's end that its output stays on the node.
    """

    keep: float = 14 * 86400.0


@attrs.frozen
class UserLimitsConfig:
    """
    What one user may take of a node (C{Arvgate.UserLimits}); 0: no limit.

    @ivar containers: that run at once; C{vcpus} and C{ram} (bytes) of those likewise.
    @ivar output: bytes of output that are kept; C{log}: of logs.
    """

    containers: int = 0
    vcpus: int = 0
    ram: int = 0
    output: int = 0
    log: int = 0


@attrs.frozen
class LimitsConfig:
    """
    What one door process takes on (C{Arvgate.Limits}).

    @ivar head_size: bytes of one request's head.
    @ivar target_size: bytes of the request target in it.
    @ivar head_fields: header fields in it.
    @ivar body_size: bytes of one request's body; 0: no limit.
    @ivar data_rate: bytes per second that a client sends of a body, and takes of an answer, at least; 0: any.
    @ivar connections: open client connections.
    @ivar connections_per_address: of these, from one IPv4 address or one /64 network of IPv6; 0: no limit.
    @ivar requests_per_connection: after these it is closed; 0: no limit.
    @ivar streams_per_user: requests and tunnels of one user to containers at a time; 0: no limit.
    """

    head_size: int = 64 * 1024
    target_size: int = 16 * 1024
    head_fields: int = 128
    body_size: int = 0
    data_rate: int = 128
    connections: int = 8192
    connections_per_address: int = 1024
    requests_per_connection: int = 10000
    streams_per_user: int = 1024


@attrs.frozen
class TimeoutsConfig:
    """
    How long something may take (C{Arvgate.Timeouts}), in seconds.

    @ivar head: until a client has sent its whole request head.
    @ivar idle: that a connection is kept open between two requests.
    @ivar stall: without progress of a body, in either direction.
    @ivar connect: until a connection to a runner or to an app stands.
    @ivar stop: between SIGTERM and SIGKILL when a container is ended.
    """

    head: float = 30.0
    idle: float = 75.0
    stall: float = 60.0
    connect: float = 5.0
    stop: float = 10.0


@attrs.frozen
class ArvgateConfig:
    """
    What Arvados has no keys for (C{Arvgate}).

    @ivar state_directory: database, sockets, working directories and logs of containers.
    @ivar previous_system_root_token: the former one, for containers that were locked under it; empty: there is none.
    @ivar database_url: an SQLAlchemy URL.
    @ivar data_key_path: file with the data key, wrapped under SystemRootToken.
    @ivar ca_path: PEM file with the CA by which clients check this gateway; empty: the machine's CAs.
    @ivar ssh_host_key_path: the SSH door's private key in OpenSSH format.
    @ivar workers: door processes; 0: everything in one process.
    @ivar door_account: account that the doors run as; empty: that of the gateway.
    @ivar listeners_https: Twisted endpoint descriptions.
    @ivar listeners_http: likewise, without TLS.
    @ivar listeners_ssh: likewise.
    @ivar certificates: further ones besides C{TLS}, for other host names or with other kinds of keys.
    @ivar hsts: seconds for which browsers are told to come by HTTPS only; 0: they are not told.
    @ivar engine: one of L{ENGINES}.
    @ivar process_account: account that the process engine's jobs run as; empty: that of the gateway.
    @ivar docker: how the Docker engine works.
    @ivar trusted_proxies: networks whose C{X-Forwarded-*} headers are believed.
    @ivar reuse_after_connection: whether a container that somebody entered may be reused.
    @ivar session_lifetime: seconds after which a browser must log in again.
    @ivar access_log: path of the access log; C{-}: the gateway's own log; empty: there is none.
    @ivar log_max_bytes: of each log of a container, with what was rotated.
    """

    state_directory: str = ""
    previous_system_root_token: Secret = attrs.field(factory=Secret)
    database_url: str = attrs.field(default="", repr=False)
    data_key_path: str = ""
    ca_path: str = ""
    ssh_host_key_path: str = ""
    workers: int = 1
    door_account: str = ""
    listeners_https: tuple[str, ...] = ()
    listeners_http: tuple[str, ...] = ()
    listeners_ssh: tuple[str, ...] = ()
    certificates: tuple[TLSConfig, ...] = ()
    hsts: float = 180 * 86400.0
    engine: str = "process"
    process_account: str = ""
    docker: DockerConfig = DockerConfig()
    node: NodeConfig = NodeConfig()
    limits: LimitsConfig = LimitsConfig()
    timeouts: TimeoutsConfig = TimeoutsConfig()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    reuse_after_connection: bool = False
    session_lifetime: float = 86400.0
    access_log: str = ""
    log_max_bytes: int = 64 * 1024 * 1024
    output: OutputConfig = OutputConfig()
    user_limits: UserLimitsConfig = UserLimitsConfig()


@attrs.frozen
class Config:
    """
    One cluster (C{Clusters.<id>}).

    @ivar controller_url: the API's address as people and programs use it, with a trailing slash.
    @ivar anonymous_token: secret of C{Users.AnonymousUserToken}; empty: there is none.
    @ivar issue_trusted_tokens: C{Login.IssueTrustedTokens}: users make and manage tokens of their own.
    """

    cluster_id: ClusterID
    system_root_token: Secret
    controller_url: str
    management_token: Secret = attrs.field(factory=Secret)
    anonymous_token: Secret = attrs.field(factory=Secret)
    issue_trusted_tokens: bool = True
    api: ApiConfig = ApiConfig()
    web_services: WebServicesConfig = WebServicesConfig()
    tls: TLSConfig = TLSConfig()
    shell_access: ShellAccessConfig = ShellAccessConfig()
    containers: ContainersConfig = ContainersConfig()
    users: UsersConfig = attrs.field(factory=UsersConfig)
    collections: CollectionsConfig = attrs.field(factory=CollectionsConfig)
    audit_logs: AuditLogsConfig = attrs.field(factory=AuditLogsConfig)
    arvgate: ArvgateConfig = ArvgateConfig()

    @property
    def external_listeners(self) -> tuple[str, ...]:
        """
        Endpoint descriptions of the external ports: each on every address that HTTPS is on, but for what that listens
        on already.
        """
        web = self.web_services
        known = [parse_listener(description) for description in self.arvgate.listeners_https]
        hosts = dict.fromkeys(address.host for address in known)
        ports = range(web.port_min, web.port_max + 1) if web.port_min else ()
        wanted = (ListenAddress(host, port) for host in hosts for port in ports)
        return tuple(address.description for address in wanted if address not in known)

    @property
    def key_pairs(self) -> Mapping[str, TLSConfig]:
        """All certificates of the HTTPS door by the keys that they stand at; the first is the default."""
        further = {f"Arvgate.Certificates[{place}]": pair for place, pair in enumerate(self.arvgate.certificates)}
        return {"TLS": self.tls, **further} if self.tls.certificate_path else further

    @property
    def api_host(self) -> str:
        """C{host[:port]} of the API as in C{ARVADOS_API_HOST}, lower case, without port if that is 443."""
        parts = urlsplit(self.controller_url)
        host = parts.hostname or ""
        if ":" in host:
            host = f"[{host}]"
        return host if parts.port in (None, 443) else f"{host}:{parts.port}"
