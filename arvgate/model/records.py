"""
The kinds of records and their fields, declared once (reference D.1, D.7, F.6).

The store's tables, the API's resources and the JSON of a record are all made from these declarations.  Not here: rules
about who may change what (L{arvgate.policy}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import attrs

__all__ = [
    "STRUCTURES",
    "TEXTS",
    "WHOLE_NUMBERS",
    "AnyOf",
    "Condition",
    "Field",
    "FieldName",
    "FieldType",
    "Filter",
    "Kind",
    "Page",
    "Query",
    "Record",
]  # fmt: skip

#: A record in memory: field name to value; times are aware UTC datetimes, objects and arrays are plain JSON values.
Record = dict[str, Any]

FieldType = Literal["string", "text", "integer", "bigint", "float", "boolean", "datetime", "object", "array", "any"]

#: The types that are text, whole numbers, and JSON.
TEXTS: Final[frozenset[FieldType]] = frozenset({"string", "text"})
WHOLE_NUMBERS: Final[frozenset[FieldType]] = frozenset({"integer", "bigint"})
STRUCTURES: Final[frozenset[FieldType]] = frozenset({"object", "array", "any"})


@attrs.frozen
class Field:
    """
    One field of a kind of record.

    @ivar secret: encrypted at rest and never in an answer, a log or a search.
    @ivar searchable: may stand in filters and order.
    @ivar settable: a client may give it on create; what may change later is policy.
    @ivar stored: it has a column; the others are made on reading.
    @ivar bulky: so long that a list has it only where it is selected, and the audit log not at all.
    """

    name: str
    type: FieldType
    default: Any = None
    nullable: bool = True
    secret: bool = False
    searchable: bool = True
    settable: bool = True
    stored: bool = True
    bulky: bool = False


@attrs.frozen
class Kind:
    """
    A kind of record.

    @ivar path: path segment and table name, e.g. C{container_requests}.
    @ivar singular: wrapper key, e.g. C{container_request}.
    @ivar name: C{kind} of a record, e.g. C{arvados#containerRequest}.
    """

    path: str
    singular: str
    name: str
    fields: Sequence[Field]

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)


@attrs.frozen
class FieldName:
    """An operand that is the value of another field of the same record."""

    name: str


@attrs.frozen
class Filter:
    """
    One condition of a list: C{[attribute, operator, operand]}, operator in lower case.

    @ivar attribute: name of a field.
    @ivar operand: a value of the field's type; a tuple for C{in}, C{not in} and C{contains}, and for C{is_a}, where
        it has the infixes of UUIDs.
    @ivar key: what is compared is the value of this key of the object in the field.
    @ivar related: the field is one of the record that this name stands for (L{arvgate.model.kinds.RELATED}).
    """

    attribute: str
    operator: str
    operand: Any
    key: str | None = None
    related: str | None = None

    @property
    def comparisons(self) -> int:
        """How many comparisons it takes."""
        return len(self.operand) if self.operator == "contains" else 1


@attrs.frozen
class AnyOf:
    """A condition that holds where one of these does."""

    filters: Sequence[Filter]

    @property
    def comparisons(self) -> int:
        """How many comparisons it takes."""
        return sum(one.comparisons for one in self.filters)


Condition = Filter | AnyOf


@attrs.frozen
class Query:
    """
    What a list asks for.

    @ivar order: pairs of attribute and C{asc} or C{desc}.
    @ivar select: attribute names, or None for all.
    @ivar count: whether the number of all matching records is wanted.
    @ivar distinct: each combination of the selected attributes once.
    @ivar include_trash: also what is in the trash.
    @ivar include_old_versions: also former versions of a record.
    @ivar written: nobody looks into objects and arrays, they are only written as JSON: a store may leave them so.
    """

    filters: Sequence[Condition] = ()
    order: Sequence[tuple[str, str]] = ()
    limit: int = 100
    offset: int = 0
    select: Sequence[str] | None = None
    count: bool = True
    distinct: bool = False
    include_trash: bool = False
    include_old_versions: bool = False
    written: bool = False


@attrs.frozen
class Page:
    """A piece of a list; C{items_available} is None where no count was wanted."""

    items: Sequence[Mapping[str, Any]]
    items_available: int | None
