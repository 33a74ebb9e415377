"""
The small languages inside configuration values: durations, sizes, addresses and endpoint descriptions.

Pure functions; each raises ValueError with a sentence for the admin.  Not here: where in a configuration
they stand (L{arvgate.config.schema}).
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

__all__ = [
    "ListenAddress",
    "is_loopback",
    "parse_duration",
    "parse_https_url",
    "parse_listener",
    "parse_size",
    "url_port",
]

_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]?)(i?)B?\Z", re.IGNORECASE)
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def parse_duration(value: object) -> float:
    """
    Seconds of a duration such as C{5m}, C{1h30m} or C{500ms} (the notation of Go), and
    C{14d}; C{0} needs no unit.

    @raise ValueError: it is none.
    """
    text = str(value).strip()
    if text == "0" and not isinstance(value, bool):
        return 0.0
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("not a duration; write for example 90s, 5m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def parse_size(value: object) -> int:
    """
    Bytes of a size such as C{16777216}, C{16MiB} or C{2GB}.

    @raise ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("not a size; write for example 1048576, 16MiB or 2GB")
    match = _SIZE.match(str(value).strip())
    if match is None or (match[3] and not match[2]):
        raise ValueError("not a size; write for example 1048576, 16MiB or 2GB")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2].upper()])


def url_port(parts: SplitResult) -> int:
    """The port of an https address that L{parse_https_url} accepted."""
    return 443 if parts.port is None else parts.port


def parse_https_url(text: str) -> SplitResult:
    """
    The parts of an https address that has nothing behind its host and port; the host may begin with C{*}.

    @raise ValueError: it is none.
    """
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("not an address of the form https://host[:port]/")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("the address must end after host and port")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port must be a number from 1 to 65535") from None
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    if "*" in parts.hostname[1:]:
        raise ValueError("a star may stand only at the beginning of the host name")
    return parts


@attrs.frozen
class ListenAddress:
    """
    Where a door listens.

    @ivar host: IP address; empty: all IPv4 addresses.
    @ivar port: 0: the system picks one.
    """

    host: str = ""
    port: int = 0

    @property
    def description(self) -> str:
        """As L{parse_listener} takes it."""
        interface = self.host.replace(":", "\\:")
        return f"tcp:{self.port}:interface={interface}" if interface else f"tcp:{self.port}"


def parse_listener(description: str) -> ListenAddress:
    """
    The address in a Twisted server endpoint description C{tcp:PORT[:interface=IP][:backlog=N]}.

    @raise ValueError: it is none.
    """
    kind, *arguments = _split_description(description)
    positional = [value for key, value in arguments if not key]
    named = {key: value for key, value in arguments if key}
    if kind != ("", "tcp"):
        raise ValueError("not understood; write tcp:PORT or tcp:PORT:interface=ADDRESS")
    unknown = sorted(set(named) - {"port", "interface", "backlog"})
    if unknown or len(positional) > 1:
        raise ValueError(f"not understood: {(unknown or positional[1:])[0]}")
    port = (positional or [named.get("port", "")])[0]
    if not port.isdecimal() or not port.isascii() or int(port) > 65535:
        raise ValueError("the port must be a number from 0 to 65535")
    host = named.get("interface", "")
    if host:
        _require_ip(host)
    return ListenAddress(host=host, port=int(port))


def _split_description(description: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    key = current = ""
    characters = iter(description)
    for character in characters:
        if character == "\\":
            current += next(characters, "")
        elif character == ":":
            fields.append((key, current))
            key = current = ""
        elif character == "=" and not key:
            key, current = current, ""
        else:
            current += character
    return [*fields, (key, current)]


def _require_ip(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        raise ValueError("interface must be an IP address (write the colons of IPv6 as \\:)") from None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches C{host}: C{localhost}, a name under it, or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
