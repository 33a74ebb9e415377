"""Images that are there, are not, or are pulled from a registry: L{arvgate.runner.docker.images}."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.logger import globalLogPublisher

from arvgate.errors import ArvgateError, EngineFailed, EngineRefused
from arvgate.interfaces import IEngine
from arvgate.runner.docker.daemon import Daemon, DaemonGone
from arvgate.runner.docker.images import Images
from test.dockerd.images import busybox_image
from test.dockerd.registry import PASSWORD, USER, Registry, docker_login
from test.runner.docker.case import DockerCase, pause


class ImagesCase(DockerCase):
    """A test of images."""

    def images(self, pull: bool = True, registry_config: str = "") -> Images:
        """Those of the daemon."""
        return Images(self.daemon, pull, registry_config)

    async def refused(self, kind: type[ArvgateError], images: Images, image: str) -> ArvgateError:
        """With what an image is refused; no credential is in it."""
        error: ArvgateError = await self.assertFailure(Deferred.fromCoroutine(images.ensure(image)), kind)
        self.assertNotIn(PASSWORD, f"{error!r} {error.sentence} {error.detail}")
        return error


class PresentTests(ImagesCase):
    """Without a registry."""

    def load(self, name: str, **config: str) -> str:
        """An empty image that says of itself what it likes; its name."""
        layer = io.BytesIO()
        tarfile.open(fileobj=layer, mode="w").close()
        diff = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
        described = {"config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}, **config}
        files = {
            "config.json": json.dumps(described).encode(),
            "layer.tar": layer.getvalue(),
            "manifest.json": json.dumps(
                [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
            ).encode(),
        }
        image = io.BytesIO()
        with tarfile.open(fileobj=image, mode="w") as archive:
            for path, data in files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        self.dockerd.client.images.load(image.getvalue())
        self.addCleanup(self.dockerd.client.images.remove, name, force=True)
        return name

    async def test_present(self) -> None:
        """An image that is there needs no registry."""
        await self.images(pull=False).ensure(self.place.plan.image)

    async def test_absent(self) -> None:
        """One that is not is refused where nothing is pulled, with its name and the reason."""
        error = await self.refused(EngineRefused, self.images(pull=False), "nowhere/none:3")
        self.assertIn("nowhere/none:3", error.sentence)
        self.assertIn("not set to pull", error.sentence)

    async def test_no_name(self) -> None:
        """What cannot be a name is refused whether images are pulled or not."""
        for name in ("No:Such:Image", "UPPER", "a b", "../x", "a//b", "http://x/y", "-x/y", "x" * 5000, "ä"):
            for pull in (False, True):
                await self.refused(EngineRefused, self.images(pull, registry_config=self.empty_config()), name)

    def empty_config(self) -> str:
        """A file without credentials."""
        path = Path(self.place.root) / "config.json"
        path.write_text("{}")
        return str(path)

    async def test_other_machine(self) -> None:
        """An image for another kind of machine is refused, with both kinds."""
        other = "amd64" if os.uname().machine == "aarch64" else "arm64"
        image = await deferToThread(lambda: self.load("for-another:1", architecture=other, os="linux"))
        error = await self.refused(EngineRefused, self.images(), image)
        self.assertIn(f"is for linux/{other}; this node is linux/", error.sentence)

    async def test_own_machine(self) -> None:
        """One for this kind of machine is good, whoever made it."""
        kind = (await deferToThread(self.dockerd.client.version))["Arch"]
        image = await deferToThread(lambda: self.load("for-this:1", architecture=kind, os="linux"))
        await self.images(pull=False).ensure(image)

    async def test_daemon_away(self) -> None:
        """A daemon that does not answer is told from an image that is not there."""
        daemon = Daemon(reactor, f"unix://{self.place.root}/none")
        for pull in (False, True):
            await self.assertFailure(Deferred.fromCoroutine(Images(daemon, pull, "").ensure("x")), DaemonGone)


class RegistryTests(ImagesCase):
    """With a private registry."""

    def setUp(self) -> None:
        """An image in the registry that the daemon has not, and what is logged."""
        super().setUp()
        registry = Registry()
        self.addCleanup(registry.stop)
        self.address = registry.address
        self.name = f"{self.address}/team/app:1"
        client = self.dockerd.client
        client.images.get(busybox_image(self.dockerd)).tag(self.name)
        said = client.images.push(self.name, auth_config={"username": USER, "password": PASSWORD})
        self.assertNotIn("error", said)
        client.images.remove(self.name)
        self.addCleanup(self.forget)
        self.logged: list[Any] = []
        globalLogPublisher.addObserver(self.logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.logged.append)

    def forget(self) -> None:
        """The daemon has it not, and nothing of the credentials was logged."""
        for image in self.dockerd.client.images.list(self.name):
            self.dockerd.client.images.remove(image.tags[-1], force=True)
        self.assertNotIn(PASSWORD, repr(self.logged))

    def logged_in(self, password: str = PASSWORD, address: str = "") -> str:
        """A file of credentials."""
        return docker_login(Path(self.place.root) / "config.json", address or self.address, password)

    async def test_pulled(self) -> None:
        """With the right credentials an image is pulled, and a container runs in it."""
        engine: IEngine = self.engine
        engine._images = self.images(registry_config=self.logged_in())  # type: ignore[attr-defined]
        plan = attrs.evolve(self.place.shell("echo hello"), image=self.name)
        job = await engine.start(plan)
        await job.wait()
        self.assertEqual(b"hello\n", self.place.read("stdout.txt"))

    async def test_wrong_credentials(self) -> None:
        """Wrong credentials, those of another registry, or none at all are said to be the reason."""
        for config in (self.logged_in("wrong"), "", self.logged_in(address="example.com:5000")):
            error = await self.refused(EngineRefused, self.images(registry_config=config), self.name)
            self.assertIn("needs credentials", error.sentence)
            self.assertIn(self.name, error.sentence)

    async def test_not_found(self) -> None:
        """An image or a tag that the registry has not was not found."""
        for name in (f"{self.address}/team/other:1", f"{self.address}/team/app:2", f"{self.address}/team/app"):
            error = await self.refused(EngineRefused, self.images(registry_config=self.logged_in()), name)
            self.assertIn("was not found", error.sentence)

    async def test_digest(self) -> None:
        """An image can be named by its digest, and one that the registry has not was not found."""
        client, digest = self.dockerd.client, ""
        pulled = await deferToThread(
            client.images.pull, self.name, auth_config={"username": USER, "password": PASSWORD}
        )
        digest = next(one for one in pulled.attrs["RepoDigests"] if self.address in one)
        await deferToThread(client.images.remove, self.name)
        await self.images(registry_config=self.logged_in()).ensure(digest)
        other = re.sub(r"sha256:.*", "sha256:" + "0" * 64, digest)
        error = await self.refused(EngineRefused, self.images(registry_config=self.logged_in()), other)
        self.assertIn("was not found", error.sentence)
        await deferToThread(client.images.remove, digest)

    async def test_registry_down(self) -> None:
        """A registry that does not answer is a fault that may pass."""
        other = await deferToThread(Registry)
        await deferToThread(other.stop)
        error = await self.refused(EngineFailed, self.images(), f"{other.address}/team/app:1")
        self.assertIn("could not be pulled", error.sentence)

    async def test_bad_file(self) -> None:
        """A file of credentials that is missing or broken is said to be the fault, and nothing of it is told."""
        path = Path(self.place.root) / "config.json"
        for text in (None, "{", f'{{"auths": {{"x": {{"auth": "{PASSWORD}"}}}}}}', "[1]", '{"auths": [1]}', "\udcff"):
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_bytes(text.encode("utf-8", "surrogateescape"))
            error = await self.refused(EngineFailed, self.images(registry_config=str(path)), self.name)
            self.assertIn("credentials", error.sentence)
            self.assertIn(str(path), error.detail)

    async def test_cancelled(self) -> None:
        """Whoever gives up a start that waits for a pull ends the pull, and leaves nothing."""
        connected: Deferred[Protocol] = Deferred()
        gone: Deferred[None] = Deferred()

        class Silent(Protocol):
            def connectionMade(self) -> None:
                if not connected.called:
                    connected.callback(self)

            def connectionLost(self, reason: object = None) -> None:
                if not gone.called:
                    gone.callback(None)

        port = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(Factory.forProtocol(Silent))
        self.addCleanup(port.stopListening)
        self.engine._images = self.images()
        plan = attrs.evolve(self.place.plan, image=f"127.0.0.1:{port.getHost().port}/team/app:1")
        starting = Deferred.fromCoroutine(self.engine.start(plan))
        await connected
        starting.cancel()
        await self.assertFailure(starting, CancelledError)
        await gone
        await self.daemon.settle()

    async def test_cancelled_between(self) -> None:
        """A start that is given up at any moment leaves nothing."""
        for turn in range(12):
            starting = Deferred.fromCoroutine(self.engine.start(self.place.shell("sleep 1000")))
            await pause(0.03 * turn)
            if starting.called:
                await (await starting).stop(0)
                continue
            starting.cancel()
            await self.assertFailure(starting, CancelledError)
            self.assertEqual(([], []), self.leftovers())
