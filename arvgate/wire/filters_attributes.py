"""
What the attribute of a filter names: a field, a key of an object in one, or a field of a related record.

Not here: operators and operands (L{arvgate.wire.filters_operands}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from arvgate.errors import Invalid
from arvgate.model.kinds import RELATED
from arvgate.model.records import TEXTS, Field, Kind

__all__ = ["ANY", "Subject", "subject_of", "text_subjects"]

#: Stands for all fields with text.
ANY: Final = "any"


@attrs.frozen
class Subject:
    """
    What a filter is about.

    @ivar text: as it was written, cut short.
    @ivar key: of the object in the field.
    @ivar related: the name of the related record that the field is one of.
    """

    text: str
    field: Field
    key: str | None = None
    related: str | None = None


def subject_of(attribute: str, kind: Kind) -> Subject:
    """
    What an attribute names: C{column}, C{table.column}, C{column.key} or C{related.column}.

    All that follows the dot of an object's column is its key, also with dots; it may stand in angle brackets.

    @raise Invalid: nothing that can be searched.
    """
    subject = _find(attribute, kind)
    if subject is None:
        raise Invalid(f"Invalid attribute {attribute[:100]!r} in filter")
    return attrs.evolve(subject, text=attribute[:100])


def text_subjects(kind: Kind) -> Sequence[Subject]:
    """All fields with text that can be searched."""
    return [Subject(ANY, field) for field in kind.fields if field.type in TEXTS and _searchable(field)]


def _find(attribute: str, kind: Kind) -> Subject | None:
    first, dot, rest = attribute.removeprefix(f"{kind.path}.").partition(".")
    field = kind.field(first)
    if field is not None:
        key = rest[1:-1] if rest.startswith("<") and rest.endswith(">") else rest
        if not _searchable(field) or (dot and (field.type != "object" or not key)):
            return None
        return Subject("", field, key if dot else None)
    if (kind.path, first) not in RELATED:
        return None
    subject = _find(rest, RELATED[kind.path, first][1])
    return subject if subject is None or subject.related else attrs.evolve(subject, related=first)


def _searchable(field: Field) -> bool:
    return field.searchable and field.stored and not field.secret
