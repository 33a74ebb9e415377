"""What is logged while a test runs."""

from __future__ import annotations

from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

__all__ = ["logged_by"]


def logged_by(test: SynchronousTestCase) -> list[LogEvent]:
    """The events, from now to the end of C{test}."""
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    test.addCleanup(globalLogPublisher.removeObserver, events.append)
    return events
