"""
Tests for L{arvgate.policy.request_defaults}.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.request_defaults import (
    RUNTIME_CONSTRAINTS,
    container_attributes,
    filled_runtime_constraints,
    filled_scheduling_parameters,
    with_defaults,
)  # fmt: skip

GOOD: dict[str, Any] = {
    "container_image": "busybox",
    "command": ["true"],
    "mounts": {"/out": {"kind": "tmp", "capacity": 1}},
    "output_path": "/out",
    "priority": 1,
    "runtime_constraints": {"vcpus": 1, "ram": 1},
}


class DefaultsTests(SynchronousTestCase):
    """What nobody said."""

    def test_constraints_filled(self) -> None:
        """All constraints are there, those given as given; the defaults themselves stay as they are."""
        answer = filled_runtime_constraints({"ram": 5, "gpu": {"vram": 1}})
        self.assertEqual({"ram": 5, "vcpus": 0, "API": False}, {key: answer[key] for key in ("ram", "vcpus", "API")})
        self.assertEqual((1, ""), (answer["gpu"]["vram"], answer["gpu"]["stack"]))
        answer["gpu"]["hardware_target"].append("x")
        self.assertEqual([], filled_runtime_constraints({})["gpu"]["hardware_target"])
        self.assertEqual([], RUNTIME_CONSTRAINTS["gpu"]["hardware_target"])

    def test_cuda(self) -> None:
        """The older form is read as the newer."""
        answer = filled_runtime_constraints(
            {"cuda": {"device_count": 2, "driver_version": "11.0", "hardware_capability": "9.0"}}
        )
        self.assertNotIn("cuda", answer)
        self.assertEqual(
            {"device_count": 2, "driver_version": "11.0", "hardware_target": ["9.0"], "stack": "cuda", "vram": 0},
            answer["gpu"],
        )

    def test_supervisor(self) -> None:
        """A workflow runner is a supervisor whatever it says."""
        self.assertTrue(filled_scheduling_parameters({"supervisor": False}, ["arvados-cwl-runner", "x"])["supervisor"])
        self.assertFalse(filled_scheduling_parameters({}, ["x"])["supervisor"])

    def test_retries(self) -> None:
        """How often it is tried comes from the cluster unless it is said."""
        self.assertEqual(
            [3, 1], [with_defaults(one, 3)["container_count_max"] for one in ({}, {"container_count_max": 1})]
        )

    def test_container_constraints(self) -> None:
        """A container has the first of several values, and a cache in memory or on disk."""

        def constraints(default: int = 0, **more: Any) -> dict[str, Any]:
            request = with_defaults({**GOOD, "runtime_constraints": {"vcpus": [4, 8], "ram": 1, **more}}, 3)
            return container_attributes(request, default)["runtime_constraints"]

        gibibyte = 1 << 30
        self.assertEqual(4, constraints()["vcpus"])
        self.assertEqual(2 * gibibyte, constraints()["keep_cache_disk"])
        self.assertEqual(5 * gibibyte, constraints(ram=5 * gibibyte)["keep_cache_disk"])
        self.assertEqual(32 * gibibyte, constraints(ram=64 * gibibyte)["keep_cache_disk"])
        self.assertEqual((7, 0), tuple(constraints(7)[key] for key in ("keep_cache_ram", "keep_cache_disk")))
        self.assertEqual(9, constraints(7, keep_cache_ram=9)["keep_cache_ram"])

    def test_container_attributes(self) -> None:
        """A container has nothing of the request's bookkeeping."""
        answer = container_attributes(with_defaults(GOOD, 3), 0)
        self.assertEqual(["true"], answer["command"])
        self.assertFalse({"name", "priority", "state", "output_name", "use_existing", "uuid"} & answer.keys())
