"""
A container speaks with the gateway that started it: by address, authority and token that it finds in its environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from test.acceptance.case import ClusterCase
from test.acceptance.engines import OnDocker
from test.acceptance.waiting import in_thread

#: Asks the record API who it is and where the API says that it is, with nothing but its own environment.
PROGRAM = """
import json, os, ssl, sys, urllib.request
host, token = os.environ.get("ARVADOS_API_HOST"), os.environ.get("ARVADOS_API_TOKEN")
shown = token and [token.split("/")[part] for part in (0, 1, 3)]
seen = {"host": host, "token": shown, "devices": sorted(os.listdir("/sys/class/net"))}
if host:
    def get(path):
        request = urllib.request.Request(f"https://{host}{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20, context=ssl.create_default_context()) as answer:
            return json.load(answer)
    seen["user"] = get("/arvados/v1/users/current")["uuid"]
    seen["root"] = get("/discovery/v1/apis/arvados/v1/rest")["rootUrl"]
json.dump(seen, sys.stdout)
"""


class ContainerApiTests(OnDocker, ClusterCase):
    """What a container in Docker has of the record API."""

    async def seen(self, *options: str) -> Any:
        """What the program sees, in a container of the admin's."""
        arguments = ("run", *self.cluster.engine.run_options, *options, "--wait", "--")
        return json.loads(await self.cluster.output_of(*arguments, sys.executable, "-c", PROGRAM))

    async def test_with_network(self) -> None:
        """It reaches the API by a name of this machine, trusts it, is its user there, and is told the name it used."""
        seen = await self.seen()
        api = f"host.docker.internal:{self.cluster.https_port}"
        self.assertEqual((api, f"https://{api}/"), (seen["host"], seen["root"]))
        user = (await in_thread(self.cluster.client.api, "GET", "users/current")).json["uuid"]
        version, uuid, container = seen["token"]
        kinds = [part.split("-")[1] for part in (uuid, container)]
        self.assertEqual(("v2", ["gj3su", "dz642"], user), (version, kinds, seen["user"]))

    async def test_without_network(self) -> None:
        """It has neither network nor token if it asks for none."""
        seen = await self.seen("--no-network")
        self.assertEqual((None, None, ["lo"]), (seen["host"], seen["token"], seen["devices"]))
