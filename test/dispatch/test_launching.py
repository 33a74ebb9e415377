"""Tests of L{arvgate.dispatch.launching} with real processes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.launching import Launcher, LaunchOptions, env_document
from arvgate.errors import EngineFailed
from arvgate.model.ids import Uuid
from arvgate.model.tokens import IssuedToken
from arvgate.runner.env_document import parse_env_document

UUID = "zzzzz-dz642-000000000000001"
TOKEN = IssuedToken(Uuid("zzzzz-gj3su-000000000000001"), "v2/zzzzz-gj3su-000000000000001/" + "s" * 50)

#: Writes what it was started with into a file, then waits to be read.
PROGRAM = """
import json, os, sys
seen = {"stdin": sys.stdin.read(), "argv": sys.argv[1:], "environment": dict(os.environ), "cwd": os.getcwd(),
        "session": os.getsid(0) == os.getpid(), "files": sorted(map(int, os.listdir("/proc/self/fd")))}
with open(os.environ["OUT"], "w") as file:
    json.dump(seen, file)
"""


class LaunchingTests(SynchronousTestCase):
    """What a runner is started with."""

    def setUp(self) -> None:
        """Options whose program tells what it sees."""
        self.clock = Clock()
        self.out = os.path.abspath(self.mktemp())
        os.mkfifo(self.out)
        self.options = LaunchOptions(
            state_directory=Path(self.mktemp()).absolute(),
            api_host="localhost:8443",
            api_ca="PEM",
            address="127.0.0.1",
            program=(sys.executable, "-S", "-E", "-c", PROGRAM),
            environment={"OUT": self.out, "PATH": "/usr/bin:/bin"},
        )

    def launcher(self, **more: object) -> Launcher:
        """A launcher with other options."""
        launcher = Launcher(self.clock, attrs.evolve(self.options, **more), lambda: "f00d")
        self.addCleanup(launcher.close)
        return launcher

    def test_spare(self) -> None:
        """A runner that waits already gets the next container, by the document alone; then another waits."""
        launcher = self.launcher(spares=1)
        launcher.prepare()
        self.clock.advance(10)
        launched = launcher(UUID, {"ContainerUUID": UUID})
        with open(self.out) as file:
            seen = json.load(file)
        self.assertEqual("-", seen["argv"][-1])
        self.assertEqual({"ContainerUUID": UUID}, json.loads(seen["stdin"]))
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        self.assertFalse(launched.alive())
        self.assertEqual(1, len(self.clock.getDelayedCalls()))

    def test_understood(self) -> None:
        """The runner understands the document, secrets and all."""
        text = json.dumps(env_document(self.options, UUID, 3, TOKEN, "a" * 64)).encode()
        document = parse_env_document(text, UUID)
        self.assertEqual((TOKEN.text, "a" * 64, 3), (document.api_token.v2, document.auth_secret, document.lock_count))
        self.assertEqual(("127.0.0.1", 0), (document.gateway_host, document.gateway_port))
        self.assertEqual(str(self.options.logs / UUID), document.log_directory)
        self.assertEqual("", document.port_address)
        options = attrs.evolve(self.options, port_address=lambda uuid: f"https://{uuid}-{{port}}.example/")
        text = json.dumps(env_document(options, UUID, 3, TOKEN, "a" * 64)).encode()
        self.assertEqual(f"https://{UUID}-{{port}}.example/", parse_env_document(text, UUID).port_address)

    def test_ipv6(self) -> None:
        """An IPv6 address of the node is understood as such."""
        options = LaunchOptions(Path("/state"), "h", "", address="::1", port=9)
        text = json.dumps(env_document(options, UUID, 1, TOKEN, "a" * 64)).encode()
        document = parse_env_document(text, UUID)
        self.assertEqual(("::1", 9), (document.gateway_host, document.gateway_port))

    def test_detached(self) -> None:
        """A runner leads its own session, with only the environment it is given and the document on stdin."""
        launcher = self.launcher()
        leaked = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, leaked)
        launched = launcher(UUID, {"secret": "document", "LockCount": 1})
        with open(self.out) as file:
            seen = json.load(file)
        self.assertEqual({"secret": "document", "LockCount": 1}, json.loads(seen["stdin"]))
        self.assertEqual(
            (["--stdin-config", "--engine", "process", UUID], "/", True), (seen["argv"], seen["cwd"], seen["session"])
        )
        self.assertEqual({"OUT", "PATH"}, set(seen["environment"]) - {"LC_CTYPE"})
        self.assertNotIn(leaked, [fd for fd in seen["files"] if fd > 3])
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        self.assertFalse(launched.alive())

    def test_in_scope(self) -> None:
        """Where there are scopes the runner is started by what makes them, which it replaces."""
        scope = (sys.executable, "-S", "-E", "-c", "import os, sys; os.execv(sys.argv[4], sys.argv[4:])", "--scope")
        launched = self.launcher(scope=scope)(UUID, {"LockCount": 7})
        with open(self.out) as file:
            seen = json.load(file)
        self.assertEqual(UUID, seen["argv"][-1])
        self.assertEqual({"LockCount": 7}, json.loads(seen["stdin"]))
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        self.assertFalse(launched.alive())

    def test_no_program(self) -> None:
        """A runner that cannot be started is an engine's failure."""
        with self.assertRaises(EngineFailed):
            self.launcher(program=("/nowhere/runner",))(UUID, {"LockCount": 1})

    def test_directories(self) -> None:
        """The directories are made, once and again."""
        launcher = self.launcher()
        launcher.prepare()
        launcher.prepare()
        self.assertTrue(self.options.runners.is_dir() and self.options.jobs.is_dir() and self.options.logs.is_dir())

    def test_directories_fail(self) -> None:
        """A place where nothing can be made is named."""
        Path(self.options.state_directory).write_text("a file")
        with self.assertRaises(EngineFailed) as caught:
            self.launcher().prepare()
        self.assertIn(str(self.options.state_directory), caught.exception.sentence)
