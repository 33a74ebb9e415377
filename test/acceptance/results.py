"""
What tests have in common of what becomes of containers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from test.acceptance.case import ClusterCase
from test.acceptance.waiting import in_thread

__all__ = ["Json", "ResultCase"]

Json = Mapping[str, Any]


class ResultCase(ClusterCase):
    """What tests of results have in common."""

    async def shell(self, script: str, **attributes: Any) -> Json:
        """The request of a new container that runs a script in its output directory."""
        image = await in_thread(self.cluster.engine.shell_image)
        return await self.cluster.commit(
            ["sh", "-c", script], **{"container_image": image, "cwd": "/out", "container_count_max": 1, **attributes}
        )

    async def ended(self, request: Json, state: str) -> Json:
        """The record of a request's container, which ends in this state."""
        record: Json = await self.cluster.container_in(request["container_uuid"], "Complete", "Cancelled")
        self.assertEqual(state, record["state"], record["runtime_status"])
        return record

    async def row(self, request: Json, *options: str) -> str:
        """What C{arvgate ps} shows of a request."""
        (row,) = (
            line for line in (await self.cluster.output_of("ps", *options)).splitlines() if request["uuid"] in line
        )
        return row
