"""
C{arvgate user}.
"""

from __future__ import annotations

import json
from typing import Any

from test.cli.api_server import Said, page
from test.cli.case import CommandCase

UUID = "xabcd-tpzed-000000000000002"


def record(**changes: Any) -> dict[str, Any]:
    """A user's record."""
    return {"uuid": UUID, "username": "b", "email": "b@x.org", "is_admin": False, "is_active": True, **changes}


class UserTests(CommandCase):
    """The commands."""

    def test_create(self) -> None:
        """An active account is made; its UUID is printed."""
        self.api.answers["POST users"] = record()
        self.assertEqual(f"{UUID}\n", self.succeed("user", "create", "--username", "b", "b@x.org"))
        self.assertEqual(
            [("users", {"user": {"email": "b@x.org", "username": "b", "is_active": True, "is_admin": False}})],
            self.api.bodies("POST"),
        )
        self.assertEqual(UUID, json.loads(self.succeed("user", "create", "--json", "--admin", "b@x.org"))["uuid"])
        self.assertTrue(self.api.bodies("POST")[-1][1]["user"]["is_admin"])

    def test_list(self) -> None:
        """Accounts are listed with their rights."""
        self.api.answers["GET users"] = page(record(), record(username=None, is_admin=True, is_active=False))
        lines = self.succeed("user", "list").splitlines()
        self.assertEqual([UUID, "b", "b@x.org", "active"], lines[1].split())
        self.assertEqual([UUID, "b@x.org", "admin", "inactive"], lines[2].split())
        self.assertEqual(2, len(json.loads(self.succeed("user", "list", "--json"))))

    def test_revoke(self) -> None:
        """A revoked account is inactive."""
        self.api.answers[f"PATCH users/{UUID}"] = record(is_active=False)
        self.assertEqual(f"{UUID}\n", self.succeed("user", "revoke", UUID))
        self.assertEqual([(f"users/{UUID}", {"user": {"is_active": False}})], self.api.bodies("PATCH"))
        self.assertFalse(json.loads(self.succeed("user", "revoke", "--json", UUID))["is_active"])

    def test_revoke_nothing(self) -> None:
        """An account that is not there is told as such."""
        self.assertIn(f"no user {UUID}", self.fail_with(4, "user", "revoke", UUID))

    def test_taken(self) -> None:
        """What the API does not accept is told."""
        self.api.answers["POST users"] = Said(422, {"errors": ["Username is taken"]})
        self.assertEqual("arvgate: Username is taken\n", self.fail_with(2, "user", "create", "b@x.org"))
