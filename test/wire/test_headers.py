"""
Tests for L{arvgate.wire.headers}.
"""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.headers import (
    Forwarding,
    client_address,
    end_to_end,
    forwarded_for,
    is_arvados,
    is_trailer,
    is_trusted,
    without_arvados,
    without_forwarding,
)

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]

names = st.sampled_from([b"A", b"Connection", b"B", b"Content-Length"])
values = st.sampled_from([b"a", b"b, A", b"content-length", b""])


class HopByHopTests(SynchronousTestCase):
    """What is meant for one hop stays on it."""

    def test_standard(self) -> None:
        """The standard fields go, in any case; the others keep order and bytes."""
        kept = [(b"hOST", b"a"), (b"X-A", b" b\t"), (b"x-a", b"\xff"), (b"Content-Length", b"3"), (b"Expect", b"x")]
        dropped = [
            (name, b"x")
            for name in (
                b"Connection", b"KEEP-ALIVE", b"Proxy-Connection", b"Proxy-Authenticate", b"proxy-authorization",
                b"Transfer-Encoding", b"Upgrade", b"HTTP2-Settings", b"TE",
            )
        ]  # fmt: skip
        self.assertEqual(kept, end_to_end([*kept[:2], *dropped, *kept[2:]]))

    def test_named(self) -> None:
        """What Connection names goes too, in any of several Connection fields."""
        fields = [
            (b"X-A", b"1"),
            (b"Connection", b"close, x-a"),
            (b"x-B", b"2"),
            (b"connection", b"\tX-b "),
            (b"X-C", b"3"),
        ]
        self.assertEqual([(b"X-C", b"3")], end_to_end(fields))

    def test_framing_cannot_be_named(self) -> None:
        """Connection cannot take away the length of the body, the host or the type."""
        fields = [(b"Content-Length", b"3"), (b"Host", b"a"), (b"Expect", b"100-continue"), (b"Content-Type", b"t")]
        named = (b"Connection", b", ".join(name for name, _ in fields))
        self.assertEqual(fields, end_to_end([*fields, named]))

    def test_trailers(self) -> None:
        """Of TE only the readiness for trailers passes."""
        self.assertEqual([(b"TE", b"Trailers")], end_to_end([(b"TE", b"Trailers"), (b"Connection", b"TE")]))
        self.assertEqual([(b"TE", b"trailers")], end_to_end([(b"TE", b"gzip;q=0.5, Trailers")]))
        self.assertEqual([], end_to_end([(b"TE", b"gzip, xtrailers")]))

    def test_behind_a_body(self) -> None:
        """Behind a body nothing passes that the gateway alone says."""
        for name in (b"X-Arvados-Target-Port", b"x_arvados_x", b"X-Forwarded-For", b"Forwarded", b"X_Real_IP"):
            self.assertFalse(is_trailer(name), name)
        self.assertTrue(is_trailer(b"server-timing"))

    @given(st.lists(st.tuples(names, values)))
    def test_mixtures(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Whatever is named, no Connection stays, every length does, and nothing is invented."""
        kept = end_to_end(fields)
        self.assertFalse([name for name, _ in kept if name == b"Connection"])
        lengths, kept_lengths = ([f for f in some if f[0] == b"Content-Length"] for some in (fields, kept))
        self.assertEqual(lengths, kept_lengths)
        self.assertTrue(all(field in fields for field in kept))


class OwnFieldTests(SynchronousTestCase):
    """Fields that only gateways and runners set."""

    def test_arvados(self) -> None:
        """X-Arvados fields go in any case, and with underscores, which some servers take for hyphens."""
        for name in (b"X-Arvados-Target-Port", b"x-arvados-x", b"X_Arvados_Target_Uuid", b"X-ARVADOS-"):
            self.assertTrue(is_arvados(name), name)
            self.assertEqual([], without_arvados([(name, b"1")]))
        for name in (b"X-Arvadosx", b"Arvados-X", b"X-Arvados"):
            self.assertFalse(is_arvados(name), name)

    def test_forwarding(self) -> None:
        """Whatever tells of the way goes, with hyphens or underscores."""
        for name in (
            b"X-Forwarded-For",
            b"x-forwarded-anything",
            b"X_Forwarded_Proto",
            b"Forwarded",
            b"X-REAL-IP",
            b"x_real_ip",
        ):
            self.assertEqual([(b"Via", b"1.0 a")], without_forwarding([(name, b"1"), (b"Via", b"1.0 a")]), name)


class ForwardedTests(SynchronousTestCase):
    """What the app is told of the way."""

    def told(
        self, headers: list[tuple[bytes, bytes]], peer: str = "192.0.2.1", trusted: bool = False
    ) -> dict[bytes, bytes]:
        """The new fields by name."""
        return dict(forwarded_for(headers, Forwarding(peer=peer, host=b"h.example:8443", trusted=trusted)))

    def test_stranger(self) -> None:
        """Of what a stranger says nothing is taken over."""
        lies = [
            (b"X-Forwarded-For", b"1.1.1.1"),
            (b"X-Forwarded-Host", b"evil"),
            (b"X-Forwarded-Proto", b"http"),
            (b"X-Real-IP", b"1.1.1.1"),
            (b"Forwarded", b"for=1.1.1.1"),
        ]
        self.assertEqual(
            {
                b"X-Forwarded-For": b"192.0.2.1",
                b"X-Forwarded-Host": b"h.example:8443",
                b"X-Forwarded-Proto": b"https",
                b"X-Real-IP": b"192.0.2.1",
                b"Forwarded": b"for=192.0.2.1;proto=https",
                b"Via": b"1.1 arvgate",
            },
            self.told(lies),
        )

    def test_trusted_proxy(self) -> None:
        """A trusted proxy's chain is continued, and its word on host, scheme and client is taken."""
        said = [
            (b"X-Forwarded-For", b"1.1.1.1"),
            (b"x-forwarded-for", b"2.2.2.2"),
            (b"X-Forwarded-Host", b"outside.example"),
            (b"X-Forwarded-Proto", b"http"),
            (b"X-Real-IP", b"1.1.1.1"),
            (b"Forwarded", b"for=1.1.1.1"),
        ]
        told = self.told(said, peer="10.0.0.1", trusted=True)
        self.assertEqual(b"1.1.1.1, 2.2.2.2, 10.0.0.1", told[b"X-Forwarded-For"])
        self.assertEqual(b"outside.example", told[b"X-Forwarded-Host"])
        self.assertEqual(b"http", told[b"X-Forwarded-Proto"])
        self.assertEqual(b"1.1.1.1", told[b"X-Real-IP"])
        self.assertEqual(b"for=1.1.1.1, for=10.0.0.1;proto=https", told[b"Forwarded"])

    def test_trusted_but_silent(self) -> None:
        """A trusted proxy that says nothing, or two things at once, is filled in for."""
        told = self.told([(b"X-Forwarded-Host", b"a"), (b"X-Forwarded-Host", b"b")], peer="10.0.0.1", trusted=True)
        self.assertEqual(b"h.example:8443", told[b"X-Forwarded-Host"])
        self.assertEqual(b"10.0.0.1", told[b"X-Real-IP"])

    def test_ipv6(self) -> None:
        """An IPv6 address stands in brackets and quotes where RFC 7239 wants it."""
        told = self.told([], peer="2001:db8::1")
        self.assertEqual(b"2001:db8::1", told[b"X-Forwarded-For"])
        self.assertTrue(told[b"Forwarded"].startswith(b'for="[2001:db8::1]";'))


class ClientTests(SynchronousTestCase):
    """Whose request it is."""

    def test_direct(self) -> None:
        """Without trusted proxies it is the peer, whatever is said."""
        self.assertEqual("192.0.2.1", client_address("192.0.2.1", [b"1.1.1.1"], PROXIES))
        self.assertEqual("10.0.0.1", client_address("10.0.0.1", [b"1.1.1.1"], []))

    def test_chain(self) -> None:
        """It is the last address that no trusted proxy has."""
        self.assertEqual("192.0.2.9", client_address("10.0.0.1", [b"1.1.1.1, 192.0.2.9", b"10.0.0.2"], PROXIES))
        self.assertEqual("10.0.0.3", client_address("10.0.0.1", [b"10.0.0.3,10.0.0.2"], PROXIES))
        self.assertEqual("2001:db8::1", client_address("fd00::1", [b"[2001:DB8::1]:1234"], PROXIES))

    def test_nonsense(self) -> None:
        """What is no address ends the chain at whoever said it."""
        for bad in (b"", b"unknown", b"evil.example", b"1.2.3", b"[]:1", b"1.1.1.1; DROP", b"\xff"):
            self.assertEqual("10.0.0.1", client_address("10.0.0.1", [bad], PROXIES), bad)

    def test_trusted(self) -> None:
        """A network matches its own addresses only, and no text that is no address."""
        self.assertTrue(is_trusted("10.255.0.1", PROXIES))
        for address in ("11.0.0.1", "::ffff:10.0.0.1", "", "x", "unix"):
            self.assertFalse(is_trusted(address, PROXIES), address)
