"""
Tests for L{arvgate.records.canonical}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.canonical import canonical_json


class CanonicalJSONTests(SynchronousTestCase):
    """L{canonical_json}."""

    def test_equal(self) -> None:
        """Equal values have equal texts at every level."""
        self.assertEqual('{"a":[{"b":1,"c":"ü"}],"d":null}', canonical_json({"d": None, "a": [{"c": "ü", "b": 1}]}))

    def test_no_number(self) -> None:
        """What JSON cannot say is refused."""
        self.assertRaises(ValueError, canonical_json, float("nan"))
