"""Directories of the node in containers: L{arvgate.runner.docker.host_directories}, and what the daemon makes of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

import attrs
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineRefused
from arvgate.interfaces import Bind, JobPlan
from arvgate.runner.docker.host_directories import open_binds
from test.runner.docker.case import DockerCase


class OpenBindsTests(SynchronousTestCase):
    """L{open_binds}."""

    def setUp(self) -> None:
        """A directory that is offered, with one in it."""
        self.root = os.path.abspath(self.mktemp())
        os.makedirs(f"{self.root}/offered/a/b")
        self.held = ExitStack()
        self.addCleanup(self.held.close)

    def opened(self, name: str) -> Bind:
        """One below the offered one."""
        bind = Bind(f"{self.root}/offered/{name}".rstrip("/"), "/t", below=f"{self.root}/offered")
        (found,) = open_binds([bind], self.held, os.getpid())
        return found

    def refused(self, name: str) -> str:
        """Why one is refused; nothing is held open then."""
        before = os.listdir("/proc/self/fd")
        error = self.assertRaises(EngineRefused, self.opened, name)
        self.assertEqual(before, os.listdir("/proc/self/fd"))
        return error.sentence

    def test_held(self) -> None:
        """What was opened stays what it was, until it is let go."""
        for name in ("", "a", "a/b"):
            source = self.opened(name).source
            self.assertTrue(os.path.samefile(source, f"{self.root}/offered/{name}"))
        os.rename(f"{self.root}/offered/a", f"{self.root}/offered/moved")
        os.symlink("/etc", f"{self.root}/offered/a")
        self.assertTrue(os.path.samefile(source, f"{self.root}/offered/moved/b"))
        self.held.close()
        self.assertFalse(os.path.exists(source))

    def test_others(self) -> None:
        """What the runner itself has made is left as it is."""
        bind = Bind("/w/file0", "/t")
        self.assertEqual((bind,), open_binds([bind], self.held, os.getpid()))

    def test_links(self) -> None:
        """A symbolic link is refused at the end and on the way, wherever it leads."""
        for target in ("/etc", f"{self.root}/offered/a", "nowhere"):
            os.symlink(target, f"{self.root}/offered/link")
            for name in ("link", "link/b"):
                self.assertIn("symbolic link", self.refused(name))
            os.unlink(f"{self.root}/offered/link")

    def test_missing(self) -> None:
        """What is not there is refused with its name."""
        self.assertIn("/offered/none", self.refused("none"))
        self.assertIn("/offered/none/b", self.refused("none/b"))

    def test_no_directory(self) -> None:
        """A file, or what is below one, is refused."""
        with open(f"{self.root}/offered/file", "w"):
            pass
        os.mkfifo(f"{self.root}/offered/pipe")
        for name in ("file", "pipe"):
            self.assertIn("no directory", self.refused(name))
        self.refused("file/b")

    def test_several(self) -> None:
        """If one is refused, those before it are let go with the rest."""
        good = Bind(f"{self.root}/offered/a", "/t", below=f"{self.root}/offered")
        bad = attrs.evolve(good, source=f"{self.root}/offered/none")
        before = os.listdir("/proc/self/fd")
        with self.assertRaises(EngineRefused), ExitStack() as held:
            open_binds([good, bad], held, os.getpid())
        self.assertEqual(before, os.listdir("/proc/self/fd"))


class MountedTests(DockerCase):
    """What containers see."""

    def setUp(self) -> None:
        """A directory that is offered, with a file."""
        super().setUp()
        self.offered = f"{self.place.root}/offered"
        os.makedirs(f"{self.offered}/set")
        self.write("set/a", "original\n")

    def write(self, name: str, text: str) -> None:
        """A file of the offered directory."""
        with open(f"{self.offered}/{name}", "w") as file:
            file.write(text)

    def mounting(self, script: str, writable: bool = False) -> JobPlan:
        """A plan for a script that sees the directory at /data."""
        bind = Bind(f"{self.offered}/set", "/data", writable, below=self.offered)
        return self.place.shell(script, binds=(*self.place.plan.binds, bind))

    def volumes(self) -> Sequence[object]:
        """Volumes on the daemon."""
        return list(self.dockerd.client.volumes.list())

    async def said(self, plan: JobPlan) -> str:
        """What the container says; no volume is left of it."""
        job = await self.engine.start(plan)
        await job.wait()
        self.assertEqual([], self.volumes())
        return (self.place.read("stdout.txt") + self.place.read("stderr.txt")).decode()

    async def test_read_only(self) -> None:
        """It is read and not written; nothing of it is removed with the container."""
        said = await self.said(self.mounting("cat /data/a; echo new > /data/b; rm /data/a"))
        self.assertIn("original", said)
        self.assertEqual(2, said.count("Read-only file system"))
        self.assertEqual(["a"], os.listdir(f"{self.offered}/set"))

    async def test_writable(self) -> None:
        """It is written where that is allowed; what the image has at its place does not get into it."""
        await self.said(self.mounting("cat /data/a; echo new > /data/b", writable=True))
        self.assertEqual(["a", "b"], sorted(os.listdir(f"{self.offered}/set")))
        os.makedirs(f"{self.offered}/empty")
        bind = Bind(f"{self.offered}/empty", "/etc", True, below=self.offered)
        await self.said(self.place.shell("true", binds=(bind,)))
        self.assertNotIn("passwd", os.listdir(f"{self.offered}/empty"))

    async def test_exchanged(self) -> None:
        """Of a directory that is exchanged for a link after it was checked, the container sees the original."""
        run = self.daemon.run

        async def exchanging(work: object) -> object:
            if os.path.isdir(f"{self.offered}/set") and not os.path.islink(f"{self.offered}/set"):
                os.rename(f"{self.offered}/set", f"{self.offered}/moved")
                os.symlink("/etc", f"{self.offered}/set")
            return await run(work)

        plan = self.mounting("ls /data; cat /data/a")
        await self.engine._images.ensure(plan.image)
        self.daemon.run = exchanging
        self.engine._images.ensure = lambda image: _nothing()
        self.assertEqual("a\noriginal\n", await self.said(plan))
        self.assertTrue(os.path.islink(f"{self.offered}/set"))

    async def test_file_systems_below(self) -> None:
        """A file system that is mounted below is not seen, since it would be writable."""
        os.mkdir(f"{self.offered}/set/below")
        subprocess.run(["mount", "-t", "tmpfs", "arvgate-test", f"{self.offered}/set/below"], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", f"{self.offered}/set/below"], check=True)
        self.write("set/below/secret", "x")
        self.assertIn("Read-only", await self.said(self.mounting("ls /data/below; echo x > /data/below/y")))
        self.assertEqual(b"", self.place.read("stdout.txt"))

    async def test_refused(self) -> None:
        """A directory that is a link is a reason, and nothing is left of the start."""
        os.rename(f"{self.offered}/set", f"{self.offered}/moved")
        os.symlink("moved", f"{self.offered}/set")
        await self.assertFailure(Deferred.fromCoroutine(self.engine.start(self.mounting("true"))), EngineRefused)
        self.assertEqual([], self.volumes())


async def _nothing() -> None:
    return None
