"""
Tests for L{arvgate.policy.port_addresses}.
"""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid, NotReady
from arvgate.model.targets import ContainerTarget, PortTarget
from arvgate.policy.port_addresses import address_of, published_numbers, with_addresses, without_addresses
from arvgate.wire.vhost import HostNames

UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"
WILDCARD = HostNames("zzzzz", "api.example", ".c.example", port=8443)
NOWHERE = HostNames("zzzzz", "api.example", "")
RANGE = attrs.evolve(NOWHERE, ports_host="apps.example", first_port=31000, last_port=31009)


def published(path: str = "") -> dict[str, Any]:
    """How a request publishes a port."""
    return {"access": "private", "label": "app", "initial_path": path}


class AddressTests(SynchronousTestCase):
    """What published ports are given."""

    def test_wildcard(self) -> None:
        """Under a wildcard every published port has an address of container and port, and one of its first page."""
        for names, host in (
            (WILDCARD, f"{UUID}-80.c.example:8443"),
            (HostNames("zzzzz", "api.example", "--c.example"), f"{UUID}-80--c.example"),
            (HostNames("zzzzz", "api.example", "-http.c.example"), f"{UUID}-80-http.c.example"),
        ):
            found = with_addresses({"80": published("/lab?x=1#y")}, UUID, names, {})["80"]
            base = f"https://{host}/"
            expected = {**published("/lab?x=1#y"), "base_url": base, "initial_url": f"{base}lab?x=1#y"}
            self.assertEqual(expected, found)

    def test_range(self) -> None:
        """In a range of ports those that were given one have it in their address, the others have none."""
        found = with_addresses({"80": published(), "81": published()}, UUID, RANGE, {80: 31004})
        base = "https://apps.example:31004/"
        self.assertEqual({**published(), "external_port": 31004, "base_url": base, "initial_url": base}, found["80"])
        self.assertEqual(published(), found["81"])

    def test_nowhere(self) -> None:
        """Where containers' ports are not reached from outside, nothing is added."""
        self.assertEqual({"80": published()}, with_addresses({"80": published()}, UUID, NOWHERE, {}))

    def test_taken_back(self) -> None:
        """What was added can be taken away again."""
        as_asked = {"80": published("x"), "81": published()}
        for names in (WILDCARD, RANGE):
            self.assertEqual(as_asked, without_addresses(with_addresses(as_asked, UUID, names, {})))

    def test_numbers(self) -> None:
        """Ports come in the order of numbers."""
        self.assertEqual([80, 443, 8080], published_numbers({"8080": {}, "80": {}, "443": {}}))


class AddressOfTests(SynchronousTestCase):
    """Where a person is sent."""

    def container(self, state: str = "Running", **more: Any) -> dict[str, Any]:
        """A container that publishes port 80."""
        return {"state": state, "published_ports": {"80": {**published(), **more}}}

    def test_wildcard(self) -> None:
        """Under a wildcard every port has an address, whatever is known of its container."""
        self.assertEqual(ContainerTarget(UUID, 99), address_of(UUID, 99, None, WILDCARD))

    def test_range(self) -> None:
        """In a range a published port is where its external port is, from the lock to the end."""
        for state in ("Locked", "Running"):
            found = address_of(UUID, 80, self.container(state, external_port=31004), RANGE)
            self.assertEqual(PortTarget(31004), found)
        for container in (
            None,
            self.container(),
            self.container("Queued"),
            self.container("Complete", external_port=1),
        ):
            self.assertRaises(NotReady, address_of, UUID, 80, container, RANGE)

    def test_never(self) -> None:
        """A port that is not published has no address in a range, and no port has one where there is neither."""
        self.assertRaises(Invalid, address_of, UUID, 99, self.container(), RANGE)
        self.assertRaises(Invalid, address_of, UUID, 80, self.container(external_port=31004), NOWHERE)
