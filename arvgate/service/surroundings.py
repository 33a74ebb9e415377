"""
The environment of processes that we start.

Not here: starting them.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping
from pathlib import Path

import arvgate

__all__ = ["child_environment"]


def child_environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment in which a child finds this very package, installed or not."""
    home = str(Path(arvgate.__file__).parents[1])
    before = environ.get("PYTHONPATH", "")
    if home in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *before.split(":")):
        return environ
    return {**environ, "PYTHONPATH": f"{home}:{before}" if before else home}
