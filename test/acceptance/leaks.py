"""
Secrets of users where none may be: in logs, and in what apps receive.

A cluster's tests tell every token, cookie and code that they come across; in the end all logs of the cluster are
searched for them, and besides for whatever has the form of a token.  The test app prints each request's head to its
standard error, which is a log too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

__all__ = ["Leak", "Secrets", "log_files"]

_TOKEN = re.compile(rb"v2(?:/|%2[fF])([0-9a-z]{5}-gj3su-[0-9a-z]{15})(?:/|%2[fF])([0-9A-Za-z]{20,})")
_FIELD = re.compile(rb"\"api_token\":\s*\"([0-9A-Za-z]{20,})\"")
_COOKIE = re.compile(rb"arvgate_session=([\w-]{20,})|arvados_api_token[\w-]*=([\w-]{20,})")
_CODE = re.compile(rb"arvgate_code=([\w-]{20,})")
#: base64url of C{v2/}, as every cookie of ours begins.
_ENCODED = re.compile(rb"djIv[\w-]{40,}")
_AROUND = 60


@attrs.frozen
class Leak:
    """
    A secret where none may be.

    @ivar what: whose or what secret it is, never the secret.
    @ivar around: what stands before it.
    """

    where: str
    what: str
    around: str


class Secrets:
    """The secrets that are known, and the form of those that are not."""

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}
        self._allowed: set[bytes] = set()

    def know(self, secret: str | bytes, what: str) -> None:
        """This is a secret."""
        data = secret.encode() if isinstance(secret, str) else secret
        if len(data) >= 16:
            self._known[data] = what

    def allow(self, secret: str) -> None:
        """This one may be seen, since the test itself gave it to an app, or printed it."""
        self._allowed.add(secret.encode())

    def learn(self, text: str | bytes) -> None:
        """Whatever secrets are in a text that was meant for a user are known from now on."""
        data = text.encode() if isinstance(text, str) else text
        for uuid, secret in _TOKEN.findall(data):
            self.know(secret, f"the secret of {uuid.decode()}")
        for secret in _FIELD.findall(data):
            self.know(secret, "the secret of a token")
        for values in _COOKIE.findall(data):
            for value in filter(None, values):
                self.know(value, "a cookie")
                self.learn(_decoded(value))
        for code in _CODE.findall(data):
            self.know(code, "a one-time code")

    def leaks(self, where: str, data: bytes) -> Iterator[Leak]:
        """The secrets in a log."""
        found: dict[int, tuple[bytes, str]] = {}
        for secret, what in tuple(self._known.items()):
            position = data.find(secret)
            if position >= 0:
                found[position] = secret, what
        for match in _TOKEN.finditer(data):
            found.setdefault(match.start(2), (match[2], f"what looks like the secret of {match[1].decode()}"))
        for match in _ENCODED.finditer(data):
            found.setdefault(match.start(), (match[0], "what looks like a cookie"))
        for position, (secret, what) in sorted(found.items()):
            if secret not in self._allowed:
                before = data[max(0, position - _AROUND) : position]
                yield Leak(where, what, before.decode("utf-8", "backslashreplace"))


def log_files(state: Path) -> Iterator[Path]:
    """The logs in a state directory: of containers and runners, and the access log."""
    for path in sorted(state.rglob("*")):
        in_logs = path.relative_to(state).parts[0] == "logs"
        if path.is_file() and not path.is_symlink() and (in_logs or ".log" in path.name):
            yield path


def _decoded(value: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(value + b"=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return b""
