"""
A change feed in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zope.interface import implementer

from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import Change

__all__ = ["MemoryChangeFeed"]

Observer = Callable[[Sequence[Change]], None]


@implementer(IChangeFeed)
class MemoryChangeFeed:
    """L{IChangeFeed} that publishes what it is told to."""

    def __init__(self) -> None:
        self._observers: dict[object, Observer] = {}

    def __len__(self) -> int:
        """How many listen."""
        return len(self._observers)

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """See L{IChangeFeed.subscribe}."""
        subscription = object()
        self._observers[subscription] = observer

        def unsubscribe() -> None:
            self._observers.pop(subscription, None)

        return unsubscribe

    def publish(self, *changes: Change) -> None:
        """Tell every observer of one batch."""
        for observer in tuple(self._observers.values()):
            observer(changes)
