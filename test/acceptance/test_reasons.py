"""
Why a container ended, or waits, for its owner to read; and what it has of its request.  On Docker.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from test.acceptance.engines import Busybox
from test.acceptance.results import Json, ResultCase
from test.acceptance.waiting import in_thread, until
from test.small_disk import fill, small_disk

MEGABYTE = 1 << 20


class ReasonTests(ResultCase):
    """A cluster with nothing special, and a directory that containers may mount."""

    engine = Busybox

    async def setUp(self) -> None:
        """Start it."""
        self.shared = Path(tempfile.mkdtemp(prefix="arvgate-test-"))
        self.addCleanup(shutil.rmtree, self.shared)
        self.shared.chmod(0o755)
        (self.shared / "data").write_text("of the node\n")
        directories = [{"Path": str(self.shared)}]
        self.configuration = {
            "Arvgate": {"Node": {"VCPUs": 8}, "Engines": {"Docker": {"HostDirectories": directories}}}
        }
        await super().setUp()

    async def test_reasons(self) -> None:
        """
        Too little memory and an image that is not there are reasons that C{arvgate ps -a} shows.

        A container has the files, directories and streams of its request, and no more.
        """
        hungry = await self.shell("tail /dev/zero", runtime_constraints={"vcpus": 1, "ram": 16 * MEGABYTE})
        unknown = await self.shell("true", container_image="nowhere:1")
        self.assertEqual(137, (await self.ended(hungry, "Complete"))["exit_code"])
        self.assertIn("ran out of memory", await self.row(hungry, "-a"))
        await self.ended(unknown, "Cancelled")
        self.assertIn("image nowhere:1", await self.row(unknown, "-a"))
        await self.streams_and_mounts()

    async def streams_and_mounts(self) -> None:
        """A container that finds all that is mounted, and may not write to what is the node's."""
        script = "cat; cat /etc/own.txt /etc/own.json /node/data; touch /node/new 2>/dev/null && echo written; true"
        mounts = {
            "/out": {"kind": "tmp", "capacity": MEGABYTE},
            "/etc/own.txt": {"kind": "text", "content": "a text\n"},
            "/etc/own.json": {"kind": "json", "content": {"a": 1}},
            "/node": {"kind": "arvgate_host", "path": str(self.shared)},
            "stdin": {"kind": "text", "content": "from stdin\n"},
            "stdout": {"kind": "file", "path": "/out/said.txt"},
        }
        request = await self.shell(script, mounts=mounts)
        self.assertEqual(0, (await self.ended(request, "Complete"))["exit_code"])
        said = await self.cluster.output_of("get", request["uuid"], "said.txt", "-o", "-")
        self.assertEqual('from stdin\na text\n{"a": 1}of the node\n', said)
        self.assertEqual(["data"], [path.name for path in self.shared.iterdir()])


class LimitTests(ResultCase):
    """One container at a time for each user."""

    engine = Busybox
    configuration: Json = {"Arvgate": {"Node": {"VCPUs": 8}, "UserLimits": {"Containers": 1}}}

    async def test_limit(self) -> None:
        """A second one of the same user waits and says why, one of another user does not wait."""
        first = await self.shell("sleep 1000")
        second = await self.shell("true")
        _, token = await self.cluster.second_user()
        await self.ended(await self.shell("true", token=token), "Complete")
        row = await self.row(second)
        self.assertIn("Queued", row)
        self.assertIn("the limit per user", row)
        await self.cluster.output_of("cancel", first["uuid"])
        record = await self.ended(second, "Complete")
        self.assertNotIn("warning", record["runtime_status"])


class FullDiskTests(ResultCase):
    """Small disks for what the node keeps of containers."""

    engine = Busybox
    configuration: Json = {"Arvgate": {"Node": {"VCPUs": 8}}}

    async def setUp(self) -> None:
        """A cluster whose working directories, logs and outputs are on disks of a megabyte each."""
        self.cluster = await self.new_cluster()
        await self.cluster.initialise()
        for name in ("jobs", "logs", "outputs"):
            await in_thread(small_disk, self.cluster.state(name), self.addCleanup)
        await self.cluster.start()

    async def test_full_disks(self) -> None:
        """Whichever of them is full: what ends by that, or is lost, says so."""
        talking = await self.shell("head -c 2000000 /dev/zero | tr '\\0' x; sleep 1000")
        await until(lambda: "No space left" in self.warning(talking), 20.0, "the log is incomplete")
        self.assertIn("Running", await self.row(talking))
        await self.cluster.output_of("cancel", talking["uuid"])
        await self.ended(talking, "Cancelled")
        await in_thread(fill, self.cluster.state("outputs"))
        writing = await self.shell("echo something >file")
        await self.ended(writing, "Complete")
        self.assertIn("output could not be kept: No space left on device", await self.row(writing, "-a"))
        await in_thread(fill, self.cluster.state("jobs"))
        mounts = {"/out": {"kind": "tmp", "capacity": MEGABYTE}, "/out/text": {"kind": "text", "content": "a text"}}
        late = await self.shell("true", mounts=mounts)
        await self.ended(late, "Cancelled")
        self.assertIn("disk is full", await self.row(late, "-a"))

    def warning(self, request: Json) -> str:
        """What is wrong with a request's container at the moment; blocking."""
        record = self.cluster.client.api("GET", f"containers/{request['container_uuid']}").json
        return str(record["runtime_status"].get("warning", ""))
