"""
What every store does with records that name records which their writer cannot read.
"""

from __future__ import annotations

from collections.abc import Iterator

from arvgate.errors import Invalid
from arvgate.model.ids import new_uuid
from arvgate.model.kinds import (
    AUTHORIZED_KEYS,
    COLLECTIONS,
    CONTAINER_REQUESTS,
    GROUPS,
    KINDS,
    LINKS,
    LOGS,
    WORKFLOWS,
)  # fmt: skip
from arvgate.model.records import Kind, Record
from arvgate.records.references import reference_fields
from arvgate.records.resources import resource_of
from test.contract.records_authorized_keys import new_key
from test.contract.records_case import RecordsCase
from test.contract.records_world import request_attributes

__all__ = ["ReferencesContract"]


class ReferencesContract(RecordsCase):
    """The suite, for a store whose users do not see one another."""

    def _hidden(self, kind: Kind) -> Record:
        """A record that nobody but its owner can read."""
        return self.done(self.store.create(kind, {"name": "hidden"}, self.owner))

    def _unreadable(self) -> Iterator[str]:
        """UUIDs that name nothing that the other user can read."""
        yield self._hidden(COLLECTIONS)["uuid"]
        yield self._hidden(WORKFLOWS)["uuid"]
        yield self.done(self.store.create(GROUPS, {"name": "p", "group_class": "project"}, self.owner))["uuid"]
        yield str(self.owner.user_uuid)
        yield new_uuid("zzzzz", COLLECTIONS.path, lambda _: 7)
        yield "nonsense"

    def test_all_kinds(self) -> None:
        """Whatever the kind and the field: what cannot be read is not found, be it there or not."""
        asked = []
        for uuid in self._unreadable():
            for kind in KINDS.values():
                for name in reference_fields(kind) if resource_of(kind).create is not None else ():
                    asked.append((kind.path, name))
                    error = self.refused(Invalid, self.store.create(kind, {name: uuid}, self.other))
                    self.assertEqual(f"{name} is not found", str(error), kind.path)
        self.assertLessEqual(
            {
                (AUTHORIZED_KEYS.path, "authorized_user_uuid"),
                (CONTAINER_REQUESTS.path, "output_uuid"),
                (LINKS.path, "head_uuid"),
                (LINKS.path, "tail_uuid"),
                (LOGS.path, "object_owner_uuid"),
            },
            set(asked),
        )

    def test_changes(self) -> None:
        """What a record is changed to name must be readable too."""
        hidden = self._hidden(COLLECTIONS)["uuid"]
        mine = self.world.request(self.other, state="Uncommitted")
        key = self.done(self.store.create(AUTHORIZED_KEYS, {"public_key": new_key()}, self.other))
        for kind, uuid, name in (
            (CONTAINER_REQUESTS, mine["uuid"], "output_uuid"),
            (CONTAINER_REQUESTS, mine["uuid"], "log_uuid"),
            (AUTHORIZED_KEYS, key["uuid"], "authorized_user_uuid"),
        ):
            error = self.refused(Invalid, self.store.update(kind, uuid, {name: hidden}, self.other))
            self.assertEqual(f"{name} is not found", str(error))

    def test_unchanged(self) -> None:
        """A record that names what its writer cannot read may be sent back as it was."""
        hidden = self._hidden(COLLECTIONS)["uuid"]
        values = request_attributes(owner_uuid=self.other.user_uuid, log_uuid=hidden)
        request = self.done(self.store.create(CONTAINER_REQUESTS, values, self.world.user(admin=True)))
        changed = {"log_uuid": hidden, "name": "n"}
        after = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], changed, self.other))
        self.assertEqual((hidden, "n"), (after["log_uuid"], after["name"]))

    def test_permission_for_unseen(self) -> None:
        """Nobody shares with a user whom they cannot see; an admin does it for them."""
        request = self.world.request(self.owner)
        ends = {"tail_uuid": self.other.user_uuid, "head_uuid": request["uuid"]}
        link = {"link_class": "permission", "name": "can_read", **ends}
        self.refused(Invalid, self.store.create(LINKS, link, self.owner))
        self.done(self.store.create(LINKS, link, self.world.user(admin=True)))
        seen = self.done(self.store.get(CONTAINER_REQUESTS, request["uuid"], self.other))
        self.assertEqual(request["uuid"], seen["uuid"])

    def test_readable(self) -> None:
        """What can be read can be named: what is one's own, oneself, and what was shared."""
        mine = self.done(self.store.create(COLLECTIONS, {"name": "mine"}, self.other))["uuid"]
        shared = self._hidden(COLLECTIONS)["uuid"]
        self.world.share(shared, self.other, "can_read")
        for uuid in (mine, shared):
            values = {"link_class": "tag", "name": "t", "head_uuid": uuid, "tail_uuid": self.other.user_uuid}
            self.assertEqual(uuid, self.done(self.store.create(LINKS, values, self.other))["head_uuid"])
        entry = self.done(self.store.create(LOGS, {"object_owner_uuid": self.other.user_uuid}, self.other))
        self.assertEqual(self.other.user_uuid, entry["object_owner_uuid"])
