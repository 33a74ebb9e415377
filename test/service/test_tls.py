"""
Tests for L{arvgate.service.tls}.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.errors import ConfigInvalid
from arvgate.service.settings import KeyPair
from arvgate.service.tls import server_context

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CA = new_ca("test", NOW)


def pair_for(*names: str) -> KeyPair:
    """A certificate with an elliptic key."""
    issued = new_server_certificate(CA, names, NOW)
    return KeyPair(issued.certificate_pem.decode(), issued.key_pem.decode())


def rsa_pair_for(*names: str, size: int = 2048) -> KeyPair:
    """A certificate with an RSA key."""
    key = rsa.generate_private_key(65537, size)
    model = new_server_certificate(CA, names, NOW).certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(model.subject)
        .issuer_name(model.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    )
    certificate = builder.sign(CA.key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return KeyPair(certificate.decode(), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def client_context(suites: str = "", **settings: Any) -> ssl.SSLContext:
    """A client that trusts everybody, with attributes of its context set."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if suites:
        context.set_ciphers(suites)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def handshake(
    server: ssl.SSLContext,
    name: str | None = None,
    client: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> ssl.SSLObject:
    """Shake hands in memory; the client's end, which has read a byte."""
    client = client_context() if client is None else client
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name, session=session)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (ours, theirs):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    theirs.write(b"x")
    ours.read(1)
    return ours


def shown(server: ssl.SSLContext, name: str | None = None, client: ssl.SSLContext | None = None) -> str:
    """The certificate that is shown."""
    return ssl.DER_cert_to_PEM_cert(handshake(server, name, client).getpeercert(binary_form=True) or b"")


class ContextTests(SynchronousTestCase):
    """A context with one certificate."""

    def setUp(self) -> None:
        """A certificate with its key."""
        self.pair = pair_for("one.example")
        self.context = server_context([self.pair])

    def test_certificate(self) -> None:
        """It is shown to everybody, whatever name is asked for, or none."""
        for name in ("one.example", "other.example", "localhost", None):
            self.assertEqual(self.pair.certificate, shown(self.context, name), name)

    def test_versions(self) -> None:
        """TLS 1.2 and 1.3 are spoken, older versions are not."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = client_context(minimum_version=version, maximum_version=version)
            self.assertEqual(version.name.replace("_", "."), handshake(self.context, None, client).version())
        old = client_context("ALL:@SECLEVEL=0", minimum_version=ssl.TLSVersion.TLSv1)
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertRaises(ssl.SSLError, handshake, self.context, None, old)

    def test_protocol(self) -> None:
        """HTTP/1.1 is agreed upon, also with who would rather have HTTP/2; who offers none of it gets no answer."""
        for offer, agreed in ((["h2", "http/1.1"], "http/1.1"), (["h2"], None)):
            client = client_context()
            client.set_alpn_protocols(offer)
            self.assertEqual(agreed, handshake(self.context, "one.example", client).selected_alpn_protocol())

    def test_suites(self) -> None:
        """TLS 1.2 is spoken with ephemeral keys and authenticated encryption only, as the client prefers."""
        both = {"minimum_version": ssl.TLSVersion.TLSv1_2, "maximum_version": ssl.TLSVersion.TLSv1_2}
        for suites in ("ECDHE+AES+SHA", "ECDHE+AES+SHA256:!AESGCM", "RSA", "DHE", "ECDHE+AESCCM"):
            client = client_context(f"{suites}:@SECLEVEL=0", **both)
            self.assertRaises(ssl.SSLError, handshake, self.context, None, client)
        for first in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"):
            cipher = handshake(self.context, None, client_context(f"{first}:ECDHE+AESGCM", **both)).cipher()
            self.assertEqual(first, (cipher or ("",))[0])

    def test_sessions(self) -> None:
        """A client resumes its session in either version, for the name that it was made for."""
        context = server_context([self.pair, pair_for("*.two.example")])
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = client_context(maximum_version=version)
            for name in ("one.example", "x.two.example"):
                first = handshake(context, name, client)
                self.assertFalse(first.session_reused)
                self.assertTrue(handshake(context, name, client, first.session).session_reused, (version, name))

    def test_session_of_another_context(self) -> None:
        """A session of another context, as of another process, is no obstacle to a new handshake."""
        client = client_context()
        session = handshake(server_context([self.pair]), "one.example", client).session
        again = handshake(self.context, "one.example", client, session)
        self.assertFalse(again.session_reused)
        self.assertEqual("TLSv1.3", again.version())

    def test_unusable(self) -> None:
        """What does not fit together, or is too weak, is refused and named by its place in the configuration."""
        other = pair_for("other.example")
        for bad in (
            attrs.evolve(self.pair, certificate=other.certificate),
            KeyPair("", ""),
            KeyPair("nothing", "nothing"),
            attrs.evolve(other, key=""),
            rsa_pair_for("one.example", size=1024),
        ):
            error = self.assertRaises(ConfigInvalid, server_context, [bad])
            self.assertIn("TLS:", error.sentence)
            error = self.assertRaises(ConfigInvalid, server_context, [self.pair, other, bad])
            self.assertIn("Arvgate.Certificates[1]:", error.sentence)

    def test_nothing_is_left(self) -> None:
        """No file stays open."""
        before = len(os.listdir("/proc/self/fd"))
        server_context([self.pair])
        self.assertRaises(ConfigInvalid, server_context, [KeyPair("", "")])
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_repr(self) -> None:
        """The key does not show."""
        self.assertNotIn("PRIVATE", repr(self.pair))


class SeveralTests(SynchronousTestCase):
    """A context with several certificates."""

    def check(self, context: ssl.SSLContext, expected: Mapping[str | None, KeyPair], **settings: Any) -> None:
        """Who asks for a name is shown that certificate."""
        for name, pair in expected.items():
            self.assertEqual(pair.certificate, shown(context, name, client_context(**settings)), name)

    def test_by_name(self) -> None:
        """Each name gets its own certificate, then its wildcard; any other, and none, get the first."""
        first, wildcard, exact = pair_for("one.example"), pair_for("*.two.example"), pair_for("a.two.example")
        self.check(
            server_context([first, wildcard, exact]),
            {
                "one.example": first,
                "b.two.example": wildcard,
                "A.two.example": exact,
                "two.example": first,
                "x.b.two.example": first,
                "elsewhere.example": first,
                None: first,
            },
        )

    def test_same_name_twice(self) -> None:
        """Of two for the same name with the same kind of key the first counts."""
        first, second = pair_for("one.example"), pair_for("one.example", "two.example")
        self.check(server_context([first, second]), {"one.example": first, "two.example": second})

    def test_kinds_of_keys(self) -> None:
        """Of certificates for the same names with different keys a client gets the one that it can check."""
        elliptic, old = pair_for("one.example"), rsa_pair_for("one.example")
        for pairs in ([elliptic, old], [old, elliptic]):
            context = server_context(pairs)
            for name in ("one.example", None):
                for suite, pair in (("ECDHE+aECDSA", elliptic), ("ECDHE+aRSA", old)):
                    client = client_context(suite, maximum_version=ssl.TLSVersion.TLSv1_2)
                    self.assertEqual(pair.certificate, shown(context, name, client), (name, suite))
