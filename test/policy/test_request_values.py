"""
Tests for L{arvgate.policy.request_values}.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.request_defaults import (
    RUNTIME_CONSTRAINTS,
    SCHEDULING_PARAMETERS,
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
            ("/a", {"kind": "collection", "writable": "yes"}, 1),
            ("/a", {"kind": "tmp", "writable": True}, 1),
        ):
            self.assertEqual(count, len(found(mounts={**GOOD["mounts"], path: mount})), (path, mount))

    def test_host_mounts(self) -> None:
        """A directory of the node is an absolute path without detours, to be written to or not."""
        for mount, count in (
            ({"path": "/data"}, 0),
            ({"path": "/data", "writable": True}, 0),
            ({"path": "/data/..more/x", "writable": False, "exclude_from_output": True}, 0),
            ({}, 1),
            ({"path": ""}, 1),
            ({"path": "data"}, 1),
            ({"path": "/data/../etc"}, 1),
            ({"path": "/data/.."}, 1),
            ({"path": "/da\0ta"}, 1),
            ({"path": "/data", "writable": "yes"}, 1),
            ({"path": "/data", "writable": 1}, 1),
            ({"path": "/data", "capacity": 1}, 1),
        ):
            mounts = {**GOOD["mounts"], "/a": {"kind": "arvgate_host", **mount}}
            self.assertEqual(count, len(found(mounts=mounts)), mount)
        for path in (1, None, ["/data"]):
            self.assertTrue(found(mounts={**GOOD["mounts"], "/a": {"kind": "arvgate_host", "path": path}}), path)

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
