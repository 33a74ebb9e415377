"""Tests of L{arvgate.policy.request_queue}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.request_queue import RequestQueue, Turn


def served(queue: RequestQueue) -> list[Turn]:
    """All that get a place now."""
    found = []
    while (turn := queue.next()) is not None:
        found.append(turn)
    return found


class Places(SynchronousTestCase):
    """Requests and places."""

    def setUp(self) -> None:
        """Two places, and room for three that wait."""
        self.queue = RequestQueue(2, 3)

    def ask(self, callers: str) -> list[Turn]:
        """One request of each of these callers, none of which is turned away."""
        turns = [Turn(caller) for caller in callers]
        for turn in turns:
            self.assertIsNone(self.queue.ask(turn))
        return turns

    def test_free_places(self) -> None:
        """While there are places nobody waits."""
        turns = self.ask("aa")
        self.assertEqual(turns, served(self.queue))
        self.assertEqual((2, 0), (self.queue.working, self.queue.waiting))

    def test_in_order(self) -> None:
        """One caller's requests get their turn in the order in which they came."""
        first, second, third = self.ask("aaa")
        self.assertEqual([first, second], served(self.queue))
        self.queue.leave(first)
        self.assertEqual([third], served(self.queue))
        self.assertIsNone(self.queue.next())

    def test_who_has_least_is_next(self) -> None:
        """A caller who has nothing at work goes before those who have, however long they have waited."""
        turns = self.ask("aa")
        served(self.queue)
        again, other = self.ask("ab")
        self.queue.leave(turns[0])
        self.assertEqual([other], served(self.queue))
        self.queue.leave(other)
        self.assertEqual([again], served(self.queue))

    def test_in_turns(self) -> None:
        """Callers with equally many at work take turns."""
        self.queue = RequestQueue(1, 10)
        running = self.ask("x")
        served(self.queue)
        self.ask("aaabb")
        order = ""
        for _ in range(5):
            self.queue.leave(running[0])
            running = served(self.queue)
            order += running[0].caller
        self.assertEqual("ababa", order)

    def test_no_room(self) -> None:
        """Where there is no room the request that comes is turned away."""
        self.ask("aa")
        served(self.queue)
        self.ask("aaa")
        late = Turn("a")
        self.assertIs(late, self.queue.ask(late))
        self.assertEqual(3, self.queue.waiting)

    def test_room_for_others(self) -> None:
        """Where one caller has taken all the room, another's request takes the place of that caller's last."""
        self.ask("aa")
        served(self.queue)
        waiting = self.ask("aaa")
        other = Turn("b")
        self.assertIs(waiting[-1], self.queue.ask(other))
        self.assertEqual(3, self.queue.waiting)

    def test_room_among_equals(self) -> None:
        """Who has as many waiting as anybody turns nobody else away."""
        self.ask("aa")
        served(self.queue)
        self.ask("abc")
        late = Turn("d")
        self.assertIs(late, self.queue.ask(late))

    def test_leaving_while_waiting(self) -> None:
        """Who does not wait any longer frees the room and is never served."""
        first, _ = self.ask("aa")
        served(self.queue)
        gone, stays = self.ask("aa")
        self.queue.leave(gone)
        self.assertEqual(1, self.queue.waiting)
        self.queue.leave(first)
        self.assertEqual([stays], served(self.queue))

    def test_no_waiting_at_all(self) -> None:
        """Without any room a request is served at once or turned away."""
        self.queue = RequestQueue(1, 0)
        self.ask("a")
        served(self.queue)
        late = Turn("b")
        self.assertIs(late, self.queue.ask(late))


class Numbers(SynchronousTestCase):
    """What holds whatever happens."""

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20))), st.integers(1, 3), st.integers(0, 3))
    def test_bounds(self, steps: list[tuple[str, int]], places: int, room: int) -> None:
        """There are never more at work than places nor more waiting than room, and nobody is lost."""
        queue = RequestQueue(places, room)
        here: list[Turn] = []
        for caller, leaving in steps:
            turn = Turn(caller)
            here.append(turn)
            away = queue.ask(turn)
            if away is not None:
                here.remove(away)
            served(queue)
            if leaving < len(here):
                queue.leave(here.pop(leaving))
                served(queue)
            self.assertLessEqual(queue.working, places)
            self.assertLessEqual(queue.waiting, room)
            self.assertEqual(len(here), queue.working + queue.waiting)
            self.assertTrue(queue.working == places or not queue.waiting)
        while here:
            queue.leave(here.pop())
            served(queue)
        self.assertEqual((0, 0), (queue.working, queue.waiting))
