"""Tests of L{arvgate.wire.strict_json}."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.strict_json import MAX_DEPTH, check_text, parse_json

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | STORABLE,
    lambda inner: st.lists(inner) | st.dictionaries(STORABLE, inner),
)


class ParseJson(SynchronousTestCase):
    """JSON that can be stored."""

    @given(VALUES)
    def test_round_trip(self, value: object) -> None:
        """Every storable value is read as what was written, escaped or not."""
        self.assertEqual(value, parse_json(json.dumps(value)))
        self.assertEqual(value, parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8")))

    def test_refused(self) -> None:
        """What is malformed, has no finite value or cannot be stored is refused with a sentence."""
        for text in (
            b"",
            b"{",
            b"{'a': 1}",
            b"[NaN]",
            b"[-Infinity]",
            b"[1e999]",
            b'"\xff"',
            b'"\\u0000"',
            b'{"\\u0000": 1}',
            b'["\\ud800"]',
            b'"a\x00b"',
            b"[" * 200_000,
            b"9" * 5000,
        ):
            error = self.assertRaises(ValueError, parse_json, text)
            self.assertNotEqual("", str(error))

    def test_depth(self) -> None:
        """What is nested deeper than the limit is refused, whatever is in strings beside it."""
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            for levels, text in ((MAX_DEPTH, "1"), (MAX_DEPTH, json.dumps('\\[[{"' * MAX_DEPTH))):
                parse_json(opening * levels + text + closing * levels)
                self.assertRaises(ValueError, parse_json, opening * (levels + 1) + text + closing * (levels + 1))
        self.assertEqual([[]] * 1000, parse_json(json.dumps([[]] * 1000)))

    @given(st.text('[]{}"\\a,:1'))
    def test_any_brackets(self, text: str) -> None:
        """Whatever brackets and quotes there are, nothing but a ValueError comes of it."""
        for source in (text, text * MAX_DEPTH):
            try:
                parse_json(source)
            except ValueError:
                pass

    def test_pairs_and_backslashes(self) -> None:
        """A whole surrogate pair and an escaped backslash before u0000 are ordinary text."""
        self.assertEqual("\U0001f600", parse_json(b'"\\ud83d\\ude00"'))
        self.assertEqual("\\u0000", parse_json(b'"\\\\u0000"'))


class CheckText(SynchronousTestCase):
    """Strings that can be stored."""

    def test_kept(self) -> None:
        """Ordinary text is handed back."""
        self.assertEqual("grüße \\u0000", check_text("grüße \\u0000"))

    def test_refused(self) -> None:
        """NUL and lone surrogates are refused."""
        self.assertRaises(ValueError, check_text, "a\x00")
        self.assertRaises(ValueError, check_text, "\ud800")
