"""Tests of L{arvgate.policy.retry}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.retry import is_retried, merged_scheduling_parameters

PARENT = "zzzzz-dz642-000000000000001"


def request(**more: Any) -> dict[str, Any]:
    """A request that is tried again."""
    return {
        "state": "Committed",
        "priority": 1,
        "container_count": 1,
        "container_count_max": 3,
        "requesting_container_uuid": None,
        **more,
    }


def parameters(**more: Any) -> dict[str, Any]:
    """Complete scheduling parameters."""
    return {"partitions": [], "preemptible": False, "supervisor": False, "max_run_time": 0, **more}


class IsRetriedTests(SynchronousTestCase):
    """Whether a request gets another container."""

    def test_usual(self) -> None:
        """A Committed request with a priority and attempts left does."""
        self.assertTrue(is_retried(request(), None))
        self.assertTrue(is_retried(request(container_count=2), None))

    def test_not(self) -> None:
        """One that is Final, on hold, or has had all its containers does not."""
        for more in (
            {"state": "Final"}, {"state": "Uncommitted"}, {"priority": 0}, {"priority": None}, {"container_count": 3},
            {"container_count_max": 0}, {"container_count_max": None},
        ):  # fmt: skip
            self.assertFalse(is_retried(request(**more), None), more)

    def test_of_a_container(self) -> None:
        """One that a container made does while that container runs and is wanted."""
        child = request(requesting_container_uuid=PARENT)
        self.assertTrue(is_retried(child, {"state": "Running", "priority": 1}))
        for parent in ({"state": "Running", "priority": 0}, {"state": "Cancelled", "priority": 1}, None):
            self.assertFalse(is_retried(child, parent), parent)


class MergedSchedulingParametersTests(SynchronousTestCase):
    """What a shared container has of its requests' scheduling parameters."""

    def merged(self, name: str, *values: Any) -> Any:
        """One parameter of several requests."""
        return merged_scheduling_parameters([parameters(**{name: value}) for value in values])[name]

    def test_partitions(self) -> None:
        """Every partition that one names, and any if one does not care."""
        self.assertEqual(["a", "b", "c"], self.merged("partitions", ["b", "a"], ["c", "a"]))
        self.assertEqual([], self.merged("partitions", ["a"], []))

    def test_preemptible(self) -> None:
        """It may be interrupted if that is fine with all."""
        self.assertEqual([True, False], [self.merged("preemptible", True, one) for one in (True, False)])

    def test_supervisor(self) -> None:
        """It supervises others if one says so."""
        self.assertEqual([True, False], [self.merged("supervisor", False, one) for one in (True, False)])

    def test_max_run_time(self) -> None:
        """The longest time that one gives it, and no limit if one sets none."""
        self.assertEqual([20, 0], [self.merged("max_run_time", 10, one) for one in (20, 0)])
