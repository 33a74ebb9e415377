"""
Tests for L{arvgate.cli.gateway_checks}.
"""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from email.utils import localtime
from pathlib import Path

import attrs

from arvgate.cli.gateway_checks import gateway_checks
from arvgate.cli.settings import Settings
from arvgate.config.certificates import new_ca
from arvgate.model.checks import Check, Result
from test.cli.api_server import ApiServer, Said
from test.cli.case import CommandCase


class GatewayTests(CommandCase):
    """The way to the API."""

    def setUp(self) -> None:
        """An API, and the settings to reach it without a token."""
        super().setUp()
        self.api.answers["GET config"] = {"ClusterID": "xabcd"}
        self.settings = Settings("localhost", self.api.port, "", ca_file=str(self.api.ca))

    def fails(self, settings: Settings, name: str, *words: str, code: str = "unreachable") -> Check:
        """The check of that name is the first that fails, and has a cure."""
        checks = gateway_checks(settings)
        self.assertEqual(["name", "connection", "certificate", "api"][: len(checks)], [check.name for check in checks])
        self.assertEqual({Result.OK}, {check.result for check in checks[:-1]} | {Result.OK})
        failed = checks[-1]
        self.assertEqual((name, Result.FAILED, code), (failed.name, failed.result, failed.code), failed)
        self.assertTrue(failed.cure)
        for word in words:
            self.assertIn(word, f"{failed.sentence} {failed.cure}")
        return failed

    def test_in_order(self) -> None:
        """Where all is in order the cluster is named; no token is needed."""
        checks = gateway_checks(self.settings)
        self.assertEqual([Result.OK] * 4, [check.result for check in checks])
        self.assertIn("127.0.0.1", checks[0].sentence)
        self.assertEqual("The API of cluster xabcd answers.", checks[3].sentence)
        (asked,) = self.api.asked
        self.assertEqual("Bearer", asked.headers["authorization"].strip())

    def test_localhost(self) -> None:
        """A name below localhost is reached although the C library does not know it."""
        checks = gateway_checks(attrs.evolve(self.settings, host="x.xabcd.localhost"))
        self.assertEqual([Result.OK] * 4, [check.result for check in checks])

    def test_name(self) -> None:
        """A name without an address is named, one that can be none too."""
        for host in ("nowhere.invalid", "a..b"):
            self.fails(attrs.evolve(self.settings, host=host), "name", host, "ARVADOS_API_HOST")

    def test_refused(self) -> None:
        """Where nothing listens the gateway has to be started."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.fails(attrs.evolve(self.settings, port=port), "connection", "refused", "Start the gateway")

    def test_untrusted(self) -> None:
        """A certificate of an authority that is not known needs SSL_CERT_FILE; unless it is not to be checked."""
        other = Path(self.mktemp())
        other.write_bytes(new_ca("other", localtime()).certificate_pem)
        settings = attrs.evolve(self.settings, ca_file=str(other))
        self.fails(settings, "certificate", "not trusted", "SSL_CERT_FILE")
        checks = gateway_checks(attrs.evolve(settings, insecure=True))
        self.assertEqual([Result.OK] * 4, [check.result for check in checks])
        self.assertIn("not checked", checks[2].sentence)

    def test_other_name(self) -> None:
        """A certificate for another name says so."""
        self.fails(attrs.evolve(self.settings, host="127.0.0.1"), "certificate", "a name in ARVADOS_API_HOST")

    def test_expired(self) -> None:
        """A certificate that has expired, or does not hold yet, is a matter of the gateway or of clocks."""
        for shift, word in ((timedelta(days=-4000), "renewed"), (timedelta(days=400), "clock")):
            api = ApiServer(Path(self.mktemp()).absolute(), localtime() + shift)
            self.addCleanup(api.close)
            settings = Settings("localhost", api.port, "", ca_file=str(api.ca))
            self.fails(settings, "certificate", word)

    def test_no_tls(self) -> None:
        """What speaks no TLS is no gateway."""
        server = socket.create_server(("127.0.0.1", 0))

        def greet() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"220 welcome\r\n")

        greeting = threading.Thread(target=greet)
        greeting.start()
        try:
            settings = attrs.evolve(self.settings, port=server.getsockname()[1])
            self.fails(settings, "certificate", "no TLS connection", "port")
        finally:
            greeting.join(10)
            server.close()

    def test_api(self) -> None:
        """An API that does not answer as it should says what it said."""
        self.api.answers["GET config"] = Said(503, {"errors": ["The records are away."]})
        self.fails(self.settings, "api", "The records are away.", code="not-ready")
        self.api.answers["GET config"] = Said(200, b"hello")
        self.fails(self.settings, "api", "not an Arvados API", code="peer-fault")
