"""
Images for tests, made of programs of this machine: no registry is asked for anything.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import docker

from arvgate.cli.file_tree import FileTree, libraries_of
from arvgate.cli.interpreter_image import import_image, import_interpreter
from test.dockerd.daemon import DockerDaemon
from test.requirements import require

__all__ = ["busybox_image", "python_image"]

_BUSYBOX = "arvgate-test-busybox:latest"
_PYTHON = "arvgate-test:latest"

#: What test programs in containers import.
_MODULES = ("twisted.internet.asyncioreactor", "twisted.web.websocket", "twisted.web.server", "arvgate")


def busybox_image(daemon: DockerDaemon) -> str:
    """The name of an image with busybox, all that it can be called, and flock, made if the daemon has it not."""
    require("busybox", "flock")
    if not _has(daemon, _BUSYBOX):
        tree = FileTree()
        for place, mode in (("/tmp", 0o1777), ("/sbin", 0o755), ("/root", 0o700)):
            tree.directory(place, mode)
        tree.text("/etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n")
        tree.text("/etc/group", "root:x:0:\nuser:x:1000:\n")
        program = Path(shutil.which("busybox") or "")
        tree.file("/bin/busybox", program)
        applets = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=20, check=True).stdout
        for applet in applets.split():
            tree.link(f"/bin/{applet}", "busybox")
        lock = Path(shutil.which("flock") or "")
        tree.file("/bin/flock", lock)
        for library in libraries_of([program, lock]):  # none where it is linked statically
            tree.add(library)
        import_image(daemon.client, _BUSYBOX, tree, ["ENV PATH=/bin", 'CMD ["/bin/sh"]'])
    return _BUSYBOX


def python_image(daemon: DockerDaemon) -> str:
    """
    The name of an image of this Python with Twisted and the app of the acceptance tests, made if the daemon has it not.

    The interpreter and the app are at the same places as on this machine.
    """
    if not _has(daemon, _PYTHON):
        app = Path(__file__).resolve().parents[1] / "acceptance" / "app.py"
        import_interpreter(daemon.client, _PYTHON, _MODULES, [app])
    return _PYTHON


def _has(daemon: DockerDaemon, tag: str) -> bool:
    try:
        daemon.client.images.get(tag)
    except docker.errors.ImageNotFound:
        return False
    return True
