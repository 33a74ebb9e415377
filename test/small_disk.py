"""
A file system of a few bytes, for what happens when a disk is full.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from test.requirements import lack, require

__all__ = ["fill", "small_disk"]


def small_disk(path: Path, add_cleanup: Callable[..., object], size: str = "1m") -> None:
    """Mount a small file system at a new directory until the test has ended."""
    require("root", "mount")
    path.mkdir(parents=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "arvgate-test", str(path)], capture_output=True, text=True
    )
    if made.returncode:
        lack("mount", f"no tmpfs can be mounted here: {made.stderr.strip()}")
    add_cleanup(subprocess.run, ["umount", "--lazy", str(path)], check=True)


def fill(directory: Path) -> Path:
    """Take all room that is left; the file that takes it."""
    path = directory / "filling"
    with open(path, "ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path
