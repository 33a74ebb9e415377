"""
What a process of the gateway is told when it starts: values that cross a pipe as JSON.

A door is told only what it needs, never SystemRootToken or the data key.  Not here: the pipe
(L{arvgate.service.pipes}) and what is made of the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import attrs

from arvgate.config import Config
from arvgate.config.model import LimitsConfig, TimeoutsConfig, WebServicesConfig
from arvgate.config.values import is_loopback, url_port
from arvgate.edge.https.options import DoorOptions
from arvgate.net.http_server import ServerLimits
from arvgate.wire.http1.head import HeadLimits
from arvgate.wire.vhost import HostNames

__all__ = [
    "ConfigText", "ControlOrders", "DoorOrders", "DoorSettings", "KeyPair", "door_settings",
    "host_names", "orders_json", "pairs_json", "read_control_orders", "read_door_orders", "read_pairs_told",
]  # fmt: skip

#: Names of this machine by which a cluster on it is reached besides its own.
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "host.docker.internal")


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@attrs.frozen
class ConfigText:
    """
    A configuration before it is understood, so that a process that is replaced gets the very same.

    @ivar where: path of the file it is from.
    """

    text: str = attrs.field(repr=False)
    where: str


@attrs.frozen
class KeyPair:
    """A certificate chain and its key, PEM."""

    certificate: str = attrs.field(repr=False)
    key: str = attrs.field(repr=False)


@attrs.frozen
class DoorSettings:
    """
    What a door knows of the configuration.

    @ivar controller_url: the API's address.
    @ivar suffix: what follows the star of the container hosts' wildcard; C{port} its port.
    @ivar ports_host: without a wildcard, the host of all external ports, from C{first_port} to C{last_port}.
    @ivar trusted_proxies: networks as text.
    @ivar hsts: for which browsers are told to come by HTTPS only; 0: they are not told.
    """

    cluster_id: str
    controller_url: str
    suffix: str
    port: int
    trusted_proxies: tuple[str, ...] = attrs.field(converter=_texts)
    limits: LimitsConfig
    timeouts: TimeoutsConfig
    hsts: float
    ports_host: str = ""
    first_port: int = 0
    last_port: int = 0

    def options(self) -> DoorOptions:
        """As the HTTPS door takes them."""
        web = WebServicesConfig(
            host_suffix=self.suffix,
            port=self.port,
            host=self.ports_host,
            port_min=self.first_port,
            port_max=self.last_port,
        )
        names = host_names(self.cluster_id, self.controller_url, web)
        return DoorOptions(
            names=names,
            trusted_proxies=tuple(map(ip_network, self.trusted_proxies)),
            hsts=self.hsts,
            streams_per_user=self.limits.streams_per_user,
        )

    def connection_limits(self) -> ServerLimits:
        """The bounds of a client's connection."""
        limits, timeouts = self.limits, self.timeouts
        return ServerLimits(
            head=HeadLimits(limits.head_size, limits.target_size, limits.head_fields),
            head_timeout=timeouts.head,
            idle_timeout=timeouts.idle,
            stall_timeout=timeouts.stall,
            body=limits.body_size,
            data_rate=limits.data_rate,
            requests=limits.requests_per_connection,
        )


@attrs.frozen
class DoorOrders:
    """
    What a door process is told.

    @ivar pairs: certificates, the default first.
    @ivar name: of the process, for its numbers.
    @ivar account: user and group id to become; None to stay.
    @ivar https: how many listening sockets for TLS come along; behind them C{http} plain ones.
    @ivar access: whether the pipe of the access log does.
    """

    settings: DoorSettings
    pairs: Sequence[KeyPair]
    run_directory: str
    account: tuple[int, int] | None
    https: int
    http: int = 0
    access: bool = False
    name: str = "door"


@attrs.frozen
class ControlOrders:
    """What the control process is told."""

    config: ConfigText


def door_settings(config: Config) -> DoorSettings:
    """What of a configuration doors are told."""
    return DoorSettings(
        cluster_id=config.cluster_id,
        controller_url=config.controller_url,
        suffix=config.web_services.host_suffix,
        port=config.web_services.port,
        trusted_proxies=[str(network) for network in config.arvgate.trusted_proxies],
        ports_host=config.web_services.host,
        first_port=config.web_services.port_min,
        last_port=config.web_services.port_max,
        hsts=config.arvgate.hsts,
        limits=config.arvgate.limits,
        timeouts=config.arvgate.timeouts,
    )


def host_names(cluster_id: str, controller_url: str, web: WebServicesConfig) -> HostNames:
    """
    The host names of a cluster.

    One that is reached by a loopback name is reached by the others that its certificate carries, too.
    """
    parts = urlsplit(controller_url)
    api = (parts.hostname or "").lower()
    aliases = (*_LOOPBACK_NAMES, f"{cluster_id}.localhost") if is_loopback(api) else ()
    return HostNames(
        cluster_id=cluster_id,
        api=f"[{api}]" if ":" in api else api,
        suffix=web.host_suffix,
        api_port=url_port(parts),
        port=web.port,
        api_aliases=tuple(alias for alias in aliases if alias != api),
        ports_host=web.host if web.port_min else "",
        first_port=web.port_min,
        last_port=web.port_max,
    )


def orders_json(orders: DoorOrders | ControlOrders) -> Mapping[str, Any]:
    """As the two readers below take them."""
    return attrs.asdict(orders)


def read_door_orders(value: Mapping[str, Any]) -> DoorOrders:
    """The reverse of L{orders_json}."""
    account = value["account"]
    return DoorOrders(
        settings=_read_settings(value["settings"]),
        pairs=read_pairs_told(value["pairs"]),
        run_directory=value["run_directory"],
        account=None if account is None else (account[0], account[1]),
        https=value["https"],
        http=value["http"],
        access=value["access"],
        name=value["name"],
    )


def pairs_json(pairs: Sequence[KeyPair]) -> Sequence[Mapping[str, str]]:
    """As L{read_pairs_told} takes them."""
    return [attrs.asdict(pair) for pair in pairs]


def read_pairs_told(value: Sequence[Mapping[str, str]]) -> Sequence[KeyPair]:
    """The reverse of L{pairs_json}."""
    return tuple(KeyPair(**pair) for pair in value)


def _read_settings(value: Mapping[str, Any]) -> DoorSettings:
    limits, timeouts = LimitsConfig(**value["limits"]), TimeoutsConfig(**value["timeouts"])
    return DoorSettings(**{**value, "limits": limits, "timeouts": timeouts})


def read_control_orders(value: Mapping[str, Any]) -> ControlOrders:
    """The reverse of L{orders_json}."""
    return ControlOrders(ConfigText(**value["config"]))
