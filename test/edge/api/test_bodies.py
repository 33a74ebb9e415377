"""Tests of L{arvgate.edge.api.bodies}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api.bodies import Bodies


class BodiesTests(SynchronousTestCase):
    """Bodies with room for 100 bytes."""

    def setUp(self) -> None:
        """There are none."""
        self.bodies: Bodies[str] = Bodies(100)

    def test_room(self) -> None:
        """While there is room nobody makes way."""
        self.assertIsNone(self.bodies.add("a", 60))
        self.assertIsNone(self.bodies.add("b", 40))

    def test_largest(self) -> None:
        """Without room the largest makes way, whoever came last."""
        self.bodies.add("large", 60)
        self.bodies.add("small", 40)
        self.assertEqual("large", self.bodies.add("small", 1))
        self.bodies.drop("large")
        self.assertIsNone(self.bodies.add("small", 59))
        self.assertEqual("small", self.bodies.add("small", 1))

    def test_whole(self) -> None:
        """What has arrived stays, and takes room until it is dropped."""
        self.bodies.add("whole", 90)
        self.bodies.complete("whole")
        self.assertEqual("new", self.bodies.add("new", 11))
        self.bodies.drop("whole")
        self.assertIsNone(self.bodies.add("new", 80))

    def test_dropped_twice(self) -> None:
        """To drop what is not there changes nothing."""
        self.bodies.add("a", 10)
        for _ in range(2):
            self.bodies.drop("a")
            self.assertEqual(0, self.bodies.size)
        self.bodies.complete("a")
        self.assertEqual(0, self.bodies.size)
