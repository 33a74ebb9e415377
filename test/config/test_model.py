"""
The configuration as values.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.model import ArvgateConfig, Config, Secret, WebServicesConfig
from arvgate.model.ids import ClusterID


class SecretTests(SynchronousTestCase):
    """L{Secret}."""

    def test_hidden(self) -> None:
        """Neither repr nor str nor a format gives it away."""
        secret = Secret("hush")
        for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
            self.assertNotIn("hush", shown)
        self.assertEqual("hush", secret.value)

    def test_truth(self) -> None:
        """An empty secret is false."""
        self.assertEqual((True, False), (bool(Secret("x")), bool(Secret())))


class ConfigTests(SynchronousTestCase):
    """L{Config}."""

    def test_api_host(self) -> None:
        """The API's host has its port, unless that is the usual one."""
        for url, api_host in (
            ("https://a.example/", "a.example"),
            ("https://a.example:443/", "a.example"),
            ("https://A.example:8443/", "a.example:8443"),
            ("https://[::1]:8443/", "[::1]:8443"),
        ):
            self.assertEqual(api_host, Config(ClusterID("xabcd"), Secret("x"), url).api_host)

    def test_frozen(self) -> None:
        """Nothing of it can be changed."""
        config = Config(ClusterID("xabcd"), Secret("x"), "https://a.example/")
        self.assertRaises(AttributeError, setattr, config.arvgate, "workers", 2)

    def test_external_listeners(self) -> None:
        """Each external port is listened on at each address of HTTPS, where that does not listen there itself."""
        arvgate = ArvgateConfig(
            listeners_https=("tcp:31001:interface=127.0.0.1", r"tcp:443:interface=\:\:1", "tcp:443")
        )
        web = WebServicesConfig(host="apps.example", port_min=31001, port_max=31002)
        config = Config(ClusterID("xabcd"), Secret("x"), "https://a.example/", arvgate=arvgate)
        self.assertEqual((), config.external_listeners)
        self.assertEqual(
            (
                "tcp:31002:interface=127.0.0.1",
                r"tcp:31001:interface=\:\:1",
                r"tcp:31002:interface=\:\:1",
                "tcp:31001",
                "tcp:31002",
            ),
            attrs.evolve(config, web_services=web).external_listeners,
        )
