"""
C{arvgate token}.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from test.cli.api_server import Said, page
from test.cli.case import CommandCase

UUID = "xabcd-gj3su-000000000000002"
USER = "xabcd-tpzed-000000000000001"


def record(**changes: Any) -> dict[str, Any]:
    """A token's record."""
    return {
        "uuid": UUID,
        "owner_uuid": USER,
        "created_at": "2026-01-01T00:00:00Z",
        "expires_at": None,
        "scopes": ["all"],
        **changes,
    }


class TokenTests(CommandCase):
    """The commands."""

    def created(self) -> Any:
        """The attributes of the token that was created."""
        ((_, body),) = self.api.bodies("POST")
        return body["api_client_authorization"]

    def test_create(self) -> None:
        """A new token is printed in its v2 form."""
        self.api.answers["POST api_client_authorizations"] = record(api_token="secret")
        self.assertEqual(f"v2/{UUID}/secret\n", self.succeed("token", "create"))
        self.assertEqual({"scopes": ["all"]}, self.created())

    def test_create_with_options(self) -> None:
        """Scopes, user and lifetime go into the request."""
        self.api.answers["POST api_client_authorizations"] = record(api_token="secret")
        options = ("--scope", "GET /a", "--scope", "GET /b", "--user", USER, "--lifetime", "12h")
        printed = self.succeed("token", "create", *options, "--json", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.assertEqual(f"v2/{UUID}/secret", json.loads(printed)["token"])
        self.assertEqual(
            {"scopes": ["GET /a", "GET /b"], "owner_uuid": USER, "expires_at": "2026-01-01T12:00:00.000000000Z"},
            self.created(),
        )

    def test_create_until(self) -> None:
        """A token may end at a certain time, given in one way only."""
        self.api.answers["POST api_client_authorizations"] = record(api_token="secret")
        self.succeed("token", "create", "--expires", "2030-01-31 12:00:00+01:00")
        self.assertEqual("2030-01-31T11:00:00.000000000Z", self.created()["expires_at"])
        self.fail_with(2, "token", "create", "--expires", "tomorrow")
        self.fail_with(2, "token", "create", "--expires", "2030-01-31", "--lifetime", "1h")

    def test_list(self) -> None:
        """Tokens are listed with what they may do and when they end."""
        expiring = record(expires_at="2027-01-01T00:00:00Z", scopes=["GET /", "x"])
        self.api.answers["GET api_client_authorizations"] = page(record(), expiring)
        lines = self.succeed("token", "list", now=lambda: datetime(2026, 1, 2, tzinfo=UTC)).splitlines()
        self.assertEqual([UUID, USER, "1d", "never", "all"], lines[1].split())
        self.assertEqual([UUID, USER, "1d", "2027-01-01T00:00:00Z", "GET", "/,", "x"], lines[2].split())
        self.assertEqual(2, len(json.loads(self.succeed("token", "list", "--json"))))

    def test_revoke(self) -> None:
        """A token is revoked by its UUID."""
        self.api.answers[f"DELETE api_client_authorizations/{UUID}"] = record()
        self.assertEqual(f"{UUID}\n", self.succeed("token", "revoke", UUID))
        self.assertEqual(UUID, json.loads(self.succeed("token", "revoke", "--json", UUID))["uuid"])

    def test_revoke_nothing(self) -> None:
        """A token that is not there, or is none, is told as such; a token itself is no UUID and is not repeated."""
        self.assertIn(f"no token {UUID}", self.fail_with(4, "token", "revoke", UUID))
        self.fail_with(2, "token", "revoke", "xabcd-dz642-000000000000001")

    def test_refused(self) -> None:
        """Who may not make a token is told so."""
        self.api.answers["POST api_client_authorizations"] = Said(403, {"errors": ["Forbidden"]})
        self.assertEqual("arvgate: Forbidden\n", self.fail_with(3, "token", "create", "--user", USER))
