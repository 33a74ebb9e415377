"""
Tests for L{arvgate.wire.vhost}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget
from arvgate.wire.vhost import (
    ApiHost,
    HostMeaning,
    HostNames,
    canonical_host,
    is_port_name,
    parse_port,
    read_host,
    read_label,
    read_origin,
)

NAMES = HostNames(
    cluster_id="zzzzz",
    api="localhost",
    api_port=8443,
    suffix=".zzzzz.localhost",
    port=8443,
    api_aliases=["127.0.0.1", "[::1]"],
)
RANGE = HostNames(
    cluster_id="zzzzz", api="api.example", suffix="", ports_host="apps.example", first_port=31000, last_port=31009
)
STANDARD = HostNames(cluster_id="zzzzz", api="api.example", suffix=".c.example")
C = "zzzzz-dz642-aaaaaaaaaaaaaaa"
R = "zzzzz-xvhdp-0123456789abcde"

uuids = st.sampled_from([C, R, "abcde-dz642-zzzzzzzzzzzzzzz"])
targets = st.builds(ContainerTarget, uuid=uuids, port=st.integers(1, 65535), tls=st.booleans())
suffixes = st.sampled_from([".c.example", "--c.example", "-http.c.example", ".a.b.c.example"])
ports = st.sampled_from([443, 8443])


class ReadTests(SynchronousTestCase):
    """From a Host header to what it asks for."""

    def read(self, host: str, names: HostNames = STANDARD) -> HostMeaning | None:
        """What a host asks for."""
        return read_host(host.encode("utf-8"), names)

    def test_accepted_forms(self) -> None:
        """All forms of a container's host are read, for containers and requests, in any case."""
        for uuid in (C, R):
            self.assertEqual(ContainerTarget(uuid, 80), self.read(f"{uuid}-80-http.c.example"))
            self.assertEqual(ContainerTarget(uuid, 80), self.read(f"{uuid}-80.c.example"))
            self.assertEqual(ContainerTarget(uuid, 80, tls=True), self.read(f"{uuid}-80-https.c.example"))
            self.assertEqual(ContainerTarget(uuid, 80), self.read(f"{uuid}-80-HTTP.C.Example".upper()))

    def test_other_wildcards(self) -> None:
        """The wildcard may stand before -http or before two hyphens."""
        http = HostNames(cluster_id="zzzzz", api="api.example", suffix="-http.c.example")
        self.assertEqual(ContainerTarget(C, 80), self.read(f"{C}-80-http.c.example", http))
        dashes = HostNames(cluster_id="zzzzz", api="api.example", suffix="--c.example")
        self.assertEqual(ContainerTarget(C, 80), self.read(f"{C}-80--c.example", dashes))
        self.assertEqual(ContainerTarget(C, 80), self.read(f"{C}-80-http--c.example", dashes))

    def test_ports_of_the_address(self) -> None:
        """The port of the address must be the configured one, 443 being none at all."""
        self.assertEqual(ContainerTarget(C, 80), self.read(f"{C}-80.c.example:443"))
        self.assertIsNone(self.read(f"{C}-80.c.example:8443"))
        self.assertEqual(ContainerTarget(C, 80), self.read(f"{C}-80.zzzzz.localhost:8443", NAMES))
        self.assertIsNone(self.read(f"{C}-80.zzzzz.localhost", NAMES))

    def test_dot_at_the_end(self) -> None:
        """A name with a dot at its end is another host to browsers, with other cookies: it is none of ours."""
        for host in (f"{C}-80.c.example.", "api.example.", "app.c.example."):
            self.assertIsNone(self.read(host), host)

    def test_external_ports(self) -> None:
        """Without a wildcard each port of the range is one, in any case, and no name is a container's."""
        for host, port in (("apps.example:31000", 31000), ("APPS.example:31009", 31009)):
            self.assertEqual(PortTarget(port), self.read(host, RANGE))
        for host in (
            "apps.example", "apps.example:30999", "apps.example:31010", "apps.example:031000", "api.example:31000",
            "x.apps.example:31000", "apps.example.:31000", f"{C}-80.apps.example",
        ):  # fmt: skip
            self.assertIsNone(self.read(host, RANGE), host)
        self.assertEqual(ApiHost(), self.read("api.example", RANGE))
        self.assertIsNone(self.read("apps.example:31000", STANDARD))

    def test_api(self) -> None:
        """The API's host is known by its name and its aliases."""
        for host in ("localhost:8443", "LOCALHOST:8443", "127.0.0.1:8443", "[::1]:8443"):
            self.assertEqual(ApiHost(), self.read(host, NAMES))
        for host in ("localhost", "localhost:443", "::1:8443", "zzzzz.localhost:8443"):
            self.assertIsNone(self.read(host, NAMES), host)
        self.assertEqual(ApiHost(), self.read("api.example"))

    def test_template(self) -> None:
        """The address of any port of a container is its canonical one with the port left open."""
        for suffix, host in ((".c.example", "-http.c.example"), ("-http.c.example", "-http.c.example")):
            names = HostNames("zzzzz", "api.example", suffix, port=8443)
            self.assertEqual(f"https://{C}-{{port}}{host}:8443/", names.address_template(C))
            self.assertEqual(
                f"https://{names.host_of(ContainerTarget(C, 80))}/", names.address_template(C).format(port=80)
            )
        self.assertEqual("", RANGE.address_template(C))

    def test_bad_ports(self) -> None:
        """A port is decimal, from 1 to 65535, without leading zeros, signs or other digits; else it is nothing."""
        for port in (
            "0",
            "00",
            "080",
            "65536",
            "99999",
            "123456",
            "+80",
            "-80",
            "8_0",
            " 80",
            "0x50",
            "",
            "²",
            "\u0668\u0660",
            "8.0",
        ):
            for end in ("", "-http", "-https"):
                self.assertIsNone(self.read(f"{C}-{port}{end}.c.example"), port)

    def test_not_exactly(self) -> None:
        """What is almost one of the forms is nothing, above all no published name."""
        for label in (
            C,
            f"{C}-",
            f"{C}-80-ftp",
            f"{C}-80-http-x",
            f"{C}-80-httpx",
            f"{C}x-80",
            f"x{C}-80".replace("-", "."),
            "zzzzz-tpzed-aaaaaaaaaaaaaaa-80",
            "zzzzz-dz642-aaaaaaaaaaaaaa-80.x",
        ):
            self.assertIsNone(self.read(f"{label}.c.example"), label)
        for host in (
            "c.example",
            ".c.example",
            "x.y.c.example",
            "evil.example",
            f"{C}-80.c.example.",
            "",
            "c.example.evil",
        ):
            self.assertIsNone(self.read(host), host)

    def test_names(self) -> None:
        """Published names are DNS labels that are not reserved."""
        for name in ("a", "jupyter", "my-app-2", "0", "a" * 63):
            self.assertEqual(NamedTarget(name), self.read(f"{name}.c.example"))
        for name in (
            "www",
            "api",
            "login",
            "ws",
            "webdav",
            "download",
            "collections",
            "zzzzz",
            "-a",
            "a-",
            "a_b",
            "a" * 64,
        ):
            self.assertIsNone(self.read(f"{name}.c.example"), name)
        self.assertFalse(is_port_name(f"{C}-x", "zzzzz"))
        self.assertFalse(is_port_name(f"{C}x", "zzzzz"))
        self.assertTrue(is_port_name(f"a{C}", "zzzzz"))
        self.assertFalse(is_port_name("a\n", "zzzzz"))

    @given(targets, suffixes, ports)
    def test_round_trip(self, target: ContainerTarget, suffix: str, port: int) -> None:
        """The host that is built for a target is read as that target, under every form of the wildcard."""
        names = HostNames(cluster_id="zzzzz", api="api.example", suffix=suffix, port=port)
        host = names.container_host(target)
        self.assertEqual(target, read_host(host.encode(), names))
        self.assertEqual(host, canonical_host(host.upper().encode()))
        self.assertEqual(target, read_label(names.label(target), names))

    @given(st.binary(max_size=100))
    def test_any_bytes(self, data: bytes) -> None:
        """No bytes make it fail."""
        read_host(data, STANDARD)
        read_host(data + b".c.example", STANDARD)
        canonical_host(data)

    def test_named_host(self) -> None:
        """A name's host carries the port unless it is 443."""
        self.assertEqual("app.c.example", STANDARD.named_host("app"))
        self.assertEqual("app.zzzzz.localhost:8443", NAMES.named_host("app"))
        self.assertEqual("localhost:8443", NAMES.api_host)


