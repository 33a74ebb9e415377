"""
A directory that looks like C{/proc}.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ProcFiles"]


class ProcFiles:
    """
    Made process by process.

    @ivar path: the directory.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._root = Path(path)
        self._root.mkdir()

    def process(
        self,
        pid: int,
        parent: int,
        started: int = 100,
        state: str = "S",
        name: str = "sh",
        sockets: tuple[int, ...] = (),
    ) -> None:
        """A process; C{sockets} are the inodes of those that it has open."""
        directory = self._root / str(pid)
        (directory / "fd").mkdir(parents=True)
        middle = " ".join("0" for _ in range(17))
        (directory / "stat").write_text(f"{pid} ({name}) {state} {parent} {middle} {started} 0 0\n")
        (directory / "fd" / "0").symlink_to("/dev/null")
        (directory / "fd" / "1").symlink_to("pipe:[5]")
        for fd, inode in enumerate(sockets, 3):
            (directory / "fd" / str(fd)).symlink_to(f"socket:[{inode}]")

    def table(self, name: str, *rows: tuple[str, str, int]) -> None:
        """The sockets in C{net/tcp} or C{net/tcp6}: address and port as the kernel prints them, state, inode."""
        directory = self._root / "self" / "net"
        directory.mkdir(parents=True, exist_ok=True)
        lines = ["  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"]
        for at, (local, state, inode) in enumerate(rows):
            queues = "00000000:00000000 00:00000000 00000000"
            lines.append(f"{at:4}: {local} 00000000:0000 {state} {queues}  1000        0 {inode} 1 0")
        (directory / name).write_text("\n".join(lines) + "\n")
