"""What a daemon's words mean: L{arvgate.runner.docker.refusals}, with the words of a real one where it can be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, CommandNotFound, EngineBusy, EngineFailed, EngineRefused
from arvgate.interfaces import Bind, JobPlan
from arvgate.runner.docker.daemon import DaemonRefused
from arvgate.runner.docker.refusals import DISK_FULL, exec_refusal, image_refusal, refusal_of
from test.dockerd.daemon import DockerDaemon
from test.runner.docker.case import DockerCase
from test.small_disk import fill, small_disk


class WordsTests(SynchronousTestCase):
    """Words that are not to be had from the daemon of the tests."""

    def test_images(self) -> None:
        """Why there is no image."""
        for status, words, kind, sentence in (
            (0, "failed to register layer: write /x: no space left on device", EngineFailed, DISK_FULL),
            (0, "write /x: disk quota exceeded", EngineFailed, DISK_FULL),
            (500, "Head \"https://r/v2/a/manifests/1\": no basic auth credentials", EngineRefused, "needs credentials"),
            (500, "unauthorized: authentication required", EngineRefused, "needs credentials"),
            (500, "Get https: unauthorized: incorrect username or password", EngineRefused, "needs credentials"),
            (404, "pull access denied for a, repository does not exist", EngineRefused, "not give it"),
            (500, "denied: requested access to the resource is denied", EngineRefused, "not give it"),
            (404, "manifest for a:1 not found: manifest unknown: manifest unknown", EngineRefused, "was not found"),
            (0, "no matching manifest for linux/arm64/v8 in the manifest list entries", EngineRefused, "kind of CPU"),
            (400, "invalid reference format", EngineRefused, "cannot be the name"),
            (500, "Get https: dial tcp 127.0.0.1:1: connect: connection refused", EngineFailed, "could not be pulled"),
            (500, "toomanyrequests: You have reached your pull rate limit.", EngineFailed, "could not be pulled"),
            (500, "Get \"https://r/v2/\": dial tcp: lookup r: no such host", EngineFailed, "could not be pulled"),
        ):  # fmt: skip
            error = image_refusal("r/a:1", DaemonRefused(status, words))
            self.assertEqual(kind, type(error), words)
            self.assertIn(sentence, error.sentence)
            self.assertIn(words, error.detail)

    def test_containers(self) -> None:
        """Why a container does not start."""
        for words, kind, sentence in (
            ("mkdir /x: no space left on device", EngineFailed, DISK_FULL),
            ("could not find an available, non-overlapping IPv4 address pool among the defaults", EngineBusy, "waits"),
            ("exec user process caused: exec format error", CommandNotFound, "kind of CPU"),
            ('exec: "docker-init": executable file not found in $PATH', EngineFailed, "not installed"),
            ("running container create option: invalid log driver: invalid argument", EngineFailed, "log driver"),
            ("something new", EngineFailed, "could not start"),
        ):
            error = refusal_of("run", "/w", DaemonRefused(500, words))
            self.assertEqual(kind, type(error), words)
            self.assertIn(sentence, error.sentence)
            self.assertNotIn("something new", error.sentence)

    def test_commands(self) -> None:
        """Why a command was not executed."""
        for said, sentence in (
            ("No such file or directory", "was not found"), ("Permission denied", "is not executable"),
            ("Exec format error", "kind of CPU"), ("Argument list too long", "Argument list too long"),
        ):  # fmt: skip
            for code in (126, 127):
                error = exec_refusal("run", code, f"noise\n[FATAL tini (7)] exec run failed: {said}\n")
                assert error is not None
                self.assertIn(sentence, error.sentence)
                self.assertIn("'run'", error.sentence)

    def test_own_code(self) -> None:
        """A command that ends with such a code by itself was executed."""
        self.assertIsNone(exec_refusal("run", 127, "sh: x: not found\n"))
        self.assertIsNone(exec_refusal("run", 1, "[FATAL tini (7)] exec run failed: Permission denied\n"))


class DaemonTests(DockerCase):
    """The daemon's own words."""

    async def refused(self, kind: type[ArvgateError], plan: JobPlan, **more: Any) -> str:
        """The sentence for a plan that does not start."""
        engine = self.make_engine(**more)
        error: ArvgateError = await self.assertFailure(Deferred.fromCoroutine(engine.start(plan)), kind)
        self.assertEqual(([], []), self.leftovers())
        return error.sentence

    def plan(self, **more: Any) -> JobPlan:
        """A plan with something odd about it."""
        return attrs.evolve(self.place.plan, **more)

    async def test_cpus(self) -> None:
        """More CPUs than there are."""
        self.assertIn("more CPUs than", await self.refused(EngineRefused, self.plan(vcpus=100_000)))

    async def test_memory(self) -> None:
        """Less memory than Docker gives, and more than it can count."""
        self.assertIn("less memory", await self.refused(EngineRefused, self.plan(ram=1000)))
        self.assertIn("more than Docker can count", await self.refused(EngineRefused, self.plan(ram=1 << 70)))

    async def test_missing_directory(self) -> None:
        """A mount of what is not there."""
        binds = (Bind(f"{self.place.root}/none", "/data"),)
        self.assertIn("does not exist", await self.refused(EngineRefused, self.plan(binds=binds)))

    async def test_mount_on_file(self) -> None:
        """A directory that is to be mounted where the image has a file, or below one."""
        for target in ("/etc/passwd", "/etc/passwd/x"):
            sentence = await self.refused(EngineRefused, self.plan(binds=(Bind(self.place.ready, target),)))
            self.assertIn("where the image has a file", sentence)

    async def test_hidden_init(self) -> None:
        """A mount over the place of the init process."""
        sentence = await self.refused(EngineRefused, self.plan(binds=(Bind(self.place.ready, "/sbin"),)))
        self.assertIn("Docker needs", sentence)

    async def test_long_path(self) -> None:
        """A working directory that no path can be."""
        self.assertIn("too long", await self.refused(EngineRefused, self.plan(cwd="/" + "x" * 300)))


class NetworkTests(DockerCase):
    """A daemon with few networks."""

    timeout = 120

    def make_dockerd(self) -> DockerDaemon:
        """It has two, of which its own bridge takes none."""
        return DockerDaemon(2)

    async def tearDown(self) -> None:
        """It is gone."""
        try:
            super().tearDown()
        finally:
            await deferToThread(self.dockerd.stop)

    async def test_networks(self) -> None:
        """When there are no networks left a container waits, with the reason."""
        for name in ("one", "two"):
            await deferToThread(self.dockerd.client.networks.create, name)
        engine = self.make_engine(may_enter=False)
        error = await self.assertFailure(Deferred.fromCoroutine(engine.start(self.place.plan)), EngineBusy)
        self.assertIn("private networks of this node are in use", error.sentence)
        self.assertEqual(([], []), self.leftovers())
        job = await self.make_engine().start(self.place.plan)
        self.assertEqual(0, (await job.wait()).code)


class DiskTests(DockerCase):
    """A log directory that is full."""

    async def test_full(self) -> None:
        """When no file can be made for its output, a container does not start, and the reason is said."""
        disk = Path(self.place.root) / "disk"
        small_disk(disk, self.addCleanup, "64k,nr_inodes=8")
        fill(disk)
        for number in range(1000):  # until there is no place for a name either
            try:
                (disk / f"{number}").touch()
            except OSError:
                break
        plan = attrs.evolve(self.place.plan, stdout=str(disk / "stdout.txt"))
        error = await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), EngineFailed)
        self.assertEqual(DISK_FULL, error.sentence)
