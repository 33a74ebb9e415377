"""
Tests for L{arvgate.service.settings}.
"""

from __future__ import annotations

import json
from ipaddress import ip_network

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config import Config, Secret
from arvgate.config.model import ArvgateConfig, LimitsConfig, TimeoutsConfig, WebServicesConfig
from arvgate.model.ids import ClusterID
from arvgate.model.targets import ContainerTarget, PortTarget
from arvgate.service.settings import (
    ConfigText,
    ControlOrders,
    DoorOrders,
    KeyPair,
    door_settings,
    host_names,
    orders_json,
    read_control_orders,
    read_door_orders,
)
from arvgate.wire.vhost import ApiHost, read_host

CONTAINER = "zzzzz-dz642-aaaaaaaaaaaaaaa"
CONFIG = Config(
    cluster_id=ClusterID("zzzzz"),
    system_root_token=Secret("the-root-token"),
    management_token=Secret("the-management-token"),
    controller_url="https://zzzzz.example:8443/",
    web_services=WebServicesConfig("https://*.apps.example:8444/", host_suffix=".apps.example", port=8444),
    arvgate=ArvgateConfig(
        data_key_path="/the/data/key",
        previous_system_root_token=Secret("the-former-token"),
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        limits=LimitsConfig(1000, 200, 30, body_size=50, data_rate=6, connections=4, requests_per_connection=7),
        timeouts=TimeoutsConfig(head=1.0, idle=2.0, stall=3.0, connect=4.0),
    ),
)


class OrdersTests(SynchronousTestCase):
    """What crosses the pipe."""

    def test_door(self) -> None:
        """A door's orders survive it, with an account and without."""
        for account in ((65534, 65533), None):
            pairs = (KeyPair("certificate", "key"), KeyPair("other", "other key"))
            orders = DoorOrders(door_settings(CONFIG), pairs, "/run", account, 2, 1)
            self.assertEqual(orders, read_door_orders(json.loads(json.dumps(orders_json(orders)))))

    def test_control(self) -> None:
        """Control's too."""
        orders = ControlOrders(ConfigText("text", "/where"))
        self.assertEqual(orders, read_control_orders(json.loads(json.dumps(orders_json(orders)))))
        self.assertNotIn("text", repr(orders).replace("ConfigText", ""))

    def test_nothing_that_is_not_a_doors(self) -> None:
        """A door is told no token and no data key."""
        told = json.dumps(orders_json(DoorOrders(door_settings(CONFIG), (), "/run", None, 1)))
        for secret in ("the-root-token", "the-former-token", "the-management-token", "/the/data/key"):
            self.assertNotIn(secret, told)


class DoorSettingsTests(SynchronousTestCase):
    """What a door makes of it."""

    def test_limits(self) -> None:
        """Each limit has its value."""
        settings = door_settings(CONFIG)
        limits = settings.connection_limits()
        self.assertEqual((1000, 200, 30), (limits.head.head, limits.head.target, limits.head.fields))
        self.assertEqual((1.0, 2.0, 3.0), (limits.head_timeout, limits.idle_timeout, limits.stall_timeout))
        self.assertEqual((50, 6, 7), (limits.body, limits.data_rate, limits.requests))
        self.assertEqual((4, 4.0), (settings.limits.connections, settings.timeouts.connect))

    def test_options(self) -> None:
        """Host names and trusted networks are the configuration's."""
        options = door_settings(CONFIG).options()
        self.assertEqual(CONFIG.arvgate.trusted_proxies, tuple(options.trusted_proxies))
        self.assertEqual(ApiHost(), read_host(b"zzzzz.example:8443", options.names))
        self.assertEqual(
            ContainerTarget(CONTAINER, 80), read_host(f"{CONTAINER}-80-http.apps.example:8444".encode(), options.names)
        )


class HostNamesTests(SynchronousTestCase):
    """By which names a cluster is reached."""

    def test_loopback(self) -> None:
        """A cluster on this machine is reached by all names of it that the certificate carries."""
        for url in ("https://localhost:8443/", "https://zzzzz.localhost:8443/", "https://127.0.0.1:8443/"):
            names = host_names("zzzzz", url, WebServicesConfig(host_suffix=".zzzzz.localhost", port=8443))
            for host in (b"localhost", b"127.0.0.1", b"[::1]", b"zzzzz.localhost", b"host.docker.internal"):
                self.assertEqual(ApiHost(), read_host(host + b":8443", names), (url, host))

    def test_elsewhere(self) -> None:
        """Another cluster is reached by its own name only."""
        names = host_names("zzzzz", "https://zzzzz.example/", WebServicesConfig(host_suffix=".apps.example"))
        self.assertEqual(ApiHost(), read_host(b"zzzzz.example", names))
        for host in (b"localhost", b"127.0.0.1", b"zzzzz.localhost"):
            self.assertIsNone(read_host(host, names))

    def test_no_wildcard(self) -> None:
        """Without a wildcard no name is a container's."""
        names = host_names("zzzzz", "https://zzzzz.example/", WebServicesConfig())
        for host in (f"{CONTAINER}-80-http", f"{CONTAINER}-80-http.example", "app"):
            self.assertIsNone(read_host(host.encode(), names))

    def test_range(self) -> None:
        """Where there is a range of ports, each of them on its host is one."""
        web = WebServicesConfig(host="apps.example", port_min=31000, port_max=31001)
        config = attrs.evolve(CONFIG, web_services=web)
        orders = DoorOrders(door_settings(config), (KeyPair("", ""),), "/run", None, 3)
        names = read_door_orders(json.loads(json.dumps(orders_json(orders)))).settings.options().names
        self.assertEqual(PortTarget(31001), read_host(b"apps.example:31001", names))
        for host in (b"apps.example", b"apps.example:31002", b"zzzzz.example:31000"):
            self.assertIsNone(read_host(host, names), host)
