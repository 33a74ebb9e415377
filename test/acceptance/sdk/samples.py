"""
What records are made of in the tests of the SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["REQUEST", "ssh_key"]

#: Attributes of a request that is not committed.
REQUEST: Mapping[str, Any] = {
    "container_image": "any",
    "command": ["true"],
    "output_path": "/out",
    "mounts": {"/out": {"kind": "tmp", "capacity": 1 << 20}},
    "runtime_constraints": {"vcpus": 1, "ram": 64 << 20},
}


def ssh_key(letter: str) -> str:
    """A public key for SSH, another one for each letter."""
    return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP{letter}{'A' * 41} sdk"
