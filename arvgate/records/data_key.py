"""
The data key in its file: wrapped under SystemRootToken.

The file is a line of JSON for each token that unwraps it: the present one and, after a change, the former one.
Not here: reading or writing it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from arvgate.errors import ArvgateError

__all__ = ["DataKeyUnusable", "new_data_key", "unwrap_data_key", "wrap_data_key"]

_SALT: Final = 16
_NONCE: Final = 12
_FORMAT: Final = "arvgate data key 1"


class DataKeyUnusable(ArvgateError):
    """The file of the data key is damaged, or was wrapped under another SystemRootToken."""

    code = "data-key-unusable"
    default = "The data key does not belong to this SystemRootToken, or its file is damaged."


def new_data_key(randbelow: Callable[[int], int]) -> bytes:
    """32 random bytes; C{randbelow} as C{secrets.randbelow}."""
    return _random(randbelow, 32)


def wrap_data_key(data_key: bytes, system_root_token: str, randbelow: Callable[[int], int]) -> bytes:
    """The line of the file that holds C{data_key} for those who know the token."""
    salt, nonce = _random(randbelow, _SALT), _random(randbelow, _NONCE)
    sealed = AESGCM(_wrapping_key(system_root_token, salt)).encrypt(nonce, data_key, _FORMAT.encode())
    text = json.dumps(
        {"format": _FORMAT, **{name: base64.b64encode(value).decode() for name, value in
                               (("salt", salt), ("nonce", nonce), ("sealed", sealed))}}
    )  # fmt: skip
    return text.encode() + b"\n"


def unwrap_data_key(content: bytes, system_root_token: str) -> bytes:
    """
    The data key in the bytes of its file.

    @raise DataKeyUnusable: the file is damaged or the token is another.
    """
    unusable = DataKeyUnusable()
    for line in content.splitlines():
        try:
            return _unwrapped(line, system_root_token)
        except DataKeyUnusable as error:
            unusable = error
    raise unusable


def _unwrapped(line: bytes, system_root_token: str) -> bytes:
    try:
        parts = json.loads(line)
        if parts["format"] != _FORMAT:
            raise DataKeyUnusable("The file of the data key has a format that this version does not know.")
        salt, nonce, sealed = (base64.b64decode(parts[name], validate=True) for name in ("salt", "nonce", "sealed"))
        return AESGCM(_wrapping_key(system_root_token, salt)).decrypt(nonce, sealed, _FORMAT.encode())
    except (ValueError, KeyError, TypeError, binascii.Error, InvalidTag):
        raise DataKeyUnusable from None


def _wrapping_key(system_root_token: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << 14, r=8, p=1).derive(system_root_token.encode())


def _random(randbelow: Callable[[int], int], length: int) -> bytes:
    return randbelow(1 << (8 * length)).to_bytes(length, "big")
