"""
What every store does with tokens, besides L{test.contract.tokens}.
"""

from __future__ import annotations

from datetime import timedelta

import attrs

from arvgate.errors import Forbidden, Invalid, NotAuthenticated, NotFound
from arvgate.model.ids import system_root_token_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS
from arvgate.model.records import Filter, Query
from arvgate.model.tokens import Token, parse_token
from arvgate.policy.scopes import permits
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER, ROOT_TOKEN

__all__ = ["TokenRecordsContract"]

KIND = API_CLIENT_AUTHORIZATIONS


class TokenRecordsContract(RecordsCase):
    """The suite."""

    def _derive(self, text: str, port: int = 8080, lifetime: float | None = None) -> object:
        scope = f"CONNECT /arvados/v1/containers/zzzzz-dz642-000000000000000/{port}"
        return self.store.derive_token(parse_token(text), scope, lifetime)

    def _new(self, **attributes: object) -> str:
        record = self.done(self.store.create(KIND, attributes, self.owner))
        return f"v2/{record['uuid']}/{record['api_token']}"

    def test_create(self) -> None:
        """A new token permits everything unless it says otherwise, and is its maker's."""
        record = self.done(self.store.create(KIND, {}, self.owner))
        self.assertEqual((["all"], None, self.owner.user_uuid), (
            record["scopes"], record["expires_at"], record["owner_uuid"],
        ))  # fmt: skip
        self.assertEqual(50, len(record["api_token"]))

    def test_secret_shown_once(self) -> None:
        """Only the answer to create has the secret."""
        record = self.done(self.store.create(KIND, {}, self.owner))
        self.assertNotIn("api_token", self.done(self.store.get(KIND, record["uuid"], self.owner)))
        page = self.done(self.store.list(KIND, Query(), self.owner))
        self.assertFalse([item for item in page.items if "api_token" in item])

    def test_for_others(self) -> None:
        """Only an admin makes tokens for others, and only for users that exist."""
        wanted = {"owner_uuid": self.other.user_uuid}
        self.refused(Forbidden, self.store.create(KIND, wanted, self.owner))
        admin = self.world.user(admin=True)
        self.assertEqual(self.other.user_uuid, self.done(self.store.create(KIND, wanted, admin))["owner_uuid"])
        self.refused(Invalid, self.store.create(KIND, {"owner_uuid": "zzzzz-tpzed-nobodynobodynob"}, admin))

    def test_own_only(self) -> None:
        """Users see and revoke their own tokens only, admins too; the system sees all."""
        record = self.done(self.store.create(KIND, {}, self.owner))
        admin = self.world.user(admin=True)
        for who in (self.other, admin):
            self.refused(NotFound, self.store.get(KIND, record["uuid"], who))
            self.refused(NotFound, self.store.delete(KIND, record["uuid"], who))
            uuids = [item["uuid"] for item in self.done(self.store.list(KIND, Query(), who)).items]
            self.assertNotIn(record["uuid"], uuids)
        self.assertEqual(record["uuid"], self.world.get(KIND, record["uuid"])["uuid"])

    def test_readers(self) -> None:
        """As whom somebody reads besides adds to what is seen, and to nothing that is changed."""
        request = self.world.request(self.owner)
        both = attrs.evolve(self.other, also=(self.owner,))
        self.done(self.store.get(CONTAINER_REQUESTS, request["uuid"], both))
        self.assertEqual(1, self.done(self.store.list(CONTAINER_REQUESTS, Query(), both)).items_available)
        self.refused(NotFound, self.store.update(CONTAINER_REQUESTS, request["uuid"], {"name": "x"}, both))
        self.refused(NotFound, self.store.delete(CONTAINER_REQUESTS, request["uuid"], both))

    def test_bad_scopes(self) -> None:
        """Scopes that can match nothing are refused."""
        for scopes in (["everything"], [1], "all"):
            self.refused(Invalid, self.store.create(KIND, {"scopes": scopes}, self.owner))

    def test_update(self) -> None:
        """A token's end can be changed, its owner and secret cannot."""
        text = self._new()
        uuid = parse_token(text).uuid
        soon = self.world.moment + timedelta(seconds=60)
        self.assertEqual(soon, self.done(self.store.update(KIND, uuid, {"expires_at": soon}, self.owner))["expires_at"])
        for values in ({"owner_uuid": self.other.user_uuid}, {"api_token": "x"}):
            self.refused(Invalid, self.store.update(KIND, uuid, values, self.owner))
        self.assertEqual(soon, self.done(self.store.find(parse_token(text))).expires_at)

    def test_update_of_the_systems(self) -> None:
        """What the system made for its own use, such as for browsers and containers, can only be revoked."""
        text = self._new()
        _, container, _ = self.world.running(self.owner)
        for uuid in (self.done(self._derive(text)).uuid, self._session(text).uuid, container["auth_uuid"]):
            for values in ({"scopes": ["all"]}, {"expires_at": None}, {"expires_at": self.world.moment}):
                self.refused(Forbidden, self.store.update(KIND, uuid, values, self.owner))
            self.done(self.store.delete(KIND, uuid, self.owner))

    def test_children_die(self) -> None:
        """A revoked token takes along all that was derived from it, over any number of generations."""
        text = self._new()
        child = self.done(self._derive(text))
        self.done(self.store.delete(KIND, parse_token(text).uuid, self.owner))
        for one in (text, child.text):
            self.assertIsNone(self.done(self.store.find(parse_token(one))))

    def test_derived(self) -> None:
        """A derived token has one scope and its parent, is the parent's user's, and ends no later."""
        end = self.world.moment + timedelta(seconds=100)
        text = self._new(expires_at=end)
        child = self.done(self._derive(text))
        found = self.done(self.store.find(parse_token(child.text)))
        self.assertEqual(
            (("CONNECT /arvados/v1/containers/zzzzz-dz642-000000000000000/8080",), parse_token(text).uuid, end),
            (tuple(found.scopes), found.parent_uuid, found.expires_at),
        )
        self.assertEqual((self.owner.user_uuid, end), (found.user_uuid, child.expires_at))

    def test_derived_lifetime(self) -> None:
        """A lifetime ends a derived token earlier."""
        child = self.done(self._derive(self._new(), lifetime=10.0))
        self.assertEqual(self.world.moment + timedelta(seconds=10), child.expires_at)

    def test_derived_again(self) -> None:
        """A derived token is handed out again for the same port, until less than half of its time is left."""
        text = self._new()
        child = self.done(self._derive(text, lifetime=100.0))
        self.world.pass_time(49)
        self.assertEqual(child, self.done(self._derive(text, lifetime=100.0)))
        self.assertNotEqual(child, self.done(self._derive(text, port=8081, lifetime=100.0)))
        self.world.pass_time(2)
        self.assertNotEqual(child, self.done(self._derive(text, lifetime=100.0)))

    def test_derived_of_derived(self) -> None:
        """Deriving the same of a derived token gives itself; another port of it is refused."""
        child = self.done(self._derive(self._new()))
        self.assertEqual(child, self.done(self._derive(child.text)))
        self.refused(NotAuthenticated, self._derive(child.text, port=1))

    def test_derived_of_invalid(self) -> None:
        """Nothing is derived from a token that is unknown, expired, too narrow, or of an inactive user."""
        end = self.world.moment + timedelta(seconds=10)
        text = self._new(expires_at=end)
        self.world.pass_time(10)
        idle = self.world.token_of(self.world.user(active=False).user_uuid)
        for one in (
            text, text[:-1] + "_", self._new(scopes=["GET /"]), f"v2/{idle['uuid']}/{idle['api_token']}",
        ):  # fmt: skip
            self.refused(NotAuthenticated, self._derive(one))

    def test_cookies_hidden(self) -> None:
        """Derived tokens and sessions are in no list, unless it asks for their UUID."""
        text = self._new()
        for uuid in (self.done(self._derive(text)).uuid, self._session(text).uuid):
            listed = self.done(self.store.list(KIND, Query(), self.owner)).items
            self.assertNotIn(uuid, [item["uuid"] for item in listed])
            self.assertIn(parse_token(text).uuid, [item["uuid"] for item in listed])
            named = Query(filters=(Filter("uuid", "=", uuid),))
            listed = self.done(self.store.list(KIND, named, self.owner)).items
            self.assertEqual([uuid], [item["uuid"] for item in listed])

    def _session(self, text: str, lifetime: float | None = None) -> Token:
        return parse_token(self.done(self.store.begin_session(parse_token(text), lifetime)).text)

    def test_session(self) -> None:
        """A session has its parent's scopes behind a word that keeps it from the API, and ends no later."""
        end = self.world.moment + timedelta(seconds=100)
        text = self._new(scopes=["GET /arvados/v1/users/"], expires_at=end)
        found = self.done(self.store.find(self._session(text, lifetime=1000.0)))
        self.assertEqual((["SESSION", "GET /arvados/v1/users/"], end), (list(found.scopes), found.expires_at))
        self.assertEqual((self.owner.user_uuid, parse_token(text).uuid), (found.user_uuid, found.parent_uuid))
        self.assertFalse(permits(found.scopes, "GET", "/arvados/v1/users/current"))
        found = self.done(self.store.find(self._session(text, lifetime=10.0)))
        self.assertEqual(self.world.moment + timedelta(seconds=10), found.expires_at)

    def test_session_refused(self) -> None:
        """No session begins with a token that is unknown or expired, nor with another session."""
        text = self._new(expires_at=self.world.moment + timedelta(seconds=10))
        session = self._session(text)
        for one in (session, parse_token(text[:-1] + "_")):
            self.refused(NotAuthenticated, self.store.begin_session(one, None))
        self.world.pass_time(10)
        self.refused(NotAuthenticated, self.store.begin_session(parse_token(text), None))

    def test_session_ends(self) -> None:
        """With a session end the tokens that were derived of it; with its parent ends the session."""
        text = self._new()
        session = self._session(text)
        child = parse_token(self.done(self._derive(session.v2)).text)
        self.assertEqual(session.uuid, self.done(self.store.find(child)).parent_uuid)
        for token in (parse_token(text), child):
            self.done(self.store.end_session(token))
            self.assertIsNotNone(self.done(self.store.find(child)))
        self.done(self.store.end_session(session))
        self.done(self.store.end_session(session))
        self.assertEqual([None, None], [self.done(self.store.find(token)) for token in (session, child)])
        other = self._session(text)
        self.done(self.store.delete(KIND, parse_token(text).uuid, self.owner))
        self.assertIsNone(self.done(self.store.find(other)))

    def test_session_covers(self) -> None:
        """What is derived of a session is within the scopes of the token that was shown at login."""
        scope = "CONNECT /arvados/v1/containers/zzzzz-dz642-000000000000000/8080"
        session = self._session(self._new(scopes=[scope]))
        self.done(self._derive(session.v2))
        self.refused(NotAuthenticated, self._derive(session.v2, port=1))

    def test_root(self) -> None:
        """SystemRootToken is the system user with every right; a wrong one is nobody."""
        found = self.done(self.store.find(Token(secret=ROOT_TOKEN)))
        self.assertEqual(
            (system_root_token_uuid(CLUSTER), self.world.system.user_uuid, True, True, ("all",)),
            (found.uuid, found.user_uuid, found.is_admin, found.is_active, tuple(found.scopes)),
        )
        self.assertEqual(found, self.done(self.store.find(Token(secret=ROOT_TOKEN, uuid=found.uuid))))
        self.assertIsNone(self.done(self.store.find(Token(secret=ROOT_TOKEN[:-1]))))
        self.assertIsNone(self.done(self.store.find(Token(secret=ROOT_TOKEN, uuid="zzzzz-gj3su-000000000000001"))))

    def test_root_record(self) -> None:
        """Who comes with SystemRootToken can read its record."""
        record = self.done(self.store.get(KIND, system_root_token_uuid(CLUSTER), self.world.system))
        self.assertEqual((["all"], self.world.system.user_uuid), (record["scopes"], record["owner_uuid"]))
        self.refused(NotFound, self.store.get(KIND, system_root_token_uuid(CLUSTER), self.owner))

    def test_anonymous(self) -> None:
        """The anonymous token is the anonymous user, who may only read."""
        found = self.done(self.store.find(Token(secret="anonymoussecret")))
        self.assertEqual(("zzzzz-tpzed-anonymouspublic", ("GET /",)), (found.user_uuid, tuple(found.scopes)))
        self.assertFalse(found.is_admin)
        uuid = "zzzzz-gj3su-anonymouspublic"
        self.assertEqual(found, self.done(self.store.find(Token("anonymoussecret", uuid))))
        for secret, where in (("anonymoussecret", system_root_token_uuid(CLUSTER)), ("anonymoussecre", uuid)):
            self.assertIsNone(self.done(self.store.find(Token(secret, where))))

    def test_microseconds(self) -> None:
        """The end of a token is kept to the microsecond, and the sweep spares it until then."""
        end = self.world.moment + timedelta(seconds=10, microseconds=1)
        token = parse_token(self._new(expires_at=end))
        self.world.moment = end - timedelta(microseconds=5)
        self.done(self.store.sweep())
        self.assertEqual(end, self.done(self.store.find(token)).expires_at)
        self.world.moment = end
        self.done(self.store.sweep())
        self.assertIsNone(self.done(self.store.find(token)))

    def test_empty_secret(self) -> None:
        """An empty secret is nobody's."""
        self.assertIsNone(self.done(self.store.find(Token(secret=""))))

    def test_odd_secret(self) -> None:
        """A secret with any characters is just unknown."""
        self.assertIsNone(self.done(self.store.find(Token(secret="\u00fc\U0001f600'; --"))))

    def test_unchanged(self) -> None:
        """Writing what is there already changes nothing, and what was derived stays."""
        text = self._new()
        child = self.done(self._derive(text))
        uuid = parse_token(text).uuid
        before = self.done(self.store.get(KIND, uuid, self.owner))
        self.assertEqual(before, self.done(self.store.update(KIND, uuid, {"scopes": ["all"]}, self.owner)))
        self.assertIsNotNone(self.done(self.store.find(parse_token(child.text))))

    def test_narrowed(self) -> None:
        """A token that is changed takes along what was derived of it."""
        text = self._new()
        child = self.done(self._derive(text))
        self.done(self.store.update(KIND, parse_token(text).uuid, {"scopes": ["GET /"]}, self.owner))
        self.assertIsNone(self.done(self.store.find(parse_token(child.text))))

    def test_sweep(self) -> None:
        """What has expired is deleted by the sweep, with its children; the rest stays."""
        text, stays = self._new(expires_at=self.world.moment + timedelta(seconds=10)), self._new()
        child = self.done(self._derive(text))
        self.world.pass_time(10)
        self.done(self.store.sweep())
        self.assertIsNone(self.done(self.store.find(parse_token(text))))
        self.assertIsNone(self.done(self.store.find(parse_token(child.text))))
        self.assertIsNotNone(self.done(self.store.find(parse_token(stays))))

    def test_wrong_uuid(self) -> None:
        """A right secret under another token's UUID is nothing known."""
        mine, yours = parse_token(self._new()), parse_token(self._new())
        self.assertIsNone(self.done(self.store.find(attrs.evolve(mine, uuid=yours.uuid))))
