"""
Any filters and orders on some records, against a model of the filter language in plain Python.
"""

from __future__ import annotations

import itertools
import operator
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.records.transaction import Transaction
from arvgate.wire.parameters_lists import list_query
from arvgate.wire.record_json import parse_time, record_to_json
from test.contract.records_case import RecordsCase

__all__ = ["AnyFiltersContract"]

UUIDS = [f"zzzzz-{infix}-00000000000000{n}" for infix in ("4zz18", "xvhdp", "tpzed") for n in range(2)]
WORDS = ["", "a", "A", "ab", "aB", "a%b", "a_b", "b\\", "é", "É", "5", "true", "ß\n", "zz", UUIDS[0]]
INTEGERS = [-1, 0, 1, 5, 2**31 - 1]
NUMBERS = [0.0, 0.5, -1.5, 5.0, 1e300]
TIMES = [f"2026-01-0{day}T00:00:00.{micro:06}000Z" for day in (1, 2) for micro in (0, 1, 999_999)]
KEYS = ["a", "A", "x.y", 'q"\\', "é", "0"]
SCALARS = [*WORDS[:6], "5", *INTEGERS, *NUMBERS[:-1], 1e15, True, False, None]
PATTERNS = ["%", "", "a%", "%B", "_", "a_b", "a\\_b", "a\\%b", "%\\\\", "é", "%É%", "\\5", "__%", "Z%"]
KINDS = {
    "arvados#collection": "4zz18",
    "arvados#containerRequest": "xvhdp",
    "arvados#user": "tpzed",
    "arvados#robot": "none",
}

#: Column to the values that records have in it; the last ones are never null.
COLUMNS: Mapping[str, list[Any]] = {
    "name": [*WORDS, None],
    "description": [*WORDS, None],
    "output_uuid": [*UUIDS, "x", None],
    "priority": [*INTEGERS, None],
    "container_count_max": [*INTEGERS, None],
    "expires_at": [*TIMES, None],
    "use_existing": [True, False],
    "cumulative_cost": NUMBERS,
    "output_ttl": INTEGERS,
}
TEXTS = ("name", "description", "output_uuid")
WHOLE = ("priority", "container_count_max", "output_ttl")
EVERY_TEXT = [f.name for f in CONTAINER_REQUESTS.fields if f.type in ("string", "text") and f.searchable]
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def matches(pattern: str, text: str, any_case: bool) -> bool:
    """SQL's LIKE."""
    if any_case and pattern.isascii():
        pattern = "".join(c.lower() for c in pattern)
        text = "".join(c.lower() if c.isascii() else c for c in text)
    elif any_case:
        pattern, text = pattern.lower(), text.lower()
    wanted, escaped = "", False
    for c in pattern:
        wanted += re.escape(c) if escaped or c not in "%_\\" else {"%": ".*", "_": ".", "\\": ""}[c]
        escaped = c == "\\" and not escaped
    return re.fullmatch(wanted, text, re.DOTALL) is not None


def same(a: Any, b: Any) -> bool:
    """Equality in JSON."""
    return (isinstance(a, bool), isinstance(a, str)) == (isinstance(b, bool), isinstance(b, str)) and bool(a == b)


def key_holds(found: bool, value: Any, name: str, operand: Any) -> bool:
    """A filter on what is, or is not, under a key."""
    match name:
        case "exists":
            return found is operand
        case "=" | "in":
            return found and any(same(value, one) for one in (operand if name == "in" else [operand]))
        case "!=" | "not in":
            return not key_holds(found, value, {"!=": "=", "not in": "in"}[name], operand)
        case "contains":
            inside = value if isinstance(value, list) else [value]
            wanted = operand if isinstance(operand, list) else [operand]
            return all(found and any(same(one, each) for each in inside) for one in wanted)
        case "like" | "ilike":
            return isinstance(value, str) and matches(operand, value, name == "ilike")
    if isinstance(value, bool) or isinstance(value, str) != isinstance(operand, str):
        return False
    if isinstance(value, str):
        return COMPARISONS[name](value.encode(), operand.encode())
    return isinstance(value, int | float) and COMPARISONS[name](value, operand)


def column_holds(value: Any, name: str, operand: Any) -> bool:
    """A filter on a column's value."""
    match name:
        case "=":
            return bool(value == operand)
        case "!=":
            return bool(value != operand)
        case "in":
            return value in operand
        case "not in":
            return value not in operand
        case "exists" | "contains":
            return all(one in value for one in (operand if isinstance(operand, list) else [operand]))
    if value is None:
        return False
    match name:
        case "like" | "ilike":
            return matches(operand, value, name == "ilike")
        case "is_a":
            return value[6:11] in [KINDS[one] for one in (operand if isinstance(operand, list) else [operand])]
        case _ if isinstance(value, str):
            return COMPARISONS[name](value.encode(), operand.encode())
    return COMPARISONS[name](value, operand)


def attribute_holds(record: Mapping[str, Any], attribute: str, name: str, operand: Any) -> bool:
    """A filter with one attribute."""
    if attribute.startswith("properties."):
        key = attribute.removeprefix("properties.").removeprefix("<").removesuffix(">")
        return key_holds(key in record["properties"], record["properties"].get(key), name, operand)
    if attribute in WHOLE and isinstance(operand, str):
        operand = int(operand)
    if attribute == "use_existing" and isinstance(operand, str):
        operand = operand in ("yes", "1", "T")
    return column_holds(record[attribute], name, operand)


