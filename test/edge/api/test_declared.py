"""
Tests for L{arvgate.edge.api.declared}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api.routes import ROUTES


class ParametersTests(SynchronousTestCase):
    """What routes declare."""

    def test_lists(self) -> None:
        """Every list takes the same parameters."""
        lists = [route for route in ROUTES if route.name == "list"]
        self.assertTrue(lists)
        for route in lists:
            self.assertLessEqual({"filters", "order", "select", "limit", "offset", "count"}, route.parameters.keys())

    def test_described(self) -> None:
        """Every parameter has a sentence for people."""
        for route in ROUTES:
            for name, parameter in route.parameters.items():
                self.assertTrue(parameter.description.endswith("."), f"{route.path} {name}")
