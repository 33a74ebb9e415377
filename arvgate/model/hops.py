"""
The hops of a request, by the names that people are shown when one of them fails.

Not here: the failures (L{arvgate.errors}).
"""

from __future__ import annotations

from typing import Final

__all__ = ["GATEWAY_TO_RUNNER", "RUNNER_TO_APP"]

GATEWAY_TO_RUNNER: Final = "gateway → runner"
RUNNER_TO_APP: Final = "runner → app"
