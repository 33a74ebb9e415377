"""
sslyze finds nothing weak in a door's TLS.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from pathlib import Path

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.trial.unittest import TestCase

from arvgate.service.single import Single
from test.acceptance.waiting import in_thread
from test.functional.sslyze import Scan, Sslyze
from test.service.clusters import make_cluster


def resumed_by_id(port: int, ca: Path) -> bool:
    """
    Whether a client without tickets resumes its session.

    sslyze does not always say good-bye before it closes, and then a session has to be forgotten.
    """
    context = ssl.create_default_context(cafile=str(ca))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET

    def connect(session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), timeout=10.0)
        return context.wrap_socket(plain, server_hostname="localhost", session=session)

    with connect() as first:
        session = first.session
        first.unwrap().close()
    with connect(session) as second:
        return bool(second.session_reused)


class ScanTests(TestCase):
    """One scan of a gateway as C{arvgate init} makes it."""

    timeout = 240

    async def test_nothing_is_found(self) -> None:
        """
        Only modern versions and suites are spoken, none of the known holes is open, sessions are resumed, the
        certificate is good by the cluster's authority, and Mozilla's advice is met as far as it can be.
        """
        sslyze = await in_thread(Sslyze)
        cluster = make_cluster(self.mktemp(), 0)
        single = Single(cluster.config, reactor, os.environ)
        await single.start()
        self.addCleanup(single.stop)
        scan: Scan = await in_thread(sslyze.scan, single.ports[0], "localhost", cluster.directory / "ca.pem")
        self.check_versions(scan)
        self.check_holes(scan)
        self.check_certificate(scan)
        resumption = scan.results["session_resumption"]
        self.assertEqual("FULLY_SUPPORTED", resumption["tls_ticket_resumption_result"])
        self.assertTrue(await in_thread(resumed_by_id, single.ports[0], cluster.directory / "ca.pem"))
        self.check_advice(scan)

    def check_versions(self, scan: Scan) -> None:
        """TLS 1.2 and 1.3, with ephemeral keys and authenticated encryption."""
        for old in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
            self.assertFalse(scan.results[f"{old}_cipher_suites"]["is_tls_version_supported"], old)
        kinds = ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
        self.assertEqual({f"ECDHE-ECDSA-{kind}" for kind in kinds}, set(scan.suites("tls_1_2")))
        self.assertEqual(3, len(scan.suites("tls_1_3")))

    def check_holes(self, scan: Scan) -> None:
        """What servers were found vulnerable to."""
        for name, key in (
            ("tls_compression", "supports_compression"),
            ("tls_1_3_early_data", "supports_early_data"),
            ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection"),
            ("heartbleed", "is_vulnerable_to_heartbleed"),
            ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos"),
        ):
            self.assertIs(False, scan.results[name][key], name)
        self.assertEqual("NOT_VULNERABLE_RSA_NOT_SUPPORTED", scan.results["robot"]["robot_result"])
        for name, key in (
            ("session_renegotiation", "supports_secure_renegotiation"),
            ("tls_fallback_scsv", "supports_fallback_scsv"),
            ("tls_extended_master_secret", "supports_ems_extension"),
        ):
            self.assertIs(True, scan.results[name][key], name)

    def check_certificate(self, scan: Scan) -> None:
        """It is trusted by who has the authority, and its chain is in order."""
        (deployment,) = scan.results["certificate_info"]["certificate_deployments"]
        (ours,) = [
            one for one in deployment["path_validation_results"] if one["trust_store"]["name"] == "Supplied CA file"
        ]
        self.assertTrue(ours["verified_certificate_chain"], ours["validation_error"])
        self.assertTrue(deployment["received_chain_has_valid_order"])
        self.assertFalse(deployment["verified_chain_has_sha1_signature"])

    def check_advice(self, scan: Scan) -> None:
        """
        Mozilla wants shorter lives of certificates, which is for public authorities, and two curves fewer, which are
        no weaker and which the standard library cannot leave out.
        """
        complaints = dict(scan.complaints)
        self.assertIn("825 days", complaints.pop("maximum_certificate_lifespan"))
        curves = re.findall(r"'(\w+)'", complaints.pop("tls_curves", ""))
        self.assertLessEqual(set(curves), {"X448", "secp521r1"})
        self.assertEqual({}, complaints)
