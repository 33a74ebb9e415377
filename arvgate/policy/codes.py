"""
One-time codes: what carries a browser from one host name to another without a token in the address.

A code stands for a token, for one host, once, and not for long (design, section 4, Tokens).  The table keeps only the
SHA-256 of a code, is bounded, and lives as long as its process.  Not here: the randomness of which codes are made, and
whether the token is still valid when the code comes back (the gate asks that anew).
"""

from __future__ import annotations

from hashlib import sha256

import attrs

from arvgate.errors import Overloaded
from arvgate.model.tokens import Token

__all__ = ["CODE_BYTES", "OneTimeCodes"]

#: Random bytes of a code: 192 bits.
CODE_BYTES = 24


@attrs.frozen
class _Entry:
    """What a code stands for; C{expires_at} in epoch seconds."""

    token: Token
    owner: str
    host: str
    navigation: bool
    expires_at: float


class OneTimeCodes:
    """
    The codes that were issued and neither used nor expired.

    An owner who issues more than C{per_owner} loses the oldest of their own, never those of others.
    """

    def __init__(self, capacity: int = 65536, per_owner: int = 256) -> None:
        self._capacity = capacity
        self._per_owner = per_owner
        self._entries: dict[bytes, _Entry] = {}
        self._of_owner: dict[str, dict[bytes, None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(
        self, code: str, token: Token, *, owner: str, host: str, navigation: bool, expires_at: float, now: float
    ) -> None:
        """
        Note a freshly made C{code}.

        @param owner: the user whose token it is.
        @param host: as in the Host header; compared without regard to case.
        @param navigation: usable only by the navigation of a document.
        @param expires_at: epoch seconds, as C{now}.
        @raise Overloaded: the table is full of codes that are still usable.
        """
        own = self._of_owner.get(owner, {})
        if len(own) >= self._per_owner:
            self._drop(next(iter(own)))
        if len(self._entries) >= self._capacity:
            self.sweep(now)
        if len(self._entries) >= self._capacity:
            raise Overloaded(detail="the table of one-time codes is full")
        key = _hash(code)
        self._entries[key] = _Entry(token, owner, host.lower(), navigation, expires_at)
        self._of_owner.setdefault(owner, {})[key] = None

    def take(self, code: str, *, host: str, navigation: bool, now: float) -> Token | None:
        """
        The token that C{code} stands for, once; None if it is unknown, used, expired or for another host.

        A code that needs a navigation and does not come with one is not used up.
        """
        key = _hash(code)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires_at <= now:
            self._drop(key)
            return None
        if entry.host != host.lower() or (entry.navigation and not navigation):
            return None
        self._drop(key)
        return entry.token

    def sweep(self, now: float) -> None:
        """Drop what has expired."""
        for key in [key for key, entry in self._entries.items() if entry.expires_at <= now]:
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key)
        own = self._of_owner[entry.owner]
        del own[key]
        if not own:
            del self._of_owner[entry.owner]


def _hash(code: str) -> bytes:
    """What a code is kept and found by."""
    return sha256(code.encode("utf-8", "surrogateescape")).digest()
