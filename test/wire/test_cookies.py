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
    clear_site_data,
    decode_token,
    encode_token,
    expired_cookie,
    filter_set_cookie,
    read_cookies,
    strip_cookies,
    token_cookie,
)

TOKEN = "v2/zzzzz-gj3su-000000000000000/examplesecret"
VALUE = "djIvenp6enotZ2ozc3UtMDAwMDAwMDAwMDAwMDAwL2V4YW1wbGVzZWNyZXQ="
HOST = "zzzzz-dz642-aaaaaaaaaaaaaaa-80-http.c.example"

other_cookies = st.text(st.characters(codec="latin-1", exclude_characters=";=\r\n\0"), max_size=8).map(
    lambda text: f"x{text}=y".encode("latin-1")
)
our_cookies = st.sampled_from(
    [f"{OUR_COOKIE}={VALUE}", f"{PLAIN_COOKIE}={VALUE}", f"{SESSION_COOKIE}=1", PLAIN_COOKIE]
).map(str.encode)


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
        """Both cookies are found in any of several headers, the first that can be read of each name."""
        ours, plain = f"{OUR_COOKIE}={VALUE}".encode(), f"{PLAIN_COOKIE}={encode_token('plain')}".encode()
        self.assertEqual(CookieTokens(ours=TOKEN, plain="plain"), read_cookies([b"a=b; " + plain, ours + b";c"]))
        self.assertEqual(CookieTokens(), read_cookies([]))
        bad_first = f"{OUR_COOKIE}=%; {OUR_COOKIE}={VALUE}; {OUR_COOKIE}={encode_token('second')}".encode()
        self.assertEqual(CookieTokens(ours=TOKEN), read_cookies([bad_first]))

    def test_other_names(self) -> None:
        """Names must be exact."""
        for name in ("__host-arvados_api_token", "x" + OUR_COOKIE, OUR_COOKIE + "-8080", SESSION_COOKIE):
            self.assertEqual(CookieTokens(), read_cookies([f"{name}={VALUE}".encode()]), name)

    def test_not_shown(self) -> None:
        """The repr holds no token."""
        self.assertNotIn("example", repr(CookieTokens(ours=TOKEN, plain=TOKEN)))


class StripTests(SynchronousTestCase):
    """No app sees a cookie of ours."""

    def test_positions(self) -> None:
        """Ours go from front, middle and end, and what stays keeps its bytes."""
        for value, left in (
            (b"a=1; b=2", b"a=1; b=2"),
            (b'a = "x y" ;b=2;;  c', b'a = "x y" ;b=2;;  c'),
            (b"arvados_api_token=t; a=1", b"a=1"),
            (b"a=1; arvados_api_token=t", b"a=1"),
            (b"a=1; arvados_api_token=t;b=2", b"a=1;b=2"),
            (b"a=1;  arvados_api_token=t; b=2", b"a=1; b=2"),
            (b"a=1; arvados_api_token=x; arvados_api_token=y; b=2", b"a=1; b=2"),
            (b"\xe4=\xfc; arvados_api_token=x", b"\xe4=\xfc"),
            (b"xarvados_api_token=1; arvados_api_tokenx=2", b"xarvados_api_token=1; arvados_api_tokenx=2"),
            (b"arvados_api_token=t", None),
            (b"arvados_api_token=t; ", None),
            (b"__Host-arvados_api_token=t;__Host-arvgate_session=s; arvados_api_token", None),
        ):
            self.assertEqual(left, strip_cookies(value), value)

    def test_every_shape(self) -> None:
        """Whatever some app would read as a cookie of ours goes: case, blanks, prefixes, nameless ones."""
        for pair in (
            b"__Host-arvados_api_token=t",
            b"__Host-arvados_api_token-8080=t",
            b"__host-ARVADOS_api_token=t",
            b"ARVADOS_API_TOKEN=t",
            b"\x0barvados_api_token=t",
            b"arvados_api_token\t=t",
            b"arvados_api_token\x0c =t",
            b"=arvados_api_token=t",
            b"= = arvados_api_token=t",
            b"__Host-arvgate_session=s",
        ):
            self.assertEqual(b"a=1", strip_cookies(b"a=1; " + pair), pair)

    def test_many_equals_signs(self) -> None:
        """A hostile cookie of nothing but equals signs is no trouble."""
        value = b"=" * 60000
        self.assertEqual(value, strip_cookies(value))

    @given(st.lists(st.tuples(st.booleans(), other_cookies, our_cookies), max_size=6))
    def test_mixtures(self, pieces: list[tuple[bool, bytes, bytes]]) -> None:
        """Of any mixture exactly the others stay, in order."""
        value = b"; ".join(ours if own else other for own, other, ours in pieces)
        left = b"; ".join(other for own, other, _ in pieces if not own)
        stripped = strip_cookies(value)
        self.assertEqual(left or None, (stripped or None) if pieces else left or None)

    @given(st.binary(max_size=80))
    def test_any_bytes(self, data: bytes) -> None:
        """Whatever comes in, what goes out names no cookie of ours."""
        left = strip_cookies(data + b"; arvados_api_token=secret;" + data)
        self.assertNotIn(b"arvados_api_token=secret", left or b"")


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


class SetCookieTests(SynchronousTestCase):
    """Cookies that apps set."""

    def test_own_business(self) -> None:
        """An app's cookies for itself pass byte for byte."""
        for value in (
            b"a=b",
            b"a=b;Path=/x ;  HttpOnly",
            b"a=b; Domain=" + HOST.encode(),
            b"a=b; domain=." + HOST.upper().encode(),
        ):
            self.assertEqual(value, filter_set_cookie(value, HOST))

    def test_our_names(self) -> None:
        """An app sets no cookie of ours, in no shape."""
        for name in (
            b"arvados_api_token",
            b"__Host-arvados_api_token",
            b"__HOST-arvados_api_token-1",
            b"__Host-arvgate_session",
        ):
            for value in (name + b"=evil", b" " + name + b" =evil; Path=/", b"=" + name + b"=evil", name):
                self.assertIsNone(filter_set_cookie(value, HOST), value)

    def test_wider_domains(self) -> None:
        """A Domain that is not the app's own host is taken away, every copy of it; the cookie stays host-only."""
        for domain in (
            b"c.example",
            b".c.example",
            b"example",
            b"C.Example",
            b"",
            b" c.example\t",
            b"c.example.",
            b"evil.example",
        ):
            self.assertEqual(b"a=b; Path=/", filter_set_cookie(b"a=b; Domain=" + domain + b"; Path=/", HOST), domain)
        twice = b"a=b; Domain=" + HOST.encode() + b"; DOMAIN =c.example; Secure"
        self.assertEqual(b"a=b; Domain=" + HOST.encode() + b"; Secure", filter_set_cookie(twice, HOST))
        self.assertEqual(b"a=domain=c.example", filter_set_cookie(b"a=domain=c.example", HOST))

    def test_clear_site_data(self) -> None:
        """An app may clear cache and storage, never cookies."""
        self.assertEqual(b'"cache", "storage"', clear_site_data([b'"*"']))
        self.assertEqual(b'"cache", "storage"', clear_site_data([b'"storage" , "cookies"', b'"cache"']))
        self.assertEqual(b'"storage"', clear_site_data([b'"storage", "executionContexts"']))
        self.assertIsNone(clear_site_data([b'"cookies"']))
        self.assertIsNone(clear_site_data([b"cache", b""]))
