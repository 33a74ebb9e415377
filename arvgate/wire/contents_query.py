"""
Reading what a list of contents of several kinds asks for (reference F.2).

Not here: the parameters of lists of one kind (L{arvgate.wire.parameters}).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.contents import CONTENT_KINDS, INCLUDABLE, ContentsQuery
from arvgate.model.records import Kind
from arvgate.wire.filters import MAX_FILTERS
from arvgate.wire.parameters import list_of
from arvgate.wire.parameters_lists import list_query

__all__ = ["contents_query"]

_PATHS: Final = frozenset(kind.path for kind in CONTENT_KINDS)


def contents_query(parameters: Mapping[str, Any], owner_uuid: str | None, max_items: int) -> ContentsQuery:
    """
    What a list of contents asks for.

    A filter on C{groups.name} concerns groups only; one on C{name} all kinds, and those that have no such attribute
    are not in the list.

    @raise Invalid: a parameter that cannot be what it is, or an attribute that no kind has.
    """
    filters, names = list_of("filters", parameters.get("filters")), list_of("select", parameters.get("select"))
    if len(filters) > MAX_FILTERS:
        raise Invalid(f"Invalid filters: more than {MAX_FILTERS} of them")
    _check_names(filters, names)
    parts = []
    limit = offset = 0
    for kind in CONTENT_KINDS:
        own = _of_kind(parameters, kind, filters, names)
        query = list_query(own, kind, max_items)
        limit, offset = query.limit, query.offset
        if all(kind.field(name) for name in _plain_names(filters)):
            parts.append((kind, query))
    include = list_of("include", _listed(parameters.get("include")))
    if not all(isinstance(name, str) and name in INCLUDABLE for name in include):
        raise Invalid(f"include can have {' and '.join(sorted(INCLUDABLE))}")
    return ContentsQuery(
        parts=parts,
        limit=limit,
        offset=offset,
        owner_uuid=owner_uuid,
        recursive=bool(parameters.get("recursive")),
        exclude_home=bool(parameters.get("exclude_home_project")),
        include=frozenset(include),
    )


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) and value and value[0] != "[" else value


def _of_kind(parameters: Mapping[str, Any], kind: Kind, filters: list[Any], names: list[Any]) -> dict[str, Any]:
    own = {name: value for name, value in parameters.items() if name not in ("filters", "select", "where", "distinct")}
    own["filters"] = [
        [_unqualified(one[0], kind), *one[1:]] if _attribute(one) else one
        for one in filters
        if _concerns(one, kind) and all(kind.field(name) for name in _plain_names([one]))
    ]
    if names:
        shown = [name for name in names if isinstance(name, str) and (name == "kind" or kind.field(name))]
        own["select"] = list(dict.fromkeys(["uuid", *shown]))
    return own


def _attribute(one: Any) -> str:
    """The single attribute of a filter; empty for several or none."""
    return one[0] if isinstance(one, list) and one and isinstance(one[0], str) else ""


def _concerns(one: Any, kind: Kind) -> bool:
    table, dot, _ = _attribute(one).partition(".")
    return not dot or table not in _PATHS or table == kind.path


def _unqualified(attribute: Any, kind: Kind) -> Any:
    return attribute.removeprefix(f"{kind.path}.")


def _plain_names(filters: Iterable[Any]) -> set[str]:
    """The attributes that are meant of every kind."""
    attributes = {_attribute(one) for one in filters}
    return {name for name in attributes if name not in ("", "any") and "." not in name}


def _check_names(filters: list[Any], names: list[Any]) -> None:
    wanted = [*sorted(_plain_names(filters)), *names]
    unknown = [
        name
        for name in wanted
        if name != "kind" and not any(isinstance(name, str) and kind.field(name) for kind in CONTENT_KINDS)
    ]
    if unknown:
        raise Invalid(*(f"Invalid attribute {str(name)[:100]!r}" for name in unknown))
