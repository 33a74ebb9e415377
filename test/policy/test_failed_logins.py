"""Tests of L{arvgate.policy.failed_logins}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.failed_logins import FailedLogins

HERE, THERE = "192.0.2.1", "192.0.2.2"


class OneAddress(SynchronousTestCase):
    """Failures of one address."""

    def setUp(self) -> None:
        """Nobody has failed yet."""
        self.failures = FailedLogins(free=3, longest=10.0)

    def fail_often(self, times: int, now: float = 0.0, address: str = HERE) -> None:
        """So many failures."""
        for _ in range(times):
            self.failures.note(address, now)

    def test_a_few_are_free(self) -> None:
        """Who mistypes a token may try again at once."""
        self.fail_often(2)
        self.assertEqual(0.0, self.failures.wait(HERE, 0.0))

    def test_wait_doubles(self) -> None:
        """From then on each failure doubles the wait, up to the longest."""
        self.fail_often(3)
        waits = []
        for _ in range(6):
            waits.append(self.failures.wait(HERE, 0.0))
            self.fail_often(1)
        self.assertEqual([1.0, 2.0, 4.0, 8.0, 10.0, 10.0], waits)

    def test_wait_ends(self) -> None:
        """The wait counts from the last failure."""
        self.fail_often(4, now=100.0)
        self.assertEqual(0.5, self.failures.wait(HERE, 101.5))
        self.assertEqual(0.0, self.failures.wait(HERE, 102.0))

    def test_others_do_not_wait(self) -> None:
        """Other addresses are not concerned."""
        self.fail_often(9)
        self.assertEqual(0.0, self.failures.wait(THERE, 0.0))

    def test_neighbours_by_ipv6(self) -> None:
        """All addresses of one customer's network count as one."""
        self.fail_often(3, address="2001:db8:0:1::1")
        self.assertEqual(1.0, self.failures.wait("2001:db8:0:1:ffff::2", 0.0))
        self.assertEqual(0.0, self.failures.wait("2001:db8:0:2::1", 0.0))

    def test_no_address(self) -> None:
        """What is no address is counted as the text that it is."""
        self.fail_often(3, address="unknown")
        self.assertEqual(1.0, self.failures.wait("unknown", 0.0))

    def test_forgotten(self) -> None:
        """After an hour without any the count begins anew."""
        self.fail_often(5)
        self.fail_often(1, now=3600.0)
        self.assertEqual(0.0, self.failures.wait(HERE, 3600.0))


class Together(SynchronousTestCase):
    """Failures of all addresses."""

    def test_burst(self) -> None:
        """Beyond a burst from many addresses everybody waits until enough has drained."""
        failures = FailedLogins(burst=10, rate=2.0)
        for number in range(14):
            failures.note(f"192.0.2.{number}", 50.0)
        self.assertEqual(2.0, failures.wait("198.51.100.1", 50.0))
        self.assertEqual(0.5, failures.wait("198.51.100.1", 51.5))
        self.assertEqual(0.0, failures.wait("198.51.100.1", 52.0))

    def test_bounded(self) -> None:
        """The table does not grow without end: who failed longest ago is forgotten first."""
        failures = FailedLogins(free=1, capacity=3, burst=1000)
        for number in range(5):
            failures.note(f"192.0.2.{number}", float(number))
        self.assertEqual(3, len(failures))
        self.assertEqual(0.0, failures.wait("192.0.2.1", 4.0))
        self.assertEqual(1.0, failures.wait("192.0.2.4", 4.0))
