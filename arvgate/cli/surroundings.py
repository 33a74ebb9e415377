"""
What a command gets from outside besides its arguments, so that tests can give something else.

Not here: where it comes from (L{arvgate.cli.main}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs
import click

__all__ = ["Surroundings", "pass_surroundings"]


@attrs.frozen
class Surroundings:
    """
    Environment, clock, randomness and browser of a command.

    @ivar now: the time, aware, UTC.
    @ivar pause: waits for so many seconds.
    @ivar randbelow: as C{secrets.randbelow}.
    @ivar open_browser: shows an address to the person at this machine; whether that worked.
    @ivar is_root: whether the process may become other accounts.
    """

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    randbelow: Callable[[int], int]
    open_browser: Callable[[str], bool]
    is_root: bool = False


#: Gives a command its L{Surroundings} as first argument.
pass_surroundings = click.make_pass_decorator(Surroundings)
