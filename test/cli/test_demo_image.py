"""
The image that the demo's app runs from.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from arvgate.cli import sample_app
from arvgate.cli.demo_image import demo_image
from arvgate.cli.docker_daemon import DockerDaemon as Found
from arvgate.errors import EngineFailed
from test.dockerd.daemon import DockerDaemon, shared_daemon

CLUSTER = "zdemo"
LABELS = {"arvgate.cluster": CLUSTER}


class ImageTests(TestCase):
    """L{demo_image}, with a real daemon."""

    timeout = 120

    async def setUp(self) -> None:
        """A daemon."""
        self.daemon = await deferToThread(shared_daemon)
        self.told: list[str] = []

    def image(self, daemon: DockerDaemon) -> object:
        """The image on a daemon, as a context."""
        return demo_image(Found(daemon.host, daemon.gateway), CLUSTER, self.told.append)

    def names(self) -> set[str]:
        """The images of the daemon."""
        return {tag for image in self.daemon.client.images.list() for tag in image.tags}

    async def test_has_the_app(self) -> None:
        """The sample app can be run in it as it is here, and a person is told what takes its time."""

        def use() -> bytes:
            with self.image(self.daemon) as image:  # type: ignore[attr-defined]
                self.assertEqual(f"arvgate-demo-{CLUSTER}:latest", image)
                program = "import runpy, sys; print(runpy.run_path(sys.argv[1])['run'].__name__)"
                path = str(Path(sample_app.__file__).resolve())
                return self.daemon.run(image, [sys.executable, "-I", "-c", program, path], network_mode="none")

        self.assertEqual(b"run\n", await deferToThread(use))
        self.assertEqual(["Making an image of this Python …"], self.told)

    async def test_nothing_stays(self) -> None:
        """At the end nothing of the cluster is left in Docker, and what is not of it stays."""
        client = self.daemon.client

        def use() -> str:
            other = client.networks.create("of-another", labels={"arvgate.cluster": "zzzzz"})
            self.addCleanup(deferToThread, other.remove)
            with self.image(self.daemon) as image:  # type: ignore[attr-defined]
                client.networks.create("of-the-demo", labels=LABELS)
                command = [sys.executable, "-c", "import signal; signal.pause()"]
                client.containers.run(image, command, detach=True, labels=LABELS, network="of-the-demo")
                raise EOFError

        with self.assertRaises(EOFError):
            await deferToThread(use)
        self.assertEqual([], await deferToThread(client.containers.list, all=True, filters={"name": "demo"}))
        networks = {network.name for network in await deferToThread(client.networks.list)}
        self.assertEqual({"of-another"}, networks & {"of-another", "of-the-demo"})
        self.assertEqual([], [name for name in await deferToThread(self.names) if CLUSTER in name])

    async def test_daemon_that_goes(self) -> None:
        """If the daemon goes, it is said what to look for."""
        daemon = await deferToThread(DockerDaemon)
        self.addCleanup(deferToThread, daemon.stop)

        def use() -> None:
            with self.image(daemon):  # type: ignore[attr-defined]
                daemon.kill()

        await deferToThread(use)
        self.assertIn(f"arvgate.cluster={CLUSTER}", self.told[-1])

    async def test_no_daemon(self) -> None:
        """Without a daemon it fails."""

        def use() -> None:
            with demo_image(Found("unix:///nonexistent/s", ""), CLUSTER, self.told.append):
                self.fail("there is no daemon")

        with self.assertRaises(EngineFailed):
            await deferToThread(use)
