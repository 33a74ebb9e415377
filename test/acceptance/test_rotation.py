"""
A change of SystemRootToken while containers run.
"""

from __future__ import annotations

import yaml

from test.acceptance.case import ClusterCase
from test.acceptance.waiting import in_thread, until


class RotationTests(ClusterCase):
    """The cluster gets another SystemRootToken."""

    async def test_what_runs_stays_reachable(self) -> None:
        """
        A container of the time before is reached before and after the restart, a new one too; from the restart on the
        new token is the system's and the former one is nobody's.
        """
        cluster = self.cluster
        former = cluster.settings["SystemRootToken"]
        old = await cluster.run_app()
        await cluster.output_of("rotate-root-token", "--config", str(cluster.config))
        present = yaml.safe_load(cluster.config.read_text())["Clusters"][cluster.cluster_id]["SystemRootToken"]
        cluster.secrets.know(present, "the new SystemRootToken")
        self.assertEqual(200, await in_thread(cluster.visit, old))
        self.assertEqual([200, 401], [await self.asked(token) for token in (former, present)])

        await cluster.stop()
        await cluster.start()
        self.assertEqual([401, 200], [await self.asked(token) for token in (former, present)])
        await until(lambda: cluster.visit(old) == 200, 10.0, "the container of the time before is reached")
        new = await cluster.run_app()
        self.assertEqual(200, await in_thread(cluster.visit, new))

        again = cluster.run("rotate-root-token", "--config", str(cluster.config))
        self.assertEqual(5, await again.ended())
        self.assertIn("1 run", again.errors)

    async def asked(self, token: str) -> int:
        """The answer to a token that asks who it is."""
        return (await in_thread(self.cluster.client.of(token).api, "GET", "users/current")).status
