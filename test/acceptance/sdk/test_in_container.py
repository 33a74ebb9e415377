"""
The SDK in a container: a job that uses the API of the cluster that runs it.
"""

from __future__ import annotations

import json
import sys

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase
from test.acceptance.waiting import in_thread

#: Tells what a job finds of itself with nothing but its environment.
PROGRAM = """
import json, sys, arvados
api = arvados.api("v1")
container = api.containers().current().execute()
child = {"container_request": {
    "name": "child", "command": ["true"], "container_image": "any", "output_path": "/out", "priority": 1,
    "state": "Committed", "use_existing": False, "runtime_constraints": {"vcpus": 1, "ram": 1 << 20},
    "mounts": {"/out": {"kind": "tmp", "capacity": 1}}}}
made = api.container_requests().create(body=child).execute()
json.dump({
    "container": container["uuid"],
    "state": container["state"],
    "user": api.users().current().execute()["uuid"],
    "scopes": api.api_client_authorizations().current().execute()["scopes"],
    "requesting": made["requesting_container_uuid"],
}, sys.stdout)
"""


class InContainerTests(SdkCase):
    """What a job finds by the SDK."""

    async def test_itself(self) -> None:
        """It finds its own container and its user, and what it requests is known as its own."""
        cluster = self.sdk.cluster
        constraints = {"vcpus": 1, "ram": 256 << 20, "API": True}
        request = await cluster.commit([sys.executable, "-c", PROGRAM], runtime_constraints=constraints)
        container = await cluster.container_in(request["container_uuid"], "Complete", "Cancelled", within=60.0)
        said = await in_thread(cluster.log, request, "stderr.txt")
        self.assertEqual(("Complete", 0), (container["state"], container["exit_code"]), said)
        seen = json.loads(await in_thread(cluster.log, request, "stdout.txt"))
        user = await self.admin.call("users.current")
        self.assertEqual(
            {
                "container": container["uuid"],
                "state": "Running",
                "user": user["uuid"],
                "scopes": ["all"],
                "requesting": container["uuid"],
            },
            seen,
        )


class PostgreSQLInContainerTests(OnPostgreSQL, InContainerTests):
    """The same on PostgreSQL."""
