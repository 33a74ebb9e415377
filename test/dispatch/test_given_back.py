"""Tests of L{arvgate.dispatch.given_back}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.given_back import GivenBack


class GivenBackTests(SynchronousTestCase):
    """Who waits."""

    def setUp(self) -> None:
        """Nobody."""
        self.given_back = GivenBack()

    def give_back(self, uuid: str, lock_count: int, now: float) -> None:
        """Somebody was locked and is queued again."""
        self.given_back.locked(uuid, lock_count)
        self.given_back.queued({uuid: lock_count}, now)

    def test_longer_each_time(self) -> None:
        """The pause doubles up to a minute, and begins anew after it ran."""
        now = 0.0
        for count, pause in enumerate((15.0, 30.0, 60.0, 60.0), 1):
            self.give_back("a", count, now)
            self.assertEqual(
                (True, False), (self.given_back.waits("a", now + pause - 1), self.given_back.waits("a", now + pause))
            )
            now += 100
        self.given_back.running("a")
        self.assertFalse(self.given_back.knows("a"))
        self.give_back("a", 5, now)
        self.assertFalse(self.given_back.waits("a", now + 15))

    def test_seen_twice(self) -> None:
        """To be seen in the queue again is not to be given back again."""
        self.give_back("a", 1, 0)
        self.given_back.queued({"a": 1}, 10)
        self.assertFalse(self.given_back.waits("a", 15))

    def test_undone(self) -> None:
        """Whose lock we took back ourselves was not given back."""
        self.given_back.locked("a", 1)
        self.given_back.undone("a")
        self.given_back.queued({"a": 1}, 0)
        self.assertEqual((False, False), (self.given_back.waits("a", 0), self.given_back.knows("a")))

    def test_room(self) -> None:
        """Room is for all who wait, and no news when nobody does."""
        self.assertFalse(self.given_back.room_was_made())
        self.give_back("a", 1, 0)
        self.give_back("b", 1, 0)
        self.assertTrue(self.given_back.room_was_made())
        self.assertEqual([False, False], [self.given_back.waits(uuid, 0) for uuid in "ab"])
        self.assertTrue(self.given_back.knows("a"))
        self.assertFalse(self.given_back.room_was_made())

    def test_keep(self) -> None:
        """Those that are over are forgotten."""
        self.give_back("a", 1, 0)
        self.given_back.locked("b", 1)
        self.given_back.keep({"b"})
        self.assertFalse(self.given_back.knows("a"))
        self.given_back.keep(set())
        self.given_back.queued({"b": 1}, 0)
        self.assertFalse(self.given_back.knows("b"))
