"""The Docker engine on a real daemon: how containers start, and what every engine does."""

from __future__ import annotations

import socket
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from arvgate.errors import CommandNotFound, EngineRefused, NotListening
from arvgate.interfaces import JobPlan
from test.contract.engine import EngineContract
from test.runner.docker.case import PORT, DockerCase, pause


class DockerEngineTests(EngineContract, DockerCase):
    """L{DockerEngine} does what every engine does."""

    def exiting(self, code: int) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell(f"exit {code}")

    def lasting(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell('echo > "$READY"; exec sleep 1000')

    def stubborn(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell('trap "" TERM; echo > "$READY"; while true; do sleep 1000; done')

    def serving(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.serving()

    def missing(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.running("no-such-command")

    async def until_ready(self, job: Any) -> int:
        """See L{EngineContract}."""
        port = int(await self.ready.line() or 0)
        while port and port not in [one.port for one in await job.listening()]:
            await pause(0.02)
        return port

    def idle_port(self) -> int:
        """A port that nobody listens on in the container, but somebody on the node."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return int(server.getsockname()[1])

    async def read_all(self, sock: socket.socket) -> bytes:
        """See L{EngineContract}."""

        def read() -> bytes:
            with sock:
                sock.settimeout(20)
                return b"".join(iter(lambda: sock.recv(1000), b""))

        return await deferToThread(read)


class WithoutRightsTests(DockerEngineTests):
    """An engine that may not enter networks does the same, for ports on all addresses of a container."""

    def setUp(self) -> None:
        """An engine without the right."""
        super().setUp()
        self.engine = self.make_engine(may_enter=False)


class StartTests(DockerCase):
    """How a container starts, and what it is given."""

    async def output_of(self, plan: JobPlan) -> str:
        """What a job that ends by itself writes."""
        job = await self.engine.start(plan)
        self.assertEqual(0, (await job.wait()).code, self.place.read("stderr.txt"))
        return self.place.read("stdout.txt").decode()

    async def test_streams(self) -> None:
        """Stdout and stderr have files of their own."""
        job = await self.engine.start(self.place.shell("echo out; echo error >&2"))
        await job.wait()
        self.assertEqual((b"out\n", b"error\n"), (self.place.read("stdout.txt"), self.place.read("stderr.txt")))

    async def test_many_lines(self) -> None:
        """Not a byte of a large output is missing when the job has ended."""
        job = await self.engine.start(self.place.shell("seq 1 300000"))
        await job.wait()
        expected = "".join(f"{number}\n" for number in range(1, 300001)).encode()
        self.assertEqual(expected, self.place.read("stdout.txt"))

    async def test_no_network(self) -> None:
        """Without network there is nothing but the loopback device."""
        found = await self.output_of(self.place.shell("ls /sys/class/net"))
        self.assertEqual(["lo"], found.split())

    async def test_network(self) -> None:
        """With network it reaches this machine by a name."""
        plan = self.place.shell("ls /sys/class/net; getent hosts host.docker.internal || cat /etc/hosts", network=True)
        found = await self.output_of(plan)
        self.assertIn("eth0", found.split())
        self.assertIn(f"{self.dockerd.gateway}\thost.docker.internal", found)

    async def get(self, job: Any) -> bytes:
        """What the web server of a job answers."""
        await self.ready.line()
        while PORT not in [one.port for one in await job.listening()]:
            await pause(0.02)
        sock = await job.connect(PORT)

        def ask() -> bytes:
            with sock:
                sock.settimeout(20)
                sock.sendall(b"GET /a HTTP/1.0\r\n\r\n")
                return b"".join(iter(lambda: sock.recv(1000), b""))

        return await deferToThread(ask)

    async def test_loopback(self) -> None:
        """A port on the container's own loopback address is reached, with and without network."""
        for network in (False, True):
            job = await self.engine.start(self.place.serving_within(network=network))
            self.assertIn(b"hello", await self.get(job))
            await job.stop(0)

    async def test_own_address(self) -> None:
        """A port on the container's own address is reached, with and without the right to enter networks."""
        for may_enter in (True, False):
            job = await self.make_engine(may_enter).start(self.place.serving_within("$(hostname -i)", network=True))
            self.assertIn(b"hello", await self.get(job))
            self.assertNotIn((await job.listening())[0].address, ("127.0.0.1", "0.0.0.0"))
            self.assertEqual(may_enter, job.limitation == "")
            await job.stop(0)

    async def test_loopback_without_rights(self) -> None:
        """Without the right to enter networks such a port is not reached, and the operator is told why."""
        job = await self.make_engine(may_enter=False).start(self.place.serving_within())
        error = await self.assertFailure(Deferred.fromCoroutine(self.get(job)), NotListening)
        self.assertIn("within", error.detail)
        self.assertIn("0.0.0.0", error.sentence)
        await job.stop(0)

    async def test_confined(self) -> None:
        """It has an init process, gains no rights by a program, and has bounded memory, CPUs and processes."""
        plan = self.place.shell('cat /proc/1/comm /proc/self/status; echo > "$READY"; sleep 1000', ram=64 << 20)
        job = await self.engine.start(plan)
        await self.ready.line()
        host: Any = self.facts()["HostConfig"]
        await job.stop(0)
        status = self.place.read("stdout.txt").decode().splitlines()
        self.assertEqual("docker-init", status[0])
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertEqual((64 << 20, 64 << 20), (host["Memory"], host["MemorySwap"]))
        self.assertEqual((1_000_000_000, 100, False), (host["NanoCpus"], host["PidsLimit"], host["Privileged"]))

    async def test_stdin(self) -> None:
        """A file is its stdin, to the end of it, however large."""
        with open(f"{self.place.root}/input", "wb") as file:
            file.write(b"0123456789abcdef" * 500_000)
        plan = self.place.shell("wc -c", stdin=f"{self.place.root}/input")
        self.assertEqual("8000000\n", await self.output_of(plan))

    async def test_stdin_unread(self) -> None:
        """A job that does not read its stdin ends all the same."""
        with open(f"{self.place.root}/input", "wb") as file:
            file.write(b"0123456789abcdef" * 500_000)
        self.assertEqual("", await self.output_of(self.place.running("true", stdin=f"{self.place.root}/input")))

    async def test_redirect(self) -> None:
        """A stream that goes to a file arrives there byte for byte, and not in the log."""
        path = f"{self.place.root}/result"
        plan = self.place.shell("printf 'a\\377b\\r\\nlast'; echo said >&2", redirects={"stdout": path})
        job = await self.engine.start(plan)
        await job.wait()
        self.assertEqual((b"a\xffb\r\nlast", b"said\n"), (self.place.read("result"), self.place.read("stderr.txt")))
        self.assertNotIn("stdout.txt", str(self.place.root))

    async def test_entrypoint(self) -> None:
        """The command is run as it is, whatever the image's own would be; cwd and environment are the plan's."""
        plan = self.place.running("sh", "-c", "pwd; echo $A", cwd="/tmp", environment={"A": "b c"})
        self.assertEqual("/tmp\nb c\n", await self.output_of(plan))

    async def test_out_of_memory(self) -> None:
        """A container that takes more memory than it asked for is ended, and that is said."""
        job = await self.engine.start(self.place.running("tail", "/dev/zero", ram=16 << 20))
        status = await job.wait()
        self.assertEqual((137, False), (status.code, status.lost))
        self.assertIn("out of memory", status.reason)

    async def test_no_image(self) -> None:
        """An image that is not there is a reason, with its name."""
        plan = attrs.evolve(self.place.plan, image="no-such-image:1")
        error = await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), EngineRefused)
        self.assertIn("no-such-image:1", error.sentence)

    async def test_odd_image(self) -> None:
        """What cannot be the name of an image is a reason too."""
        plan = attrs.evolve(self.place.plan, image="No:Such:Image")
        await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), EngineRefused)

    async def test_not_executable(self) -> None:
        """A command that is no program is named."""
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.engine.start(self.place.running("/etc/passwd"))), CommandNotFound
        )
        self.assertIn("/etc/passwd", error.sentence)

    async def test_exit_code_127(self) -> None:
        """A command that itself ends with 127 was found."""
        job = await self.engine.start(self.place.shell("exit 127"))
        self.assertEqual(127, (await job.wait()).code)

    async def test_odd_directory(self) -> None:
        """A working directory that is a file is a reason."""
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.engine.start(self.place.running("true", cwd="/etc/passwd"))), EngineRefused
        )
        self.assertIn("/etc/passwd", error.sentence)

    async def test_earlier_cycle(self) -> None:
        """What an earlier cycle of the same container left makes way; one of a later cycle does not."""
        client = self.dockerd.client.api
        labels = {"arvgate.container": self.place.uuid, "arvgate.lock_count": "1"}
        client.create_container(self.place.plan.image, ["true"], name=f"arvgate-{self.place.uuid}", labels=labels)
        job = await self.engine.start(attrs.evolve(self.lasting(), lock_count=2))
        await self.ready.line()
        early = attrs.evolve(self.place.plan, lock_count=1)
        await self.assertFailure(Deferred.fromCoroutine(self.engine.start(early)), Exception)
        self.assertEqual("2", self.facts()["Config"]["Labels"]["arvgate.lock_count"])
        await job.stop(0)

    def lasting(self) -> JobPlan:
        """A plan that runs until it is ended."""
        return self.place.shell('echo > "$READY"; exec sleep 1000')
