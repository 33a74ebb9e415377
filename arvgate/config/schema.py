"""
The keys of a configuration file and the types of their values.

Every key has a default here, so that whatever is wrong in one place leaves the rest to be judged too.  Not
here: what must be given and what must fit together (L{arvgate.config.checks}).
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from arvgate.config.model import (
    ApiConfig,
    ArvgateConfig,
    AuditLogsConfig,
    CollectionsConfig,
    ContainersConfig,
    DockerConfig,
    LimitsConfig,
    NodeConfig,
    OutputConfig,
    ShellAccessConfig,
    TimeoutsConfig,
    UserLimitsConfig,
    UsersConfig,
)
from arvgate.config.values import parse_duration, parse_https_url, parse_listener, parse_size

__all__ = ["ClusterModel", "DockerEngineModel", "Section"]

_API = ApiConfig()
_ARVGATE = ArvgateConfig()
_AUDIT_LOGS = AuditLogsConfig()
_COLLECTIONS = CollectionsConfig()
_CONTAINERS = ContainersConfig()
_DOCKER = DockerConfig()
_LIMITS = LimitsConfig()
_NODE = NodeConfig()
_OUTPUT = OutputConfig()
_SHELL = ShellAccessConfig()
_TIMEOUTS = TimeoutsConfig()
_USER_LIMITS = UserLimitsConfig()
_USERS = UsersConfig()


def _url(value: Any) -> Any:
    if isinstance(value, str) and value:
        parse_https_url(value)
    return value


def _listener(value: Any) -> Any:
    if isinstance(value, str):
        parse_listener(value)
    return value


def _daemon(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("unix:///"):
        raise ValueError("must be unix:///PATH: the daemon and the runners are on one machine")
    return value


def _network(value: Any) -> Any:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("not an IP address, nor a network such as 10.0.0.0/8") from None


Duration = Annotated[float, BeforeValidator(parse_duration)]
PositiveDuration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0)]
Size = Annotated[int, BeforeValidator(parse_size)]
PositiveSize = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]
Url = Annotated[str, BeforeValidator(_url)]
Listener = Annotated[str, BeforeValidator(_listener)]
AbsolutePath = Annotated[str, Field(pattern="^/")]
Daemon = Annotated[str, BeforeValidator(_daemon)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Section(BaseModel):
    """A mapping with known keys and no others; one with nothing in it may be left empty."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        return {} if value is None else value


class ControllerModel(Section):
    """C{Services.Controller}."""

    external_url: Url = Field(default="", alias="ExternalURL")


class WebServicesModel(Section):
    """C{Services.ContainerWebServices}."""

    external_url: Url = Field(default="", alias="ExternalURL")
    port_min: Port = Field(default=0, alias="ExternalPortMin")
    port_max: Port = Field(default=0, alias="ExternalPortMax")


class ServicesModel(Section):
    """C{Services}."""

    controller: ControllerModel = Field(default_factory=ControllerModel, alias="Controller")
    web_services: WebServicesModel = Field(default_factory=WebServicesModel, alias="ContainerWebServices")


class ApiModel(Section):
    """C{API}."""

    max_request_size: PositiveSize = Field(default=_API.max_request_size, alias="MaxRequestSize")
    max_items_per_response: PositiveCount = Field(default=_API.max_items_per_response, alias="MaxItemsPerResponse")
    max_list_size: PositiveSize = Field(default=_API.max_list_size, alias="MaxIndexDatabaseRead")
    max_token_lifetime: Duration = Field(default=_API.max_token_lifetime, alias="MaxTokenLifetime")
    max_concurrent_requests: PositiveCount = Field(default=_API.max_concurrent_requests, alias="MaxConcurrentRequests")
    max_queued_requests: Count = Field(default=_API.max_queued_requests, alias="MaxQueuedRequests")
    max_queue_time_for_lock: Duration = Field(default=_API.max_queue_time_for_lock, alias="MaxQueueTimeForLockRequests")
    request_timeout: PositiveDuration = Field(default=_API.request_timeout, alias="RequestTimeout")


class TLSModel(Section):
    """C{TLS}."""

    certificate: str = Field(default="", alias="Certificate")
    key: str = Field(default="", alias="Key")


class ShellAccessModel(Section):
    """C{Containers.ShellAccess}."""

    admin: bool = Field(default=_SHELL.admin, alias="Admin")
    user: bool = Field(default=_SHELL.user, alias="User")


class ContainersModel(Section):
    """C{Containers}."""

    shell_access: ShellAccessModel = Field(default_factory=ShellAccessModel, alias="ShellAccess")
    max_retry_attempts: Count = Field(default=_CONTAINERS.max_retry_attempts, alias="MaxRetryAttempts")
    max_dispatch_attempts: PositiveCount = Field(default=_CONTAINERS.max_dispatch_attempts, alias="MaxDispatchAttempts")


