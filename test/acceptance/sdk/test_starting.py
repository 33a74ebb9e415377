"""
The SDK starts: it finds the cluster, reads its description and makes its methods of it.
"""

from __future__ import annotations

from test.acceptance.sdk.case import SdkCase


class StartTests(SdkCase):
    """What a program sees that uses the SDK."""

    async def test_environment(self) -> None:
        """By settings in the environment it reads the description and the configuration of the right cluster."""
        started = await self.admin.ask("start")
        host = self.sdk.cluster.facts["api_host"]
        self.assertEqual(f"https://{host}/arvados/v1/", started["base"])
        self.assertEqual(self.sdk.cluster.cluster_id, started["config"]["ClusterID"])
        self.assertEqual(self.sdk.cluster.cluster_id, started["document"]["uuidPrefix"])

    async def test_current_user(self) -> None:
        """It knows who it is."""
        user = await self.admin.call("users.current")
        self.assertTrue(user["is_admin"], user)
        self.assertEqual("arvados#user", user["kind"])
