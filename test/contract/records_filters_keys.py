"""
What every store does with filters on what an object has under a key.
"""

from __future__ import annotations

from test.contract.records_filters import REQUESTS, FilteredRequests

__all__ = ["FiltersOfKeysContract"]


class FiltersOfKeysContract(FilteredRequests):
    """The suite."""

    def test_keys_equal(self) -> None:
        """A value under a key equals what is the same in JSON; what is not there equals nothing."""
        for operand, expected in (
            (5, "number"), (5.0, "number"), (5.5, "half"), ("5", "text"), (True, "true"), (1, ""), (False, ""),
            (None, "null"), (2**60 + 1, "big"), (2**60, ""), ("a", ""), ('{"a":1}', ""),
        ):  # fmt: skip
            self.assertEqual(expected, self.names(["properties.k", "=", operand]), operand)
            everything = {name for name, _ in REQUESTS}
            others = set(self.names(["properties.k", "!=", operand]).split())
            self.assertEqual(everything - set(expected.split()), others, operand)

    def test_keys_within(self) -> None:
        """Sets may have values of all types; a record without the key is in none of them."""
        operand = [5, "5", True, None]
        self.assertEqual("number text true null", self.names(["properties.k", "in", operand]))
        self.assertEqual("none list object half big", self.names(["properties.k", "not in", operand]))
        self.assertEqual("", self.names(["properties.k", "in", []]))
        self.assertEqual(len(REQUESTS), len(self.names(["properties.k", "not in", []]).split()))

    def test_keys_ordered(self) -> None:
        """Numbers are before and after numbers, and texts before and after texts."""
        self.assertEqual("half big", self.names(["properties.k", ">", 5]))
        self.assertEqual("number half", self.names(["properties.k", "<=", 5.5]))
        self.assertEqual("text", self.names(["properties.k", ">=", "5"]))
        self.assertEqual("text", self.names(["properties.k", "<", "a"]))

    def test_keys_like(self) -> None:
        """Patterns match texts under a key, nothing else."""
        self.assertEqual("text", self.names(["properties.k", "like", "%5%"]))
        self.assertEqual("true", self.names(["properties.<http://example.com/x>", "ilike", "A"]))
        self.assertEqual("", self.names(["properties.http://example.com/x", "like", "A"]))

    def test_keys_exist(self) -> None:
        """A key is there or is not, whatever its value."""
        self.assertEqual("none", self.names(["properties.k", "exists", False]))
        self.assertEqual("true", self.names(["properties.http://example.com/x", "exists", True]))
        self.assertEqual("number", self.names(["properties", "exists", "x.y"]))
        self.assertEqual("text", self.names(["properties", "exists", 'q"\\é']))
        self.assertEqual("text", self.names(['properties.q"\\é', "=", True]))
        self.assertEqual("", self.names(["properties", "exists", "a"]))

    def test_keys_contain(self) -> None:
        """What is under a key contains itself, or its elements if it is an array."""
        self.assertEqual("list", self.names(["properties.k", "contains", "a"]))
        self.assertEqual("list", self.names(["properties.k", "contains", ["a", 5]]))
        self.assertEqual("number list", self.names(["properties.k", "contains", 5]))
