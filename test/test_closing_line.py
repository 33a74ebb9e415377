"""
Tests of C{.ci/closing_line.py}, which turns trial's output into one line.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase


def closing_line() -> Any:
    """The script as a module."""
    path = Path(__file__).resolve().parents[1] / ".ci" / "closing_line.py"
    spec = importlib.util.spec_from_file_location("closing_line", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class SummarizeTests(SynchronousTestCase):
    """L{summarize} counts what trial reported, and nothing that it did not."""

    def summarize(self, *lines: str) -> tuple[int, int, int]:
        """What is made of some lines of output."""
        result: tuple[int, int, int] = closing_line().summarize("\n".join([*lines, ""]))
        return result

    def test_all_passed(self) -> None:
        """A run without failures has none in its line."""
        self.assertEqual((12, 0, 0), self.summarize("Ran 12 tests in 0.5s", "", "PASSED (successes=12)"))

    def test_failures_and_errors(self) -> None:
        """Failures, errors and unexpected successes all count as failed."""
        verdict = "FAILED (skips=2, failures=1, errors=3, unexpectedSuccesses=1, successes=5)"
        self.assertEqual((5, 5, 2), self.summarize("Ran 12 tests in 0.5s", "", verdict))

    def test_no_result(self) -> None:
        """A run that ended without a result has failed."""
        self.assertEqual((0, 1, 0), self.summarize("make: *** [Makefile:15: test] Killed"))

    def test_last_result_counts(self) -> None:
        """A result that a test itself printed does not hide trial's own, which comes last."""
        lines = ("PASSED (successes=3)", "Ran 4 tests in 0.5s", "", "FAILED (failures=4)")
        self.assertEqual((0, 4, 0), self.summarize(*lines))

    def test_nothing_ran(self) -> None:
        """A run of no tests passed nothing."""
        self.assertEqual((0, 0, 0), self.summarize("Ran 0 tests in 0.0s", "", "PASSED"))
