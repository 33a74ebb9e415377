"""
Tests for L{arvgate.records.database.canonical}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.database.canonical import canonical_json, from_canonical


class CanonicalJSONTests(SynchronousTestCase):
    """L{canonical_json}."""

    def test_equal(self) -> None:
        """Equal values have equal texts at every level."""
        self.assertEqual('{"a":[{"b":1,"c":"ü"}],"d":null}', canonical_json({"d": None, "a": [{"c": "ü", "b": 1}]}))

    def test_back(self) -> None:
        """A text is read as what it was made of, whole numbers of any size too, and anew each time."""
        for value in ({}, [], {"a": [10**30, 1.5, None, "ü"]}, [{}], "text", 0):
            self.assertEqual(value, from_canonical(canonical_json(value)))
        for text in ("{}", "[]"):
            self.assertIsNot(from_canonical(text), from_canonical(text))

    def test_no_number(self) -> None:
        """What JSON cannot say is refused."""
        self.assertRaises(ValueError, canonical_json, float("nan"))
