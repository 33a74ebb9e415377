"""
What the process engine runs in tests; each program writes to the named pipe in C{$READY} when it is ready.
"""

from __future__ import annotations

import os
import sys

import attrs

from arvgate.interfaces import JobPlan
from test.contract.engine import GREETING

__all__ = ["DAEMON", "SERVER", "Workplace"]

#: Listens on a port of the loopback address, says which, and greets.
SERVER = f"""
import os, socket, sys
server = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
with open(os.environ["READY"], "w") as ready:
    print(server.getsockname()[1], file=ready)
while True:
    connection, _ = server.accept()
    connection.sendall({GREETING!r})
    connection.close()
"""

#: Leaves a daemon behind that forked twice, has a session of its own, ignores SIGTERM and keeps the pipe open.
DAEMON = """
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready = open(os.environ["READY"], "w")
        print(os.getpid(), file=ready, flush=True)
        signal.pause()
    os._exit(0)
os.wait()
if sys.argv[1] == "stay":
    signal.pause()
"""


class Workplace:
    """
    A directory with what a plan needs.

    @ivar root: the directory.
    @ivar plan: one that runs nothing in particular.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        os.makedirs(os.path.join(root, "work"))
        self.plan = JobPlan(
            uuid="zzzzz-dz642-000000000000000",
            lock_count=1,
            command=("true",),
            environment={"PATH": "/usr/bin:/bin", "READY": os.path.join(root, "ready")},
            cwd=".",
            workdir=os.path.join(root, "work"),
            stdout=os.path.join(root, "stdout.txt"),
            stderr=os.path.join(root, "stderr.txt"),
            log_limit=100_000,
        )

    def running(self, *command: str) -> JobPlan:
        """A plan for that command."""
        return attrs.evolve(self.plan, command=command)

    def shell(self, script: str) -> JobPlan:
        """A plan for a shell script."""
        return self.running("sh", "-c", script)

    def python(self, program: str, *arguments: str) -> JobPlan:
        """A plan for a Python program."""
        return self.running(sys.executable, "-S", "-E", "-c", program, *arguments)

    def output(self) -> str:
        """What the job wrote to stdout."""
        with open(self.plan.stdout, encoding="utf-8") as file:
            return file.read()
