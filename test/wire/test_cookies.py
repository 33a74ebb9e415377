"""
Tests for L{arvgate.wire.cookies}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.cookies import (
    OUR_COOKIE,
    PLAIN_COOKIE,
    SESSION_COOKIE,
    CookieTokens,
    decode_token,
    encode_token,
    expired_cookie,
    our_cookie,
    read_cookies,
    token_cookie,
)

TOKEN = "v2/zzzzz-gj3su-000000000000000/examplesecret"
VALUE = "djIvenp6enotZ2ozc3UtMDAwMDAwMDAwMDAwMDAwL2V4YW1wbGVzZWNyZXQ="


class TokenTests(SynchronousTestCase):
    """Tokens in cookies."""

    def test_coding(self) -> None:
        """The value is URL-safe base64 with padding, as Arvados writes it."""
        self.assertEqual(VALUE, encode_token(TOKEN))
        self.assertEqual(TOKEN, decode_token(VALUE))

    @given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
    def test_round_trip(self, text: str) -> None:
        """Any printable text comes back."""
        self.assertEqual(text, decode_token(encode_token(text)))

    def test_not_decodable(self) -> None:
        """What is no such base64 is no token."""
        for bad in (
            "",
            "=",
            "a",
            "ab=",
            "a+b/",
            VALUE[:-1],
            VALUE + "=",
            VALUE + "\n",
            '"' + VALUE + '"',
            "/w==",
            "_w==",
        ):
            self.assertIsNone(decode_token(bad), bad)

    def test_found(self) -> None:
        """Both cookies are found in any of several headers, in order, those that can be read, each once."""
        ours, plain = f"{OUR_COOKIE}={VALUE}".encode(), f"{PLAIN_COOKIE}={encode_token('plain')}".encode()
        self.assertEqual(CookieTokens((TOKEN,), ("plain",)), read_cookies([b"a=b; " + plain, ours + b";c"]))
        self.assertEqual(CookieTokens(), read_cookies([]))
        value = f"{OUR_COOKIE}=%; {OUR_COOKIE}={VALUE}; {OUR_COOKIE}={encode_token('second')};{OUR_COOKIE}={VALUE}"
        self.assertEqual(CookieTokens((TOKEN, "second")), read_cookies([value.encode()]))

    def test_not_many(self) -> None:
        """However many there are, a few are looked at: each is a question to the records."""
        value = "; ".join(f"{PLAIN_COOKIE}={encode_token(str(number))}" for number in range(100))
        self.assertEqual(CookieTokens(plain=("0", "1", "2", "3")), read_cookies([value.encode()]))

    def test_external_port(self) -> None:
        """On an external port our cookie has its number; that of another port, or of none, is not ours there."""
        self.assertEqual(f"{OUR_COOKIE}-31000", our_cookie(31000))
        value = f"{OUR_COOKIE}={encode_token('a')}; {OUR_COOKIE}-31001={encode_token('b')}; {OUR_COOKIE}-31000={VALUE}"
        self.assertEqual(CookieTokens((TOKEN,)), read_cookies([value.encode()], 31000))

    def test_quotes(self) -> None:
        """A value may stand in quotes, as some programs write it; a quote does not hide a semicolon."""
        self.assertEqual(CookieTokens(plain=(TOKEN,)), read_cookies([f'$Version=1; {PLAIN_COOKIE}="{VALUE}"'.encode()]))
        hidden = f'a="b; {PLAIN_COOKIE}={VALUE}; c"'.encode()
        self.assertEqual(CookieTokens(plain=(TOKEN,)), read_cookies([hidden]))
        for half in (f'{PLAIN_COOKIE}="{VALUE}', f'{PLAIN_COOKIE}=""', f'{PLAIN_COOKIE}="'):
            self.assertEqual(CookieTokens(), read_cookies([half.encode()]), half)

    def test_joined_by_commas(self) -> None:
        """Cookies that somebody joined by commas are one, which is none of ours."""
        self.assertEqual(CookieTokens(), read_cookies([f"a=b, {PLAIN_COOKIE}={VALUE}".encode()]))

    def test_other_names(self) -> None:
        """Names must be exact."""
        for name in (
            "__host-arvados_api_token", "x" + OUR_COOKIE, OUR_COOKIE + "-8080", SESSION_COOKIE, OUR_COOKIE + " ",
            "__Host-arvados%5Fapi_token", "=" + OUR_COOKIE, "$" + OUR_COOKIE, "__Secure-arvados_api_token",
        ):  # fmt: skip
            self.assertEqual(CookieTokens(), read_cookies([f"{name}={VALUE}".encode()]), name)

    def test_not_shown(self) -> None:
        """The repr holds no token."""
        self.assertNotIn("example", repr(CookieTokens((TOKEN,), (TOKEN,))))


class MakeTests(SynchronousTestCase):
    """Cookies that we set."""

    def test_attributes(self) -> None:
        """The cookie is for the whole host, only over TLS, not for scripts, and ends with the token."""
        end = datetime(2030, 1, 5, 9, 8, 7, 654321, tzinfo=timezone(timedelta(hours=2)))
        self.assertEqual(
            f"{OUR_COOKIE}={VALUE}; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Sat, 05 Jan 2030 07:08:07 GMT",
            token_cookie(OUR_COOKIE, TOKEN, end).decode(),
        )
        self.assertNotIn(b"Expires", token_cookie(OUR_COOKIE, TOKEN, None))

    @given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1970))
    def test_dates(self, moment: datetime) -> None:
        """Every date is written so that it is read as the same second."""
        text = token_cookie(OUR_COOKIE, TOKEN, moment).decode()
        read = parsedate_to_datetime(text.partition("Expires=")[2])
        self.assertEqual(moment.replace(microsecond=0), read)

    def test_forgetting(self) -> None:
        """A browser can be made to forget a cookie with the same attributes."""
        jar = SimpleCookie(expired_cookie(OUR_COOKIE).decode())
        self.assertEqual(("", "0", "/"), (jar[OUR_COOKIE].value, jar[OUR_COOKIE]["max-age"], jar[OUR_COOKIE]["path"]))
