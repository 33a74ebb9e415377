"""Tests of L{arvgate.net.episode}."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import formatEvent
from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.episode import Episode
from arvgate.net.wheel import Wheel
from test.net.logged import logged_by


class EpisodeTests(SynchronousTestCase):
    """L{Episode}."""

    def test_once_per_episode(self) -> None:
        """Each episode has one warning, with the first sentence, and one line with the number."""
        clock = Clock()
        clock.advance(100.0)
        wheel = Wheel(clock)
        wheel.start()
        events = logged_by(self)
        episode = Episode(wheel, "were turned away", quiet=5.0)
        for sentence in ("first", "second"):
            for _ in range(20):
                episode.happened(sentence)
                clock.advance(1.0)
            clock.pump([1.0] * 7)
        expected = ["first", "20 were turned away; that is over", "second", "20 were turned away; that is over"]
        self.assertEqual(expected, [formatEvent(event) for event in events])
