"""
What every store does to let users in and to shut them out.
"""

from __future__ import annotations

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import all_users_group_uuid, anonymous_user_uuid
from arvgate.model.kinds import LINKS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query, Record
from arvgate.model.tokens import Token
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER

__all__ = ["UserSetupContract"]


class UserSetupContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """An admin, and a user who is not active."""
        super().setUp()
        self.admin = self.world.user(admin=True)
        self.idle = self.world.user(active=False)
        self.uuid = str(self.idle.user_uuid)

    def act(self, action: str, who: Principal, uuid: str = "", **arguments: object) -> Record:
        """Let somebody do something to the idle user, or to another."""
        return self.done(self.store.act(USERS, action, uuid or self.uuid, arguments, who))

    def test_invitation(self) -> None:
        """Who has been set up is invited, and becomes active by an admin."""
        self.assertFalse(self.world.get(USERS, self.uuid)["is_invited"])
        self.assertTrue(self.act("setup", self.admin)["is_invited"])
        user = self.act("activate", self.admin)
        self.assertEqual((True, True), (user["is_active"], user["is_invited"]))

    def test_setup_again(self) -> None:
        """Being set up twice makes one link."""
        for _ in range(2):
            self.act("setup", self.admin)
        filters = (Filter("tail_uuid", "=", self.uuid), Filter("head_uuid", "=", all_users_group_uuid(CLUSTER)))
        links = self.done(self.store.list(LINKS, Query(filters=filters), self.admin)).items
        self.assertEqual([("permission", "can_write")], [(link["link_class"], link["name"]) for link in links])

    def test_setup_of_new(self) -> None:
        """An admin makes a user and sets it up at once."""
        values = {"email": "new@example.com"}
        user = self.done(self.store.act(USERS, "setup", "", values, self.admin))
        self.assertEqual((False, True, "new"), (user["is_active"], user["is_invited"], user["username"]))

    def test_by_admins(self) -> None:
        """An admin activates anybody; others set up, activate and shut out nobody else."""
        for action in ("setup", "unsetup"):
            self.assertRaises(Forbidden, self.act, action, self.owner, str(self.owner.user_uuid))
        self.assertRaises((Forbidden, NotFound), self.act, "activate", self.owner)
        self.assertTrue(self.act("activate", self.admin)["is_active"])
        uuid = str(self.owner.user_uuid)
        self.assertEqual(self.world.get(USERS, uuid)["etag"], self.act("activate", self.owner, uuid)["etag"])

    def test_idle_do_nothing(self) -> None:
        """Who is not active can do nothing."""
        for action in ("activate", "setup", "unsetup"):
            self.assertRaises(Forbidden, self.act, action, self.idle)

    def test_unsetup(self) -> None:
        """Who is shut out is neither active nor admin nor invited, and has no tokens, permissions, preferences."""
        request = self.world.request(self.owner)
        link = self.world.share(request["uuid"], self.other, "can_read")
        record = self.world.token_of(str(self.other.user_uuid))
        self.act("setup", self.admin, str(self.other.user_uuid))
        self.done(
            self.store.update(USERS, str(self.other.user_uuid), {"is_admin": True, "prefs": {"a": 1}}, self.admin)
        )
        user = self.act("unsetup", self.admin, str(self.other.user_uuid))
        self.assertEqual(
            (False, False, False, {}), (user["is_active"], user["is_admin"], user["is_invited"], user["prefs"])
        )
        self.assertIsNone(self.done(self.store.find(Token(record["api_token"], record["uuid"]))))
        self.refused(NotFound, self.store.get(LINKS, link["uuid"], self.admin))

    def test_system_stays(self) -> None:
        """Nobody shuts out the system's own users."""
        for uuid in (str(self.world.system.user_uuid), anonymous_user_uuid(CLUSTER)):
            self.assertRaises(Invalid, self.act, "unsetup", self.admin, uuid)
