"""
What every store does with users.
"""

from __future__ import annotations

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import anonymous_user_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, LINKS, USERS
from arvgate.model.records import Filter, Query
from arvgate.model.tokens import Token
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER

__all__ = ["UsersContract"]


class UsersContract(RecordsCase):
    """The suite."""

    def _list(self, who: object) -> list[str]:
        return [item["uuid"] for item in self.done(self.store.list(USERS, Query(), who)).items]

    def test_create(self) -> None:
        """An admin makes users; they are the system's, and inactive unless it says otherwise."""
        admin = self.world.user(admin=True)
        values = {"username": "new", "first_name": "A", "last_name": "B", "email": "a@example.com"}
        user = self.done(self.store.create(USERS, values, admin))
        self.assertEqual(
            (self.world.system.user_uuid, False, False, "A B"),
            (user["owner_uuid"], user["is_active"], user["is_admin"], user["full_name"]),
        )
        self.refused(Forbidden, self.store.create(USERS, {}, self.owner))

    def test_usernames(self) -> None:
        """A username is a letter and then letters and digits, and is one user's."""
        for name in ("1a", "a b", "a-b", "", "root"):
            self.refused(Invalid, self.store.create(USERS, {"username": name}, self.world.system))
        taken = {"uuid": self.owner.user_uuid}
        self.refused(Invalid, self.store.create(USERS, taken, self.world.system))
        self.done(self.store.create(USERS, {}, self.world.system))
        self.done(self.store.create(USERS, {}, self.world.system))

    def test_own_record(self) -> None:
        """Users see themselves whole, of other active users what one needs to share with them; admins see all."""
        user = self.done(self.store.get(USERS, self.owner.user_uuid, self.owner))
        self.assertEqual((True, True, {}), (user["can_write"], user["is_invited"], user["prefs"]))
        other = self.done(self.store.get(USERS, self.other.user_uuid, self.owner))
        self.assertEqual((False, "user2"), (other["can_write"], other["username"]))
        self.assertFalse({"prefs", "identity_url", "owner_uuid", "modified_at", "writable_by"} & set(other))
        idle = self.world.user(active=False)
        self.refused(NotFound, self.store.get(USERS, idle.user_uuid, self.owner))
        self.assertNotIn(idle.user_uuid, self._list(self.owner))
        admin = self.world.user(admin=True)
        self.assertLess({self.owner.user_uuid, self.other.user_uuid, idle.user_uuid}, set(self._list(admin)))
        self.refused(Forbidden, self.store.update(USERS, self.other.user_uuid, {"first_name": "x"}, self.owner))

    def test_parts_of_others(self) -> None:
        """What is hidden of other users is also hidden if it is selected without their UUID."""
        query = Query(select=("prefs", "username"))
        shown = self.done(self.store.list(USERS, query, self.owner)).items
        self.assertEqual([self.owner.user_uuid], [item["uuid"] for item in shown if "prefs" in item])

    def test_inactive_sees_itself(self) -> None:
        """A user who is not active still sees the own record."""
        idle = self.world.user(active=False)
        self.assertFalse(self.done(self.store.get(USERS, idle.user_uuid, idle))["is_active"])

    def test_own_changes(self) -> None:
        """Users change their names and preferences; rights stay as they are, the rest is refused."""
        uuid = self.owner.user_uuid
        values = {"first_name": "New", "prefs": {"a": 1}, "is_admin": True, "is_active": False}
        user = self.done(self.store.update(USERS, uuid, values, self.owner))
        self.assertEqual(("New", False, True), (user["first_name"], user["is_admin"], user["is_active"]))
        self.assertEqual("New", self.done(self.store.get(USERS, uuid, self.owner))["full_name"])
        some = Query(filters=(Filter("uuid", "=", uuid),), select=("email",))
        self.assertEqual(
            [{"email", "etag", "uuid", "can_write", "can_manage"}],
            [set(one) for one in self.done(self.store.list(USERS, some, self.owner)).items],
        )
        for name, value in (("username", "other"), ("email", "x@example.com")):
            self.refused(Forbidden, self.store.update(USERS, uuid, {name: value}, self.owner))

    def test_admin_changes(self) -> None:
        """An admin changes everything of a user but the owner, and a name to none that is taken."""
        admin, uuid = self.world.user(admin=True), self.owner.user_uuid
        user = self.done(self.store.update(USERS, uuid, {"is_admin": True, "username": "renamed"}, admin))
        self.assertEqual((True, "renamed"), (user["is_admin"], user["username"]))
        for values in ({"owner_uuid": uuid}, {"username": "root"}, {"uuid": "zzzzz-tpzed-000000000000001"}):
            self.refused(Invalid, self.store.update(USERS, uuid, values, admin))

    def test_system_user_stays(self) -> None:
        """The system user can neither be disabled nor deleted, the anonymous user not deleted."""
        admin, uuid = self.world.user(admin=True), self.world.system.user_uuid
        for name in ("is_active", "is_admin"):
            self.refused(Invalid, self.store.update(USERS, uuid, {name: False}, admin))
        for one in (uuid, anonymous_user_uuid(CLUSTER)):
            self.refused(Invalid, self.store.delete(USERS, one, admin))

    def test_delete(self) -> None:
        """A deleted user's tokens and permissions are gone too; only an admin deletes."""
        request = self.world.request(self.owner)
        link = self.world.share(request["uuid"], self.other, "can_read")
        record = self.world.token_of(self.other.user_uuid)
        self.refused(Forbidden, self.store.delete(USERS, self.other.user_uuid, self.other))
        self.done(self.store.delete(USERS, self.other.user_uuid, self.world.user(admin=True)))
        self.assertIsNone(self.done(self.store.find(Token(record["api_token"], record["uuid"]))))
        self.refused(NotFound, self.store.get(LINKS, link["uuid"], self.world.system))
        self.refused(NotFound, self.store.get(USERS, self.other.user_uuid, self.world.system))

    def test_belongings(self) -> None:
        """A user who still owns something is not deleted, and what that is is said."""
        admin = self.world.user(admin=True)
        request = self.world.request(self.owner)
        error = self.refused(Invalid, self.store.delete(USERS, self.owner.user_uuid, admin))
        self.assertIn("1 container_requests", str(error))
        self.done(self.store.delete(CONTAINER_REQUESTS, request["uuid"], admin))
        self.done(self.store.delete(USERS, self.owner.user_uuid, admin))

    def test_names_of_addresses(self) -> None:
        """Who is given no name has one of the mail address, with a number where that is taken or is a system's."""

        def named(address: str) -> str | None:
            user = self.done(self.store.create(USERS, {"email": address}, self.world.system))
            return user["username"]  # type: ignore[no-any-return]

        cases = [("Ada.Lovelace+x@example.com", "adalovelace"), ("adalovelace@example.org", "adalovelace2")]
        cases += [("root@example.com", "root2"), ("7up@example.com", "up"), ("äö@example.com", None), ("@", None)]
        for address, name in cases:
            self.assertEqual(name, named(address), address)
