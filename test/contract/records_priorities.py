"""
What every store does with the priorities of containers.
"""

from __future__ import annotations

from arvgate.errors import NotFound
from arvgate.model.kinds import (
    CONTAINER_REQUESTS,
    CONTAINERS,
)  # fmt: skip
from test.contract.records_case import RecordsCase

__all__ = ["PrioritiesContract"]


class PrioritiesContract(RecordsCase):
    """The suite."""

    def test_cancel(self) -> None:
        """Priority 0 takes the container's priority away."""
        request = self.world.request(self.owner)
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"priority": 0}, self.owner))
        self.assertEqual(0, self.world.container_of(request)["priority"])

    def test_cancelled_with_parent(self) -> None:
        """When the container that made a request loses its priority, the child's container loses it too."""
        request, parent, holder = self.world.running(self.owner)
        own = self.world.own_token(parent["uuid"], holder)
        child = self.world.request(self.world.come_with(f"{own.v2}/{parent['uuid']}"))
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"priority": 0}, self.owner))
        self.assertEqual(0, self.world.container_of(child)["priority"])

    def test_finished_by_hand(self) -> None:
        """Who sets a request Final takes its wish away."""
        request = self.world.request(self.owner)
        final = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"state": "Final"}, self.owner))
        self.assertEqual("Final", final["state"])
        self.assertEqual(0, self.world.get(CONTAINERS, request["container_uuid"])["priority"])

    def test_recomputed(self) -> None:
        """Any reader may have a priority computed anew, which changes nothing that was right."""
        request = self.world.request(self.owner)
        uuid = request["container_uuid"]
        before = self.world.get(CONTAINERS, uuid)
        self.assertEqual(before, self.done(self.store.act(CONTAINERS, "update_priority", uuid, {}, self.owner)))
        self.refused(NotFound, self.store.act(CONTAINERS, "update_priority", uuid, {}, self.other))
