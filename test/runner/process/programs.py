"""
What the process engine runs in tests; each program writes to the named pipe in C{$READY} when it is ready.
"""

from __future__ import annotations

import os
import sys

import attrs

from arvgate.interfaces import JobPlan
from test.contract.engine import GREETING

__all__ = ["DAEMON", "FUGITIVE", "SERVER", "Workplace"]

#: Listens on a port of argv[1], says which, and greets; with argv[2] it closes the port after one greeting.
SERVER = f"""
import os, signal, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.create_server((sys.argv[1], 0), family=family, dualstack_ipv6=sys.argv[1] == "::")
ready = open(os.environ["READY"], "w")
print(server.getsockname()[1], file=ready, flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall({GREETING!r})
    connection.close()
    if sys.argv[2:]:
        server.close()
        print("closed", file=ready, flush=True)
        signal.pause()
"""

#: A chain of processes of which each forks the next and exits at once; ends by itself after a minute.
FUGITIVE = """
import os, signal
if os.fork():
    signal.pause()
os.setsid()
ready = open(os.environ["READY"], "w")
print(file=ready, flush=True)
signal.alarm(60)
while True:
    if os.fork():
        os._exit(0)
"""

#: Leaves a daemon behind that forked twice, has a session of its own, ignores SIGTERM and keeps the pipe open.
DAEMON = """
import os, signal, sys
readable, writable = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready = open(os.environ["READY"], "w")
        print(os.getpid(), file=ready, flush=True)
        os.write(writable, b"x")
        signal.pause()
    os._exit(0)
os.read(readable, 1)
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
        return self.running(*_python(program, *arguments))

    def server(self, address: str) -> tuple[str, ...]:
        """The command of L{SERVER}."""
        return _python(SERVER, address)

    def output(self) -> str:
        """What the job wrote to stdout."""
        with open(self.plan.stdout, encoding="utf-8") as file:
            return file.read()


def _python(program: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-E", "-c", program, *arguments)
