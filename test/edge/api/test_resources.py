"""
Tests for the routes of the kinds that are kept for users: workflows and others.
"""

from __future__ import annotations

from test.contract.records_authorized_keys import new_key
from test.edge.api.case import ApiCase


class Users(ApiCase):
    """Users let in and shut out."""

    def test_setup(self) -> None:
        """An admin sets up a new user, activates it, and shuts it out at last."""
        values = {"user": {"email": "carol@example.com"}, "send_notification_email": False}
        answer = self.ok("POST", "users/setup", self.admin, json=values)
        (carol,) = answer["items"]
        self.assertEqual(("arvados#HashList", "carol", True), (answer["kind"], carol["username"], carol["is_invited"]))
        path = f"users/{carol['uuid']}"
        token = self.token_of(carol["uuid"], ["all"])
        self.refused(401, "GET", "users/current", token)
        self.assertTrue(self.ok("POST", f"{path}/activate", self.admin)["is_active"])
        self.ok("POST", "workflows", token, json={"workflow": {}})
        self.assertFalse(self.ok("POST", f"{path}/unsetup", self.admin)["is_active"])
        self.refused(401, "GET", "users/current", token)
        again = self.ok("POST", "users/setup", self.admin, query={"uuid": carol["uuid"]})
        self.assertEqual([carol["uuid"]], [item["uuid"] for item in again["items"]])

    def test_setup_of_nobody(self) -> None:
        """A setup without a user, or with one without an address, is refused; and so are those by others."""
        for values in ({}, {"user": {"username": "x"}}, {"user": "x"}, {"uuid": 5}):
            self.refused(422, "POST", "users/setup", self.admin, json=values)
        self.refused(404, "POST", "users/setup", self.admin, json={"uuid": "zzzzz-tpzed-nothingnothingn"})
        self.refused(403, "POST", "users/setup", self.alice, json={"user": {"email": "x@example.com"}})

    def test_system(self) -> None:
        """The system's user can be asked for."""
        self.assertEqual("root", self.ok("GET", "users/system", self.admin)["username"])

    def test_delete(self) -> None:
        """An admin deletes users."""
        self.ok("DELETE", f"users/{self.bob.uuid}", self.admin)
        self.refused(404, "GET", f"users/{self.bob.uuid}", self.admin)

    def test_others(self) -> None:
        """Users cannot be found by what others do not see of them."""
        self.share({"uuid": self.bob.uuid}, self.alice)
        values = {"user": {"prefs": {"color": "green"}, "identity_url": "https://id/bob"}}
        self.ok("PUT", f"users/{self.bob.uuid}", self.admin, json=values)
        seen = self.ok("GET", f"users/{self.bob.uuid}", self.alice)
        self.assertEqual("bob@example.com", seen["email"])
        self.assertFalse({"prefs", "identity_url", "etag", "created_at", "modified_at"} & set(seen))
        query = {"filters": [["identity_url", "=", "https://id/bob"]]}
        self.assertEqual(0, self.ok("GET", "users", self.alice, query=query)["items_available"])
        self.assertEqual(1, self.ok("GET", "users", self.admin, query=query)["items_available"])


class Workflows(ApiCase):
    """Workflows."""

    def test_life(self) -> None:
        """A workflow is made, listed, changed and deleted; what is sent without its key is its attributes."""
        text = "name: greet\nclass: Workflow\n"
        made = self.ok("POST", "workflows", self.alice, json={"workflow": {"definition": text}})
        self.assertEqual(("arvados#workflow", "greet", text), (made["kind"], made["name"], made["definition"]))
        copy = self.ok("POST", "workflows", self.alice, json={"name": "copy", "definition": text})
        found = self.ok("GET", "workflows", self.alice, query={"filters": [["name", "=", "copy"]]})
        self.assertEqual([copy["uuid"]], [item["uuid"] for item in found["items"]])
        path = f"workflows/{made['uuid']}"
        self.assertEqual("new", self.ok("PUT", path, self.alice, json={"workflow": {"name": "new"}})["name"])
        self.assertEqual("new", self.ok("GET", path, self.alice)["name"])
        self.refused(404, "GET", path, self.bob)
        self.ok("DELETE", path, self.alice)
        self.refused(404, "GET", path, self.alice)

    def test_definition(self) -> None:
        """A definition that cannot be read is refused with the reason."""
        errors = self.refused(422, "POST", "workflows", self.alice, json={"workflow": {"definition": "a: b: c"}})
        self.assertIn("line 1", errors[0])


class AuthorizedKeys(ApiCase):
    """Keys for SSH."""

    def test_life(self) -> None:
        """A key is made, renamed and deleted by its user; another one is refused with the reason."""
        text = new_key()
        attributes = {"public_key": text, "key_type": "SSH", "authorized_user_uuid": self.alice.uuid}
        made = self.ok("POST", "authorized_keys", self.alice, json={"authorized_key": attributes})
        self.assertEqual(("arvados#authorizedKey", text), (made["kind"], made["public_key"]))
        self.assertNotIn("fingerprint", made)
        path = f"authorized_keys/{made['uuid']}"
        self.assertEqual("x", self.ok("PATCH", path, self.alice, json={"name": "x"})["name"])
        errors = self.refused(422, "POST", "authorized_keys", self.bob, json={"public_key": text})
        self.assertEqual(["public_key is there already"], errors)
        self.refused(403, "POST", "authorized_keys", self.bob, json={"authorized_key": attributes})
        self.ok("DELETE", path, self.alice)


class Trash(ApiCase):
    """The trash as a whole."""

    def test_sweep(self) -> None:
        """An admin has it swept; what has been there long enough is gone."""
        made = self.ok("POST", "collections", self.alice, json={"collection": {}})
        self.ok("DELETE", f"collections/{made['uuid']}", self.alice)
        self.clock.advance(15 * 86400)
        self.refused(403, "POST", "sys/trash_sweep", self.alice)
        answer = self.call("POST", "sys/trash_sweep", self.admin)
        self.assertEqual((204, b""), (answer.status, answer.body))
        query = {"include_trash": True}
        self.refused(404, "GET", f"collections/{made['uuid']}", self.alice, query=query)
