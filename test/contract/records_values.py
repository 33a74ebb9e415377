"""
What every store does with values: they come back as they went in, and what cannot be stored is refused.
"""

from __future__ import annotations

from hypothesis import given, settings, strategies

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, USERS
from test.contract.records_case import RecordsCase

__all__ = ["ValuesContract"]

#: What every database can tell apart: more digits than a double has, or keys twice, are beyond JSON in practice.
_NUMBERS = strategies.integers(-(2**63), 2**63) | strategies.floats(-1e15, 1e15).map(lambda x: round(x, 6) + 0.0)
_TEXTS = strategies.text(strategies.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
_VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | _NUMBERS | _TEXTS,
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


class ValuesContract(RecordsCase):
    """The suite."""

    def test_json(self) -> None:
        """JSON comes back with the same types at every level."""

        @settings(max_examples=25, deadline=None)
        @given(strategies.dictionaries(_TEXTS, _VALUES, max_size=4))
        def check(prefs: dict[str, object]) -> None:
            user = str(self.owner.user_uuid)
            self.done(self.store.update(USERS, user, {"prefs": prefs}, self.owner))
            found = self.world.get(USERS, user)["prefs"]
            self.assertEqual(prefs, found)
            self.assertEqual(str(_sorted(prefs)), str(_sorted(found)))

        check()

    def test_texts(self) -> None:
        """Text comes back to the last character, however odd."""
        for text in ("", " x ", "Ä\u0308\N{SNOWMAN}\U0001f600", "\x01\x7f\n\t\\'\"%_", "x" * 5000):
            request = self.world.request(self.owner, description=text)
            self.assertEqual(text, self.world.get(CONTAINER_REQUESTS, request["uuid"])["description"])

    def test_numbers(self) -> None:
        """Numbers come back exactly, up to the ends of their ranges, and times to the microsecond."""
        request, container, holder = self.world.running(self.owner)
        for cost in (0.1, 1e-300, 1.7976931348623157e308, 123456789.123456789):
            self.done(self.store.update(CONTAINERS, container["uuid"], {"cost": cost}, holder))
            self.assertEqual(cost, self.world.get(CONTAINERS, container["uuid"])["cost"])
        created = self.world.get(CONTAINER_REQUESTS, request["uuid"])["created_at"]
        self.assertEqual((request["created_at"], True), (created, created.microsecond > 0))

    def test_not_stored(self) -> None:
        """A text that is no Unicode and a number that is far out of range are refused, not failures."""
        for attributes in ({"name": "\ud800"}, {"container_count_max": 1 << 70}):
            request = self.world.request(self.owner)
            change = self.store.update(CONTAINER_REQUESTS, request["uuid"], attributes, self.owner)
            self.refused(Invalid, change)


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
