"""
Secrets at rest: sealed with the data key, and found again by a keyed hash.

A sealed value is nonce, ciphertext and tag of AES-256-GCM; it is bound to its table, column and record, so that it
cannot be moved to another.  Not here: where the data key comes from (L{arvgate.records.data_key}).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from arvgate.errors import StoreUnavailable

__all__ = ["Sealer", "same"]

_NONCE: Final = 12


def same(one: bytes, other: bytes) -> bool:
    """Whether two byte strings are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)


class Sealer:
    """
    Seals and opens the secret fields of records.

    @param data_key: 32 bytes.
    @param randbelow: as C{secrets.randbelow}.
    """

    def __init__(self, data_key: bytes, randbelow: Callable[[int], int]) -> None:
        if len(data_key) != 32:
            raise ValueError("a data key has 32 bytes")
        self._cipher = AESGCM(_derived(data_key, b"seal"))
        self._hash_key = _derived(data_key, b"find")
        self._randbelow = randbelow

    def seal(self, table: str, column: str, uuid: str, text: str) -> bytes:
        """The sealed form of C{text} for that place."""
        nonce = self._randbelow(1 << (8 * _NONCE)).to_bytes(_NONCE, "big")
        return nonce + self._cipher.encrypt(nonce, text.encode(), _place(table, column, uuid))

    def open(self, table: str, column: str, uuid: str, sealed: bytes) -> str:
        """
        What was sealed for that place.

        @raise StoreUnavailable: it was sealed with another data key, for another place, or changed.
        """
        try:
            text = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(table, column, uuid))
        except (InvalidTag, ValueError):
            raise StoreUnavailable(detail=f"{table}.{column} of {uuid} cannot be opened with this data key") from None
        return text.decode()

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """32 bytes by which a secret is found or compared; without the data key they say nothing of it."""
        return hmac.digest(self._hash_key, purpose.encode() + b"\n" + text.encode(), hashlib.sha256)


def _derived(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"arvgate records " + purpose).derive(data_key)


def _place(table: str, column: str, uuid: str) -> bytes:
    return f"{table}/{column}/{uuid}".encode()
