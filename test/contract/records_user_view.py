"""
What every store lets readers see of users who are not themselves.

The store shows its readers whom they can read; here a reader reads as somebody else too, and so has two users to see.
"""

from __future__ import annotations

from typing import Any

import attrs

from arvgate.model.kinds import USERS
from arvgate.model.principals import Principal
from arvgate.model.records import AnyOf, Filter, Query
from arvgate.records.user_view import SHOWN
from test.contract.records_case import RecordsCase

__all__ = ["UserViewContract"]


class UserViewContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """Two users with preferences; one can read the other."""
        super().setUp()
        for user, color in ((self.owner, "red"), (self.other, "blue")):
            values = {"prefs": {"color": color}, "identity_url": f"https://id/{color}"}
            self.done(self.store.update(USERS, str(user.user_uuid), values, self.world.system))
        self.world.share(str(self.other.user_uuid), self.owner, "can_read")

    def list(self, who: Principal, **query: Any) -> list[Any]:
        """What a user finds of the two."""
        two = (str(self.owner.user_uuid), str(self.other.user_uuid))
        filters = (Filter("uuid", "in", two), *query.pop("filters", ()))
        return list(self.done(self.store.list(USERS, Query(filters=filters, **query), who)).items)

    def found(self, *condition: Any) -> list[str]:
        """Whom the owner finds by a filter."""
        return [item["uuid"] for item in self.list(self.owner, filters=[Filter(*condition)])]

    def test_fields(self) -> None:
        """Of others only some fields are seen, in a list and alone; of oneself all."""
        own, other = sorted(self.list(self.owner), key=lambda item: item["uuid"] == self.other.user_uuid)
        self.assertEqual(("red", "https://id/red"), (own["prefs"]["color"], own["identity_url"]))
        alone = self.done(self.store.get(USERS, str(self.other.user_uuid), self.owner))
        for record in (other, alone):
            self.assertEqual(SHOWN, set(record))
        chosen = self.list(self.owner, select=("uuid", "prefs", "etag"))
        hidden = next(item for item in chosen if item["uuid"] == self.other.user_uuid)
        self.assertEqual({"uuid", "can_write", "can_manage"}, set(hidden))

    def test_filters(self) -> None:
        """Nobody finds others by fields that are not shown, whichever way they ask."""
        other = str(self.other.user_uuid)
        for condition in (
            ("identity_url", "=", "https://id/blue"),
            ("identity_url", "like", "https://id/b%"),
            ("identity_url", "in", ("https://id/blue",)),
            ("created_at", "<=", self.world.moment),
            ("owner_uuid", "=", self.world.system.user_uuid),
        ):
            self.assertNotIn(other, self.found(*condition), condition)
        differing = [("identity_url", "!=", "https://id/blue"), ("identity_url", "!=", "https://id/green")]
        self.assertEqual(self.found(*differing[0]), self.found(*differing[1]))
        self.assertEqual([other], self.found("username", "=", self.world.get(USERS, other)["username"]))
        self.assertEqual([str(self.owner.user_uuid)], self.found("identity_url", "=", "https://id/red"))

    def test_other_ways(self) -> None:
        """Neither conditions of which one must hold, keys of objects, nor distinct values tell more."""
        other = str(self.other.user_uuid)
        either = AnyOf((Filter("identity_url", "=", "https://id/blue"), Filter("owner_uuid", "=", "nobody")))
        key = Filter("prefs", "=", "blue", key="color")
        for condition in (either, key, Filter("prefs", "exists", "color")):
            self.assertNotIn(other, [item["uuid"] for item in self.list(self.owner, filters=[condition])])
        rows = self.list(self.owner, select=("identity_url",), distinct=True)
        self.assertEqual({"https://id/red", None}, {row["identity_url"] for row in rows})

    def test_order(self) -> None:
        """The order of others tells nothing of fields that are not shown."""
        third = self.world.user()
        self.world.share(str(third.user_uuid), self.owner, "can_read")
        orders = []
        for other, last in (("a", "b"), ("b", "a")):
            for user, value in ((self.other, other), (third, last)):
                self.world.pass_time(1)
                values = {"identity_url": value}
                self.done(self.store.update(USERS, str(user.user_uuid), values, self.world.system))
            for order in ((("identity_url", "asc"),), (("identity_url", "desc"),), (("modified_at", "asc"),), ()):
                filters = (Filter("uuid", "!=", str(self.owner.user_uuid)),)
                page = self.done(self.store.list(USERS, Query(filters=filters, order=order), self.owner))
                orders.append([item["uuid"] for item in page.items])
        self.assertEqual(len(orders) // 2 * orders[:1], orders[: len(orders) // 2])
        self.assertEqual(orders[: len(orders) // 2], orders[len(orders) // 2 :])

    def test_admins(self) -> None:
        """Admins see and find all of everybody; so does who reads as an admin besides."""
        admin = self.world.user(admin=True)
        for reader in (admin, attrs.evolve(self.owner, also=(admin,))):
            self.assertEqual(2, len([item for item in self.list(reader) if "prefs" in item]))
            found = self.list(reader, filters=[Filter("identity_url", "=", "https://id/blue")])
            self.assertEqual([self.other.user_uuid], [item["uuid"] for item in found])

    def test_both(self) -> None:
        """Who reads as another user besides sees all of both."""
        both = attrs.evolve(self.owner, also=(self.other,))
        self.assertEqual(["blue", "red"], sorted(item["prefs"]["color"] for item in self.list(both)))