class PieceTests(SynchronousTestCase):
    """Ports, hosts and origins by themselves."""

    @given(st.integers(-10, 70000))
    def test_every_number(self, number: int) -> None:
        """Exactly the numbers from 1 to 65535 are ports."""
        self.assertEqual(number if 1 <= number <= 65535 else None, parse_port(str(number).encode()))

    def test_traps(self) -> None:
        """What int() would take and is no plain number is no port."""
        for text in (b"5_0", b"+5", b"0x5", b" 5", b"5 ", b"5\n", b"05", "²".encode(), b"\xd9\xa5", b"", b"1e3"):
            self.assertIsNone(parse_port(text), text)

    def test_canonical(self) -> None:
        """The port 443 is left out, the case is folded, and what is no host is nothing."""
        self.assertEqual("a.example", canonical_host(b"A.example:443"))
        self.assertEqual("a.example:8443", canonical_host(b"A.example:8443"))
        for bad in (b"", b"a b", b"a:0", b"a:65536", b"a:", b"user@a", b"a/b", b"a\n", b"[::1", "ä".encode()):
            self.assertIsNone(canonical_host(bad), bad)

    def test_origins(self) -> None:
        """Origins and the fronts of Referers are read, of https only."""
        self.assertEqual(ContainerTarget(C, 80), read_origin(f"https://{C}-80.c.example".encode(), STANDARD))
        self.assertEqual(ContainerTarget(C, 80), read_origin(f"https://{C}-80.c.example/a/b?c".encode(), STANDARD))
        for bad in (f"http://{C}-80.c.example", "null", "", f"https://x@{C}-80.c.example", f"https:/{C}-80.c.example"):
            self.assertIsNone(read_origin(bad.encode(), STANDARD), bad)
