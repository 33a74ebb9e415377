"""
The small languages inside configuration values.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.values import (
    ListenAddress,
    is_loopback,
    parse_duration,
    parse_https_url,
    parse_listener,
    parse_size,
    url_port,
)


class DurationTests(SynchronousTestCase):
    """L{parse_duration}."""

    def test_units(self) -> None:
        """A duration is a sum of numbers with units, in seconds."""
        for text, seconds in (("90s", 90), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("0s", 0)):
            self.assertAlmostEqual(seconds, parse_duration(text))

    def test_zero_needs_no_unit(self) -> None:
        """Only zero may stand without a unit."""
        self.assertEqual(0.0, parse_duration(0))
        self.assertRaises(ValueError, parse_duration, 5)

    def test_malformed(self) -> None:
        """What is no duration is refused."""
        for value in ("", "m", "5 m", "5minutes", "-5s", "5s,", None, True, False, "1e3s"):
            self.assertRaises(ValueError, parse_duration, value)

    @given(some.text(max_size=8))
    def test_any_text(self, text: str) -> None:
        """Any text is a duration that is not negative, or is refused."""
        try:
            self.assertGreaterEqual(parse_duration(text), 0)
        except ValueError as error:
            self.assertIn("not a duration", str(error))


class SizeTests(SynchronousTestCase):
    """L{parse_size}."""

    def test_units(self) -> None:
        """A size is a number with a decimal or binary unit, in bytes."""
        for value, size in (
            (512, 512),
            ("512", 512),
            ("16MiB", 1 << 24),
            ("2GB", 2 * 10**9),
            ("1.5 KiB", 1536),
            ("1k", 1000),
        ):
            self.assertEqual(size, parse_size(value))

    def test_malformed(self) -> None:
        """What is no size is refused."""
        for value in ("", "MiB", "-1", "1 i", "1iB", "1XB", True, None, 1.5, "0x10"):
            self.assertRaises(ValueError, parse_size, value)


class UrlTests(SynchronousTestCase):
    """L{parse_https_url}."""

    def test_host_and_port(self) -> None:
        """An address has a host and a port, 443 if none is given; the host may begin with a star."""
        for text, host, port in (
            ("https://a.example", "a.example", 443),
            ("https://A.example:8443/", "a.example", 8443),
            ("https://*--c.example/", "*--c.example", 443),
        ):
            parts = parse_https_url(text)
            self.assertEqual((host, port), (parts.hostname, url_port(parts)))

    def test_malformed(self) -> None:
        """Other schemes, paths, users, stars elsewhere and impossible ports are refused."""
        for text in (
            "http://a.example", "a.example", "https://", "https://a.example/x", "https://a.example/?q", "https://u@a.example",
            "https://a.*.example", "https://a.example:0", "https://a.example:99999", "https://a.example:b",
        ):  # fmt: skip
            self.assertRaises(ValueError, parse_https_url, text)


class ListenerTests(SynchronousTestCase):
    """L{parse_listener}."""

    def test_tcp(self) -> None:
        """TCP descriptions have a port and perhaps an interface."""
        self.assertEqual(ListenAddress(port=8443), parse_listener("tcp:8443"))
        self.assertEqual(ListenAddress("127.0.0.1", 0), parse_listener("tcp:0:interface=127.0.0.1"))
        self.assertEqual(ListenAddress("::1", 22), parse_listener(r"tcp:port=22:interface=\:\:1:backlog=99"))
        for address in (ListenAddress("::1", 22), ListenAddress("127.0.0.1", 1), ListenAddress(port=8443)):
            self.assertEqual(address, parse_listener(address.description))

    def test_malformed(self) -> None:
        """What cannot be listened on is refused."""
        for text in (
            "",
            "8443",
            "tcp:",
            "tcp:x",
            "tcp:70000",
            "tcp:1:interface=here",
            "tcp:1:2",
            "tcp:1:x=y",
            "udp:1",
            "unix:/run/sock",
        ):
            self.assertRaises(ValueError, parse_listener, text)


class LoopbackTests(SynchronousTestCase):
    """L{is_loopback}."""

    def test_names_and_addresses(self) -> None:
        """Loopback are localhost, what is under it, and the loopback addresses; nothing else, no address neither."""
        for host in ("localhost", "x.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"):
            self.assertTrue(is_loopback(host), host)
        for host in ("", "0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "127.0.0.1.example"):
            self.assertFalse(is_loopback(host), host)
