"""
An image of the Python that runs this.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path

import docker
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.cli.file_tree import FileTree
from arvgate.cli.interpreter_image import import_image, import_interpreter, interpreter_tree
from arvgate.errors import EngineFailed
from test.dockerd.daemon import shared_daemon

#: Uses what needs libraries, a thread that is ended, and a package; says who it is and what it sees.
PROGRAM = """
import bz2, ctypes, importlib.util, decimal, hashlib
import json, lzma, os, socket, sqlite3, ssl, sys, threading, zlib
import attrs
def spin():
    while True:
        pass
threading.Thread(target=spin, daemon=True).start()
socket.getaddrinfo("localhost", 80)
names = [name for name in ("idlelib", "test", "mypy") if importlib.util.find_spec(name)]
json.dump({"executable": sys.executable, "version": sys.version, "names": names, "tmp": os.stat("/tmp").st_mode,
    "where": attrs.__file__}, sys.stdout)
"""


class ImageTests(TestCase):
    """L{import_interpreter}, with a real daemon."""

    timeout = 120

    async def test_runs(self) -> None:
        """As any user the same interpreter runs at the same place, with its libraries and the packages asked for."""
        import attrs

        daemon = await deferToThread(shared_daemon)
        tag = "arvgate-test-interpreter:one"
        own = Path(self.mktemp()).absolute()
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(PROGRAM)
        await deferToThread(import_interpreter, daemon.client, tag, ["attrs"], [own])
        self.addCleanup(deferToThread, daemon.client.images.remove, tag, force=True)
        said = await deferToThread(daemon.run, tag, ["python3", "-I", str(own)], user="1234:1234", init=True)
        found = json.loads(said)
        self.assertEqual((sys.executable.rpartition("/")[0], sys.version, attrs.__file__),
                         (found["executable"].rpartition("/")[0], found["version"], found["where"]))  # fmt: skip
        self.assertEqual(([], 0o1777), (found["names"], found["tmp"] & 0o7777))
        image = await deferToThread(daemon.client.images.get, tag)
        self.assertEqual([sys.executable], image.attrs["Config"]["Cmd"])
        self.assertLess(image.attrs["Size"], 200_000_000)

    async def test_refused(self) -> None:
        """If the daemon does not take it, or has gone, that is said."""
        daemon = await deferToThread(shared_daemon)
        gone = docker.DockerClient(f"unix://{daemon.root}/gone", version="1.41")
        for client, tag in ((daemon.client, "NOT A NAME"), (gone, "name")):
            with self.assertRaises(EngineFailed):
                await deferToThread(import_image, client, tag, FileTree(), [])


class TreeTests(SynchronousTestCase):
    """L{interpreter_tree}."""

    def test_init_has_its_place(self) -> None:
        """There is a real directory where Docker mounts its init."""
        with tarfile.open(fileobj=io.BytesIO(b"".join(interpreter_tree().archive()))) as tar:
            self.assertTrue(tar.getmember("sbin").isdir())

    def test_module_that_is_none(self) -> None:
        """A module that cannot be imported is named."""
        error = self.assertRaises(EngineFailed, interpreter_tree, ["no_such_module"])
        self.assertIn("no_such_module", error.sentence)

    def test_path_that_is_none(self) -> None:
        """A path that does not exist is refused."""
        self.assertRaises(EngineFailed, interpreter_tree, (), [Path("/no/such/path")])
