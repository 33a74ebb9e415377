"""Tests of L{arvgate.cli.runner} as the process that it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

UUID = "zzzzz-dz642-000000000000001"
SECRET = "s" * 50


class RunnerCommandTests(SynchronousTestCase):
    """What the runner says of what it is told."""

    def setUp(self) -> None:
        """A document that is right, for places of this test."""
        self.home = os.path.abspath(self.mktemp())
        os.mkdir(self.home)
        self.document = {
            "ContainerUUID": UUID,
            "Env": {
                "ARVADOS_API_HOST": "localhost:1",
                "ARVADOS_API_TOKEN": f"v2/zzzzz-gj3su-000000000000001/{SECRET}",
                "GatewayAuthSecret": "a" * 64,
                "GatewayAddress": "127.0.0.1:0",
            },
            "LockCount": 1,
            "LogDirectory": f"{self.home}/logs",
            "WorkDirectory": f"{self.home}/work",
            "OutputDirectory": f"{self.home}/output",
            "LockFile": f"{self.home}/lock",
        }

    def run_with(self, text: str, *arguments: str) -> tuple[int, str]:
        """Its exit status and what it says on stderr."""
        command = [sys.executable, "-m", "arvgate.cli.runner", *(arguments or ("--stdin-config", UUID))]
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
        return done.returncode, done.stderr.decode()

    def refused(self, *words: str, **changes: object) -> None:
        """The document with these changes is refused in one line that has the words and no secret."""
        status, said = self.run_with(json.dumps({**self.document, **changes}))
        self.assertEqual((2, 1), (status, said.count("\n")), said)
        self.assertNotIn(SECRET, said)
        for word in words:
            self.assertIn(word, said)

    def test_no_document(self) -> None:
        """What is no document is refused in one line."""
        status, said = self.run_with("nonsense")
        self.assertEqual((2, "arvgate-runner: The env document is not JSON\n"), (status, said))

    def test_no_stdin(self) -> None:
        """Started without a stdin it says so."""
        command = [sys.executable, "-m", "arvgate.cli.runner", "--stdin-config", UUID]
        done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, check=False)
        self.assertEqual((2, 1), (done.returncode, done.stderr.count(b"\n")), done.stderr)
        self.assertIn(b"stdin", done.stderr)

    def test_wrong_values(self) -> None:
        """Each wrong value is named."""
        self.refused("GatewayAddress", Env={**self.document["Env"], "GatewayAddress": "nowhere"})
        self.refused("lxc", Engine="lxc")
        self.refused("no-such-account", Account="no-such-account")
        self.refused("ARVADOS_API_CA", Env={**self.document["Env"], "ARVADOS_API_CA": "nonsense"})

    def test_no_log(self) -> None:
        """A runner that cannot write its log says so."""
        with open(f"{self.home}/logs", "w"):
            pass
        self.refused("the log cannot be written")

    def test_other_container(self) -> None:
        """A document for another container is refused."""
        status, said = self.run_with(json.dumps(self.document), "--stdin-config", "zzzzz-dz642-000000000000002")
        self.assertEqual(2, status)
        self.assertIn("not for container", said)

    def test_usage(self) -> None:
        """Called in another way it shows how it is called."""
        status, said = self.run_with("", UUID)
        self.assertEqual(2, status)
        self.assertIn("--stdin-config", said)
