"""
The frame of the tests with a real Docker daemon: a place to work in, an engine, and nothing left in the end.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.interfaces import Bind, JobPlan
from arvgate.runner.docker.creation import Circumstances
from arvgate.runner.docker.daemon import Daemon
from arvgate.runner.docker.engine import DockerEngine
from arvgate.runner.docker.images import Images
from test.contract.engine import GREETING
from test.dockerd.daemon import DockerDaemon, shared_daemon
from test.dockerd.images import busybox_image
from test.runner.announcements import Announcements

__all__ = ["PORT", "DockerCase", "Workplace", "pause"]

#: What serving programs listen on.
PORT = 7000


async def pause(seconds: float) -> None:
    """Let real time pass: what is waited for is outside this process."""
    await deferLater(reactor, seconds)


class Workplace:
    """
    A directory with what a plan needs, of which containers see C{ready}.

    @ivar root: the directory.
    @ivar uuid: of the container.
    """

    def __init__(self, root: str, image: str) -> None:
        self.root = root
        self.uuid = f"zzzzz-dz642-{secrets.token_hex(8)[:15]}"
        self.ready = os.path.join(root, "ready")
        os.makedirs(self.ready)
        self.plan = JobPlan(
            uuid=self.uuid,
            lock_count=1,
            command=("true",),
            environment={"READY": "/ready/pipe"},
            cwd="",
            workdir=root,
            stdout=os.path.join(root, "stdout.txt"),
            stderr=os.path.join(root, "stderr.txt"),
            log_limit=10_000_000,
            image=image,
            binds=(Bind(self.ready, "/ready", writable=True),),
        )

    def running(self, *command: str, **more: object) -> JobPlan:
        """A plan for that command."""
        return attrs.evolve(self.plan, command=command, **more)

    def shell(self, script: str, **more: object) -> JobPlan:
        """A plan for a shell script."""
        return self.running("sh", "-c", script, **more)

    def serving(self) -> JobPlan:
        """A plan for a program that greets whoever connects."""
        greeting = GREETING.decode()
        return self.shell(f'echo {PORT} > "$READY"; exec nc -ll -p {PORT} -e echo -n "{greeting}"')

    def serving_within(self, address: str = "127.0.0.1", **more: object) -> JobPlan:
        """A plan for a web server on an address of the container's own network, by default the loopback address."""
        return self.shell(
            f'echo hello > /tmp/a; echo {PORT} > "$READY"; exec httpd -f -h /tmp -p {address}:{PORT}', **more
        )

    def read(self, name: str) -> bytes:
        """What is in a file."""
        with open(os.path.join(self.root, name), "rb") as file:
            return file.read()


class DockerCase(TestCase):
    """A test with a workplace and an engine; it fails if something of it is left on the daemon when it is over."""

    #: Seconds, for a machine that is very busy.
    timeout = 60

    def setUp(self) -> None:
        """A place to work in, and a pipe on which programs say that they are ready."""
        self.dockerd = self.make_dockerd()
        self.place = Workplace(os.path.abspath(self.mktemp()), busybox_image(self.dockerd))
        self.ready = Announcements(reactor, os.path.join(self.place.ready, "pipe"))
        self.addCleanup(self.ready.close)
        self.daemon = Daemon(reactor, self.dockerd.host)
        self.addCleanup(self.daemon.close)
        self.engine = self.make_engine()

    def make_dockerd(self) -> DockerDaemon:
        """The daemon of this test."""
        return shared_daemon()

    def make_engine(self, may_enter: bool = True, **more: object) -> DockerEngine:
        """An engine on the daemon."""
        circumstances = Circumstances(runners=self.place.root, pids_limit=100, **more)
        return DockerEngine(
            reactor, self.daemon, Images(self.daemon, False, ""), circumstances, may_enter, secrets.randbelow
        )

    def tearDown(self) -> None:
        """Nothing is left, and what was is removed."""
        self.assertEqual(([], []), self.leftovers())

    def leftovers(self) -> tuple[Sequence[str], Sequence[str]]:
        """Containers and networks of the place's container, which are removed."""
        client, wanted = self.dockerd.client, {"label": f"arvgate.container={self.place.uuid}"}
        containers = client.containers.list(all=True, filters=wanted)
        for container in containers:
            container.remove(force=True)
        networks = client.networks.list(filters=wanted)
        for network in networks:
            network.remove()
        return [one.name for one in containers], [one.name for one in networks]

    def facts(self) -> Mapping[str, object]:
        """What the daemon says of the running container."""
        facts: Mapping[str, object] = self.dockerd.client.api.inspect_container(f"arvgate-{self.place.uuid}")
        return facts
