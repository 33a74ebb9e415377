"""
A private registry of the tests' own, for images that must be pulled: on loopback, with one user.
"""

from __future__ import annotations

import base64
import json
import re
import select
import subprocess
import tempfile
import threading
from pathlib import Path

import bcrypt

from test.requirements import require

__all__ = ["PASSWORD", "USER", "Registry", "docker_login"]

USER = "tester"
#: What must not be found in any error or log.
PASSWORD = "correct-horse-battery"

_CONFIG = """
version: 0.1
log: {level: info, formatter: json}
storage: {filesystem: {rootdirectory: ROOT/data}}
http: {addr: "127.0.0.1:0"}
auth: {htpasswd: {realm: tests, path: ROOT/htpasswd}}
"""
_START_SECONDS = 20.0


class Registry:
    """
    A running registry.

    @ivar address: C{host:port}, the first part of the names of its images.
    """

    def __init__(self) -> None:
        """
        Start it.

        @raise SkipTest: this machine has none.
        """
        require("docker-registry")
        self._root = tempfile.TemporaryDirectory(prefix="arvgate-registry-")
        root = Path(self._root.name)
        digest = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        (root / "htpasswd").write_text(f"{USER}:{digest}\n")
        (root / "config.yml").write_text(_CONFIG.replace("ROOT", str(root)))
        self._process = subprocess.Popen(
            ["docker-registry", "serve", str(root / "config.yml")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
        )
        try:
            self.address = self._listening()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it, with all that it has; a second time does nothing."""
        self._process.kill()
        self._process.wait(_START_SECONDS)
        self._root.cleanup()

    def _listening(self) -> str:
        assert self._process.stderr is not None
        said = b""
        while not (match := re.search(rb"listening on (127\.0\.0\.1:\d+)", said)):
            ready, _, _ = select.select([self._process.stderr], [], [], _START_SECONDS)
            more = self._process.stderr.read1(65536) if ready else b""  # type: ignore[attr-defined]
            if not more:
                raise RuntimeError(f"the registry did not start: {said.decode()[-2000:]}")
            said += more
        threading.Thread(target=self._process.stderr.read, daemon=True).start()  # it must not wait for a reader
        return match[1].decode()


def docker_login(path: Path, address: str, password: str = PASSWORD) -> str:
    """A file as C{docker login} leaves it; its name."""
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {address: {"auth": auth}}}))
    return str(path)
