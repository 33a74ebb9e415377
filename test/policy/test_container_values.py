"""
Tests for L{arvgate.policy.container_values}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy import container_values


class ContainerTests(SynchronousTestCase):
    """L{container_values.problems}."""

    def test_values(self) -> None:
        """What a runner reports must make sense."""
        for name, value, count in (
            ("gateway_address", "127.0.0.1:80", 0), ("gateway_address", "[::1]:80", 0), ("gateway_address", None, 0),
            ("gateway_address", "tunnel https://x/", 0), ("gateway_address", "x", 1), ("gateway_address", "x:y", 1),
            ("gateway_address", "a b:80", 1), ("gateway_address", "a:80\n", 1), ("listening_ports", [1, 65535], 0),
            ("listening_ports", [True], 1), ("listening_ports", [65536], 1), ("listening_ports", None, 0),
            ("progress", 0, 0), ("progress", 1.0, 0), ("progress", 1.1, 1), ("cost", -1, 1), ("cost", 0.5, 0),
            ("subrequests_cost", -0.1, 1), ("runtime_status", {"activity": "x", "else": 1}, 0),
            ("runtime_status", {"warning": None}, 1), ("interactive_session_started", True, 0),
            ("interactive_session_started", False, 1),
        ):  # fmt: skip
            self.assertEqual(count, len(container_values.problems({name: value})), (name, value))

    def test_without_warning(self) -> None:
        """A warning goes with its detail, and nothing else does."""
        status = {"warning": "w", "warningDetail": "d", "error": "e", "mine": 1}
        self.assertEqual({"error": "e", "mine": 1}, container_values.without_warning(status))
