"""
Salted tokens: what a token is turned into before another cluster gets to see it (reference B.2, C.3).

Not here: whether the place where one was presented takes it (L{arvgate.edge.api.authentication}).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

__all__ = ["SALTED_LENGTH", "fits_salted", "salted_secret"]

#: By their length salted secrets are told from others, so no other secret may have it.
SALTED_LENGTH: Final = 40


def salted_secret(secret: str, cluster_id: str) -> str:
    """The secret of a token as the cluster C{cluster_id} may see it."""
    return hmac.new(secret.encode(), cluster_id.encode(), hashlib.sha1).hexdigest()


def fits_salted(presented: str, secret: str, cluster_id: str) -> bool:
    """Whether C{presented} is C{secret}, salted for that cluster; an empty id is no cluster's."""
    if not cluster_id or not secret or len(presented) != SALTED_LENGTH:
        return False
    return hmac.compare_digest(presented.encode(), salted_secret(secret, cluster_id).encode())