class UsersModel(Section):
    """C{Users}."""

    anonymous_user_token: str = Field(default="", alias="AnonymousUserToken")
    new_users_are_active: bool = Field(default=_USERS.new_users_are_active, alias="NewUsersAreActive")
    auto_setup_new_users: bool = Field(default=_USERS.auto_setup_new_users, alias="AutoSetupNewUsers")
    are_visible: bool = Field(default=_USERS.are_visible, alias="ActivatedUsersAreVisibleToOthers")
    roles_are_visible: bool = Field(default=_USERS.roles_are_visible, alias="RoleGroupsVisibleToAll")


class CollectionsModel(Section):
    """C{Collections}."""

    blob_signing: bool = Field(default=_COLLECTIONS.blob_signing, alias="BlobSigning")
    blob_signing_key: str = Field(default="", alias="BlobSigningKey")
    blob_signing_ttl: PositiveDuration = Field(default=_COLLECTIONS.blob_signing_ttl, alias="BlobSigningTTL")
    default_trash_lifetime: PositiveDuration = Field(
        default=_COLLECTIONS.default_trash_lifetime, alias="DefaultTrashLifetime"
    )


class AuditLogsModel(Section):
    """C{AuditLogs}."""

    max_age: Duration = Field(default=_AUDIT_LOGS.max_age, alias="MaxAge")
    max_delete_batch: Count = Field(default=_AUDIT_LOGS.max_delete_batch, alias="MaxDeleteBatch")
    unlogged_attributes: dict[str, Section] = Field(default_factory=dict, alias="UnloggedAttributes")


class ListenersModel(Section):
    """C{Arvgate.Listeners}."""

    https: list[Listener] = Field(default_factory=list, alias="HTTPS")
    http: list[Listener] = Field(default_factory=list, alias="HTTP")
    ssh: list[Listener] = Field(default_factory=list, alias="SSH")


class CertificateModel(Section):
    """One of C{Arvgate.Certificates}."""

    certificate: str = Field(default="", alias="Certificate")
    key: str = Field(default="", alias="Key")


class ProcessEngineModel(Section):
    """C{Arvgate.Engines.Process}."""

    account: str = Field(default="", alias="Account")


class HostDirectoryModel(Section):
    """One of C{Arvgate.Engines.Docker.HostDirectories}."""

    path: AbsolutePath = Field(alias="Path")
    writable: bool = Field(default=False, alias="Writable")


class DockerEngineModel(Section):
    """C{Arvgate.Engines.Docker}."""

    host: Daemon = Field(default=_DOCKER.host, alias="Host")
    pull: bool = Field(default=_DOCKER.pull, alias="Pull")
    registry_config: str = Field(default=_DOCKER.registry_config, alias="RegistryConfig")
    pids_limit: PositiveCount = Field(default=_DOCKER.pids_limit, alias="PidsLimit")
    host_directories: list[HostDirectoryModel] = Field(default_factory=list, alias="HostDirectories")


class EnginesModel(Section):
    """C{Arvgate.Engines}."""

    process: ProcessEngineModel = Field(default_factory=ProcessEngineModel, alias="Process")
    docker: DockerEngineModel = Field(default_factory=DockerEngineModel, alias="Docker")


class NodeModel(Section):
    """C{Arvgate.Node}."""

    address: str = Field(default=_NODE.address, alias="Address")
    port: Port = Field(default=_NODE.port, alias="Port")
    containers: Count = Field(default=_NODE.containers, alias="Containers")
    vcpus: Count = Field(default=_NODE.vcpus, alias="VCPUs")
    ram: Size = Field(default=_NODE.ram, alias="RAM")
    spare_runners: Annotated[int, Field(ge=0, le=16)] = Field(default=_NODE.spare_runners, alias="SpareRunners")


class LimitsModel(Section):
    """C{Arvgate.Limits}."""

    head_size: PositiveSize = Field(default=_LIMITS.head_size, alias="HeadSize")
    target_size: PositiveSize = Field(default=_LIMITS.target_size, alias="TargetSize")
    head_fields: PositiveCount = Field(default=_LIMITS.head_fields, alias="HeadFields")
    body_size: Size = Field(default=_LIMITS.body_size, alias="BodySize")
    data_rate: Size = Field(default=_LIMITS.data_rate, alias="DataRate")
    connections: PositiveCount = Field(default=_LIMITS.connections, alias="Connections")
    connections_per_address: Count = Field(default=_LIMITS.connections_per_address, alias="ConnectionsPerAddress")
    requests_per_connection: Count = Field(default=_LIMITS.requests_per_connection, alias="RequestsPerConnection")
    streams_per_user: Count = Field(default=_LIMITS.streams_per_user, alias="StreamsPerUser")


