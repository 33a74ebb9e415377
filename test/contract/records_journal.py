"""
What every store writes down beside the records: the audit log and the change feed.
"""

from __future__ import annotations

from arvgate.errors import Invalid
from arvgate.model.changes import Change
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    LINKS,
    USERS,
)  # fmt: skip
from arvgate.model.tokens import Token
from test.contract.records_case import RecordsCase

__all__ = ["JournalContract"]


class JournalContract(RecordsCase):
    """The suite."""

    def _told(self) -> set[Change]:
        told = set(self.world.told)
        self.world.told.clear()
        return told

    def test_audit(self) -> None:
        """Making, changing and deleting a record each write an entry with what was and what is."""
        self.world.pass_time(1)
        request = self.world.request(self.owner, state="Uncommitted", name="one")
        uuid = request["uuid"]
        self.done(self.store.update(CONTAINER_REQUESTS, uuid, {"name": "two"}, self.owner))
        self.done(self.store.delete(CONTAINER_REQUESTS, uuid, self.owner))
        made, changed, deleted = self.world.audit(uuid)
        self.assertEqual(["create", "update", "delete"], [one["event_type"] for one in (made, changed, deleted)])
        self.assertEqual(f"update of {uuid}", changed["summary"])
        self.assertEqual(
            (self.owner.user_uuid, self.owner.user_uuid, request["created_at"], "arvados#containerRequest"),
            (made["owner_uuid"], made["object_owner_uuid"], made["event_at"], made["object_kind"]),
        )
        self.assertEqual(
            (None, "one"), (made["properties"]["old_attributes"], made["properties"]["new_attributes"]["name"])
        )
        self.assertEqual(request["etag"], changed["properties"]["old_etag"])
        self.assertEqual("two", changed["properties"]["new_attributes"]["name"])
        self.assertIsNone(deleted["properties"]["new_attributes"])
        self.assertIsNone(deleted["properties"]["new_etag"])

    def test_no_secrets(self) -> None:
        """No secret is in the audit log."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        mounts = {"/s": {"kind": "text", "content": "hushhushhush"}}
        request = self.world.request(self.owner, runtime_token=text, secret_mounts=mounts)
        entries = [
            *self.world.audit(record["uuid"]),
            *self.world.audit(request["uuid"]),
            *self.world.audit(request["container_uuid"]),
        ]
        self.assertEqual(3, len(entries))
        self.assertNotIn(record["api_token"], str(entries))
        self.assertNotIn("hushhushhush", str(entries))

    def test_nothing_changed(self) -> None:
        """Writing what is there already writes nothing down."""
        request = self.world.request(self.owner, name="one")
        count = len(self.world.audit(request["uuid"]))
        self._told()
        again = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"name": "one"}, self.owner))
        self.assertEqual((request, set()), (again, self._told()))
        self.assertEqual(count, len(self.world.audit(request["uuid"])))

    def test_refused(self) -> None:
        """What is refused writes nothing down."""
        self._told()
        self.refused(Invalid, self.store.create(CONTAINER_REQUESTS, {}, self.owner))
        self.assertEqual(set(), self._told())

    def test_request_and_container(self) -> None:
        """A changed request is told with its container, which is told too."""
        request = self.world.request(self.owner)
        expected = {
            Change(CONTAINER_REQUESTS.path, request["uuid"], request["container_uuid"]),
            Change(CONTAINERS.path, request["container_uuid"]),
        }
        self.assertLessEqual(expected, self._told())
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"name": "x"}, self.owner))
        self.assertEqual(expected, self._told())

    def test_link(self) -> None:
        """A made or deleted permission is told with its head, and the head's container too."""
        request = self.world.request(self.owner)
        self._told()
        link = self.world.share(request["uuid"], self.other, "can_read")
        expected = {
            Change(LINKS.path, link["uuid"], request["uuid"]),
            Change(CONTAINER_REQUESTS.path, request["uuid"], request["container_uuid"]),
            Change(CONTAINERS.path, request["container_uuid"]),
        }
        self.assertEqual(expected, self._told())
        self.done(self.store.delete(LINKS, link["uuid"], self.owner))
        self.assertEqual(expected, self._told())

    def test_tokens(self) -> None:
        """A revoked token is told with its user, and so is each that came of it."""
        record = self.world.token_of(self.owner.user_uuid)
        token = self.world.come_with(f"v2/{record['uuid']}/{record['api_token']}")
        scope = "CONNECT /arvados/v1/containers/zzzzz-dz642-000000000000000/80"
        child = self.done(self.store.derive_token(Token(record["api_token"], record["uuid"]), scope, None))
        self._told()
        self.done(self.store.delete(API_CLIENT_AUTHORIZATIONS, str(token.token_uuid), self.owner))
        user = str(self.owner.user_uuid)
        path = API_CLIENT_AUTHORIZATIONS.path
        self.assertEqual({Change(path, record["uuid"], user), Change(path, child.uuid, user)}, self._told())

    def test_end_of_cycle(self) -> None:
        """An ended container is told with its requests and both tokens of the cycle."""
        request, container, holder = self.world.running(self.owner)
        own = container["auth_uuid"]
        self._told()
        self.done(self.store.update(CONTAINERS, container["uuid"], {"state": "Complete"}, holder))
        path = API_CLIENT_AUTHORIZATIONS.path
        self.assertEqual(
            {
                Change(CONTAINERS.path, container["uuid"]),
                Change(CONTAINER_REQUESTS.path, request["uuid"], container["uuid"]),
                Change(path, own, str(self.owner.user_uuid)),
                Change(path, str(holder.token_uuid), str(self.world.system.user_uuid)),
            },
            self._told(),
        )

    def test_end_of_cycle_with_runtime_token(self) -> None:
        """A runtime token is told when the container's cycle ends, though it lives on."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        _, container, holder = self.world.running(self.owner, runtime_token=text)
        self._told()
        self.done(self.store.update(CONTAINERS, container["uuid"], {"state": "Complete"}, holder))
        self.assertIn(Change(API_CLIENT_AUTHORIZATIONS.path, record["uuid"], str(self.owner.user_uuid)), self._told())

    def test_users(self) -> None:
        """A changed user is told."""
        self._told()
        self.done(self.store.update(USERS, self.owner.user_uuid, {"is_active": False}, self.world.system))
        self.assertEqual({Change(USERS.path, str(self.owner.user_uuid))}, self._told())

    def test_sweep(self) -> None:
        """A sweep with nothing to do tells nothing."""
        self._told()
        self.done(self.store.sweep())
        self.assertEqual(set(), self._told())
