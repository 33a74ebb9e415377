"""
SystemRootToken across its change: which one a container was locked under, and the secrets that follow of it.

A container keeps the secret that it was started with, so what was locked under the former token is spoken to with a
secret made of that.  Not here: the change itself (L{arvgate.cli.rotate_root_token}) and where the fingerprint is
kept (L{arvgate.records.cycles}).
"""

from __future__ import annotations

import hashlib
import hmac

import attrs

from arvgate.wire.proof import auth_secret

__all__ = ["RootTokens", "root_fingerprint"]


def root_fingerprint(token: str) -> str:
    """What is kept of the token that a container was locked under: enough to know it again, not to find it out."""
    return hmac.new(token.encode(), b"arvgate: locked under", hashlib.sha256).hexdigest()[:16] if token else ""


@attrs.frozen
class RootTokens:
    """
    The present and the former SystemRootToken.

    @ivar previous: empty if it was never changed, or nothing is left of the time before.
    """

    current: str = attrs.field(repr=False)
    previous: str = attrs.field(default="", repr=False)

    def new_secret(self, uuid: str, lock_count: int) -> str:
        """The AuthSecret of a lock cycle that begins now."""
        return auth_secret(self.current, uuid, lock_count)

    def secret_of(self, uuid: str, lock_count: int, locked_under: str) -> str:
        """
        The AuthSecret of a lock cycle.

        @param locked_under: L{root_fingerprint} of the token of that time; empty if it was not noted, which is how
            those began that are older than any change.
        """
        of_previous = locked_under in ("", root_fingerprint(self.previous))
        return auth_secret(self.previous if self.previous and of_previous else self.current, uuid, lock_count)
