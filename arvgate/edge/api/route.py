"""
What a route of the API is.

Not here: which routes there are (L{arvgate.edge.api.routes}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import attrs

from arvgate.edge.api.call import Operation
from arvgate.edge.api.declared import NOTHING, Parameters
from arvgate.model.records import Kind

__all__ = ["PREFIX", "Access", "Route"]

#: What all paths of the API proper begin with.
PREFIX: Final = "/arvados/v1/"

#: Who gets in: C{scoped}: a valid token whose scopes permit the request; C{public}: everybody.
Access = Literal["scoped", "public"]

#: Names of resources that their paths have in the singular.
_PLURALS: Final = {"config": "configs", "vocabulary": "vocabularies"}


@attrs.frozen
class Route:
    """
    One path of the API, its methods, and what is done there.

    @ivar methods: the first is the one in the discovery document; HEAD comes with GET.
    @ivar path: with variable parts such as C{<uuid>}.
    @ivar takes_rest: whatever follows the path is for the operation, slashes and bytes that are not UTF-8 included.
    @ivar kind: the kind of record that parameters and attributes are read for; None if there is none.
    @ivar name: of the method in the discovery document; empty: not there.
    @ivar parameters: what it takes besides the path and the record's attributes.
    @ivar impatient: an answer is of no use later, so the request waits for its turn only for a short time.
    """

    methods: Sequence[str]
    path: str
    operation: Operation
    kind: Kind | None = None
    name: str = ""
    access: Access = "scoped"
    takes_rest: bool = False
    parameters: Parameters = NOTHING
    impatient: bool = False

    @property
    def resource(self) -> str:
        """Name of the resource in the discovery document."""
        if self.kind is not None:
            return self.kind.path
        first = self.path.removeprefix(PREFIX).partition("/")[0]
        return _PLURALS.get(first, first)
