"""
Tests for L{arvgate.policy.request_values} and L{arvgate.policy.request_defaults}.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.request_defaults import (
    RUNTIME_CONSTRAINTS,
    SCHEDULING_PARAMETERS,
    container_attributes,
    filled_runtime_constraints,
    filled_scheduling_parameters,
    with_defaults,
)  # fmt: skip
from arvgate.policy.request_values import priority_problems, problems

GOOD: dict[str, Any] = {
    "container_image": "busybox",
    "command": ["true"],
    "mounts": {"/out": {"kind": "tmp", "capacity": 1}},
    "output_path": "/out",
    "priority": 1,
    "runtime_constraints": {"vcpus": 1, "ram": 1},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def found(committed: bool = True, **more: Any) -> list[str]:
    """What is wrong with a good request that was changed so."""
    return problems(with_defaults({**GOOD, **more}, 3), committed)


class ProblemsTests(SynchronousTestCase):
    """L{problems}."""

    def test_good(self) -> None:
        """A good request has no problems."""
        self.assertEqual([], found())

    def test_each(self) -> None:
        """Each of these is exactly one problem, in a sentence that names the field."""
        for name, value in (
            ("command", []), ("command", None), ("command", [1]), ("command", ["a\0"]), ("container_image", None),
            ("container_image", ""), ("cwd", "  "), ("priority", -1), ("priority", 1001), ("output_ttl", -1),
            ("container_count_max", -1), ("output_path", "/other"), ("output_path", None), ("output_glob", [""]),
            ("output_glob", [1]), ("output_storage_classes", [None]),
            ("environment", {"": "x"}), ("environment", {"a=b": "x"}), ("environment", {"a": 1}),
            ("environment", {"a\0": "x"}), ("environment", {"a": "\0"}),
        ):  # fmt: skip
            sentences = found(**{name: value})
            self.assertEqual(1, len(sentences), (name, value, sentences))
            self.assertIn(name, sentences[0])

    def test_mounts(self) -> None:
        """A mount has a known kind, a place, and no keys that mean something else."""
        for path, mount, count in (
            ("/a", {"kind": "collection", "uuid": "x", "writable": True, "path": "/p"}, 0),
            ("/a", {"kind": "tmp", "capacity": 5, "device_type": "ram", "writable": False, "content": None}, 0),
            ("/a", {"kind": "keep", "exclude_from_output": True}, 0),
            ("stdin", {"kind": "file", "path": "/p"}, 0),
            ("stdout", {"kind": "json", "content": {"a": 1}}, 0),
            ("/a", {"kind": "text", "content": ""}, 0),
            ("a", {"kind": "keep"}, 1),
            ("/a", {"kind": "nothing"}, 1),
            ("/a", {"kind": ["tmp"]}, 1),
            ("/a", {}, 1),
            ("/a", "tmp", 1),
            ("/a", {"kind": "tmp", "content": "x"}, 1),
            ("/a", {"kind": "tmp", "capacity": -1}, 1),
            ("/a", {"kind": "tmp", "capacity": "1"}, 1),
            ("/a", {"kind": "tmp", "device_type": "tape"}, 1),
            ("/a", {"kind": "tmp", "device_type": ["ram"]}, 1),
            ("/a", {"kind": "text", "content": 1}, 1),
            ("/a", {"kind": "collection", "uuid": 1}, 1),
        ):
            self.assertEqual(count, len(found(mounts={**GOOD["mounts"], path: mount})), (path, mount))

    def test_secret_mounts(self) -> None:
        """Secret mounts are texts or JSON, in places of their own."""
        for path, mount, count in (
            ("/s", {"kind": "text", "content": "x"}, 0),
            ("stdin", {"kind": "json", "content": 1}, 0),
            ("stdout", {"kind": "json"}, 1),
            ("s", {"kind": "json"}, 1),
            ("/out", {"kind": "json"}, 1),
            ("/s", {"kind": "tmp"}, 1),
            ("/s", {"kind": "text"}, 1),
            ("/s", None, 1),
        ):
            self.assertEqual(count, len(found(secret_mounts={path: mount})), (path, mount))

    def test_constraints(self) -> None:
        """Constraints have known keys and numbers; Committed ones ask for at least one CPU and some memory."""
        base = {"vcpus": 1, "ram": 1}
        for more, count in (
            ({"API": True, "keep_cache_ram": 5, "keep_cache_disk": 5}, 0),
            ({"ram": [1, 2]}, 0),
            ({"gpu": {"device_count": 1, "driver_version": "11.8", "stack": "cuda", "hardware_target": ["9.0"]}}, 0),
            ({"cuda": {"device_count": 1, "driver_version": "11.8", "hardware_capability": "9.0"}}, 0),
            ({"cuda": {"device_count": 0}}, 0),
            ({"cuda": None, "gpu": None}, 0),
            ({"disk": 1}, 1),
            ({"API": 1}, 1),
            ({"keep_cache_ram": -1}, 1),
            ({"vcpus": 0}, 1),
            ({"ram": 0}, 1),
            ({"ram": "1"}, 2),
            ({"cuda": 1}, 1),
            ({"gpu": 1}, 1),
            ({"gpu": {"count": 1}}, 1),
            ({"gpu": {"stack": "metal"}}, 1),
            ({"gpu": {"stack": ["cuda"]}}, 1),
            ({"gpu": {"vram": -1}}, 1),
            ({"gpu": {"device_count": 1, "stack": "cuda", "driver_version": "x"}}, 1),
            ({"gpu": {"device_count": 1, "stack": "cuda", "driver_version": "1.2", "hardware_target": [1]}}, 1),
        ):
            self.assertEqual(count, len(found(runtime_constraints={**base, **more})), more)

    def test_draft(self) -> None:
        """A draft may still leave its resources and its priority open."""
        self.assertEqual([], found(committed=False, runtime_constraints={}, priority=None))
        self.assertEqual(3, len(found(runtime_constraints={}, priority=None)))

    def test_scheduling(self) -> None:
        """Scheduling parameters have known keys and types."""
        for value, count in (
            ({"partitions": ["a"], "preemptible": True, "max_run_time": 1, "supervisor": True}, 0),
            ({"partitions": "a"}, 1),
            ({"partitions": [1]}, 1),
            ({"preemptible": None}, 1),
            ({"supervisor": "yes"}, 1),
            ({"max_run_time": -1}, 1),
            ({"nice": 1}, 1),
        ):
            self.assertEqual(count, len(found(scheduling_parameters=value)), value)

    def test_ports(self) -> None:
        """Published ports are port numbers with access, label and path."""
        good = {"access": "public", "label": "app", "initial_path": ""}
        for port, value, count in (
            ("1", good, 0), ("65535", {**good, "access": "private"}, 0), ("0", good, 1), ("65536", good, 1),
            ("080", good, 1), ("http", good, 1), ("8080", {**good, "access": "all"}, 1),
            ("8080", {**good, "label": ""}, 1), ("8080", {**good, "initial_path": None}, 1),
            ("8080", {**good, "more": 1}, 1), ("8080", {}, 3), ("8080", "public", 1),
        ):  # fmt: skip
            self.assertEqual(count, len(found(published_ports={port: value})), (port, value))

    def test_service(self) -> None:
        """A service is never shared."""
        self.assertEqual(1, len(found(service=True)))
        self.assertEqual([], found(service=True, use_existing=False))

    def test_priority_alone(self) -> None:
        """The priority can be asked alone."""
        self.assertEqual([0, 0, 1], [len(priority_problems({"priority": one})) for one in (None, 1000, 1001)])

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "mounts": st.dictionaries(st.text(max_size=3), json_values, max_size=2),
                "secret_mounts": st.dictionaries(st.text(max_size=3), json_values, max_size=2),
                "environment": st.dictionaries(st.text(max_size=3), json_values, max_size=2),
                "published_ports": st.dictionaries(st.text(max_size=3), json_values, max_size=2),
                "command": st.lists(json_values, max_size=2),
                "output_glob": st.lists(json_values, max_size=2),
                "runtime_constraints": st.dictionaries(
                    st.sampled_from([*RUNTIME_CONSTRAINTS, "cuda", "x"]), json_values, max_size=3
                ),
                "scheduling_parameters": st.dictionaries(
                    st.sampled_from([*SCHEDULING_PARAMETERS, "x"]), json_values, max_size=3
                ),
            },
        )
    )
    def test_never_raises(self, attributes: dict[str, Any]) -> None:
        """Whatever JSON is in it, the answer is sentences."""
        self.assertTrue(all(isinstance(sentence, str) for sentence in found(**attributes)))


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
