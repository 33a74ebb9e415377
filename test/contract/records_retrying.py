"""
What every store does with the requests of containers that were Cancelled.
"""

from __future__ import annotations

from typing import Any

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from test.contract.records_case import RecordsCase

__all__ = ["RetryingContract"]

#: Fields in which the containers of one request are the same.
_SAME = (
    "command", "cwd", "environment", "mounts", "output_path", "output_glob", "container_image", "runtime_constraints",
    "scheduling_parameters", "output_storage_classes", "service", "published_ports", "runtime_user_uuid",
    "runtime_auth_scopes", "owner_uuid",
)  # fmt: skip


class RetryingContract(RecordsCase):
    """The suite."""

    def _end(self, uuid: str, holder: Principal, **values: Any) -> Record:
        return self.done(self.store.update(CONTAINERS, uuid, {"state": "Cancelled", **values}, holder))

    def _request(self, request: Record) -> Record:
        return self.world.get(CONTAINER_REQUESTS, request["uuid"])

    def test_another_container(self) -> None:
        """The request goes on with a new container that has all that the old one had, and its priority at once."""
        ports = {"80": {"access": "public", "label": "web", "initial_path": ""}}
        request, container, holder = self.world.running(
            self.owner, service=True, use_existing=False, published_ports=ports, output_storage_classes=["fast"],
            environment={"A": "b"}, cwd="/out",
        )  # fmt: skip
        self._end(container["uuid"], holder, cost=1.5, runtime_status={"error": "lost"})
        request, successor = self._request(request), self.world.container_of(request)
        self.assertNotEqual(container["uuid"], successor["uuid"])
        self.assertEqual([container[name] for name in _SAME], [successor[name] for name in _SAME])
        self.assertEqual(("Queued", container["priority"], 0, {}, 0.0), tuple(
            successor[name] for name in ("state", "priority", "lock_count", "runtime_status", "cost")
        ))  # fmt: skip
        self.assertEqual(("Committed", 2, 1.5), tuple(
            request[name] for name in ("state", "container_count", "cumulative_cost")
        ))  # fmt: skip
        self.world.locked(successor["uuid"])

    def test_secrets(self) -> None:
        """The new container has the old one's secrets, which the old one has no longer."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        secrets = {"/secret": {"kind": "text", "content": "whisper"}}
        request, container, holder = self.world.running(self.owner, runtime_token=text, secret_mounts=secrets)
        self._end(container["uuid"], holder)
        successor = self.world.container_of(request)["uuid"]
        self.assertEqual((secrets, text), self._secrets(successor))
        self.assertEqual(({}, None), self._secrets(container["uuid"]))
        holder, _ = self.world.locked(successor)
        self.assertEqual(record["uuid"], self.world.own_token(successor, holder).uuid)

    def _secrets(self, uuid: str) -> tuple[Any, Any]:
        return self.world.secret(CONTAINERS, uuid, "secret_mounts"), self.world.secret(
            CONTAINERS, uuid, "runtime_token"
        )

    def test_number_of_attempts(self) -> None:
        """After as many containers as the request permits it is Final, with the cost of all of them."""
        request = self.world.request(self.owner, container_count_max=2)
        for _ in range(2):
            uuid = self._request(request)["container_uuid"]
            holder, _ = self.world.locked(uuid)
            self.done(self.store.update(CONTAINERS, uuid, {"state": "Running"}, holder))
            self._end(uuid, holder, cost=1.0)
        request = self._request(request)
        self.assertEqual(("Final", 2, 2.0, uuid), tuple(
            request[name] for name in ("state", "container_count", "cumulative_cost", "container_uuid")
        ))  # fmt: skip

    def test_cancelled_by_its_owner(self) -> None:
        """A request whose priority is 0 is not tried again."""
        request, container, holder = self.world.running(self.owner)
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"priority": 0}, self.owner))
        self._end(container["uuid"], holder)
        request = self._request(request)
        self.assertEqual(("Final", container["uuid"]), (request["state"], request["container_uuid"]))

    def test_complete_is_not_tried_again(self) -> None:
        """A container that ended by itself is the last one, whatever its exit code."""
        request, container, holder = self.world.running(self.owner)
        values = {"state": "Complete", "exit_code": 1}
        self.done(self.store.update(CONTAINERS, container["uuid"], values, holder))
        self.assertEqual("Final", self._request(request)["state"])
        cancelled = {"state": "Cancelled"}
        self.done(self.store.update(CONTAINERS, container["uuid"], cancelled, self.world.system))
        self.assertEqual("Final", self._request(request)["state"])

    def test_several_requests(self) -> None:
        """Those of several requests that may go on share one new container; the others are Final."""
        first, container, holder = self.world.running(self.owner, scheduling_parameters={"max_run_time": 10})
        second = self.world.request(self.owner, priority=900, scheduling_parameters={"max_run_time": 20})
        third = self.world.request(self.owner, container_count_max=1)
        for other in (second, third):
            values = {"container_uuid": container["uuid"]}
            self.done(self.store.update(CONTAINER_REQUESTS, other["uuid"], values, self.world.system))
        self._end(container["uuid"], holder)
        first, second, third = (self._request(one) for one in (first, second, third))
        self.assertEqual(["Committed", "Committed", "Final"], [one["state"] for one in (first, second, third)])
        self.assertEqual(first["container_uuid"], second["container_uuid"])
        self.assertEqual(container["uuid"], third["container_uuid"])
        successor = self.world.container_of(first)
        self.assertEqual(20, successor["scheduling_parameters"]["max_run_time"])
        self.assertGreater(successor["priority"], container["priority"])

    def test_child(self) -> None:
        """What a container requested is tried again while that container runs, which bears the cost of all attempts."""
        request, container, holder = self.world.running(self.owner)
        own = self.world.come_with(f"{self.world.own_token(container['uuid'], holder).v2}/{container['uuid']}")
        child, attempt, child_holder = self.world.running(own)
        self._end(attempt["uuid"], child_holder, cost=2.5)
        successor = self.world.container_of(child)
        self.assertEqual(("Queued", container["priority"]), (successor["state"], successor["priority"]))
        self.assertEqual(2.5, self.world.get(CONTAINERS, container["uuid"])["subrequests_cost"])
        self._end(container["uuid"], holder)
        self.assertEqual(("Final", 0), (self._request(child)["state"], self.world.container_of(child)["priority"]))
        self.assertEqual("Committed", self._request(request)["state"])

    def test_told(self) -> None:
        """Whoever looks at the request by its UUID is told that it has another container."""
        request, container, holder = self.world.running(self.owner)
        self.world.told.clear()
        self._end(container["uuid"], holder)
        successor = self._request(request)["container_uuid"]
        told = {(change.kind, change.uuid) for change in self.world.told}
        expected = {
            ("container_requests", request["uuid"]),
            *(("containers", it) for it in (container["uuid"], successor)),
        }
        self.assertLessEqual(expected, told)
