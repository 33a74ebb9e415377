"""Tests of the API's containers: lock cycles and what their tokens may do."""

from __future__ import annotations

from typing import Any

from arvgate.model.records import Record
from test.edge.api.case import ROOT_TOKEN, ApiCase


class Locking(ApiCase):
    """Locks by the tokens of dispatchers."""

    def setUp(self) -> None:
        """Commit a request of alice's."""
        super().setUp()
        self.request = self.request_of(self.alice)
        self.path = f"containers/{self.request['container_uuid']}"

    def test_lock_and_unlock(self) -> None:
        """A lock names the token that holds it, and ends with an unlock."""
        locked = self.ok("POST", f"{self.path}/lock", self.admin)
        self.assertEqual({"kind", "etag", "uuid", "state", "priority", "auth_uuid", "locked_by_uuid"}, set(locked))
        self.assertEqual(("Locked", self.admin.principal.token_uuid), (locked["state"], locked["locked_by_uuid"]))
        self.assertIsNotNone(locked["auth_uuid"])
        unlocked = self.ok("POST", f"{self.path}/unlock", self.admin)
        self.assertEqual(("Queued", None), (unlocked["state"], unlocked["auth_uuid"]))

    def test_lock_twice(self) -> None:
        """What is locked is not locked again, and what is not is not unlocked."""
        self.refused(422, "POST", f"{self.path}/unlock", self.admin)
        self.ok("POST", f"{self.path}/lock", self.admin)
        self.refused(422, "POST", f"{self.path}/lock", self.admin)

    def test_lock_without_priority(self) -> None:
        """A container nobody wants any more is not locked."""
        self.ok("PATCH", f"container_requests/{self.request['uuid']}", self.alice, json={"priority": 0})
        self.refused(422, "POST", f"{self.path}/lock", self.admin)

    def test_lock_by_users(self) -> None:
        """Users lock nothing; for who may not read it there is no container."""
        self.refused(403, "POST", f"{self.path}/lock", self.alice)
        self.refused(404, "POST", f"{self.path}/lock", self.bob)

    def test_unlock_by_another_token(self) -> None:
        """Only the token that locked unlocks, whoever its user is."""
        self.ok("POST", f"{self.path}/lock", self.admin)
        other = self.token_of(self.admin.uuid, ["all"], is_admin=True)
        self.refused(403, "POST", f"{self.path}/unlock", other)

    def test_auth(self) -> None:
        """The container's own token is told to the lock's holder only, with its secret."""
        self.ok("POST", f"{self.path}/lock", self.admin)
        for account in (self.alice, self.token_of(self.admin.uuid, ["all"], is_admin=True)):
            self.refused(403, "GET", f"{self.path}/auth", account)
        answer = self.ok("GET", f"{self.path}/auth", self.admin)
        self.assertEqual("arvados#apiClientAuthorization", answer["kind"])
        own = f"v2/{answer['uuid']}/{answer['api_token']}/{self.request['container_uuid']}"
        self.assertEqual(self.alice.uuid, self.ok("GET", "users/current", own)["uuid"])
        self.ok("POST", f"{self.path}/unlock", self.admin)
        self.refused(401, "GET", "users/current", own)

    def test_get_and_list(self) -> None:
        """Containers are read by who reads one of their requests."""
        self.assertEqual("Queued", self.ok("GET", self.path, self.alice)["state"])
        found = self.ok("GET", "containers", self.alice, query={"filters": [["state", "=", "Queued"]]})
        self.assertEqual([self.request["container_uuid"]], [item["uuid"] for item in found["items"]])

    def test_users_do_not_write(self) -> None:
        """Users do not change containers, not even their own, and nobody makes or deletes one."""
        self.refused(403, "PATCH", self.path, self.alice, json={"priority": 1})
        self.refused(405, "POST", "containers", self.admin, json={})
        self.refused(405, "DELETE", self.path, self.admin)


