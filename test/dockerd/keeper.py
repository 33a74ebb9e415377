"""
A process that owns one dockerd: C{python -m test.dockerd.keeper NETWORKS ZONE}.

It reads C{start} and C{kill} from stdin, one a line, and answers each with a line of JSON.  At the end of stdin,
however that came about, it ends dockerd and all containers, removes whatever there was of them, and ends: so nothing is
left even if the tests are killed.  What is removed is found by place (directory, addresses, control group), not by
asking dockerd, which may be the one that was killed.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from arvgate.runner.process.kernel import become_subreaper
from test.dockerd.network import claim

_START_SECONDS = 45.0
_END_SECONDS = 10.0
_CGROUPS = Path("/sys/fs/cgroup")


class Keeper:
    """
    One dockerd, its directory, network and control group.

    @ivar root: its directory; the path is short, since that of a Unix socket must be.
    """

    def __init__(self, networks: int, time_zone: str) -> None:
        self.block = claim()
        self.name = f"arvdk-{secrets.token_hex(4)}"  # containerd allows few characters
        self.root = Path(tempfile.gettempdir(), self.name)
        self.root.mkdir(mode=0o711)  # others may be given the right to the socket
        self._networks = networks
        self._time_zone = time_zone
        self._dockerd: subprocess.Popen[bytes] | None = None
        (self.root / "daemon.json").write_text("{}")

    @property
    def socket(self) -> Path:
        """Where dockerd answers."""
        return self.root / "s"

    def start(self) -> None:
        """
        Start dockerd, on what an earlier one left, and wait until it answers.

        @raise RuntimeError: it does not, with what it said.
        """
        (self.root / "pid").unlink(missing_ok=True)
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready,
            (self.root / "log").open("ab") as log,
        ):
            notify = self.root / "ready"
            notify.unlink(missing_ok=True)
            ready.bind(str(notify))
            environment = {
                "PATH": os.environ.get("PATH", os.defpath),
                "NOTIFY_SOCKET": str(notify),
                "TZ": self._time_zone,
            }
            self._dockerd = subprocess.Popen(
                self._command(), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            ended = os.pidfd_open(self._dockerd.pid)
            try:
                arrived, _, _ = select.select([ready, ended], [], [], _START_SECONDS)
            finally:
                os.close(ended)
            answer = ready.recv(4096) if ready in arrived else b""
        if not answer.startswith(b"READY=1"):
            self.kill()
            raise RuntimeError(f"dockerd did not start: {(self.root / 'log').read_text()[-2000:]}")

    def kill(self) -> None:
        """End dockerd at once, as a crash would; its containers run on."""
        if self._dockerd is not None:
            self._dockerd.kill()
            self._dockerd.wait(_END_SECONDS)
            self._bury_containerd()

    def remove(self) -> None:
        """End everything and remove it."""
        for pid in self._in_containers():
            _end(pid)
        if self._dockerd is not None:
            self._dockerd.terminate()
            try:
                self._dockerd.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        for pid in [*self._in_containers(), *self._of_directory()]:
            _end(pid)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        self.block.release()
        for place in sorted(self._mounts(), reverse=True):
            subprocess.run(["umount", "-l", place], timeout=20)
        for directory in [*_CGROUPS.glob(self.name), *_CGROUPS.glob(f"*/{self.name}")]:
            for group, _, _ in os.walk(directory, topdown=False):
                with suppress(OSError):
                    os.rmdir(group)
        shutil.rmtree(self.root, ignore_errors=True)

    def _command(self) -> list[str]:
        root = self.root
        return [
            "dockerd",
            *("--config-file", str(root / "daemon.json"), "--pidfile", str(root / "pid"), "--raw-logs"),
            *("--data-root", str(root / "data"), "--exec-root", str(root / "x"), "-H", f"unix://{self.socket}"),
            # On a machine where containerd is a service, dockerd uses that one.
            *("--containerd-namespace", self.name, "--containerd-plugins-namespace", f"{self.name}-plugins"),
            *("--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{self.name}"),
            *("--bridge", self.block.bridge, "--default-address-pool", self.block.pool(self._networks)),
            *("--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"),
            *("--userland-proxy=false", "--shutdown-timeout=2"),
        ]

    def _bury_containerd(self) -> None:
        """
        Take leave of the containerd that died with dockerd.

        A new dockerd would wait for it in vain, since a process that nobody waited for seems alive.
        """
        with suppress(OSError, ValueError):
            pid = int((self.root / "x/containerd/containerd.pid").read_text())
            _end(pid)
            os.waitpid(pid, 0)

    def _in_containers(self) -> Iterator[int]:
        inside = f"/{self.name}/".encode()
        return (pid for pid in _pids() if inside in _read(pid, "cgroup"))

    def _of_directory(self) -> Iterator[int]:
        """What dockerd started for itself: it names the directory in its arguments."""
        inside = f"{self.root}/".encode()
        return (pid for pid in _pids() if pid != os.getpid() and inside in _read(pid, "cmdline"))

    def _mounts(self) -> Iterator[str]:
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            place = line.split()[4]
            if place == str(self.root) or place.startswith(f"{self.root}/"):
                yield place


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _read(pid: int, name: str) -> bytes:
    try:
        return (Path("/proc") / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _end(pid: int) -> None:
    """Kill a process and wait until it is dead."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], _END_SECONDS)
    finally:
        os.close(descriptor)


def _say(**answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do what stdin says until it ends."""
    become_subreaper()
    keeper = Keeper(int(sys.argv[1]), sys.argv[2])
    try:
        _say(root=str(keeper.root), host=f"unix://{keeper.socket}", gateway=keeper.block.address.partition("/")[0])
        for line in sys.stdin:
            try:
                {"start": keeper.start, "kill": keeper.kill}[line.strip()]()
            except RuntimeError as error:
                _say(error=str(error))
            else:
                _say()
    finally:
        keeper.remove()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    main()
