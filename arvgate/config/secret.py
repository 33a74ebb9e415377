"""
Texts of a configuration that must not be seen.

Not here: which they are (L{arvgate.config.model}).
"""

from __future__ import annotations

import attrs

__all__ = ["Secret"]


@attrs.frozen
class Secret:
    """
    A text that neither its repr nor its str gives away; false when empty.

    @ivar value: the text itself, to be read only where it is used.
    """

    value: str = attrs.field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.value)
