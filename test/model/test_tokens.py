"""
Tests for L{arvgate.model.tokens}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.ids import Uuid
from arvgate.model.tokens import IssuedToken, Token, parse_token

UUID = "zzzzz-gj3su-0123456789abcde"
CONTAINER = "zzzzz-dz642-0123456789abcde"


class ParseTests(SynchronousTestCase):
    """L{parse_token}."""

    def test_bare(self) -> None:
        """A text that does not begin with v2/ is a secret, slashes included."""
        for text in ("secret", "v1/x/y", "v2", "a/b"):
            self.assertEqual(Token(text), parse_token(text))

    def test_parts(self) -> None:
        """Three parts, a container, a nonce; what comes after does not count."""
        v2 = f"v2/{UUID}/secret"
        self.assertEqual(Token("secret", Uuid(UUID)), parse_token(v2))
        self.assertEqual(Token("secret", Uuid(UUID), CONTAINER), parse_token(f"{v2}/{CONTAINER}"))
        five = Token("secret", Uuid(UUID), CONTAINER, "7")
        self.assertEqual([five, five], [parse_token(f"{v2}/{CONTAINER}/7{more}") for more in ("", "/more")])
        self.assertEqual(Token("secret", Uuid(UUID)), parse_token(f"{v2}//"))

    def test_impossible(self) -> None:
        """What can be no token is none."""
        for text in (
            "", " ", "a b", "a\n", "é", "a\x7f", "a\0", "v2/", f"v2/{UUID}", f"v2/{UUID}/", "v2/x/secret",
            f"v2/{CONTAINER}/secret", f"v2/{UUID.upper()}/secret",
        ):  # fmt: skip
            self.assertIsNone(parse_token(text), text)

    @given(st.text())
    def test_never_raises(self, text: str) -> None:
        """Any text is a token or none."""
        token = parse_token(text)
        self.assertTrue(token is None or token.secret)

    @given(st.text("abc/", min_size=1), st.none() | st.text("abc", min_size=1))
    def test_v2_comes_back(self, rest: str, container: str | None) -> None:
        """The three-part text of a v2 token is read as the same secret."""
        token = parse_token(f"v2/{UUID}/s{rest}" if container is None else f"v2/{UUID}/s/{container}")
        self.assertEqual(token.secret, parse_token(token.v2).secret)


class SecrecyTests(SynchronousTestCase):
    """What a repr shows."""

    def test_repr(self) -> None:
        """No secret is in a repr."""
        token = Token("hushhush", Uuid(UUID), CONTAINER, "nonce7")
        self.assertNotIn("hush", repr(token))
        self.assertNotIn("nonce7", repr(token))
        self.assertNotIn("hush", repr(IssuedToken(Uuid(UUID), token.v2)))
