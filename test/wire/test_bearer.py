"""Tests of L{arvgate.wire.bearer}."""

from __future__ import annotations

import base64

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.tokens import Token
from arvgate.wire.bearer import presented_text, presented_token


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
