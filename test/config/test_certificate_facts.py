"""
Tests for L{arvgate.config.certificate_facts}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificate_facts import read_certificate
from arvgate.config.certificates import new_ca, new_server_certificate

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class FactsTests(SynchronousTestCase):
    """What a certificate says of itself."""

    def setUp(self) -> None:
        """A chain."""
        self.ca = new_ca("test", NOW)
        self.issued = new_server_certificate(self.ca, ["API.example", "*.apps.example", "127.0.0.1", "::1"], NOW)
        self.facts = read_certificate(self.issued.certificate_pem + self.ca.certificate_pem)

    def test_read(self) -> None:
        """Names, addresses, key and time are those of the first certificate."""
        self.assertEqual(["api.example", "*.apps.example"], self.facts.names)
        self.assertEqual(["127.0.0.1", "::1"], self.facts.addresses)
        key = self.issued.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.assertEqual(key, self.facts.public_key)
        self.assertLess(self.facts.begins, NOW)
        self.assertGreater(self.facts.ends, NOW + timedelta(days=300))

    def test_good_for(self) -> None:
        """It is good for its names, what its wildcards stand for, and its addresses in whatever form."""
        for host in ("api.example", "x.apps.example", "127.0.0.1", "::1", "[::1]", "[0::1]"):
            self.assertTrue(self.facts.is_good_for(host), host)
        for host in ("other.example", "apps.example", "x.y.apps.example", "127.0.0.2", "[::2]"):
            self.assertFalse(self.facts.is_good_for(host), host)

    def test_no_names(self) -> None:
        """One without alternative names is good for nothing."""
        facts = read_certificate(self.ca.certificate_pem)
        self.assertEqual(([], []), (facts.names, facts.addresses))
        self.assertFalse(facts.is_good_for("test"))

    def test_none(self) -> None:
        """A text without a certificate is refused."""
        self.assertRaises(ValueError, read_certificate, b"")
        self.assertRaises(ValueError, read_certificate, self.issued.key_pem)
