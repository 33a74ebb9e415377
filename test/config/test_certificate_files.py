"""
Tests for L{arvgate.config.certificate_files}; the problems are tested with those of other files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificate_files import certificate_problems, certificate_warnings
from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.config.model import ArvgateConfig, Config, Secret, TLSConfig, WebServicesConfig
from arvgate.model.ids import ClusterID
from test.service.test_tls import rsa_pair_for

NOW = datetime(2030, 1, 1, tzinfo=UTC)
END = NOW + timedelta(days=825)


class ProblemTests(SynchronousTestCase):
    """What makes a certificate useless; most of it is tested with the problems of other files."""

    def test_weak_key(self) -> None:
        """An RSA key needs 2048 bits."""
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        for bits, words in ((1024, "has an RSA key of fewer than 2048 bits"), (2048, "")):
            pair = rsa_pair_for("api.example", size=bits)
            (directory / "a.pem").write_text(pair.certificate)
            (directory / "a.key").write_text(pair.key)
            tls = TLSConfig(str(directory / "a.pem"), str(directory / "a.key"))
            config = Config(ClusterID("xabcd"), Secret("x"), "https://api.example/", tls=tls)
            expected = [("TLS.Certificate", f"{directory}/a.pem {words}")] if words else []
            self.assertEqual(expected, list(certificate_problems(config)))


class WarningTests(SynchronousTestCase):
    """What clients will dislike."""

    def setUp(self) -> None:
        """An authority."""
        self.ca = new_ca("test", NOW)
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()

    def pair(self, name: str, *hosts: str) -> TLSConfig:
        """The files of a new certificate."""
        issued = new_server_certificate(self.ca, hosts, NOW)
        certificate, key = (self.directory / f"{name}.{kind}" for kind in ("pem", "key"))
        certificate.write_bytes(issued.certificate_pem)
        key.write_bytes(issued.key_pem)
        return TLSConfig(str(certificate), str(key))

    def config(self, *pairs: TLSConfig, api: str = "api.example", **web: object) -> Config:
        """A configuration with these certificates."""
        services = WebServicesConfig("https://…/", **(web or {"host_suffix": ".apps.example"}))
        arvgate = ArvgateConfig(certificates=pairs[1:], listeners_https=("tcp:443",))
        url = f"https://{api}/"
        return Config(ClusterID("xabcd"), Secret("x"), url, tls=pairs[0], web_services=services, arvgate=arvgate)

    def warnings(self, config: Config, now: datetime = NOW) -> Sequence[tuple[str, str]]:
        """The warnings, without the directory."""
        self.assertEqual([], list(certificate_problems(config)))
        return [(key, text.replace(f"{self.directory}/", "")) for key, text in certificate_warnings(config, now)]

    def test_right(self) -> None:
        """One that is good for everything, or several that are so together, leave nothing to say."""
        whole = self.pair("whole", "api.example", "*.apps.example")
        api, apps = self.pair("api", "api.example"), self.pair("apps", "*.apps.example")
        for pairs in ([whole], [api, apps], [apps, api]):
            self.assertEqual([], self.warnings(self.config(*pairs)))

    def test_time(self) -> None:
        """Each one that has expired, will within three weeks, or is not valid yet is named."""
        config = self.config(
            self.pair("one", "api.example", "*.apps.example"), self.pair("two", "api.example", "*.apps.example")
        )
        for now, words in (
            (END - timedelta(days=22), None),
            (END - timedelta(days=20), "expires on 2032-04-04"),
            (END + timedelta(days=1), "has expired on 2032-04-04"),
            (NOW - timedelta(days=1), "is not valid before 2029-12-31"),
        ):
            expected = [("TLS", "one"), ("Arvgate.Certificates[0]", "two")] if words else []
            self.assertEqual(
                [(f"{key}.Certificate", f"{name}.pem {words}") for key, name in expected], self.warnings(config, now)
            )

    def test_names(self) -> None:
        """A name of the cluster that no certificate is good for is named."""
        api_key, web_key = "Services.Controller.ExternalURL", "Services.ContainerWebServices.ExternalURL"
        pair = self.pair("pair", "api.example", "*.apps.example", "192.0.2.1")
        for options, expected in (
            ({"host_suffix": "--apps.example"}, [(web_key, "no certificate is good for *--apps.example")]),
            ({"host_suffix": "--x.apps.example"}, []),
            ({"host_suffix": ".x.apps.example"}, [(web_key, "no certificate is good for *.x.apps.example")]),
            ({"host": "x.apps.example"}, []),
            ({"host": "x.example"}, [(web_key, "no certificate is good for x.example")]),
            ({"host": "api.example", "api": "192.0.2.1"}, []),
            ({"host": "api.example", "api": "192.0.2.2"}, [(api_key, "no certificate is good for 192.0.2.2")]),
        ):
            self.assertEqual(expected, self.warnings(self.config(pair, **options)), options)

    def test_tls_elsewhere(self) -> None:
        """Where a proxy speaks TLS, names are its business."""
        config = self.config(self.pair("pair", "other.example"))
        behind = attrs.evolve(config.arvgate, listeners_https=(), listeners_http=("tcp:80",))
        self.assertEqual([], self.warnings(attrs.evolve(config, arvgate=behind)))
        self.assertEqual([], self.warnings(attrs.evolve(config, arvgate=behind, tls=TLSConfig())))

    def test_useless(self) -> None:
        """Of certificates that have problems nothing more is said."""
        config = self.config(self.pair("pair", "other.example"))
        (self.directory / "pair.pem").unlink()
        self.assertEqual([], list(certificate_warnings(config, END + timedelta(days=1))))
        self.assertEqual(["TLS.Certificate"], [key for key, _ in certificate_problems(config)])