class TimeoutsModel(Section):
    """C{Arvgate.Timeouts}."""

    head: PositiveDuration = Field(default=_TIMEOUTS.head, alias="Head")
    idle: PositiveDuration = Field(default=_TIMEOUTS.idle, alias="Idle")
    stall: PositiveDuration = Field(default=_TIMEOUTS.stall, alias="Stall")
    connect: PositiveDuration = Field(default=_TIMEOUTS.connect, alias="Connect")
    stop: PositiveDuration = Field(default=_TIMEOUTS.stop, alias="Stop")


class LogsModel(Section):
    """C{Arvgate.Logs}."""

    max_bytes: PositiveSize = Field(default=_ARVGATE.log_max_bytes, alias="MaxBytes")


class OutputModel(Section):
    """C{Arvgate.Output}."""

    keep: PositiveDuration = Field(default=_OUTPUT.keep, alias="Keep")


class UserLimitsModel(Section):
    """C{Arvgate.UserLimits}."""

    containers: Count = Field(default=_USER_LIMITS.containers, alias="Containers")
    vcpus: Count = Field(default=_USER_LIMITS.vcpus, alias="VCPUs")
    ram: Size = Field(default=_USER_LIMITS.ram, alias="RAM")
    output: Size = Field(default=_USER_LIMITS.output, alias="Output")
    log: Size = Field(default=_USER_LIMITS.log, alias="Log")


class ArvgateModel(Section):
    """C{Arvgate}."""

    state_directory: str = Field(default="", alias="StateDirectory")
    previous_system_root_token: str = Field(default="", alias="PreviousSystemRootToken")
    database: str = Field(default="", alias="Database")
    data_key: str = Field(default="", alias="DataKey")
    ca: str = Field(default="", alias="CA")
    ssh_host_key: str = Field(default="", alias="SSHHostKey")
    workers: Count = Field(default=_ARVGATE.workers, alias="Workers")
    door_account: str = Field(default="", alias="DoorAccount")
    listeners: ListenersModel = Field(default_factory=ListenersModel, alias="Listeners")
    certificates: list[CertificateModel] = Field(default_factory=list, alias="Certificates")
    hsts: Duration = Field(default=_ARVGATE.hsts, alias="HSTS")
    engine: str = Field(default=_ARVGATE.engine, alias="Engine")
    engines: EnginesModel = Field(default_factory=EnginesModel, alias="Engines")
    node: NodeModel = Field(default_factory=NodeModel, alias="Node")
    limits: LimitsModel = Field(default_factory=LimitsModel, alias="Limits")
    timeouts: TimeoutsModel = Field(default_factory=TimeoutsModel, alias="Timeouts")
    logs: LogsModel = Field(default_factory=LogsModel, alias="Logs")
    output: OutputModel = Field(default_factory=OutputModel, alias="Output")
    user_limits: UserLimitsModel = Field(default_factory=UserLimitsModel, alias="UserLimits")
    access_log: str = Field(default="access.log", alias="AccessLog")
    trusted_proxies: list[Network] = Field(default_factory=list, alias="TrustedProxies")
    reuse_after_connection: bool = Field(default=_ARVGATE.reuse_after_connection, alias="ReuseAfterConnection")
    session_lifetime: PositiveDuration = Field(default=_ARVGATE.session_lifetime, alias="SessionLifetime")


class LoginModel(Section):
    """C{Login}."""

    issue_trusted_tokens: bool = Field(default=True, alias="IssueTrustedTokens")


class ClusterModel(Section):
    """C{Clusters.<id>}."""

    system_root_token: str = Field(default="", alias="SystemRootToken")
    management_token: str = Field(default="", alias="ManagementToken")
    api: ApiModel = Field(default_factory=ApiModel, alias="API")
    services: ServicesModel = Field(default_factory=ServicesModel, alias="Services")
    tls: TLSModel = Field(default_factory=TLSModel, alias="TLS")
    containers: ContainersModel = Field(default_factory=ContainersModel, alias="Containers")
    login: LoginModel = Field(default_factory=LoginModel, alias="Login")
    users: UsersModel = Field(default_factory=UsersModel, alias="Users")
    collections: CollectionsModel = Field(default_factory=CollectionsModel, alias="Collections")
    audit_logs: AuditLogsModel = Field(default_factory=AuditLogsModel, alias="AuditLogs")
    arvgate: ArvgateModel = Field(default_factory=ArvgateModel, alias="Arvgate")
