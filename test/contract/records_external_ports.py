"""
What every store does with the addresses of published ports and with external ports.
"""

from __future__ import annotations

from typing import Any

from arvgate.model.kinds import CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.model.targets import PortTarget
from test.contract.records_case import RecordsCase

__all__ = ["ExternalPortsContract"]


def publishing(*ports: int) -> dict[str, Any]:
    """Attributes of a request that publishes these ports."""
    how = {"access": "private", "label": "app", "initial_path": "/lab"}
    return {"published_ports": {str(port): how for port in ports}}


class ExternalPortsContract(RecordsCase):
    """The suite; the world has the three external ports from 31000 on C{apps.example}."""

    def _running(self, *ports: int) -> tuple[Record, Principal]:
        _, container, holder = self.world.running(self.owner, **publishing(*ports))
        return container, holder

    def _external(self, container: Record) -> dict[str, int | None]:
        return {port: how.get("external_port") for port, how in container["published_ports"].items()}

    def _end(self, container: Record, holder: Principal) -> Record:
        self.done(self.store.update(CONTAINERS, container["uuid"], {"exit_code": 0}, holder))
        return self.done(self.store.update(CONTAINERS, container["uuid"], {"state": "Complete"}, holder))

    def _found(self, external_port: int) -> tuple[str, int] | None:
        facts = self.done(self.store.container_facts(PortTarget(external_port), self.owner.user_uuid))
        return None if facts is None else (facts.container["uuid"], facts.port)

    def test_given(self) -> None:
        """A container has its external ports while it runs, in its record and in the directory."""
        container, holder = self._running(80, 8080)
        self.assertEqual({"80": 31000, "8080": 31001}, self._external(container))
        self.assertEqual("https://apps.example:31001/", container["published_ports"]["8080"]["base_url"])
        self.assertEqual("https://apps.example:31001/lab", container["published_ports"]["8080"]["initial_url"])
        self.assertEqual((container["uuid"], 8080), self._found(31001))
        self.assertIsNone(self._found(31002))
        ended = self._end(container, holder)
        self.assertEqual({"80": 31000, "8080": 31001}, self._external(ended))
        self.assertIsNone(self._found(31000))

    def test_known_before_it_runs(self) -> None:
        """They are given with the lock, since the job finds them in its environment; an unlock takes them back."""
        request = self.world.request(self.owner, **publishing(80))
        uuid = request["container_uuid"]
        self.assertEqual({"80": None}, self._external(self.world.get(CONTAINERS, uuid)))
        holder, _ = self.world.locked(uuid)
        self.assertEqual({"80": 31000}, self._external(self.world.get(CONTAINERS, uuid)))
        self.done(self.store.unlock(uuid, holder))
        after = self.world.get(CONTAINERS, uuid)
        self.assertEqual(publishing(80)["published_ports"], after["published_ports"])
        self.assertIsNone(self._found(31000))

    def test_long_unused(self) -> None:
        """What nobody had comes first, then what has been free for longest."""
        first, first_holder = self._running(80)
        second, second_holder = self._running(80)
        self._end(second, second_holder)
        self.world.pass_time(1)
        self._end(first, first_holder)
        given = [self._external(self._running(80)[0])["80"] for _ in range(3)]
        self.assertEqual([31002, 31001, 31000], given)

    def test_none_free(self) -> None:
        """Where there are not enough, the last ports of a container get no address."""
        self._running(80)
        container, _ = self._running(1, 2, 3)
        self.assertEqual({"1": 31001, "2": 31002, "3": None}, self._external(container))
        self.assertEqual(publishing(3)["published_ports"]["3"], container["published_ports"]["3"])

    def test_tried_again(self) -> None:
        """A container that takes the place of a cancelled one begins without addresses."""
        request, container, holder = self.world.running(self.owner, use_existing=False, **publishing(80))
        values = {"state": "Cancelled"}
        self.done(self.store.update(CONTAINERS, container["uuid"], values, holder))
        successor = self.world.container_of(request)
        self.assertNotEqual(container["uuid"], successor["uuid"])
        self.assertEqual(publishing(80)["published_ports"], successor["published_ports"])
