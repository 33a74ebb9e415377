"""
Public keys of SSH clients as the line that OpenSSH writes: C{type base64 comment}.

Not here: who may log in with one (L{arvgate.records.authorized_keys}).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

import attrs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

__all__ = ["PublicKey", "read_public_key"]

_TYPES: Final = frozenset({
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
})  # fmt: skip

_LONGEST: Final = 16 * 1024
_RSA_BITS: Final = range(2048, 16385)


@attrs.frozen
class PublicKey:
    """
    A key that can be used.

    @ivar type: its name in OpenSSH.
    @ivar text: the line, with one blank between its parts.
    @ivar fingerprint: C{SHA256:...} of the key alone, as C{ssh-keygen -l} tells it; the same whatever the comment is.
    """

    type: str
    text: str
    fingerprint: str


def read_public_key(text: str) -> PublicKey:
    """
    Read a line.

    @raise ValueError: it is no public key, or of a kind that is not safe; with what is wrong.
    """
    lines = text.strip().splitlines()
    words = text.split()
    if len(text) > _LONGEST or len(lines) != 1 or not " ".join(words).isprintable():
        raise ValueError("must be one line as in a file like id_ed25519.pub")
    if words[0] == "ssh-dss":
        raise ValueError("is of the type ssh-dss, which is not safe any more")
    if len(words) < 2 or words[0] not in _TYPES:
        raise ValueError(f"must begin with its type, one of {', '.join(sorted(_TYPES))}")
    try:
        key = load_ssh_public_key(" ".join(words[:2]).encode("ascii"))
        blob = base64.b64decode(words[1], validate=True)
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise ValueError(f"cannot be read as a key of the type {words[0]}") from None
    if isinstance(key, RSAPublicKey) and key.key_size not in _RSA_BITS:
        raise ValueError(f"has {key.key_size} bits; RSA keys need {_RSA_BITS[0]} to {_RSA_BITS[-1]}")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
    return PublicKey(words[0], " ".join(words), f"SHA256:{digest}")
