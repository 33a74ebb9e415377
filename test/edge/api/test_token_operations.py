"""Tests of L{arvgate.edge.api.token_operations}: tokens as records, over the real store."""

from __future__ import annotations

import json
from typing import Any

from arvgate.model.ids import system_user_uuid
from arvgate.policy.salting import SALTED_LENGTH, salted_secret
from test.edge.api.case import CLUSTER, ROOT_TOKEN, Account, ApiCase

PATH = "api_client_authorizations"


class Tokens(ApiCase):
    """Tokens of users."""

    def test_current(self) -> None:
        """The current token's answer has the secret that came, but not for another cluster."""
        answer = self.ok("GET", "api_client_authorizations/current", self.alice)
        self.assertEqual(self.alice.token, f"v2/{answer['uuid']}/{answer['api_token']}")
        self.assertEqual((["all"], self.alice.uuid), (answer["scopes"], answer["owner_uuid"]))
        remote = self.ok("GET", "api_client_authorizations/current", self.alice, query={"remote": "xxxxx"})
        self.assertIsNone(remote["api_token"])

    def test_current_of_the_system(self) -> None:
        """SystemRootToken has no record and yet can be asked for."""
        answer = self.ok("GET", "api_client_authorizations/current", ROOT_TOKEN)
        self.assertEqual((f"{CLUSTER}-gj3su-000000000000000", ["all"]), (answer["uuid"], answer["scopes"]))
        answer = self.ok("GET", "api_client_authorizations/current", "anonymoustoken")
        self.assertEqual((f"{CLUSTER}-gj3su-anonymouspublic", ["GET /"]), (answer["uuid"], answer["scopes"]))

    def test_create_use_delete(self) -> None:
        """A new token's secret is in its answer only; it works until it is deleted."""
        attributes = {"scopes": ["all"], "expires_at": "2026-03-02T00:00:00.000000000Z"}
        made = self.ok("POST", "api_client_authorizations", self.alice, json={"api_client_authorization": attributes})
        token = f"v2/{made['uuid']}/{made['api_token']}"
        self.assertEqual("2026-03-02T00:00:00.000000000Z", made["expires_at"])
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current", token)["uuid"])
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current", made["api_token"])["uuid"])
        path = f"api_client_authorizations/{made['uuid']}"
        self.assertNotIn("api_token", self.ok("GET", path, self.alice))
        listed = self.ok("GET", "api_client_authorizations", self.alice)
        self.assertNotIn("api_token", json.dumps(listed))
        self.assertIn(made["uuid"], [item["uuid"] for item in listed["items"]])
        self.assertEqual(made["uuid"], self.ok("DELETE", path, self.alice)["uuid"])
        self.refused(401, "GET", "users/current", token)

    def test_expiry(self) -> None:
        """A token ends at its time."""
        attributes = {"expires_at": "2026-03-01T12:01:00Z"}
        made = self.ok("POST", "api_client_authorizations", self.alice, json=attributes)
        token = f"v2/{made['uuid']}/{made['api_token']}"
        self.ok("GET", "users/current", token)
        self.clock.advance(60)
        self.assertEqual(["Not logged in"], self.refused(401, "GET", "users/current", token))

    def test_others(self) -> None:
        """Tokens of others are not there, not even to admins."""
        path = f"api_client_authorizations/{self.alice.principal.token_uuid}"
        for account in (self.bob, self.admin):
            self.refused(404, "GET", path, account)
            self.refused(404, "DELETE", path, account)
            self.refused(404, "PUT", path, account, json={"scopes": []})
        self.ok("GET", path, self.alice)

    def test_for_others(self) -> None:
        """Only an admin makes tokens for others."""
        body = {"api_client_authorization": {"owner_uuid": self.alice.uuid}}
        self.refused(403, "POST", "api_client_authorizations", self.bob, json=body)
        self.assertEqual(
            self.alice.uuid, self.ok("POST", "api_client_authorizations", self.admin, json=body)["owner_uuid"]
        )

    def test_bad_values(self) -> None:
        """Scopes that are no array and times that are none are refused and make no token."""
        before = self.ok("GET", "api_client_authorizations", self.alice)["items_available"]
        for attributes in ({"scopes": "all"}, {"scopes": [5]}, {"expires_at": "tomorrow"}, {"colour": 1}):
            self.refused(
                422, "POST", "api_client_authorizations", self.alice, json={"api_client_authorization": attributes}
            )
        self.assertEqual(before, self.ok("GET", "api_client_authorizations", self.alice)["items_available"])

    def test_update(self) -> None:
        """PUT changes a token's scopes and end, never its user, UUID or secret; PATCH is none of its methods."""
        made = self.token_of(self.alice.uuid, ["all"])
        path = f"{PATH}/{made.principal.token_uuid}"
        changes = {"scopes": ["GET /arvados/v1/users/"], "expires_at": "2026-03-02T00:00:00.000000000Z"}
        changed = self.ok("PUT", path, self.alice, json={"api_client_authorization": changes})
        self.assertEqual(changes, {name: changed[name] for name in changes})
        self.assertNotIn("api_token", changed)
        self.refused(403, "GET", "links", made)
        self.refused(405, "PATCH", path, self.alice, json=changes)
        for wrong in ({"owner_uuid": self.bob.uuid}, {"api_token": "x"}, {"uuid": f"{CLUSTER}-gj3su-{'0' * 15}"}):
            self.refused(422, "PUT", path, self.alice, json=wrong)
        self.assertEqual(made.token, self.shown(made))

    def shown(self, account: Account) -> str:
        """The token that an account came with, as the answer on itself has it."""
        found = self.ok("GET", f"{PATH}/current", account)
        return f"v2/{found['uuid']}/{found['api_token']}"

    def test_secret_is_never_salted(self) -> None:
        """No secret is as long as a salted one."""
        for account in (self.alice, self.admin):
            self.assertNotEqual(SALTED_LENGTH, len(account.token.split("/")[2]))

    def test_system_tokens(self) -> None:
        """An admin makes tokens of the system user with the scopes that are asked for; nobody else does."""
        path = f"{PATH}/create_system_auth"
        scopes = ["GET /arvados/v1/containers/"]
        for given in ({"json": {"scopes": scopes}}, {"query": {"scopes": scopes}}):
            made = self.ok("POST", path, self.admin, **given)
            self.assertEqual((system_user_uuid(CLUSTER), scopes), (made["owner_uuid"], made["scopes"]))
        token = f"v2/{made['uuid']}/{made['api_token']}"
        self.refused(404, "GET", "containers/zzzzz-dz642-000000000000000", token)
        self.refused(403, "GET", "users", token)
        self.assertEqual(["all"], self.ok("POST", path, self.admin)["scopes"])
        self.refused(403, "POST", path, self.alice)
        self.refused(401, "POST", path)
        self.refused(422, "POST", path, self.admin, json={"scopes": "all of them"})

    def test_address(self) -> None:
        """A token says from which address it was asked for, as the door has it, whatever the client says."""
        headers = {"X-Forwarded-For": "198.51.100.9, 2001:db8::7"}
        for path, caller, given in (
            (PATH, self.alice, {}),
            (f"{PATH}/create_system_auth", self.admin, {}),
            (PATH, self.alice, {"created_by_ip_address": None}),
        ):
            made = self.ok("POST", path, caller, headers=headers, json=given)
            self.assertEqual("2001:db8::7", made["created_by_ip_address"])
            shown = self.ok("GET", f"{PATH}/{made['uuid']}", ROOT_TOKEN)
            self.assertEqual("2001:db8::7", shown["created_by_ip_address"])
        self.refused(422, "POST", PATH, self.alice, headers=headers, json={"created_by_ip_address": "192.0.2.1"})

    def test_looking_for_a_secret(self) -> None:
        """A list finds the token with a secret that is known, if it is the caller's."""
        for account, expected in ((self.alice, [self.alice.principal.token_uuid]), (self.bob, []), (self.admin, [])):
            filters = [["api_token", "=", self.alice.token.split("/")[2]]]
            found = self.ok("GET", PATH, account, query={"filters": filters})
            self.assertEqual(expected, [item["uuid"] for item in found["items"]])
        for secret in ("unknown", "", "%"):
            filters = [["api_token", "=", secret]]
            self.assertEqual([], self.ok("GET", PATH, self.alice, query={"filters": filters})["items"])
        for operator, operand in (("like", "%"), (">", ""), ("in", ["a"]), ("=", None)):
            self.refused(422, "GET", PATH, self.alice, query={"filters": [["api_token", operator, operand]]})
        self.refused(422, "GET", PATH, self.alice, query={"order": "api_token", "select": ["api_token"]})

    def test_looking_for_scopes(self) -> None:
        """Scopes are found in whatever order, together with other filters."""
        scopes = ["GET /arvados/v1/links", "GET /arvados/v1/users/"]
        made = [self.token_of(self.alice.uuid, scopes).principal.token_uuid for _ in range(2)]
        self.token_of(self.bob.uuid, scopes)

        def found(*filters: Any) -> set[str]:
            return {item["uuid"] for item in self.ok("GET", PATH, self.alice, query={"filters": filters})["items"]}

        self.assertEqual(set(made), found(["scopes", "=", scopes]))
        self.assertEqual(set(made), found(["scopes", "=", scopes[::-1]]))
        self.assertEqual({made[0]}, found(["scopes", "=", scopes], ["uuid", "=", made[0]]))
        self.assertEqual({self.alice.principal.token_uuid}, found(["scopes", "=", ["all"]]))
        for other in ([], scopes[:1], [*scopes, "all"], [1, {}]):
            self.assertEqual(set(), found(["scopes", "=", other]))

    def test_system_sees_all(self) -> None:
        """SystemRootToken sees everybody's tokens."""
        uuids = {item["uuid"] for item in self.ok("GET", PATH, ROOT_TOKEN)["items"]}
        self.assertLessEqual({one.principal.token_uuid for one in (self.alice, self.bob, self.admin)}, uuids)


