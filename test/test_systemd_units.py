"""
Tests of the systemd units in C{etc}: what they must say so that containers outlive the gateway.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

UNIT = Path(__file__).resolve().parents[1] / "etc" / "arvgate.service"

#: Directives that give a service another view of the files, and with it everything that it starts.
OTHER_VIEW = re.compile(
    r"(Private(Tmp|Devices|Mounts|Users|Network|IPC)|Protect\w+|ReadOnly\w+|Inaccessible\w+|Temporary\w+|Bind\w+|"
    r"Root\w+|DynamicUser|StateDirectory)\s*=",
)


class GatewayUnitTests(SynchronousTestCase):
    """The gateway's unit."""

    def setUp(self) -> None:
        """Read it."""
        self.text = UNIT.read_text(encoding="utf-8")
        self.unit = ConfigParser(strict=False, interpolation=None)
        self.unit.optionxform = str
        self.unit.read_string(self.text)
        self.service = self.unit["Service"]

    def lines(self, name: str) -> list[str]:
        """All values of a directive that may come several times."""
        return re.findall(rf"^{name}=(.*)$", self.text, re.MULTILINE)

    def test_containers_outlive_it(self) -> None:
        """Only the gateway's own process is ended, and no job's end of memory ends it."""
        self.assertEqual(("process", "continue"), (self.service["KillMode"], self.service["OOMPolicy"]))
        self.assertNotIn("ExecStop", self.service)

    def test_started(self) -> None:
        """It is twistd in the foreground, with the configuration that init wrote."""
        self.assertRegex(self.service["ExecStart"], r"^/\S+/twistd -n \S*.* arvgate --config /etc/arvgate/config\.yml$")

    def test_comes_back(self) -> None:
        """It is started again whenever it fails, for ever, but not when it was stopped."""
        self.assertEqual("on-failure", self.service["Restart"])
        self.assertEqual("0", self.unit["Unit"]["StartLimitIntervalSec"])
        self.assertEqual("multi-user.target", self.unit["Install"]["WantedBy"])

    def test_reload(self) -> None:
        """A reload is the hangup signal, to its own process alone."""
        self.assertEqual("/bin/kill -HUP $MAINPID", self.service["ExecReload"])

    def test_after_docker(self) -> None:
        """It starts after Docker, and also without it."""
        for name in ("After", "Wants"):
            self.assertIn("docker.service", self.unit["Unit"][name].split())
        self.assertNotIn("Requires", self.unit["Unit"])
        self.assertNotIn("BindsTo", self.unit["Unit"])
        self.assertNotIn("PartOf", self.unit["Unit"])

    def test_rights(self) -> None:
        """Runners keep what they need to enter containers and to become their users; nothing is gained beside."""
        kept = {word for line in self.lines("CapabilityBoundingSet") for word in line.split()}
        needed = {"SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT", "CHOWN", "KILL", "SETUID", "SETGID"}
        self.assertLessEqual({f"CAP_{name}" for name in needed}, kept)
        self.assertNotIn("CAP_SYS_MODULE", kept)
        self.assertEqual("yes", self.service["NoNewPrivileges"])

    def test_same_files(self) -> None:
        """Nothing hides or protects files: the state directory and the engine's paths are what they are."""
        found = [line for line in self.text.splitlines() if OTHER_VIEW.match(line)]
        self.assertEqual([], found)

    def test_no_secrets(self) -> None:
        """It sets no environment and names no token."""
        self.assertEqual([], [name for name in self.service if name.startswith(("Environment", "LoadCredential"))])
        self.assertNotRegex(self.text.lower(), "token|password|secret")

    def test_understood(self) -> None:
        """Where systemd is installed, it finds nothing wrong with the unit."""
        analyze = shutil.which("systemd-analyze")
        if analyze is None:
            return
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        copy = directory / UNIT.name
        copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", self.text, flags=re.MULTILINE))
        done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
        said = [line for line in done.stderr.splitlines() if UNIT.name in line]
        self.assertEqual([], said)
