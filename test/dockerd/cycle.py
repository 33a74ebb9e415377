"""
Runs a dockerd through its life, alone in namespaces of its own, and prints what there was before and after as JSON.

In namespaces of its own nothing else comes or goes meanwhile.  C{python -m test.dockerd.cycle stop} ends it properly;
with C{orphan} it is left by a process that is killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from test.acceptance.processes import alive
from test.dockerd.daemon import DockerDaemon
from test.dockerd.images import busybox_image

#: Uses a daemon until it is killed; says where its directory is.
_HELD = "import sys, test.dockerd.cycle as cycle; print(cycle.use().root.name, flush=True); sys.stdin.read()"


def use() -> DockerDaemon:
    """A daemon with a container, a user network, and a second life."""
    daemon = DockerDaemon()
    image = busybox_image(daemon)
    daemon.client.networks.create("of-a-test")
    for network in ("bridge", "of-a-test", "none"):
        daemon.client.containers.run(image, ["sleep", "1000"], detach=True, init=True, network=network)
    daemon.kill()
    daemon.start()
    for container in daemon.client.containers.list(all=True):
        container.start()
    return daemon


def snapshot() -> dict[str, Any]:
    """Links, firewall rules, mounts, processes and directories."""
    links = json.loads(_output("ip", "-json", "link"))
    return {
        "links": sorted(link["ifname"] for link in links),
        "rules": [line for line in _output("iptables-save").splitlines() if not line.startswith(("#", ":"))],
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        "processes": sorted(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if alive(pid)),
        "directories": os.listdir(tempfile.gettempdir()),
    }


def stop() -> str:
    """Stop it; its name."""
    daemon = use()
    daemon.stop()
    return daemon.root.name


def orphan() -> str:
    """Kill the process that uses it, and wait for its keeper, which has the same stderr; its name."""
    command = [sys.executable, "-c", _HELD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as user:
        assert user.stdout is not None and user.stderr is not None
        name = user.stdout.readline().decode().strip()
        user.kill()
        said = user.stderr.read()
        assert name, said
    return name


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


if __name__ == "__main__":
    _output("ip", "link", "set", "lo", "up")
    _output("iptables-save")  # which makes the tables that it reads
    before = snapshot()
    name = {"stop": stop, "orphan": orphan}[sys.argv[1]]()
    groups = [str(path) for path in Path("/sys/fs/cgroup").rglob(name)]
    sys.stdout.write(json.dumps({"before": before, "after": snapshot(), "groups": groups}))
