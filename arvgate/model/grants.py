"""
A decision that was made in somebody's favour.

Not here: how it is made (L{arvgate.policy.authorizer}).
"""

from __future__ import annotations

import attrs

from arvgate.model.locations import Listing
from arvgate.model.principals import Principal

__all__ = ["Grant"]


@attrs.frozen
class Grant:
    """
    C{principal} may enter C{listing}'s port.

    @ivar public: anybody may; the principal does not matter.
    """

    principal: Principal
    listing: Listing
    public: bool = False
