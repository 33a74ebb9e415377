"""
What every store does with records that belong to a user or a project, of whatever kind.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import new_uuid
from arvgate.model.kinds import GROUPS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Query, Record
from test.contract.records_case import RecordsCase

__all__ = ["OwnedContract"]


class OwnedContract(RecordsCase):
    """The suite, for one kind."""

    kind: Kind

    def attributes(self) -> dict[str, Any]:
        """What a record needs; another time what another one needs."""
        raise NotImplementedError

    def make(self, owner: Principal, **more: Any) -> Record:
        """A new record of a user."""
        return self.done(self.store.create(self.kind, {**self.attributes(), **more}, owner))

    def test_life(self) -> None:
        """A record is made, found, changed and deleted, each with its audit entry."""
        made = self.make(self.owner, name="one")
        self.assertEqual((self.owner.user_uuid, "one"), (made["owner_uuid"], made["name"]))
        self.assertEqual(made, self.done(self.store.get(self.kind, made["uuid"], self.owner)))
        changed = self.done(self.store.update(self.kind, made["uuid"], {"name": "two"}, self.owner))
        self.assertEqual("two", changed["name"])
        self.assertNotEqual(made["etag"], changed["etag"])
        self.assertEqual(changed, self.done(self.store.delete(self.kind, made["uuid"], self.owner)))
        self.refused(NotFound, self.store.get(self.kind, made["uuid"], self.owner))
        events = [entry["event_type"] for entry in self.world.audit(made["uuid"])]
        self.assertEqual(["create", "update", "delete"], events)

    def test_others(self) -> None:
        """To others it is not there."""
        uuid = self.make(self.owner)["uuid"]
        self.refused(NotFound, self.store.get(self.kind, uuid, self.other))
        self.refused(NotFound, self.store.update(self.kind, uuid, {"name": "x"}, self.other))
        self.refused(NotFound, self.store.delete(self.kind, uuid, self.other))
        self.assertEqual([], self.done(self.store.list(self.kind, Query(), self.other)).items)

    def test_shared(self) -> None:
        """Who may read it cannot change it, who may write it cannot give it away."""
        uuid = self.make(self.owner)["uuid"]
        self.world.share(uuid, self.other, "can_read")
        self.done(self.store.get(self.kind, uuid, self.other))
        self.refused(Forbidden, self.store.update(self.kind, uuid, {"name": "x"}, self.other))
        self.refused(Forbidden, self.store.delete(self.kind, uuid, self.other))
        self.world.share(uuid, self.other, "can_write")
        self.done(self.store.update(self.kind, uuid, {"name": "x"}, self.other))
        mine = {"owner_uuid": self.other.user_uuid}
        self.refused(Forbidden, self.store.update(self.kind, uuid, mine, self.other))

    def test_owner(self) -> None:
        """Nobody makes records of others but an admin, and nobody of what is neither user nor project."""
        theirs = {**self.attributes(), "owner_uuid": self.other.user_uuid}
        self.refused_either(self.store.create(self.kind, theirs, self.owner))
        admin = self.world.user(admin=True)
        self.assertEqual(self.other.user_uuid, self.done(self.store.create(self.kind, theirs, admin))["owner_uuid"])
        role = next(group for group in self.done(self.store.list(GROUPS, Query(), admin)).items)["uuid"]
        for owner in (role, "nonsense", "zzzzz-tpzed-nothingnothingn"):
            values = {**self.attributes(), "owner_uuid": owner}
            self.refused(Invalid, self.store.create(self.kind, values, admin))

    def test_giving_away(self) -> None:
        """Its owner cannot make it somebody else's without a right there; an admin can."""
        uuid = self.make(self.owner)["uuid"]
        theirs = {"owner_uuid": self.other.user_uuid}
        self.refused_either(self.store.update(self.kind, uuid, theirs, self.owner))
        moved = self.done(self.store.update(self.kind, uuid, theirs, self.world.user(admin=True)))
        self.assertEqual(self.other.user_uuid, moved["owner_uuid"])

    def test_uuid(self) -> None:
        """Only an admin chooses a UUID, and none that is taken; nobody changes one."""
        uuid = new_uuid("zzzzz", self.kind.path, self.world.store._randbelow)
        self.refused(Invalid, self.store.create(self.kind, {**self.attributes(), "uuid": uuid}, self.owner))
        admin = self.world.user(admin=True)
        self.assertEqual(uuid, self.make(admin, uuid=uuid)["uuid"])
        self.refused(Invalid, self.store.create(self.kind, {**self.attributes(), "uuid": uuid}, admin))
        self.refused(Invalid, self.store.update(self.kind, uuid, {"uuid": uuid[:12] + 15 * "0"}, admin))

    def test_each_problem(self) -> None:
        """Each value that is not acceptable has its own sentence."""
        values = {**self.attributes(), "name": 5, "colour": "red", "owner_uuid": None}
        error = self.refused(Invalid, self.store.create(self.kind, values, self.owner))
        assert isinstance(error, Invalid)
        self.assertEqual(3, len(error.problems), error.problems)

    def refused_either(self, call: Any) -> None:
        """The end of a call that names an owner to whom one has no right, whether one can see it or not."""
        try:
            self.done(call)
        except (Forbidden, Invalid):
            return
        raise AssertionError("not refused")
