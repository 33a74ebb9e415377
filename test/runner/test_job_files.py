"""Tests of L{arvgate.runner.job_files}, in a directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.errors import EngineFailed
from arvgate.runner.docker.plan import make_plan
from arvgate.runner.job_files import JobFiles
from arvgate.runner.plan import Places, Plan
from test.runner.documents import DOCUMENT
from test.small_disk import fill, small_disk

RECORD: dict[str, Any] = {
    "uuid": DOCUMENT.container_uuid,
    "lock_count": 1,
    "command": ["x"],
    "container_image": "image",
    "output_path": "/out",
    "runtime_user_uuid": "zzzzz-tpzed-000000000000001",
    "mounts": {"/out": {"kind": "tmp"}, "/out/a/b": {"kind": "text", "content": "hello"}},
}


class JobFilesTests(TestCase):
    """L{JobFiles}."""

    timeout = 30

    def setUp(self) -> None:
        """The files of a job with an output."""
        self.root = Path(self.mktemp()).absolute()
        self.logs = self.root / "logs"
        self.logs.mkdir(parents=True)
        (self.root / "outputs").mkdir()
        self.files = self.job_files(self.root / "outputs" / "one")

    def job_files(self, outputs: Path) -> JobFiles:
        """Those that keep the output there."""
        document = attrs.evolve(DOCUMENT, log_directory=str(self.logs), output_directory=str(outputs))
        return JobFiles(reactor, document, None)

    def plan(self, **more: Any) -> Plan:
        """What is to be there."""
        places = Places(str(self.root / "jobs" / "one"), str(self.logs), 100_000)
        return make_plan({**RECORD, **more}, places, None)

    async def test_life(self) -> None:
        """Files are made, measured, kept, and removed."""
        plan = self.plan()
        await self.files.prepare(plan, RECORD)
        inside = Path(plan.output)
        self.assertEqual("hello", (inside / "a" / "b").read_text())
        self.assertGreater(await self.files.output_size(plan), 0)
        (inside / "result").write_text("42")
        self.assertEqual("", await self.files.keep_output(plan, RECORD))
        await self.files.clean_up(plan)
        self.assertFalse((self.root / "jobs" / "one").exists())
        kept = self.root / "outputs" / "one"
        self.assertEqual({"a", "result"}, {path.name for path in kept.iterdir()})
        facts = json.loads(Path(f"{kept}.json").read_text())
        self.assertEqual(RECORD["runtime_user_uuid"], facts["user_uuid"])

    async def test_whose_logs(self) -> None:
        """It is written down beside the logs whose they are."""
        await self.files.prepare(self.plan(), RECORD)
        texts = [path.read_text() for path in self.logs.iterdir()]
        self.assertTrue(any(RECORD["runtime_user_uuid"] in text for text in texts))

    async def test_again(self) -> None:
        """What an earlier attempt left is not in the next one's output."""
        plan = self.plan()
        await self.files.prepare(plan, RECORD)
        (Path(plan.output) / "old").touch()
        await self.files.prepare(plan, RECORD)
        self.assertEqual(["a"], [path.name for path in Path(plan.output).iterdir()])

    async def test_without_output(self) -> None:
        """A job without an output has none to measure."""
        self.assertEqual(0, await self.files.output_size(self.plan(output_path="")))

    async def test_no_room(self) -> None:
        """Where the output cannot be kept that is an error, and the output is still where it was."""
        disk = self.root / "disk"
        small_disk(disk, self.addCleanup)
        plan = self.plan()
        await self.files.prepare(plan, RECORD)
        (Path(plan.output) / "large").write_bytes(b"x" * 3_000_000)
        fill(disk)
        keeping = Deferred.fromCoroutine(self.job_files(disk / "one").keep_output(plan, RECORD))
        await self.assertFailure(keeping, EngineFailed)
        self.assertTrue((Path(plan.output) / "large").exists())

    async def test_announce(self) -> None:
        """A line of the runner's is told from the job's own; where there is no room it is dropped."""
        plan = self.plan()
        (self.logs / "stderr.txt").write_text("said\n")
        self.files.announce(plan, "it ends")
        self.assertEqual("said\n[arvgate: it ends]\n", (self.logs / "stderr.txt").read_text())
        (self.logs / "stderr.txt").unlink()
        self.logs.rename(self.root / "moved")
        self.files.announce(plan, "nobody hears it")

    async def test_nothing_to_clean_up(self) -> None:
        """To remove what was never made is nothing."""
        await self.files.clean_up(self.plan())
