"""Tests of L{arvgate.wire.bearer}."""

from __future__ import annotations

import base64
import json

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.tokens import Token
from arvgate.wire.bearer import READERS, Presented, presented_text, presented_token, presented_tokens


def basic(text: str) -> str:
    """The Authorization header of that user and password."""
    return "Basic " + base64.b64encode(text.encode()).decode()


class PresentedToken(SynchronousTestCase):
    """Where a token is looked for."""

    def test_none(self) -> None:
        """Without any token there is None."""
        self.assertIsNone(presented_token(None, (), ()))
        self.assertIsNone(presented_token("", (("api_token", ""),), ()))

    def test_bearer(self) -> None:
        """Bearer and OAuth2 are read, with blanks trimmed."""
        self.assertEqual(Token("one"), presented_token("Bearer one", (), ()))
        self.assertEqual(Token("one"), presented_token("OAuth2  one ", (), ()))

    def test_scheme_is_case_sensitive(self) -> None:
        """Other spellings and schemes are no tokens."""
        for header in ("bearer one", "BEARER one", "Token one", "Bearer", "Bearerone", "Digest x"):
            self.assertIsNone(presented_token(header, (), ()), header)

    def test_basic(self) -> None:
        """Of Basic the password is the token, whatever the user name; it may hold colons."""
        self.assertEqual(Token("pass"), presented_token(basic("any:pass"), (), ()))
        self.assertEqual(Token("a:b"), presented_token(basic(":a:b"), (), ()))

    def test_broken_basic(self) -> None:
        """What cannot be decoded presents nothing."""
        for header in ("Basic !!!", "Basic", "Basic " + base64.b64encode(b"u:\xff").decode(), basic("nocolon")):
            self.assertIsNone(presented_token(header, (), ()), header)

    def test_parameters(self) -> None:
        """The query's api_token counts, then the form's; the header wins over both."""
        query, form = (("a", "b"), ("api_token", "q")), (("api_token", "f"),)
        self.assertEqual(Token("q"), presented_token(None, query, form))
        self.assertEqual(Token("f"), presented_token(None, (), form))
        self.assertEqual(Token("h"), presented_token("Bearer h", query, form))

    def test_web_parameter_is_not_read(self) -> None:
        """The parameter of container hosts is none of the API's."""
        self.assertIsNone(presented_token(None, (("arvados_api_token", "q"),), ()))

    def test_impossible_token(self) -> None:
        """A text that can be no token is none, and nothing further is looked at."""
        self.assertIsNone(presented_token("Bearer v2/not/right", (("api_token", "q"),), ()))
        self.assertEqual("v2/not/right", presented_text("Bearer v2/not/right", (), ()))


class PresentedTokens(SynchronousTestCase):
    """What comes besides the first token."""

    def test_one(self) -> None:
        """One token has no readers, wherever it is; without any there is nothing."""
        self.assertEqual(Presented(Token("h")), presented_tokens("Bearer h", (), (), {}))
        self.assertEqual(Presented(None), presented_tokens(None, (), (), {}))

    def test_others_are_readers(self) -> None:
        """What comes after the first is a reader, in order and once; the first is none."""
        query = (("api_token", "q"), ("api_token", "r"), ("api_token", "q"), ("api_token", "h"))
        found = presented_tokens("Bearer h", query, (("api_token", "f"),), {})
        self.assertEqual(Presented(Token("h"), (Token("q"), Token("r"), Token("f"))), found)
        found = presented_tokens(None, query, (), {"reader_tokens": ["b"]})
        self.assertEqual(Presented(Token("q"), (Token("r"), Token("h"), Token("b"))), found)

    def test_reader_tokens(self) -> None:
        """The parameter is a JSON array in query or form, or an array in the body; of either form of token."""
        v2 = "v2/zzzzz-gj3su-000000000000001/s"
        expected = Presented(None, (Token("a"), Token("s", "zzzzz-gj3su-000000000000001")))
        pairs = (("reader_tokens", json.dumps(["a", v2])),)
        self.assertEqual(expected, presented_tokens(None, pairs, (), {}))
        self.assertEqual(expected, presented_tokens(None, (), pairs, {}))
        self.assertEqual(expected, presented_tokens(None, (), (), {"reader_tokens": ["a", v2]}))

    def test_reader_tokens_that_are_none(self) -> None:
        """What is no array of possible tokens is none, and an impossible first token does not hide the others."""
        for value in ("a", "[", '{"a": 1}', "null", "[" * 100_000, '[1, null, ["a"], "", "a b", "v2/x/y"]'):
            self.assertEqual(Presented(None), presented_tokens(None, (("reader_tokens", value),), (), {}), value[:20])
        found = presented_tokens("Bearer v2/x/y", (("api_token", "q"),), (), {"reader_tokens": 5})
        self.assertEqual(Presented(None, (Token("q"),)), found)

    def test_bounded(self) -> None:
        """Too many readers in the parameter are none; altogether there are never more."""
        names = [f"t{number}" for number in range(READERS + 1)]
        self.assertEqual((), presented_tokens("Bearer h", (), (), {"reader_tokens": names}).readers)
        found = presented_tokens("Bearer h", (("api_token", "q"),), (), {"reader_tokens": names[1:]})
        self.assertEqual([Token("q"), *map(Token, names[1:-1])], list(found.readers))
