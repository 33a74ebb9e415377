"""
Tests for L{arvgate.wire.app_cookies}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.app_cookies import clear_site_data, filter_set_cookie, strip_cookies
from arvgate.wire.cookies import OUR_COOKIE, PLAIN_COOKIE, SESSION_COOKIE

VALUE = "djIvenp6enotZ2ozc3UtMDAwMDAwMDAwMDAwMDAwL2V4YW1wbGVzZWNyZXQ="
HOST = "zzzzz-dz642-aaaaaaaaaaaaaaa-80-http.c.example"
PORT = 31000

other_cookies = st.text(st.characters(codec="latin-1", exclude_characters=";=\r\n\0"), max_size=8).map(
    lambda text: f"x{text}=y".encode("latin-1")
)
our_cookies = st.sampled_from(
    [f"{OUR_COOKIE}={VALUE}", f"{PLAIN_COOKIE}={VALUE}", f"{SESSION_COOKIE}=1", PLAIN_COOKIE]
).map(str.encode)
names = st.from_regex(rb"(__Host-|__Secure-|__http-|__Host-Http-|p31000-|p9-|x)?[a-z!-]{0,4}", fullmatch=True)
values = st.from_regex(rb"[a-z=,]{0,4}", fullmatch=True)


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

    def test_odd_shapes(self) -> None:
        """Quotes hide no semicolon; what is joined by commas, encoded or only alike is the app's own business."""
        for value, left in (
            (b'a="b; __Host-arvados_api_token=t; c"', b'a="b; c"'),
            (b"$Version=1; arvados_api_token=t; $Path=/", b"$Version=1; $Path=/"),
            (b"a=b, arvados_api_token=t", b"a=b, arvados_api_token=t"),
            (b"__Host-arvados%5Fapi_token=t", b"__Host-arvados%5Fapi_token=t"),
            (b"__Secure-arvados_api_token=t", b"__Secure-arvados_api_token=t"),
            (b"__Host-other=1;__Host-arvados_api_tokens=2", b"__Host-other=1"),
            (b"p31000-a=1", b"p31000-a=1"),
        ):
            self.assertEqual(left, strip_cookies(value), value)


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

    def test_odd_shapes(self) -> None:
        """What a browser reads as one cookie is one here: commas and quotes end nothing, only semicolons do."""
        for value in (b"a=b, __Host-arvados_api_token=x", b'a="b', b"a", b"=b", b"", b"a=b; Path=/; Path=/x"):
            self.assertEqual(value, filter_set_cookie(value, HOST))
        self.assertEqual(b'a="b', filter_set_cookie(b'a="b; Domain=c.example', HOST))


class ExternalPortTests(SynchronousTestCase):
    """Cookies of apps that share one host."""

    def stored(self, value: bytes) -> bytes | None:
        """What a browser is told to keep."""
        return filter_set_cookie(value, "apps.example", PORT)

    def returned(self, value: bytes) -> bytes | None:
        """What of a browser's cookies reaches the app."""
        return strip_cookies(value, PORT)

    def test_renamed(self) -> None:
        """The port goes into the name, behind a prefix that browsers know in any case."""
        for value, renamed in (
            (b"a=b; Path=/x; HttpOnly", b"p31000-a=b; Path=/x; HttpOnly"),
            (b" a=b", b"p31000-a=b"),
            (b"__Host-a=b; Secure; Path=/", b"__Host-p31000-a=b; Secure; Path=/"),
            (b"__secure-a=b", b"__secure-p31000-a=b"),
            (b"__Http-a=b", b"__Http-p31000-a=b"),
            (b"__Host-Http-a=b", b"__Host-Http-p31000-a=b"),
            (b"p31000-a=b", b"p31000-p31000-a=b"),
            (b"p31001-a=b", b"p31000-p31001-a=b"),
            (b"=b", b"p31000-=b"),
            (b"b", b"p31000-=b"),
            (b"", b""),
            (b"a=b; Domain=apps.example", b"p31000-a=b; Domain=apps.example"),
            (b"a=b; Domain=example", b"p31000-a=b"),
        ):
            self.assertEqual(renamed, self.stored(value), value)

    def test_ours(self) -> None:
        """An app there sets no cookie of ours, for no port, either."""
        for value in (b"__Host-arvados_api_token-31001=x", b"arvados_api_token=x", b"=__Host-arvados_api_token-31000=x",
                      b"__Host-arvgate_session=x"):  # fmt: skip
            self.assertIsNone(self.stored(value), value)

    def test_returned(self) -> None:
        """Its own cookies come back under their names; another port's, and ours of any port, do not."""
        for value, left in (
            (b"p31000-a=b; p31001-c=d", b"a=b"),
            (b"p31001-c=d; p31000-a=b", b"a=b"),
            (b"__Host-p31000-a=b; __Host-p31001-c=d;__Secure-p9-e=f", b"__Host-a=b"),
            (b"__Host-arvados_api_token-31000=t; __Host-arvados_api_token-31001=t; p31000-a=b", b"a=b"),
            (b"p31000-=b; p31000-a=c", b"b; a=c"),
            (b"script=1; p31000-a=b; x", b"script=1; a=b; x"),
            (b"p31000a=1; P31000-a=1; p0-b=1; p031000-c=1", b"p31000a=1; P31000-a=1"),
            (b"p31001-c=d", None),
            (b"a=1;  b=2;;", b"a=1;  b=2;;"),
        ):
            self.assertEqual(left, self.returned(value), value)

    def test_not_by_a_detour(self) -> None:
        """A name that would become one of ours on the way back does not reach the app."""
        for value in (
            b"p31000-arvados_api_token=x",
            b"__Host-p31000-arvados_api_token=x",
            b"p31000-=arvados_api_token",
        ):
            self.assertIsNone(self.returned(value), value)

    @given(names, values)
    def test_round_trip(self, name: bytes, value: bytes) -> None:
        """Whatever an app sets comes back as it would from a host of its own."""
        kept = self.stored(name + b"=" + value)
        assert kept is not None
        self.assertEqual((name + b"=" if name else b"") + value or None, self.returned(kept))