class LockTokens(ApiCase):
    """What a lock cycle's own token may do."""

    def setUp(self) -> None:
        """Lock one of two containers by a token of its cycle."""
        super().setUp()
        self.container = self.locked(self.request_of(self.alice))
        self.other = f"containers/{self.request_of(self.bob)['container_uuid']}"

    def locked(self, request: Record) -> str:
        """The path of a request's container, locked by C{self.token}."""
        uuid = request["container_uuid"]
        self.token = self.successResultOf(self.store.mint_lock_token(uuid)).text
        self.ok("POST", f"containers/{uuid}/lock", self.token)
        return f"containers/{uuid}"

    def run_it(self, **attributes: Any) -> Any:
        """Go to Running."""
        values = {"state": "Running", "gateway_address": "127.0.0.1:4000", "listening_ports": [8080], **attributes}
        return self.ok("PATCH", self.container, self.token, json={"container": values})

    def test_whole_life(self) -> None:
        """It reports the start, progress and end of its container, and then is worth nothing."""
        self.assertEqual("Locked", self.ok("GET", self.container, self.token)["state"])
        self.assertEqual("127.0.0.1:4000", self.run_it()["gateway_address"])
        self.ok("PUT", self.container, self.token, json={"container": {"progress": 0.5}})
        self.ok("GET", f"{self.container}/auth", self.token)
        done = self.ok("PATCH", self.container, self.token, json={"container": {"state": "Complete", "exit_code": 0}})
        self.assertEqual(("Complete", 0), (done["state"], done["exit_code"]))
        self.refused(401, "PATCH", self.container, self.token, json={"container": {"progress": 1}})

    def test_only_its_container(self) -> None:
        """It neither reads nor writes another container."""
        for method, body in (("GET", None), ("PATCH", {"priority": 0}), ("PUT", {"priority": 0})):
            self.assertEqual(["Forbidden"], self.refused(403, method, self.other, self.token, json=body))
        self.refused(403, "POST", f"{self.other}/lock", self.token)
        self.refused(403, "GET", f"{self.other}/auth", self.token)

    def test_nothing_else(self) -> None:
        """It does nothing but that, though its user is the system."""
        for method, path in (
            ("GET", "containers"),
            ("GET", "users"),
            ("POST", "users"),
            ("GET", "container_requests"),
            ("POST", "container_requests"),
            ("POST", "api_client_authorizations"),
            ("GET", "links"),
            ("POST", "links"),
            ("DELETE", "links/zzzzz-o0j2j-000000000000000"),
        ):
            self.assertEqual(["Forbidden"], self.refused(403, method, path, self.token))
        self.refused(403, "POST", f"{self.container}/link", self.token, json={"port": 80})

    def test_writes_logs(self) -> None:
        """It writes the log entries of its runner."""
        self.ok("POST", "logs", self.token, json={"log": {"event_type": "ssh", "summary": "x"}})

    def test_ends_with_the_cycle(self) -> None:
        """After an unlock it is worth nothing."""
        self.ok("POST", f"{self.container}/unlock", self.token)
        self.refused(401, "GET", self.container, self.token)

    def test_holder_only(self) -> None:
        """An admin who does not hold the lock does not write what belongs to the run."""
        self.run_it()
        for body in ({"state": "Complete"}, {"exit_code": 0}, {"gateway_address": "evil:1"}):
            response = self.call("PATCH", self.container, self.admin, json={"container": body})
            self.assertIn(response.status, (403, 422), body)
        self.assertEqual("127.0.0.1:4000", self.ok("GET", self.container, ROOT_TOKEN)["gateway_address"])

    def test_own_token(self) -> None:
        """The container's own token writes progress, and not what the runner writes."""
        self.run_it()
        auth = self.ok("GET", f"{self.container}/auth", self.token)
        own = f"v2/{auth['uuid']}/{auth['api_token']}"
        self.assertEqual(0.25, self.ok("PATCH", self.container, own, json={"progress": 0.25})["progress"])
        for body in ({"exit_code": 0}, {"gateway_address": "evil:1"}, {"state": "Complete"}):
            response = self.call("PATCH", self.container, own, json={"container": body})
            self.assertIn(response.status, (403, 422), body)

    def test_bad_values(self) -> None:
        """Values of wrong types and impossible transitions are refused and change nothing."""
        for body in (
            {"exit_code": "0"},
            {"progress": "half"},
            {"listening_ports": {}},
            {"started_at": "now"},
            {"state": "Complete"},
            {"state": "Sleeping"},
        ):
            self.refused(422, "PATCH", self.container, self.token, json={"container": body})
        self.assertEqual("Locked", self.ok("GET", self.container, self.token)["state"])


