"""
Tests for L{arvgate.directory.live}: many changes, and changes during decisions.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.live import RecentChanges
from arvgate.directory.touching import Touched
from arvgate.errors import NotAuthenticated, NotFound
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.grants import Grant
from test.directory.live_case import LiveCase


class StormTests(LiveCase):
    """Many changes and many connections."""

    def test_one_question_for_many_connections(self) -> None:
        """A hundred connections of one token to one port are one question, as are many changes in one turn."""
        for _ in range(100):
            self.watch()
        self.assertEqual(100, len(self.live))
        self.change(*[Change("containers", self.container)] * 50, Change("users", self.owner))
        self.assertEqual([(self.token, self.target)], self.asked)

    def test_bounded(self) -> None:
        """No more decisions than allowed are on their way at once, and all are made in the end."""
        tokens = [self.successResultOf(self.world.add_token(self.owner)) for _ in range(10)]
        for token in tokens:
            self.watch(token)
        answers: list[Deferred[Grant]] = []
        self.decide = lambda token, target: self.later(answers)
        for _ in range(3):
            self.change(EVERYTHING)
        self.assertEqual(2, len(answers))
        while answers:
            answers.pop(0).callback(self.grant())
            self.clock.advance(0)
            self.assertLessEqual(len(answers), 2)
        self.assertEqual(set(tokens), {token for token, _ in self.asked})
        self.assertEqual(([], 10), (self.ended, len(self.live)))

    def later(self, answers: list[Deferred[Grant]]) -> Deferred[Grant]:
        """A decision that is on its way."""
        answer: Deferred[Grant] = Deferred()
        answers.append(answer)
        return answer

    def test_changed_while_asked(self) -> None:
        """A change while the decision is on its way makes it be asked once more, however many changes come."""
        self.watch()
        answers: list[Deferred[Grant]] = []
        self.decide = lambda token, target: self.later(answers)
        for _ in range(5):
            self.change(EVERYTHING)
        answers[0].callback(self.grant())
        self.clock.advance(0)
        self.assertEqual(2, len(answers))
        answers[1].errback(NotFound())
        self.clock.advance(0)
        self.assertEqual((2, [NotFound]), (len(answers), self.ended))


class RaceTests(LiveCase):
    """Changes between the decision and the watch."""

    def test_changed_during_the_decision(self) -> None:
        """A grant that was revoked while it was being decided upon ends as soon as it is watched."""
        grant = self.grant()
        self.world.memory_tokens.remove(str(self.token.uuid))
        self.watch(self.token, grant)
        self.assertEqual([], self.ended)
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated], self.ended)

    def test_everything_of_late(self) -> None:
        """So after a reconnect."""
        grant = self.grant()
        self.change(EVERYTHING)
        self.watch(self.token, grant)
        self.clock.advance(0)
        self.assertEqual(1, len(self.asked))

    def test_long_ago(self) -> None:
        """Changes of long ago do not matter."""
        self.change(EVERYTHING, Change("containers", self.container))
        self.clock.advance(31)
        self.watch()
        self.clock.advance(0)
        self.assertEqual([], self.asked)


class RecentChangesTests(SynchronousTestCase):
    """What changed of late."""

    def setUp(self) -> None:
        """Ten seconds, three records."""
        self.clock = Clock()
        self.recent = RecentChanges(self.clock.seconds, kept=10.0, size=3)

    def touched(self, *uuids: str) -> list[bool]:
        """Which of these changed of late."""
        return [self.recent.touch(frozenset({uuid})) for uuid in uuids]

    def test_nothing(self) -> None:
        """At the start nothing has changed."""
        self.assertEqual([False], self.touched("a"))

    def test_kept(self) -> None:
        """A change counts for its time, anew with each further one."""
        self.recent.note(Touched(frozenset({"a", "b"})))
        self.clock.advance(6)
        self.recent.note(Touched(frozenset({"a"})))
        self.clock.advance(6)
        self.assertEqual([True, False, False], self.touched("a", "b", "c"))
        self.clock.advance(6)
        self.assertEqual([False], self.touched("a"))

    def test_too_many(self) -> None:
        """Where very much changes, everything did."""
        self.recent.note(Touched(frozenset("abcd")))
        self.assertEqual([True, True], self.touched("a", "z"))
        self.clock.advance(11)
        self.assertEqual([False, False], self.touched("a", "z"))
