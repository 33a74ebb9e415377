"""
What every store does with containers that end.
"""

from __future__ import annotations

from arvgate.errors import NotFound
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
)  # fmt: skip
from test.contract.records_case import RecordsCase

__all__ = ["EndingContract"]


class EndingContract(RecordsCase):
    """The suite."""

    def _update(self, uuid: str, writer: object, **values: object) -> object:
        return self.store.update(CONTAINERS, uuid, values, writer)

    def test_complete(self) -> None:
        """A Complete container has an end, its requests are Final, its tokens are dead."""
        request, container, holder = self.world.running(self.owner)
        uuid = container["uuid"]
        own = self.world.own_token(uuid, holder)
        self.world.pass_time(5)
        self.done(self._update(uuid, holder, cost=1.5))
        ended = self.done(self._update(uuid, holder, state="Complete", exit_code=3))
        self.assertEqual(("Complete", 3, self.world.moment, None, None), tuple(
            ended[name] for name in ("state", "exit_code", "finished_at", "locked_by_uuid", "auth_uuid")
        ))  # fmt: skip
        final = self.world.get(CONTAINER_REQUESTS, request["uuid"])
        self.assertEqual(("Final", 1.5), (final["state"], final["cumulative_cost"]))
        self.assertIsNone(self.done(self.store.find(own)))
        self.refused(NotFound, self.store.get(API_CLIENT_AUTHORIZATIONS, holder.token_uuid, self.world.system))

    def test_children_end(self) -> None:
        """When a container ends, what it requested is cancelled; what did not run yet is Final at once."""
        _, container, holder = self.world.running(self.owner)
        uuid = container["uuid"]
        own = self.world.come_with(f"{self.world.own_token(uuid, holder).v2}/{uuid}")
        waiting = self.world.request(own)
        started, _, _ = self.world.running(own)
        self.done(self._update(uuid, holder, state="Complete", exit_code=0))
        states = [self.world.get(CONTAINER_REQUESTS, one["uuid"])["state"] for one in (waiting, started)]
        self.assertEqual(["Final", "Committed"], states)
        self.assertEqual([0, 0], [self.world.container_of(one)["priority"] for one in (waiting, started)])

    def test_cost_of_children(self) -> None:
        """What a child cost is added to the container that asked for it."""
        _, container, holder = self.world.running(self.owner)
        own = self.world.come_with(f"{self.world.own_token(container['uuid'], holder).v2}/{container['uuid']}")
        _, child, child_holder = self.world.running(own)
        self.done(self._update(child["uuid"], child_holder, state="Complete", cost=2.5))
        self.assertEqual(2.5, self.world.get(CONTAINERS, container["uuid"])["subrequests_cost"])