class Status(ApiCase):
    """How far a request's container is."""

    def test_states(self) -> None:
        """It waits in the queue, unless nobody wants it or it runs; without a container there is none."""

        def status(request: Record) -> tuple[str, str, str]:
            answer = self.ok("GET", f"container_requests/{request['uuid']}/container_status", self.alice)
            return answer["uuid"], answer["container_state"], answer["scheduling_status"]

        draft = self.request_of(self.alice, state="Uncommitted")
        self.assertEqual(("", "", "No container is assigned."), status(draft))
        request = self.request_of(self.alice)
        uuid = request["container_uuid"]
        self.assertEqual((uuid, "Queued", "Waiting in queue."), status(request))
        token = self.successResultOf(self.store.mint_lock_token(uuid)).text
        self.ok("POST", f"containers/{uuid}/lock", token)
        self.assertEqual((uuid, "Locked", "Waiting in queue."), status(request))
        self.ok("PATCH", f"containers/{uuid}", token, json={"state": "Running"})
        self.assertEqual((uuid, "Running", ""), status(request))
        held = self.request_of(self.alice, priority=0)
        self.assertEqual("", status(held)[2])
        self.refused(404, "GET", f"container_requests/{request['uuid']}/container_status", self.bob)

    def test_priority(self) -> None:
        """A priority is computed anew on request."""
        uuid = self.request_of(self.alice)["container_uuid"]
        answer = self.ok("POST", f"containers/{uuid}/update_priority", self.alice, query={"select": ["priority"]})
        self.assertEqual({"kind", "etag", "priority"}, set(answer))

    def test_current(self) -> None:
        """A container finds itself by its own token, in each of its forms; who is in no container finds none."""
        uuid = self.request_of(self.alice)["container_uuid"]
        self.request_of(self.alice)
        token = self.successResultOf(self.store.mint_lock_token(uuid)).text
        self.ok("POST", f"containers/{uuid}/lock", token)
        auth = self.ok("GET", f"containers/{uuid}/auth", token)
        own = f"v2/{auth['uuid']}/{auth['api_token']}"
        for text in (own, f"{own}/{uuid}"):
            self.assertEqual(uuid, self.ok("GET", "containers/current", text)["uuid"])
        brief = self.ok("GET", "containers/current", own, query={"select": ["uuid"]})
        self.assertEqual({"kind", "etag", "uuid"}, set(brief))
        for stranger in (self.alice, self.admin):
            self.assertEqual(["The token is of no container"], self.refused(404, "GET", "containers/current", stranger))
        self.refused(401, "GET", "containers/current")

    def test_secret_mounts(self) -> None:
        """The container itself reads its secret mounts; its owner does not."""
        mounts = {"/secret": {"kind": "text", "content": "xyzzy"}}
        uuid = self.request_of(self.alice, secret_mounts=mounts)["container_uuid"]
        token = self.successResultOf(self.store.mint_lock_token(uuid)).text
        self.ok("POST", f"containers/{uuid}/lock", token)
        auth = self.ok("GET", f"containers/{uuid}/auth", token)
        own = f"v2/{auth['uuid']}/{auth['api_token']}/{uuid}"
        self.assertEqual({"secret_mounts": mounts}, self.ok("GET", f"containers/{uuid}/secret_mounts", own))
        self.refused(403, "GET", f"containers/{uuid}/secret_mounts", self.alice)
