"""
What a route of the API is.

Not here: which routes there are (L{arvgate.edge.api.routes}).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Final, Literal

import attrs

from arvgate.edge.api.call import Operation
from arvgate.edge.api.declared import NOTHING, Parameters
from arvgate.model.records import Kind

__all__ = ["ANY_BYTES", "PREFIX", "Access", "Route"]

#: What all paths of the API proper begin with.
PREFIX: Final = "/arvados/v1/"

#: Who gets in: C{scoped}: a valid token whose scopes permit the request; C{public}: everybody; C{managed}: whoever has
#: the ManagementToken, which the operation looks at itself.
Access = Literal["scoped", "public", "managed"]

_JSON: Final = "application/json"
#: What a file may be.
ANY_BYTES: Final = "*/*"

#: What docstrings have for those who read the source.
_MARKUP: Final = re.compile(r"[CI]\{((?:[^{}]|\{[^{}]*\})*)\}| \(reference [^)]*\)")

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
    @ivar returns: the kind of the record in the answer, if it is not C{kind}.
    @ivar answers_record: the answer is a record or a list of them; else another object.
    @ivar many: the answer is a list, also where it is not called so.
    @ivar media: content types of the answer; none: it is 204 and has no body.
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
    returns: Kind | None = None
    answers_record: bool = True
    many: bool = False
    media: Sequence[str] = (_JSON,)

    @property
    def answers_list(self) -> bool:
        """Whether the answer is a list of records."""
        return self.many or self.name == "list"

    @property
    def summary(self) -> str:
        """What is done there, in a sentence for people."""
        first = inspect.cleandoc(self.operation.__doc__ or "").partition("\n\n")[0]
        return _MARKUP.sub(lambda match: match[1] or "", " ".join(first.split()))

    @property
    def resource(self) -> str:
        """Name of the resource in the discovery document."""
        if self.kind is not None:
            return self.kind.path
        first = self.path.removeprefix(PREFIX).partition("/")[0]
        return _PLURALS.get(first, first)
