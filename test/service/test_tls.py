"""
Tests for L{arvgate.service.tls}.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.errors import ConfigInvalid
from arvgate.service.settings import KeyPair
from arvgate.service.tls import load_pair, server_context

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def handshake(server: ssl.SSLContext, alpn: tuple[str, ...] = ("http/1.1",), **limits: ssl.TLSVersion) -> ssl.SSLObject:
    """Shake hands in memory; the client's end."""
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    client_context.set_alpn_protocols(list(alpn))
    for name, version in limits.items():
        setattr(client_context, name, version)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client_context.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    ends[0].do_handshake()
    return ends[0]


class ContextTests(SynchronousTestCase):
    """A context from texts."""

    def setUp(self) -> None:
        """Two certificates with their keys."""
        ca = new_ca("test", NOW)
        issued = [new_server_certificate(ca, [name], NOW) for name in ("one.example", "other.example")]
        self.pair, self.other = (KeyPair(one.certificate_pem.decode(), one.key_pem.decode()) for one in issued)
        self.context = server_context(self.pair)

    def shown(self) -> bytes | None:
        """The certificate that is shown."""
        return handshake(self.context).getpeercert(binary_form=True)

    def test_certificate(self) -> None:
        """The certificate of the text is shown, HTTP/1.1 is agreed upon, by TLS 1.2 or later."""
        self.assertEqual(ssl.PEM_cert_to_DER_cert(self.pair.certificate), self.shown())
        self.assertEqual("http/1.1", handshake(self.context).selected_alpn_protocol())
        old = handshake(self.context, maximum_version=ssl.TLSVersion.TLSv1_2)
        self.assertEqual("TLSv1.2", old.version())
        self.assertEqual(ssl.TLSVersion.TLSv1_2, self.context.minimum_version)

    def test_another_pair(self) -> None:
        """Another pair is shown from then on; one that does not fit together changes nothing."""
        mixed = attrs.evolve(self.pair, certificate=self.other.certificate)
        for bad in (mixed, KeyPair("", ""), KeyPair("nothing", "nothing"), attrs.evolve(self.other, key="")):
            self.assertRaises(ConfigInvalid, load_pair, self.context, bad)
            self.assertRaises(ConfigInvalid, server_context, bad)
        self.assertEqual(ssl.PEM_cert_to_DER_cert(self.pair.certificate), self.shown())
        load_pair(self.context, self.other)
        self.assertEqual(ssl.PEM_cert_to_DER_cert(self.other.certificate), self.shown())

    def test_nothing_is_left(self) -> None:
        """No file stays open."""
        before = len(os.listdir("/proc/self/fd"))
        load_pair(self.context, self.other)
        self.assertRaises(ConfigInvalid, load_pair, self.context, KeyPair("", ""))
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_repr(self) -> None:
        """The key does not show."""
        self.assertNotIn("PRIVATE", repr(self.pair))
