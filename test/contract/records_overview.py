"""
What every store does with the overview of what a user may work with.
"""

from __future__ import annotations

from typing import Any

from arvgate.model.principals import ANYBODY, Principal
from test.contract.records_case import RecordsCase

__all__ = ["OverviewContract"]


class OverviewContract(RecordsCase):
    """The suite."""

    def seen(self, reader: Principal, limit: int = 10, offset: int = 0) -> list[tuple[str, Any]]:
        """The UUIDs of the requests that are shown, and their containers'."""
        shown = self.done(self.store.writable_requests(reader, limit, offset))
        return [(request["uuid"], container and container["uuid"]) for request, container in shown]

    def test_own(self) -> None:
        """Owners see their requests with and without container, newest first, by pages; nobody sees none."""
        first = self.world.request(self.owner)
        self.world.pass_time(1)
        second = self.world.request(self.owner, state="Uncommitted")
        self.world.request(self.other)
        both = [(second["uuid"], None), (first["uuid"], first["container_uuid"])]
        self.assertEqual(both, self.seen(self.owner))
        self.assertEqual([both[:1], both[1:], []], [self.seen(self.owner, 1, offset) for offset in range(3)])
        self.assertEqual([], self.seen(ANYBODY))

    def test_shared(self) -> None:
        """Who was given write permission sees the request, who was given less does not."""
        request = self.world.request(self.owner)
        reader, writer = self.world.user(), self.world.user()
        self.world.share(request["uuid"], reader, "can_read")
        self.world.share(request["uuid"], writer, "can_write")
        self.assertEqual([], self.seen(reader))
        self.assertEqual([(request["uuid"], request["container_uuid"])], self.seen(writer))

    def test_admin(self) -> None:
        """An admin sees what is the admin's own."""
        admin = self.world.user(admin=True)
        self.world.request(self.owner)
        own = self.world.request(admin)
        self.assertEqual([own["uuid"]], [uuid for uuid, _ in self.seen(admin)])

    def test_no_secrets(self) -> None:
        """Nothing secret is in the answer."""
        self.world.request(self.owner)
        ((request, container),) = self.done(self.store.writable_requests(self.owner, 10, 0))
        for name in ("secret_mounts", "runtime_token"):
            self.assertNotIn(name, request)
            self.assertNotIn(name, container)
