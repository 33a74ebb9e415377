"""
The keeper: a small process that starts one job, holds it together and ends all of it.

Run as C{python -S -P -m arvgate.runner.process.keeper} by the process engine, with three pipes:

  - stdin: one line of instructions (a JSON object: C{command}, C{environment}, C{cwd}, C{account} as C{[uid, gid,
    [groups]]} or null, C{stdout}, C{stderr}, C{log_limit}), later at most some lines C{{"stop": seconds}};
  - stdout: one line C{{"started": pid}} or C{{"refused": errno, "what": "command" | "directory" | "log" | "start"}},
    and at the very end C{{"ended": code}};
  - stderr: what goes wrong with the keeper itself.

Everything below the keeper is ended by SIGKILL, again and again until nothing is left, when the runner dies (the end
of stdin, or the death signal), when the job's main process has exited, and when the grace of a stop is over.
Nothing is left when the kernel says so: the keeper is a subreaper, so whatever loses its parent becomes its child.

Only the standard library is imported.  Not here: deciding when to stop (L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any, Final

from arvgate.runner.process import kernel, tree
from arvgate.runner.rotating_log import RotatingLog

__all__ = ["Keeper", "main"]

_CHUNK: Final = 65536
#: Milliseconds between two rounds of ending what is left.
_ROUND: Final = 20
#: Looks at the children in one round.
_CHASE: Final = 200
_ENDING_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)


class Keeper:
    """
    One job, from its instructions to its last process.

    @param control: file descriptor of the commands; C{reports}: where reports are written.
    """

    def __init__(self, control: int, reports: int) -> None:
        self._control = control
        self._reports = reports
        self._commands = b""
        self._outputs: dict[int, RotatingLog] = {}
        self._poll = select.poll()
        self._main: subprocess.Popen[bytes] | None = None
        self._code = 128 + signal.SIGKILL
        self._ending = False
        self._wakeup = self._wake_on_signals()

    def run(self) -> int:
        """Do all of it; the exit status is 0 if the job was started."""
        instructions = self._read_line()
        if instructions is None or not self._start(json.loads(instructions)):
            return 1
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._wakeup, select.POLLIN)
        self._obey()
        while self._collect():
            if self._ending:
                self._signal_all(signal.SIGKILL)
                self._chase()
            for fd, _ in self._poll.poll(_ROUND if self._ending else None):
                self._ready(fd)
        self._drain()
        self._report({"ended": self._code})
        return 0

    def _wake_on_signals(self) -> int:
        readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        for signum in _ENDING_SIGNALS:
            signal.signal(signum, self._end)
        return readable

    def _end(self, *_: Any) -> None:
        self._ending = True

    # starting

    def _start(self, instructions: dict[str, Any]) -> bool:
        what = "log"
        pipes: list[int] = []
        try:
            for path in (instructions["stdout"], instructions["stderr"]):
                log = RotatingLog(path, instructions["log_limit"])
                readable, writable = os.pipe2(os.O_CLOEXEC)
                os.set_blocking(readable, False)
                pipes.append(writable)
                self._outputs[readable] = log
                self._poll.register(readable, select.POLLIN)
            what = "start"
            self._main = _spawn(instructions, *pipes)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._report(_refusal(what, error, instructions["cwd"]))
            return False
        finally:
            for pipe in pipes:
                os.close(pipe)
        self._report({"started": self._main.pid})
        return True

    # events

    def _ready(self, fd: int) -> None:
        if fd in self._outputs:
            self._copy(fd)
        elif fd == self._wakeup:
            os.read(fd, _CHUNK)
        else:
            data = os.read(fd, _CHUNK)
            if not data:
                self._ending = True
                self._poll.unregister(fd)
            self._commands += data
            self._obey()

    def _obey(self) -> None:
        *lines, self._commands = self._commands.split(b"\n")
        for line in lines:
            self._stop(float(json.loads(line)["stop"]))

    def _read_line(self) -> bytes | None:
        while b"\n" not in self._commands:
            data = os.read(self._control, _CHUNK)
            if not data:
                return None
            self._commands += data
        line, self._commands = self._commands.split(b"\n", 1)
        return line

    # output

    def _copy(self, fd: int) -> bool:
        """Move one piece of output; whether there was one."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if data:
            self._outputs[fd].write(data)
            return True
        self._poll.unregister(fd)
        os.close(fd)
        self._close(self._outputs.pop(fd))
        return False

    def _close(self, log: RotatingLog) -> None:
        log.close()
        if log.lost:
            print(f"{log.path}: output is missing ({log.lost})", file=sys.stderr)  # noqa: T201 - the runner logs it

    def _drain(self) -> None:
        # Nobody of the job writes any more; a stranger who got hold of the pipe is not waited for.
        for fd in list(self._outputs):
            for _ in range(fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) // _CHUNK + 1):
                if not self._copy(fd):
                    break
        for log in self._outputs.values():
            self._close(log)

    def _report(self, message: dict[str, Any]) -> None:
        try:
            os.write(self._reports, json.dumps(message).encode() + b"\n")
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise

    # ending

    def _stop(self, grace: float) -> None:
        if grace <= 0:
            self._ending = True
            return
        self._signal_all(signal.SIGTERM)
        self._signal_all(signal.SIGCONT)  # who is suspended cannot heed SIGTERM
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        if left == 0 or grace < left:
            signal.setitimer(signal.ITIMER_REAL, grace)

    def _collect(self) -> bool:
        """Take in who has exited; whether anything is left below this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if self._main is not None and pid == self._main.pid:
                code = os.waitstatus_to_exitcode(status)
                self._code = code if code >= 0 else 128 - code
                self._ending = True

    def _chase(self) -> None:
        """
        Kill children as they come: whoever evades by forking and exiting becomes one, and to look at those alone takes
        less time than to fork, while to look at all processes may take longer.
        """
        for _ in range(_CHASE):
            pids = tree.children()
            if not pids:
                return
            for pid in pids:
                # Not collected yet, so that nobody else can have its pid.
                with suppress(PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if not self._collect():
                return

    def _signal_all(self, signum: int) -> None:
        for process in tree.descendants(os.getpid(), tree.processes()):
            if not process.zombie:
                tree.send_signal(process, signum)


def _spawn(instructions: dict[str, Any], stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    keeper = os.getpid()

    def hold() -> None:
        # Shells, nohup and the like have their background processes ignore some.
        for signum in signal.valid_signals():
            if signal.getsignal(signum) is signal.SIG_IGN:
                signal.signal(signum, signal.SIG_DFL)
        kernel.refuse_new_privileges()
        kernel.die_with_parent(signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(128 + signal.SIGKILL)

    account = instructions["account"]
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account[0], "group": account[1], "extra_groups": account[2]}
    return subprocess.Popen(
        instructions["command"],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=instructions["cwd"],
        env=instructions["environment"],
        start_new_session=True,
        umask=0o022,
        preexec_fn=hold,
        **identity,
    )


def _refusal(what: str, error: Exception, cwd: str) -> dict[str, Any]:
    code = error.errno if isinstance(error, OSError) else errno.EINVAL
    # What executing a command answers names the command, what comes before it names the directory or nothing.
    named = error.filename if isinstance(error, OSError) else None
    if what == "start" and named is not None:
        what = "directory" if named == cwd else "command"
    return {"refused": code, "what": what}


def main() -> int:
    """Be the keeper of the job that stdin tells of."""
    # The mask is inherited: with SIGCHLD or SIGALRM blocked nothing would ever end.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    kernel.become_subreaper()
    kernel.die_with_parent(signal.SIGTERM)
    return Keeper(control=0, reports=1).run()


if __name__ == "__main__":
    sys.exit(main())
