"""
Tests for L{arvgate.wire.certificate_names}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.certificate_names import choose, covers

LABEL = st.text("abc-", min_size=1, max_size=5)


class ChooseTests(SynchronousTestCase):
    """Which certificate is shown."""

    BY_NAME = {
        "a.example": "exact",
        "*.example": "wildcard",
        "*.b.example": "deeper",
        "f*.odd.example": "part of a label",
        "*.*.two.example": "two stars",
    }

    def test_exact_before_wildcard(self) -> None:
        """A name that a certificate has as it is comes before a wildcard that fits too."""
        self.assertEqual("exact", choose(self.BY_NAME, "a.example"))
        self.assertEqual("wildcard", choose(self.BY_NAME, "c.example"))
        self.assertEqual("deeper", choose(self.BY_NAME, "a.b.example"))

    def test_case_and_final_dot(self) -> None:
        """Upper case and the root's dot make no difference."""
        for asked in ("A.Example", "a.example.", "A.EXAMPLE."):
            self.assertEqual("exact", choose(self.BY_NAME, asked), asked)

    def test_one_label(self) -> None:
        """A star stands for exactly one label, which is there."""
        for asked in ("example", ".example", "x.y.example", "x.a.example", "b.example.org", ""):
            self.assertIsNone(choose(self.BY_NAME, asked), asked)

    def test_odd_stars(self) -> None:
        """A star that is not the whole first label stands for nothing, and nobody can ask for a star."""
        for asked in ("foo.odd.example", "f*.odd.example", "x.y.two.example", "*.example", "*.b.example", "*"):
            self.assertIsNone(choose(self.BY_NAME, asked), asked)

    def test_covers(self) -> None:
        """A certificate is good for a name if one of its names, in whatever case, stands for it."""
        self.assertTrue(covers(["A.example", "*.B.example"], "x.b.example"))
        self.assertFalse(covers(["a.example", "*.b.example"], "x.example"))
        self.assertFalse(covers([], "a.example"))

    @given(st.lists(LABEL, min_size=2, max_size=4))
    def test_wildcard_of_any_name(self, labels: list[str]) -> None:
        """The wildcard of a name's own domain covers it, that of its parent domain does not."""
        name = ".".join(labels)
        self.assertTrue(covers([f"*.{'.'.join(labels[1:])}"], name))
        self.assertFalse(covers([f"*.{'.'.join(labels[2:])}"], name))
        self.assertFalse(covers([f"*.{name}"], name))
