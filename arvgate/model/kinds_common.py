"""
What the declarations of kinds are made with.

Not here: the kinds themselves (L{arvgate.model.kinds}, L{arvgate.model.kinds_containers}).
"""

from __future__ import annotations

from typing import Any, Final

from arvgate.model.records import Field, FieldType

__all__ = ["IGNORED_ATTRIBUTES", "common_fields", "made", "system"]

#: What clients may send in an update and nobody looks at (reference F.1).
IGNORED_ATTRIBUTES: Final = frozenset({"created_at", "modified_at", "modified_by_user_uuid", "kind", "etag", "href"})


def system(name: str, type: FieldType, default: Any = None, nullable: bool = True, searchable: bool = True) -> Field:
    """A stored field that only the system sets."""
    return Field(name, type, default=default, nullable=nullable, searchable=searchable, settable=False)


def made(name: str, type: FieldType) -> Field:
    """A field without a column, made when the record is read."""
    return Field(name, type, searchable=False, settable=False, stored=False)


def common_fields() -> tuple[Field, ...]:
    """The fields that every kind has, in the order in which they are shown; C{kind} is not stored anywhere."""
    return (
        Field("uuid", "string", nullable=False),
        Field("owner_uuid", "string", nullable=False),
        system("created_at", "datetime", nullable=False),
        system("modified_at", "datetime", nullable=False),
        system("modified_by_user_uuid", "string"),
        system("etag", "string", nullable=False, searchable=False),
    )
