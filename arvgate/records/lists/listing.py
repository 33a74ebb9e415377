"""
Lists: filters, order, limit and offset as one statement, and the count of all that matches as another (reference F.2).

Not here: single conditions (L{arvgate.records.lists.conditions}) and whose records are seen
(L{arvgate.records.visibility}).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

import attrs
from sqlalchemy import Column, ColumnElement, FromClause, Select, cast, func, select

from arvgate.errors import Invalid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, USERS
from arvgate.model.records import STRUCTURES, TEXTS, Filter, Kind, Page, Query
from arvgate.records import tokens
from arvgate.records.lists.by_owner import counting, leading, reach_of_owners
from arvgate.records.lists.conditions import Scope, condition, searchable
from arvgate.records.lists.counts import Counts
from arvgate.records.lists.list_size import up_to
from arvgate.records.lists.newest import LISTED, TIMES, newest
from arvgate.records.lists.predicates import Predicates, predicates_of
from arvgate.records.reach import Reach
from arvgate.records.schema import TABLES, Written
from arvgate.records.snapshot import Snapshot, public_columns, rows_as_records
from arvgate.records.user_view import masked
from arvgate.records.visibility import readable, viewers_of

__all__ = ["page"]

_UNIQUE: Final = frozenset({"uuid", "id"})

#: Comparisons up to which a query can be nested: SQLite takes expressions of a certain depth.
_NESTED: Final = 100

#: From this offset on, a page is better found by sorting everything.
_FAR: Final = 10_000

#: Up to this place in a list it is worth while to look whether all before are near its beginning.
_NEWEST: Final = 1000


def page(
    snapshot: Snapshot,
    kind: Kind,
    query: Query,
    counts: Counts | None = None,
    more: Sequence[ColumnElement[bool]] = (),
) -> Page:
    """
    The records that the snapshot's principal can read and that match.

    @param counts: of this database, for queries without C{more}.
    @param more: conditions besides.
    @raise Invalid: a filter or an attribute that this kind does not have.
    """
    predicates = predicates_of(snapshot.connection.dialect.name)
    chosen = _chosen(kind, query)
    columns = [_visible(snapshot, kind, column) for column in chosen]
    if query.written and not query.distinct:
        columns = [cast(column, Written).label(column.name) if _is_json(kind, column) else column for column in columns]
    matching = select(*columns).where(*_conditions(snapshot, kind, query), *more)
    rows_of: FromClause = TABLES[kind.path]
    if query.distinct:
        different = matching.distinct().subquery()
        matching, rows_of = select(different), different
    count = None
    if query.count:
        count = _count(snapshot, kind, query, matching, more, counts)
    items = []
    if query.limit > 0:
        names = [column.name for column in chosen] if query.distinct else None
        order = [
            _visible(snapshot, kind, _ordered(kind, rows_of.c[name], direction, predicates))
            for name, direction in _order(kind, query, names)
        ]
        if not query.distinct and query.offset < _FAR:
            matching = _led(snapshot, kind, query, predicates, matching, order, more)
        wanted = matching.order_by(*order).limit(query.limit).offset(query.offset)
        uuids = None if query.distinct or more else _newest(snapshot, kind, query, order)
        if uuids is not None:
            wanted = select(*columns).where(TABLES[kind.path].c.uuid.in_(uuids[query.offset :])).order_by(*order)
        rows = snapshot.connection.execute(wanted, execution_options={"stream_results": True})
        items = list(up_to(snapshot.rules.max_list_size, rows_as_records(rows)))
    return Page(items, count)


def _count(
    snapshot: Snapshot,
    kind: Kind,
    query: Query,
    matching: Select[Any],
    more: Sequence[ColumnElement[bool]],
    counts: Counts | None,
) -> int:
    def count() -> int:
        statement = matching.with_only_columns(func.count(), maintain_column_froms=True)
        reach = _reach(snapshot, kind, query)
        if reach is not None and not query.distinct:
            statement = counting(kind, reach, [*_conditions(snapshot, kind, query, one=True), *more])
        return int(snapshot.connection.scalar(statement) or 0)

    question = _question(snapshot, kind, query)
    return count() if counts is None or more else counts.of(question, snapshot.connection, count)


def _question(snapshot: Snapshot, kind: Kind, query: Query) -> Hashable:
    """All that a count depends on but the state of the database."""
    viewers = viewers_of(snapshot.principal, snapshot.rules)
    chosen = query.select if query.distinct else None
    asked = attrs.evolve(query, order=(), limit=0, offset=0, select=chosen, written=False)
    return kind.path, viewers, repr(asked)


def _led(
    snapshot: Snapshot,
    kind: Kind,
    query: Query,
    predicates: Predicates,
    matching: Select[Any],
    order: Sequence[ColumnElement[Any]],
    more: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    """The same records, looked for among those only that can be on the page."""
    reach = _reach(snapshot, kind, query)
    by = _order(kind, query, None)[0][0]
    # In another order PostgreSQL may go through the records of all for each owner.
    if reach is None or (by not in TIMES and snapshot.connection.dialect.name != "sqlite"):
        return matching
    conditions = [*_conditions(snapshot, kind, query, one=True), *more]
    led = leading(kind, reach, predicates, conditions, order, query.offset + query.limit)
    return select(*matching.selected_columns).where(led, *conditions)


def _reach(snapshot: Snapshot, kind: Kind, query: Query) -> Reach | None:
    """By which owners the records can be looked for; None: they are not, or the query is too large to be nested."""
    if _is_large(query):
        return None
    return reach_of_owners(kind, viewers_of(snapshot.principal, snapshot.rules), snapshot.rules)


def _newest(snapshot: Snapshot, kind: Kind, query: Query, order: Sequence[ColumnElement[Any]]) -> list[str] | None:
    """Which records are on the page, if that is soon found out; None if not."""
    by, count = _order(kind, query, None)[0], query.offset + query.limit
    if kind not in LISTED or by[0] not in TIMES or count > _NEWEST or _is_large(query):
        return None
    if any(one.is_admin and one.is_active for one in (snapshot.principal, *snapshot.principal.also)):
        return None
    return newest(snapshot.connection, kind, by, _conditions(snapshot, kind, query, one=True), order, count)


def _is_large(query: Query) -> bool:
    return sum(one.comparisons for one in query.filters) > _NESTED


def _conditions(snapshot: Snapshot, kind: Kind, query: Query, one: bool = False) -> list[ColumnElement[bool]]:
    def seen(other: Kind) -> ColumnElement[bool]:
        return readable(other, snapshot.principal, snapshot.rules, query.include_trash)

    scope = Scope(predicates_of(snapshot.connection.dialect.name), seen)
    own = readable(kind, snapshot.principal, snapshot.rules, query.include_trash, one)
    conditions = [own, *(_visible(snapshot, kind, condition(kind, one, scope)) for one in query.filters)]
    if kind is API_CLIENT_AUTHORIZATIONS:
        named = any(isinstance(one, Filter) and one.attribute == "uuid" for one in query.filters)
        hidden = tokens.listed(named)
        conditions.extend([] if hidden is None else [hidden])
    return conditions


def _visible(snapshot: Snapshot, kind: Kind, expression: ColumnElement[Any]) -> ColumnElement[Any]:
    if kind is not USERS:
        return expression
    shown = masked(snapshot.principal, expression)
    return shown.label(expression.name) if isinstance(expression, Column) else shown


def _chosen(kind: Kind, query: Query) -> list[Any]:
    columns = public_columns(kind)
    wanted = query.select
    if wanted is None:
        bulky = {field.name for field in kind.fields if field.bulky}
        return [column for column in columns if column.name not in bulky]
    unknown = [name for name in wanted if name != "kind" and kind.field(name) is None]
    if unknown:
        raise Invalid(*(f"{kind.singular} has no attribute {name!r}" for name in unknown))
    named = {*wanted, *(() if query.distinct else ("etag", *(("uuid",) if kind is USERS else ())))}
    chosen = [column for column in columns if column.name in named]
    if not chosen:
        raise Invalid("distinct needs an attribute that is stored in select")
    return chosen


def _is_json(kind: Kind, column: ColumnElement[Any]) -> bool:
    field = kind.field(str(column.key))
    return kind is not USERS and field is not None and field.type in STRUCTURES


def _order(kind: Kind, query: Query, selected: Sequence[str] | None) -> list[tuple[str, str]]:
    """
    What was asked for, and then what makes the order of all rows certain.

    @param selected: the only columns there are; None for all.
    """
    order = [(name, direction) for name, direction in query.order if _orderable(kind, name)]
    if selected is None:
        order.extend((("modified_at", "desc"), ("uuid", "desc")))
    else:
        order = [item for item in order if item[0] in selected]
        order.extend((name, "asc") for name in selected)
    certain: dict[str, str] = {}
    for name, direction in order:
        certain.setdefault(name, direction)
        if name in _UNIQUE:
            break
    return list(certain.items())


def _orderable(kind: Kind, name: str) -> bool:
    field = searchable(kind, name)
    return field is not None and field.type not in STRUCTURES


def _ordered(kind: Kind, column: ColumnElement[Any], direction: str, predicates: Predicates) -> ColumnElement[Any]:
    """A column's part of an order: text by its bytes, and what has no value after all values, as PostgreSQL has it."""
    name = str(column.key)
    field = kind.field(name)
    assert field is not None
    by = predicates.bytewise(column) if field.type in TEXTS and name not in _UNIQUE else column
    ordered = by.desc() if direction == "desc" else by.asc()
    if not field.nullable:
        return ordered
    return ordered.nulls_first() if direction == "desc" else ordered.nulls_last()
