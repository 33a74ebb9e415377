"""
What every store does with containers: lock cycles, their tokens, and what follows from an end.
"""

from __future__ import annotations

from arvgate.errors import Forbidden, Invalid, MethodNotAllowed, NotFound
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from test.contract.records_case import RecordsCase

__all__ = ["ContainersContract"]


class ContainersContract(RecordsCase):
    """The suite."""

    def _update(self, uuid: str, writer: object, **values: object) -> object:
        return self.store.update(CONTAINERS, uuid, values, writer)

    def test_running(self) -> None:
        """The holder reports the address; when it began is noted."""
        _, container, _ = self.world.running(self.owner)
        self.assertEqual(("Running", "127.0.0.1:2222", self.world.moment), (
            container["state"], container["gateway_address"], container["started_at"],
        ))  # fmt: skip

    def test_writers(self) -> None:
        """Owners, admins and others cannot change a container; others do not even see it."""
        _, container, _ = self.world.running(self.owner)
        uuid = container["uuid"]
        self.refused(Forbidden, self._update(uuid, self.owner, progress=0.5))
        self.refused(Forbidden, self._update(uuid, self.world.user(admin=True), progress=0.5))
        self.refused(NotFound, self._update(uuid, self.other, progress=0.5))
        self.refused(MethodNotAllowed, self.store.create(CONTAINERS, {}, self.world.system))

    def test_own_token(self) -> None:
        """The container's own token writes progress, runtime_status and output_properties, and nothing else."""
        _, container, holder = self.world.running(self.owner)
        uuid = container["uuid"]
        own = self.world.come_with(f"{self.world.own_token(uuid, holder).v2}/{uuid}")
        values = {"progress": 0.5, "runtime_status": {"activity": "x"}, "output_properties": {"a": 1}}
        self.assertEqual(0.5, self.done(self._update(uuid, own, **values))["progress"])
        for name, value in (
            ("state", "Complete"), ("exit_code", 0), ("gateway_address", "127.0.0.1:1"), ("listening_ports", [1]),
            ("log", "x"), ("output", "x"), ("cost", 1.0),
        ):  # fmt: skip
            self.refused(Invalid, self._update(uuid, own, **{name: value}))

    def test_own_token_before_running(self) -> None:
        """The container's own token writes nothing before the container runs."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, _ = self.world.locked(uuid)
        own = self.world.come_with(f"{self.world.own_token(uuid, holder).v2}/{uuid}")
        self.refused(Invalid, self._update(uuid, own, progress=0.5))

    def test_system_ends(self) -> None:
        """The system itself can cancel a running container with a reason, but not complete it."""
        request, container, _ = self.world.running(self.owner, container_count_max=1)
        uuid, system = container["uuid"], self.world.system
        self.refused(Invalid, self._update(uuid, system, state="Complete"))
        ended = self.done(self._update(uuid, system, state="Cancelled", runtime_status={"error": "lost"}))
        self.assertEqual({"error": "lost"}, ended["runtime_status"])
        self.assertEqual("Final", self.world.get(CONTAINER_REQUESTS, request["uuid"])["state"])

    def test_entered(self) -> None:
        """The system notes that somebody entered a running container, which cannot be taken back."""
        _, container, _ = self.world.running(self.owner)
        uuid, system = container["uuid"], self.world.system
        self.done(self._update(uuid, system, interactive_session_started=True))
        self.refused(Invalid, self._update(uuid, system, interactive_session_started=False))
        self.assertTrue(self.world.get(CONTAINERS, uuid)["interactive_session_started"])

    def test_bad_values(self) -> None:
        """What a runner reports must make sense."""
        _, container, holder = self.world.running(self.owner)
        for name, value in (
            ("gateway_address", "nowhere"), ("listening_ports", [0]), ("listening_ports", ["80"]), ("progress", 2.0),
            ("progress", "x"), ("runtime_status", {"error": 1}), ("state", "Queued"), ("state", "Nonsense"),
            ("command", ["x"]),
        ):  # fmt: skip
            self.refused(Invalid, self._update(container["uuid"], holder, **{name: value}))
