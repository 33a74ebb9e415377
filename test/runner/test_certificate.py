"""Tests of L{arvgate.runner.certificate}."""

from __future__ import annotations

import os
import random
import ssl
from datetime import UTC, datetime

from cryptography import x509
from twisted.trial.unittest import TestCase

from arvgate.net.connecting import connect_tls
from arvgate.net.stream import Receiver
from arvgate.net.tls import TLSStream
from arvgate.runner.certificate import make_certificate
from arvgate.wire.proof import ALPN, certificate_sha256
from test.net.certificates import client_context
from test.net.serving import Serving, reactor

UUID = "zzzzz-dz642-000000000000001"
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class CertificateTests(TestCase):
    """The certificate of a runner."""

    timeout = 30

    async def shown(self) -> tuple[TLSStream, str]:
        """What a client is shown, and the fingerprint that the runner goes by."""
        serving = Serving()
        self.addCleanup(serving.stop)
        certificate = make_certificate(UUID, NOW.timestamp(), random.Random(1).randrange)
        port = serving.listen(lambda stream: (serving.add(stream), Receiver())[1], certificate.context)
        context = client_context()
        context.set_alpn_protocols([ALPN, "http/1.1"])
        stream = await connect_tls(reactor, "127.0.0.1", port, context, UUID, 5.0)
        return serving.add(stream), certificate.sha256

    async def test_shown(self) -> None:
        """A client sees just the certificate whose fingerprint is proved, and speaks the hop's protocol."""
        stream, fingerprint = await self.shown()
        self.assertEqual(fingerprint, certificate_sha256(stream.peer_certificate()))
        self.assertEqual(ALPN, stream.alpn)

    async def test_validity(self) -> None:
        """It names the container, and is valid from before now for longer than any job."""
        stream, _ = await self.shown()
        certificate = x509.load_der_x509_certificate(stream.peer_certificate())
        self.assertIn(UUID, certificate.subject.rfc4514_string())
        self.assertLess(certificate.not_valid_before_utc, NOW)
        self.assertGreater(certificate.not_valid_after_utc, NOW.replace(year=2030))

    def test_each_its_own(self) -> None:
        """No two runners have the same one, and the key is on no disk."""
        before = set(os.listdir("."))
        one, other = (make_certificate(UUID, NOW.timestamp(), random.Random(n).randrange) for n in (1, 2))
        self.assertNotEqual(one.sha256, other.sha256)
        self.assertEqual(before, set(os.listdir(".")))
        self.assertEqual(ssl.TLSVersion.TLSv1_2, one.context.minimum_version)
