"""
What every store does with container requests.
"""

from __future__ import annotations

import attrs

from arvgate.errors import Forbidden, Invalid, NotAuthenticated, NotFound
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.principals import ANYBODY
from arvgate.model.records import Query
from test.contract.records_case import RecordsCase
from test.contract.records_world import request_attributes

__all__ = ["RequestsContract"]


class RequestsContract(RecordsCase):
    """The suite."""

    def test_committed_has_container(self) -> None:
        """A request that is made Committed has a Queued container with its priority and its values."""
        request = self.world.request(self.owner, name="first", environment={"A": "b"})
        container = self.world.container_of(request)
        self.assertEqual(("Committed", 1, self.owner.user_uuid), (
            request["state"], request["container_count"], request["owner_uuid"],
        ))  # fmt: skip
        self.assertEqual(("Queued", {"A": "b"}, 0), (
            container["state"], container["environment"], container["lock_count"],
        ))  # fmt: skip
        milliseconds = int(self.world.moment.timestamp() * 1000)
        self.assertEqual(500 * 2**50 - milliseconds, container["priority"])
        self.assertEqual(self.owner.user_uuid, container["runtime_user_uuid"])
        self.assertEqual(["all"], container["runtime_auth_scopes"])
        self.assertEqual(self.world.system.user_uuid, container["owner_uuid"])

    def test_comes_back(self) -> None:
        """What create answers is what get answers, to the microsecond."""
        request = self.world.request(self.owner, description="text", properties={"a": [1, None, 2.5, "ü"]})
        self.assertEqual(request, self.done(self.store.get(CONTAINER_REQUESTS, request["uuid"], self.owner)))
        self.assertEqual(self.world.moment, request["created_at"])

    def test_draft_has_none(self) -> None:
        """An Uncommitted request has no container until it is Committed."""
        draft = self.world.request(self.owner, state="Uncommitted", command=["true"])
        self.assertIsNone(draft["container_uuid"])
        values = {"state": "Committed", "priority": 1}
        request = self.done(self.store.update(CONTAINER_REQUESTS, draft["uuid"], values, self.owner))
        self.assertEqual("Queued", self.world.container_of(request)["state"])
        self.assertEqual(1, request["container_count"])

    def test_invalid_leaves_nothing(self) -> None:
        """A request that is not acceptable says every reason and leaves no record behind."""
        wrong = request_attributes(command=[], cwd=" ", priority=1001)
        error = self.refused(Invalid, self.store.create(CONTAINER_REQUESTS, wrong, self.owner))
        self.assertEqual(3, len(error.problems))
        for kind in (CONTAINER_REQUESTS, CONTAINERS):
            self.assertEqual(0, self.done(self.store.list(kind, Query(), self.world.system)).items_available)

    def test_system_fields(self) -> None:
        """A client cannot set what the system sets, nor give a container, nor choose the UUID."""
        for name, value in (
            ("requesting_container_uuid", "zzzzz-dz642-000000000000000"),
            ("container_count", 7),
            ("container_uuid", "zzzzz-dz642-000000000000000"),
            ("uuid", "zzzzz-xvhdp-000000000000000"),
            ("output_uuid", "zzzzz-4zz18-000000000000000"),
            ("nonsense", 1),
        ):
            self.refused(
                Invalid, self.store.create(CONTAINER_REQUESTS, request_attributes(**{name: value}), self.owner)
            )

    def test_admin_chooses_uuid(self) -> None:
        """An admin may choose the UUID; once it is used it is taken."""
        admin = self.world.user(admin=True)
        uuid = "zzzzz-xvhdp-chosenbyanadmin"
        self.assertEqual(uuid, self.world.request(admin, uuid=uuid)["uuid"])
        self.refused(Invalid, self.store.create(CONTAINER_REQUESTS, request_attributes(uuid=uuid), admin))

    def test_ignored_attributes(self) -> None:
        """Attributes that clients send back with a record do no harm."""
        request = self.world.request(self.owner)
        echoed = {name: request[name] for name in request if name not in ("state",)}
        again = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], echoed, self.owner))
        self.assertEqual(request, again)

    def test_for_somebody_else(self) -> None:
        """Only an admin makes a request that belongs to another."""
        attributes = request_attributes(owner_uuid=self.other.user_uuid)
        self.refused(Forbidden, self.store.create(CONTAINER_REQUESTS, attributes, self.owner))
        request = self.world.request(self.world.user(admin=True), owner_uuid=self.other.user_uuid)
        self.assertEqual(self.other.user_uuid, request["owner_uuid"])

    def test_unchanged_fields_of_committed(self) -> None:
        """Once Committed, the command cannot change any more, while the name can."""
        request = self.world.request(self.owner)
        uuid = request["uuid"]
        self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, uuid, {"command": ["x"]}, self.owner))
        named = self.done(self.store.update(CONTAINER_REQUESTS, uuid, {"name": "n"}, self.owner))
        self.assertEqual("n", named["name"])
        self.assertNotEqual(request["etag"], named["etag"])

    def test_delete(self) -> None:
        """A deleted request is gone, and its container has no priority left."""
        request = self.world.request(self.owner)
        uuid = request["container_uuid"]
        self.done(self.store.delete(CONTAINER_REQUESTS, request["uuid"], self.owner))
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, request["uuid"], self.owner))
        self.assertEqual(0, self.world.get(CONTAINERS, uuid)["priority"])

    def test_other_user(self) -> None:
        """To another user a request and its container do not exist."""
        request = self.world.request(self.owner)
        uuid = request["uuid"]
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, uuid, self.other))
        self.refused(NotFound, self.store.update(CONTAINER_REQUESTS, uuid, {"name": "x"}, self.other))
        self.refused(NotFound, self.store.delete(CONTAINER_REQUESTS, uuid, self.other))
        self.refused(NotFound, self.store.get(CONTAINERS, request["container_uuid"], self.other))

    def test_inactive_user(self) -> None:
        """A user who is not active makes nothing."""
        idle = self.world.user(active=False)
        self.refused(Forbidden, self.store.create(CONTAINER_REQUESTS, request_attributes(), idle))

    def test_secrets_are_not_shown(self) -> None:
        """Secret mounts and the runtime token are in no answer."""
        token = self.world.token_of(str(self.owner.user_uuid))
        request = self.world.request(
            self.owner,
            secret_mounts={"/secret": {"kind": "text", "content": "hush"}},
            runtime_token=f"v2/{token['uuid']}/{token['api_token']}",
        )
        container = self.world.container_of(request)
        for record in (request, container):
            self.assertNotIn("secret_mounts", record)
            self.assertNotIn("runtime_token", record)

    def test_bad_runtime_token(self) -> None:
        """A runtime token that is not valid is refused."""
        attributes = request_attributes(runtime_token="v2/zzzzz-gj3su-000000000000001/nonsense")
        self.refused(Invalid, self.store.create(CONTAINER_REQUESTS, attributes, self.owner))

    def test_runtime_token_decides_user(self) -> None:
        """A container with a runtime token runs as that token's user, with its scopes."""
        token = self.world.token_of(str(self.other.user_uuid), scopes=["GET /b", "GET /a"])
        request = self.world.request(self.owner, runtime_token=f"v2/{token['uuid']}/{token['api_token']}")
        container = self.world.container_of(request)
        self.assertEqual(self.other.user_uuid, container["runtime_user_uuid"])
        self.assertEqual(["GET /a", "GET /b"], container["runtime_auth_scopes"])

    def test_requested_by_container(self) -> None:
        """A request that a running container makes has that container, and its requests' highest priority."""
        _, parent, holder = self.world.running(self.owner)
        own = self.world.own_token(parent["uuid"], holder)
        child = self.world.request(self.world.come_with(f"{own.v2}/{parent['uuid']}"), priority=3)
        self.assertEqual((parent["uuid"], 500), (child["requesting_container_uuid"], child["priority"]))
        self.assertEqual(parent["priority"], self.world.container_of(child)["priority"])

    def test_without_token(self) -> None:
        """A request of somebody who came without a certain token was made by no container."""
        self.world.running(self.owner, runtime_token=None)
        unknown = attrs.evolve(self.owner, token_uuid=None)
        self.assertIsNone(self.world.request(unknown)["requesting_container_uuid"])

    def test_not_given_away(self) -> None:
        """Who can only write a request cannot make it their own; the owner cannot give it to others."""
        request = self.world.request(self.owner)
        self.world.share(request["uuid"], self.other, "can_write")
        for who in (self.other, self.owner):
            give = self.store.update(CONTAINER_REQUESTS, request["uuid"], {"owner_uuid": self.other.user_uuid}, who)
            self.refused(Forbidden, give)
        admin = self.world.user(admin=True)
        values = {"owner_uuid": self.other.user_uuid}
        given = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], values, admin))
        self.assertEqual(self.other.user_uuid, given["owner_uuid"])
        values = {"owner_uuid": "zzzzz-tpzed-nobodynobodynob"}
        self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, request["uuid"], values, admin))

    def test_runs_as_author(self) -> None:
        """A draft that another user commits runs as who changed it last; who changes it while committing is that."""
        for more, author in (({"name": "x"}, self.owner), ({"command": ["true"]}, self.other)):
            draft = self.world.request(self.owner, state="Uncommitted")
            self.world.share(draft["uuid"], self.other, "can_write")
            values = {"state": "Committed", **more}
            request = self.done(self.store.update(CONTAINER_REQUESTS, draft["uuid"], values, self.other))
            self.assertEqual(author.user_uuid, self.world.container_of(request)["runtime_user_uuid"])

    def test_runtime_token_gone(self) -> None:
        """A runtime token that is not valid any more cannot be committed."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        draft = self.world.request(self.owner, state="Uncommitted", runtime_token=text)
        self.done(self.store.delete(API_CLIENT_AUTHORIZATIONS, record["uuid"], self.owner))
        self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, draft["uuid"], {"state": "Committed"}, self.owner))

    def test_admin_moves(self) -> None:
        """An admin may put a request onto another container that still runs."""
        one, other = self.world.request(self.owner), self.world.request(self.owner, priority=900)
        admin = self.world.user(admin=True)
        values = {"container_uuid": other["container_uuid"]}
        self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, one["uuid"], values, self.owner))
        moved = self.done(self.store.update(CONTAINER_REQUESTS, one["uuid"], values, admin))
        self.assertEqual((other["container_uuid"], 2), (moved["container_uuid"], moved["container_count"]))
        self.assertEqual(0, self.world.get(CONTAINERS, one["container_uuid"])["priority"])
        missing = {"container_uuid": "zzzzz-dz642-nothingnothingn"}
        self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, one["uuid"], missing, admin))

    def test_nobody(self) -> None:
        """Who came without a token makes nothing."""
        self.refused(NotAuthenticated, self.store.create(CONTAINER_REQUESTS, request_attributes(), ANYBODY))

    def test_idle_timeout(self) -> None:
        """An idle time-out that is none is refused, new, changed, in a draft or not; a right one is kept."""
        wrong, right = {"arvgate:idle_timeout": "60"}, {"arvgate:idle_timeout": 60}
        for state in ("Uncommitted", "Committed"):
            values = request_attributes(properties=wrong, state=state)
            self.refused(Invalid, self.store.create(CONTAINER_REQUESTS, values, self.owner))
            uuid = self.world.request(self.owner, properties=right, state=state)["uuid"]
            self.refused(Invalid, self.store.update(CONTAINER_REQUESTS, uuid, {"properties": wrong}, self.owner))
            self.assertEqual(right, self.world.get(CONTAINER_REQUESTS, uuid)["properties"])

    def test_final_stays(self) -> None:
        """A Final request cannot be committed again."""
        request, container, holder = self.world.running(self.owner)
        self.done(self.store.update(CONTAINERS, container["uuid"], {"state": "Complete"}, holder))
        again = self.store.update(CONTAINER_REQUESTS, request["uuid"], {"state": "Committed"}, self.owner)
        self.refused(Invalid, again)