class NotIssued(ApiCase):
    """A cluster that gives out no tokens."""

    def test_refused(self) -> None:
        """Users may only look at the token that they came with; the system may do everything."""
        site = self.make_site(issue_tokens=False)
        path = f"{PATH}/{self.alice.principal.token_uuid}"
        calls = (
            ("GET", PATH, {}),
            ("POST", PATH, {"json": {}}),
            ("GET", path, {}),
            ("PUT", path, {"json": {"scopes": ["all"]}}),
            ("DELETE", path, {}),
            ("POST", f"{PATH}/create_system_auth", {"json": {}}),
        )
        for account in (self.alice, self.admin):
            for method, where, more in calls:
                self.assertIn("IssueTrustedTokens", self.refused(403, method, where, account, site=site, **more)[0])
            self.ok("GET", f"{PATH}/current", account, site=site)
        for method, where, more in calls:
            self.ok(method, where, ROOT_TOKEN, site=site, **more)


class ForOtherClusters(ApiCase):
    """Salted tokens, by which another cluster asks who somebody is."""

    PLACES = ("users/current", f"{PATH}/current")

    def salted(self, account: Account, cluster: str) -> str:
        """The token as that cluster sees it."""
        _, uuid, secret = account.token.split("/")
        return f"v2/{uuid}/{salted_secret(secret, cluster)}"

    def test_places(self) -> None:
        """A token that is salted for the cluster that is named counts where others may ask."""
        token = self.salted(self.alice, "remot")
        for path in self.PLACES:
            found = self.ok("GET", path, token, query={"remote": "remot"})
            self.assertEqual(self.alice.uuid, found.get("owner_uuid" if path.startswith(PATH) else "uuid"))
        self.assertIsNone(self.ok("GET", f"{PATH}/current", token, query={"remote": "remot"})["api_token"])
        self.ok("GET", "users/current", self.alice, query={"remote": "remot"})

    def test_nowhere_else(self) -> None:
        """It is useless without the cluster's name or with another's, in other places and for other methods."""
        token = self.salted(self.alice, "remot")
        for path in self.PLACES:
            self.refused(401, "GET", path, token)
            for remote in ("other", CLUSTER, "", "remot0", "REMOT"):
                self.refused(401, "GET", path, token, query={"remote": remote})
            self.assertEqual(401, self.call("HEAD", path, token, query={"remote": "remot"}).status)
        self.refused(401, "GET", "users/current", self.salted(self.alice, CLUSTER), query={"remote": CLUSTER})
        self.refused(401, "GET", "users/current", self.salted(self.alice, CLUSTER))
        request = self.request_of(self.alice)["uuid"]
        for method, path in (
            ("GET", "users"),
            ("GET", PATH),
            ("GET", f"container_requests/{request}"),
            ("PATCH", f"container_requests/{request}"),
            ("POST", "links"),
            ("POST", PATH),
            ("DELETE", f"{PATH}/{self.alice.principal.token_uuid}"),
        ):
            self.refused(401, method, path, token, query={"remote": "remot"})

    def test_secret_alone(self) -> None:
        """A salted secret without the token's UUID is nobody's."""
        token = self.salted(self.alice, "remot").split("/")[2]
        self.refused(401, "GET", "users/current", token, query={"remote": "remot"})

    def test_scopes(self) -> None:
        """Its scopes are those of the token."""
        limited = self.token_of(self.alice.uuid, ["GET /arvados/v1/links"])
        token = self.salted(limited, "remot")
        self.refused(403, "GET", "users/current", token, query={"remote": "remot"})
        self.ok("GET", f"{PATH}/current", token, query={"remote": "remot"})

    def test_special_tokens(self) -> None:
        """The anonymous token is found salted too, SystemRootToken is not."""
        query = {"remote": "remot"}
        anonymous = f"v2/{CLUSTER}-gj3su-anonymouspublic/{salted_secret('anonymoustoken', 'remot')}"
        self.assertEqual(
            f"{CLUSTER}-tpzed-anonymouspublic", self.ok("GET", "users/current", anonymous, query=query)["uuid"]
        )
        self.refused(401, "GET", "users/current", anonymous)
        root = f"v2/{CLUSTER}-gj3su-000000000000000/{salted_secret(ROOT_TOKEN, 'remot')}"
        self.refused(401, "GET", "users/current", root, query=query)

    def test_as_reader(self) -> None:
        """A salted token may also be a reader there."""
        query = {"remote": "remot", "reader_tokens": [self.salted(self.alice, "remot")]}
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current", query=query)["uuid"])
