"""
Keys, certificates and tokens of a new cluster.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import localtime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificates import (
    Issued,
    certificate_names,
    new_ca,
    new_server_certificate,
    new_ssh_host_key,
    new_token,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def shake_hands(test: SynchronousTestCase, ca: Issued, server: Issued, name: str) -> None:
    """Let a strict client and a server of the standard library meet in memory."""
    directory = Path(test.mktemp())
    directory.mkdir()
    (directory / "server.pem").write_bytes(server.certificate_pem)
    (directory / "server.key").write_bytes(server.key_pem)
    client_context = ssl.create_default_context(cadata=ca.certificate_pem.decode())
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(directory / "server.pem", directory / "server.key")
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(down, up, server_hostname=name)
    other = server_context.wrap_bio(up, down, server_side=True)
    waiting = [client, other]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    test.assertEqual([], waiting)


class NameTests(SynchronousTestCase):
    """L{certificate_names}."""

    def test_own_localhost_domain(self) -> None:
        """The default domain needs the names by which a machine reaches itself, and the wildcard."""
        self.assertEqual(
            ["localhost", "127.0.0.1", "::1", "host.docker.internal", "xabcd.localhost", "*.xabcd.localhost"],
            certificate_names("xabcd", "xabcd.localhost"),
        )

    def test_other_localhost_domain(self) -> None:
        """Another domain below localhost comes in addition."""
        names = certificate_names("xabcd", "demo.localhost")
        self.assertEqual({"demo.localhost", "*.demo.localhost", "*.xabcd.localhost", "localhost"} - set(names), set())

    def test_real_domain(self) -> None:
        """A certificate for the world names nothing of this machine."""
        self.assertEqual(["c.example", "*.c.example"], certificate_names("xabcd", "c.example"))


class CertificateTests(SynchronousTestCase):
    """L{new_ca} and L{new_server_certificate}."""

    def setUp(self) -> None:
        """An authority and a server."""
        self.ca = new_ca("test", NOW)
        self.server = new_server_certificate(self.ca, ["localhost", "127.0.0.1", "::1", "*.x.localhost"], NOW)

    def extension(self, issued: Issued, kind: type[x509.ExtensionType]) -> tuple[bool, x509.ExtensionType]:
        """Whether an extension is critical, and the extension."""
        found = issued.certificate.extensions.get_extension_for_class(kind)
        return found.critical, found.value

    def test_keys(self) -> None:
        """Both keys are on P-256."""
        for issued in (self.ca, self.server):
            self.assertIsInstance(issued.key.curve, ec.SECP256R1)

    def test_authority(self) -> None:
        """The authority signs certificates, only of servers, and nothing else."""
        self.assertEqual((True, x509.BasicConstraints(True, 0)), self.extension(self.ca, x509.BasicConstraints))
        critical, usage = self.extension(self.ca, x509.KeyUsage)
        self.assertEqual((True, True, False), (critical, usage.key_cert_sign, usage.digital_signature))

    def test_server(self) -> None:
        """The server is one, is no authority, and points to the authority's key."""
        self.assertEqual((True, x509.BasicConstraints(False, None)), self.extension(self.server, x509.BasicConstraints))
        _, purposes = self.extension(self.server, x509.ExtendedKeyUsage)
        self.assertEqual([ExtendedKeyUsageOID.SERVER_AUTH], list(purposes))
        _, authority = self.extension(self.server, x509.AuthorityKeyIdentifier)
        _, subject = self.extension(self.ca, x509.SubjectKeyIdentifier)
        self.assertEqual(subject.digest, authority.key_identifier)
        self.server.certificate.verify_directly_issued_by(self.ca.certificate)

    def test_names(self) -> None:
        """Addresses are addresses and names names."""
        _, names = self.extension(self.server, x509.SubjectAlternativeName)
        self.assertEqual(["localhost", "*.x.localhost"], names.get_values_for_type(x509.DNSName))
        self.assertEqual([ip_address("127.0.0.1"), ip_address("::1")], names.get_values_for_type(x509.IPAddress))

    def test_validity(self) -> None:
        """Both are valid now, for clocks a little behind too, and the server's no longer than browsers accept."""
        for issued in (self.ca, self.server):
            self.assertLess(issued.certificate.not_valid_before_utc, NOW - timedelta(minutes=30))
        self.assertLessEqual(self.server.certificate.not_valid_after_utc - NOW, timedelta(days=825))
        self.assertGreater(self.ca.certificate.not_valid_after_utc, self.server.certificate.not_valid_after_utc)

    def test_clients_accept_it(self) -> None:
        """A client that checks strictly accepts the server under each of its names, and under no other."""
        now = localtime()
        ca = new_ca("test", now - timedelta(days=30))
        server = new_server_certificate(ca, ["localhost", "127.0.0.1", "*.x.localhost"], now)
        for name in ("localhost", "127.0.0.1", "a-80-http.x.localhost"):
            shake_hands(self, ca, server, name)
        self.assertRaises(ssl.SSLCertVerificationError, shake_hands, self, ca, server, "a.b.x.localhost")

    def test_keys_are_hidden(self) -> None:
        """The repr of a certificate does not show its key."""
        self.assertNotIn("key=", repr(self.server))


class KeyTests(SynchronousTestCase):
    """SSH keys and tokens."""

    def test_ssh_host_key(self) -> None:
        """Private and public half are a pair, in OpenSSH's forms."""
        key = new_ssh_host_key("host")
        private, public = load_ssh_private_key(key.private, None), load_ssh_public_key(key.public.encode())
        self.assertEqual(public.public_bytes_raw(), private.public_key().public_bytes_raw())
        self.assertTrue(key.public.startswith("ssh-ed25519 ") and key.public.endswith(" host"))
        self.assertNotIn("PRIVATE", repr(key))

    def test_token(self) -> None:
        """A token has the length asked for and takes each character from the randomness given."""
        self.assertEqual("0" * 64, new_token(64, lambda below: 0))
        self.assertEqual("z", new_token(1, lambda below: below - 1))
        self.assertTrue(new_token(100, lambda below: 7).isalnum())
