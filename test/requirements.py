"""
What a test needs from the machine; without it the test is skipped with the reason, or fails if so asked.

C{ARVGATE_REQUIRE} names what must be there, separated by blanks; C{all} means everything.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import NoReturn
from unittest import SkipTest

__all__ = ["lack", "postgresql_programs", "require"]


def postgresql_programs() -> Path | None:
    """Where the programs of PostgreSQL's newest version are, which are on no search path; None if there are none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=lambda path: float(path.parent.name), default=None)


#: Names that are no program on the search path: how to tell, and what to say.
_SPECIAL = {
    "root": (lambda: os.geteuid() == 0, "needs to run as root"),
    "postgresql": (
        lambda: postgresql_programs() is not None,
        "needs PostgreSQL's server; on Debian: apt-get install postgresql",
    ),
    "selenium": (
        lambda: importlib.util.find_spec("selenium") is not None,
        "needs the Python package selenium; run: make test",
    ),
}


def require(*names: str) -> None:
    """
    Go on only if everything named is there: programs on the search path, C{root}, C{postgresql}, C{selenium}.

    @raise SkipTest: something is missing.
    @raise AssertionError: something is missing that C{ARVGATE_REQUIRE} asks for.
    """
    for name in names:
        present, sentence = _SPECIAL.get(
            name, (lambda name=name: shutil.which(name) is not None, f"the program {name} is not installed")
        )
        if not present():
            lack(name, sentence)


def lack(name: str, sentence: str) -> NoReturn:
    """
    What is called C{name} was found to be missing.

    @raise SkipTest: always, but for
    @raise AssertionError: where ARVGATE_REQUIRE asks for it.
    """
    asked = os.environ.get("ARVGATE_REQUIRE", "").split()
    if "all" in asked or name in asked:
        raise AssertionError(f"{sentence} (and ARVGATE_REQUIRE asks for it)")
    raise SkipTest(sentence)
