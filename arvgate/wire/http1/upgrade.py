"""
The Upgrade field: which protocols are asked for, and whether an answer switches to one of them (RFC 9110, section 7.8).

Not here: what is spoken after the switch.
"""

from __future__ import annotations

import re

__all__ = ["MalformedUpgrade", "asked_protocols", "is_asked", "split_protocols"]

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PROTOCOL = re.compile(_TOKEN + rb"(?:/" + _TOKEN + rb")?\Z")
#: HTTP in another framing, or within TLS: behind such a switch requests and answers would pass unseen.
_NEVER = frozenset([b"h2c", b"h2", b"http", b"tls"])


class MalformedUpgrade(Exception):
    """An Upgrade field that names no protocols."""


def split_protocols(values: list[bytes]) -> list[bytes]:
    """
    The protocols in the fields of one message, in order.

    @raise MalformedUpgrade: a field is malformed.
    """
    protocols = [part.strip(b" \t") for value in values for part in value.split(b",")]
    for protocol in protocols:
        if _PROTOCOL.match(protocol) is None:
            raise MalformedUpgrade()
    return protocols


def asked_protocols(values: list[bytes]) -> bytes:
    """
    The protocols that a request may switch to, as one value; empty if there are none.

    @raise MalformedUpgrade: a field is malformed.
    """
    return b", ".join(
        protocol for protocol in split_protocols(values) if protocol.partition(b"/")[0].lower() not in _NEVER
    )


def is_asked(asked: bytes, given: bytes) -> bool:
    """Whether an answer switches only to what was asked for; both as one value of the field."""
    wanted = {protocol.strip(b" \t").lower() for protocol in asked.split(b",")}
    return bool(given) and all(protocol.strip(b" \t").lower() in wanted for protocol in given.split(b","))