def holds(record: Mapping[str, Any], item: Any) -> bool:
    """A filter."""
    if isinstance(item, str):
        left, name, right = item.strip("()").split()
        a, b = record[left], record[right]
        return a is not None and b is not None and (a == b if name == "=" else COMPARISONS[name](a, b))
    attributes, name, operand = item
    names = EVERY_TEXT if attributes == "any" else attributes if isinstance(attributes, list) else [attributes]
    return any(attribute_holds(record, one, name.lower(), operand) for one in names)


def triple(attributes: Any, names: Any, operands: Any) -> st.SearchStrategy[list[Any]]:
    """Filters of these."""
    chosen = [one if isinstance(one, st.SearchStrategy) else st.sampled_from(list(one)) for one in (attributes, names)]
    return st.tuples(*chosen, operands if isinstance(operands, st.SearchStrategy) else st.sampled_from(operands)).map(
        list
    )


def sets(values: Any) -> st.SearchStrategy[list[Any]]:
    """Arrays of these."""
    return st.lists(st.sampled_from(values), max_size=4)


MEMBERS = st.sampled_from([f"properties.{key}" for key in KEYS] + ["properties.<x.y>", "properties.none"])
FILTERS = st.one_of(
    *(triple([name], ["=", "!="], values) for name, values in COLUMNS.items()),
    *(triple([name], ["in", "not in", "NOT IN"], sets(values)) for name, values in COLUMNS.items()),
    *(
        triple([name], COMPARISONS, [value for value in values if value is not None])
        for name, values in COLUMNS.items()
        if name != "use_existing"
    ),
    triple(TEXTS, ["like", "ilike"], PATTERNS),
    triple([*TEXTS, "any"], ["=", "ILike", "<"], [word for word in WORDS if not word.endswith("\\")]),
    triple(st.lists(st.sampled_from([*TEXTS, "properties.a"]), min_size=1, max_size=3), ["=", "!=", "like"], PATTERNS),
    triple(["output_uuid"], ["is_a"], st.one_of(st.sampled_from(list(KINDS)), sets(list(KINDS)))),
    triple(WHOLE, ["=", "<", ">="], [str(number) for number in INTEGERS]),
    triple(["use_existing"], ["=", "!="], ["yes", "no", "1", "f", "T"]),
    st.tuples(st.sampled_from(WHOLE), st.sampled_from(["=", *COMPARISONS]), st.sampled_from(WHOLE)).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    triple(["properties"], ["exists"], KEYS),
    triple(["properties"], ["contains"], st.one_of(st.sampled_from(KEYS), sets(KEYS))),
    triple(["command"], ["contains"], st.one_of(st.sampled_from(WORDS), sets(WORDS))),
    triple(MEMBERS, ["=", "!="], SCALARS),
    triple(MEMBERS, ["in", "not in"], sets(SCALARS)),
    triple(MEMBERS, COMPARISONS, [one for one in SCALARS if one is not None and not isinstance(one, bool)]),
    triple(MEMBERS, ["like", "ilike"], PATTERNS),
    triple(MEMBERS, ["exists"], [True, False]),
    triple(MEMBERS, ["contains"], st.one_of(st.sampled_from(SCALARS), sets(SCALARS))),
)


class AnyFiltersContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With records that have all sorts of values."""
        super().setUp()
        chance = random.Random(5)
        members: list[Any] = [*SCALARS, [], ["a", 5], [None, "ab", 0.5], {"a": 1}, {}]
        numbers = itertools.count()

        def make(tx: Transaction) -> None:
            for _ in range(40):
                values = {name: chance.choice(choices) for name, choices in COLUMNS.items()}
                values["expires_at"] = values["expires_at"] and parse_time(values["expires_at"])
                values["properties"] = {key: chance.choice(members) for key in KEYS if chance.random() < 0.6}
                values["command"] = chance.choices(WORDS, k=chance.randrange(3))
                values["cwd"] = f"/{next(numbers)}"
                tx.insert(CONTAINER_REQUESTS, {"owner_uuid": self.owner.user_uuid, **values})

        self.done(self.store._write(self.world.system, make))
        self.records = self.listed({"limit": 1000})

    def listed(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """The records of a list as JSON."""
        query = list_query(parameters, CONTAINER_REQUESTS, 1000)
        page = self.done(self.store.list(CONTAINER_REQUESTS, query, self.owner))
        self.assertEqual(page.items_available, len(page.items))
        return [record_to_json(CONTAINER_REQUESTS, item, query.select) for item in page.items]

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(FILTERS, min_size=1, max_size=2), st.sampled_from(sorted(COLUMNS)), st.booleans())
    def test_any(self, filters: list[Any], column: str, falling: bool) -> None:
        """What is found, and in which order, is what the model says."""

        def place(record: Mapping[str, Any]) -> Any:
            value = record[column]
            value = value.encode() if isinstance(value, str) else value
            return (value is None, 0 if value is None else value)

        expected = sorted(self.records, key=lambda record: str(record["uuid"]), reverse=True)
        expected.sort(key=place, reverse=falling)
        expected = [record for record in expected if all(holds(record, one) for one in filters)]
        order = [f"{column} {'desc' if falling else 'asc'}"]
        found = self.listed({"filters": filters, "order": order, "limit": 1000, "select": ["cwd", column]})
        self.assertEqual([record["cwd"] for record in expected], [record["cwd"] for record in found], filters)
