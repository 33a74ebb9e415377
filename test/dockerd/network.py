"""
Addresses and links for a private dockerd: a bridge of its own, in a part of 10.0.0.0/8 that nothing here uses.

The bridge's name holds the number of that part, so that two who choose at the same time cannot choose the same.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

import attrs

__all__ = ["Block", "claim"]

_FIRST, _LAST = 130, 250


@attrs.frozen
class Block:
    """
    10.C{number}.0.0/16 and the bridge that stands for it.

    @ivar number: from 0 to 255.
    """

    number: int

    @property
    def network(self) -> IPv4Network:
        """All addresses."""
        return IPv4Network(f"10.{self.number}.0.0/16")

    @property
    def bridge(self) -> str:
        """The name of the bridge."""
        return f"arvdk{self.number}"

    @property
    def address(self) -> str:
        """The bridge's address with its mask; containers on it are in that /24."""
        return f"10.{self.number}.0.1/24"

    def pool(self, networks: int) -> str:
        """
        What dockerd takes user networks from.

        @param networks: how many there are to be: a power of two, at most 128.
        """
        return f"base=10.{self.number}.128.0/{24 - (networks - 1).bit_length()},size=24"

    def links(self) -> list[str]:
        """The bridge and every other link with an address in the block, each behind what is plugged into it."""
        there = list(_links())
        found: list[str] = []
        for link in there:
            if any(address in self.network for address in _addresses(link)):
                found += [plugged["ifname"] for plugged in there if plugged.get("master") == link["ifname"]]
                found.append(link["ifname"])
        return found

    def release(self) -> None:
        """Remove them."""
        for link in self.links():
            _ip("link", "delete", link)


def claim() -> Block:
    """
    A block of which nobody has an address or a route, with its bridge made.

    @raise RuntimeError: there is none, or making a bridge is not allowed.
    """
    taken = [*_routes(), *(address.network for link in _links() for address in _addresses(link))]
    refused = ""
    for number in range(_FIRST, _LAST + 1):
        block = Block(number)
        if any(block.network.overlaps(network) for network in taken if network.prefixlen):
            continue
        refused = _ip("link", "add", block.bridge, "type", "bridge")
        if not refused:
            _ip("address", "add", block.address, "dev", block.bridge)
            _ip("link", "set", block.bridge, "up")
            return block
    raise RuntimeError(f"no network for a dockerd of the tests: {refused or 'all are in use'}")


def _ip(*arguments: str) -> str:
    """Run C{ip}; what it complains of."""
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20).stderr.strip()


def _shown(*arguments: str) -> list[dict[str, Any]]:
    command = ["ip", "-json", "-4", *arguments]
    output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    return [entry for entry in json.loads(output or "[]") if entry]


def _links() -> Iterator[dict[str, Any]]:
    command = ["ip", "-json", "address", "show"]
    output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    return (link for link in json.loads(output or "[]") if "ifname" in link)


def _addresses(link: dict[str, Any]) -> Iterator[IPv4Interface]:
    for address in link.get("addr_info", ()):
        if address.get("family") == "inet":
            yield IPv4Interface(f"{address['local']}/{address['prefixlen']}")


def _routes() -> Iterator[IPv4Network]:
    for route in _shown("route", "show", "table", "all"):
        if route["dst"] != "default":
            yield IPv4Network(route["dst"], strict=False)
