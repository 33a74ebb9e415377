"""Tests of L{arvgate.policy.placement}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.placement import Capacity, Waiting, place
from arvgate.policy.user_limits import Need, UserLimits

START = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(
    name: str, priority: int = 1, vcpus: int = 1, ram: int = 1, age: int = 0, by_admin: bool = True, user: str = ""
) -> Waiting:
    """A queued container."""
    return Waiting(name, priority, START - timedelta(seconds=age), Need(vcpus, ram, user), by_admin)


class PlacementTests(SynchronousTestCase):
    """What is started on a node."""

    def test_by_priority_then_age(self) -> None:
        """The highest priority comes first, among equals the oldest."""
        queue = [waiting("c", 1), waiting("a", 9), waiting("old", 5, age=10), waiting("new", 5)]
        self.assertEqual(("a", "old", "new", "c"), place(queue, [], Capacity(8, 8)).start)

    def test_number(self) -> None:
        """No more containers run than are allowed, whatever they need."""
        queue = [waiting(str(n)) for n in range(5)]
        self.assertEqual(2, len(place(queue, [Need(1, 1)], Capacity(99, 99, containers=3)).start))

    def test_what_runs_counts(self) -> None:
        """CPUs and memory of what runs are not handed out again."""
        self.assertEqual((), place([waiting("a", vcpus=3)], [Need(2, 1)], Capacity(4, 10)).start)
        self.assertEqual((), place([waiting("a", ram=6)], [Need(1, 5)], Capacity(9, 10)).start)

    def test_nothing_overtakes(self) -> None:
        """A large container that has to wait is not overtaken by small ones of less priority."""
        queue = [waiting("large", 9, vcpus=4), waiting("small", 1)]
        self.assertEqual((), place(queue, [Need(1, 1)], Capacity(4, 9)).start)

    def test_never_fits(self) -> None:
        """What the node could never run is refused with the reason, and holds up nobody."""
        queue = [waiting("wide", 9, vcpus=5), waiting("big", 8, ram=11), waiting("fits", 1)]
        placement = place(queue, [], Capacity(4, 10))
        self.assertEqual(("fits",), placement.start)
        self.assertEqual(["wide", "big"], [uuid for uuid, _ in placement.refused])
        self.assertIn("5 CPUs", placement.refused[0][1])

    def test_admins_only(self) -> None:
        """An engine without a separate account refuses whoever is no administrator."""
        queue = [waiting("theirs", by_admin=False), waiting("ours")]
        placement = place(queue, [], Capacity(4, 10, admins_only=True))
        self.assertEqual((("ours",), "theirs"), (placement.start, placement.refused[0][0]))
        self.assertEqual((), place(queue, [], Capacity(4, 10)).refused)

    def test_user_waits(self) -> None:
        """Who waits for the limit of its user is told so, and does not hold up others."""
        queue = [waiting("a", 9, user="x"), waiting("b", 8, user="x"), waiting("c", 1, user="y")]
        placement = place(queue, [Need(1, 1, "x")], Capacity(9, 9), UserLimits(containers=2))
        self.assertEqual((("a", "c"), {"b"}), (placement.start, set(placement.held)))
        self.assertIn("2 containers", placement.held["b"])

    def test_user_in_order(self) -> None:
        """A large container that waits for the limit of its user is not overtaken by small ones of the same."""
        queue = [waiting("large", 9, vcpus=4, user="x"), waiting("small", 1, user="x")]
        placement = place(queue, [Need(1, 1, "x")], Capacity(9, 9), UserLimits(vcpus=4))
        self.assertEqual((), placement.start)
        self.assertIn("4 CPUs", placement.held["large"])
        self.assertIn("large comes first", placement.held["small"])

    def test_user_limit_and_node(self) -> None:
        """Within the limits of their users containers still come strictly by priority."""
        queue = [waiting("large", 9, vcpus=9, user="x"), waiting("small", 1, user="y")]
        placement = place(queue, [Need(1, 1, "y")], Capacity(9, 9), UserLimits(containers=5))
        self.assertEqual(((), {}), (placement.start, placement.held))

    def test_never_within_limits(self) -> None:
        """What is beyond the limit of a user by itself is refused."""
        placement = place([waiting("a", vcpus=3)], [], Capacity(9, 9), UserLimits(vcpus=2))
        self.assertEqual((), placement.start)
        self.assertIn("one user gets 2", placement.refused[0][1])

    def test_outputs(self) -> None:
        """Who has used up the room for outputs waits; others do not."""
        queue = [waiting("a", user="x"), waiting("b", user="y")]
        placement = place(queue, [], Capacity(9, 9), UserLimits(output=10), {"x": 10, "y": 9})
        self.assertEqual((("b",), {"a"}), (placement.start, set(placement.held)))

    @given(
        st.lists(st.tuples(st.integers(1, 9), st.integers(1, 6), st.sampled_from("xyz")), max_size=8),
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from("xyz")), max_size=5),
        st.integers(1, 3),
        st.integers(1, 5),
    )
    def test_nobody_too_much(self, queue, running, containers, vcpus) -> None:
        """Whatever waits, no user gets more than the limits, and everybody is started, refused, held or blocked."""
        limits = UserLimits(containers=containers, vcpus=vcpus)
        ours = [waiting(str(n), priority, cpus, user=user) for n, (priority, cpus, user) in enumerate(queue)]
        theirs = [Need(cpus, 1, user) for cpus, user in running]
        placement = place(ours, theirs, Capacity(99, 99), limits)
        started = [one.need for one in ours if one.uuid in placement.start]
        for user in {need.user_uuid for need in started}:
            mine = [need for need in [*started, *theirs] if need.user_uuid == user]
            self.assertLessEqual(len(mine), containers)
            self.assertLessEqual(sum(need.vcpus for need in mine), vcpus)
        seen = [*placement.start, *placement.held, *(uuid for uuid, _ in placement.refused)]
        self.assertEqual(sorted(one.uuid for one in ours), sorted(seen))

    @given(
        st.lists(st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 6)), max_size=8),
        st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=3),
        st.integers(0, 4),
    )
    def test_never_too_much(self, queue, running, containers) -> None:
        """Whatever waits, what runs in all is never more than the node has."""
        ours = [waiting(str(n), *values) for n, values in enumerate(queue)]
        theirs = [Need(*values) for values in running]
        started = place(ours, theirs, Capacity(6, 6, containers)).start
        needs = [one.need for one in ours if one.uuid in started]
        if started:
            self.assertLessEqual(sum(need.vcpus for need in [*needs, *theirs]), 6)
            self.assertLessEqual(sum(need.ram for need in [*needs, *theirs]), 6)
            self.assertTrue(not containers or len(needs) + len(theirs) <= containers)
