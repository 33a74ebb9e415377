"""
Signatures in the locators of blocks: by them whoever was shown a manifest may read its blocks, for a while
(reference F.6).

Not here: the rest of a manifest (L{arvgate.wire.manifest}).
"""

from __future__ import annotations

import hmac
import re
from typing import Final

import attrs

__all__ = ["BlockSigner", "without_signatures"]

_LOCATOR: Final = re.compile(r"(?<= )([0-9a-f]{32})(\+\d+)((?:\+[A-Z][A-Za-z0-9@_-]*)*)(?=[ \n])", re.ASCII)
_SIGNATURE: Final = re.compile(r"\+A[A-Za-z0-9@_-]*", re.ASCII)
_SIGNED: Final = re.compile(r"\+A([0-9a-f]{40})@([0-9a-f]{8})(?=\+|\Z)", re.ASCII)

#: The hash of the block without a byte, which is nobody's secret.
_EMPTY: Final = "d41d8cd98f00b204e9800998ecf8427e"


def without_signatures(manifest: str) -> str:
    """A manifest as it is kept."""
    return _LOCATOR.sub(lambda match: match[1] + match[2] + _SIGNATURE.sub("", match[3]), manifest)


@attrs.frozen
class BlockSigner:
    """
    Signs locators for whoever has a token, and checks what it signed.

    @ivar key: C{Collections.BlobSigningKey}.
    @ivar lifetime: seconds that a signature is good.
    @ivar token: its secret.
    """

    key: str = attrs.field(repr=False)
    lifetime: int
    token: str = attrs.field(repr=False)

    def signed(self, manifest: str, now: float) -> str:
        """A manifest with each locator signed."""
        expiry = f"{int(now) + self.lifetime:08x}"

        def sign(match: re.Match[str]) -> str:
            hints = _SIGNATURE.sub("", match[3])
            return f"{match[1]}{match[2]}+A{self._signature(match[1], expiry)}@{expiry}{hints}"

        return _LOCATOR.sub(sign, manifest)

    def unsigned(self, manifest: str, now: float) -> int:
        """How many locators have no signature that is good now."""
        return sum(not self._is_good(match, now) for match in _LOCATOR.finditer(manifest))

    def _is_good(self, match: re.Match[str], now: float) -> bool:
        if match[1] == _EMPTY:
            return True
        found = _SIGNED.search(match[3])
        if found is None or int(found[2], 16) < now:
            return False
        return hmac.compare_digest(self._signature(match[1], found[2]), found[1])

    def _signature(self, block: str, expiry: str) -> str:
        message = f"{block}@{self.token}@{expiry}@{self.lifetime:x}"
        return hmac.new(self.key.encode(), message.encode(), "sha1").hexdigest()
