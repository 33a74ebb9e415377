"""Tests of L{arvgate.policy.user_limits}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.user_limits import NO_LIMITS, Need, UserLimits, output_left, over_limit, size_text, too_large

GIB = 1 << 30


class UserLimitsTests(SynchronousTestCase):
    """What a user has to wait for, and is told."""

    def test_none(self) -> None:
        """Without limits nobody waits and nothing is too large."""
        need = Need(999, 999 * GIB)
        self.assertEqual(("", ""), (too_large(need, NO_LIMITS), over_limit(need, [need] * 99, 1 << 60, NO_LIMITS)))

    def test_containers(self) -> None:
        """Only so many containers run at once."""
        need, limits = Need(1, 1), UserLimits(containers=5)
        self.assertEqual("", over_limit(need, [need] * 4, 0, limits))
        self.assertEqual(
            "You have 5 containers running here, which is the limit per user; this one waits for one of them to end.",
            over_limit(need, [need] * 5, 0, limits),
        )
        self.assertIn("a container running here", over_limit(need, [need], 0, UserLimits(containers=1)))

    def test_vcpus(self) -> None:
        """CPUs of those that run count, up to the limit and not beyond."""
        limits = UserLimits(vcpus=4)
        self.assertEqual("", over_limit(Need(2, 1), [Need(2, 1)], 0, limits))
        self.assertIn("4 CPUs here; this container asks for 3", over_limit(Need(3, 1), [Need(2, 1)], 0, limits))

    def test_ram(self) -> None:
        """So does memory."""
        limits = UserLimits(ram=4 * GIB)
        self.assertEqual("", over_limit(Need(1, 2 * GIB), [Need(1, 2 * GIB)], 0, limits))
        self.assertIn("4 GiB of memory here", over_limit(Need(1, 3 * GIB), [Need(1, 2 * GIB)], 0, limits))

    def test_output(self) -> None:
        """Who has used up the room for outputs waits until there is some again, and knows how to make it."""
        limits = UserLimits(output=10 * GIB)
        self.assertEqual("", over_limit(Need(1, 1), [], 10 * GIB - 1, limits))
        self.assertEqual(
            "Your kept outputs take 12.5 GiB of 10 GiB here; remove some with arvgate get --remove UUID, or wait until "
            "they expire.",
            over_limit(Need(1, 1), [], 25 * GIB // 2, limits),
        )

    def test_too_large(self) -> None:
        """What is beyond the limit by itself never runs."""
        limits = UserLimits(vcpus=4, ram=GIB)
        self.assertEqual("", too_large(Need(4, GIB), limits))
        self.assertIn("5 CPUs", too_large(Need(5, 1), limits))
        self.assertIn(f"{GIB + 1} bytes", too_large(Need(1, GIB + 1), limits))

    def test_output_left(self) -> None:
        """A container may add what is left of its user's room, never no limit because nothing is."""
        limits = UserLimits(output=100)
        self.assertEqual([100, 40, 1, 1], [output_left(used, limits) for used in (0, 60, 100, 500)])
        self.assertEqual(0, output_left(60, NO_LIMITS))

    def test_size_text(self) -> None:
        """Sizes have the unit that suits them."""
        sizes = (5, 1024, 1536, 3 << 20, 10 * GIB)
        self.assertEqual(["5 bytes", "1 KiB", "1.5 KiB", "3 MiB", "10 GiB"], [size_text(size) for size in sizes])
