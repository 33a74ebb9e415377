"""
Tests for L{arvgate.wire.query}.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.query import TakenQuery, same_origin_location, take_credentials

V2 = "v2/zzzzz-gj3su-000000000000000/examplesecret"

harmless = st.text(st.sampled_from("abx%2F=+~!;/?:@.-_"), max_size=8).filter(
    lambda text: (
        not {name for name, _ in parse_qsl(text, keep_blank_values=True)}
        & {"arvados_api_token", "arvgate_code", "api_token"}
    )
)
credentials = st.sampled_from(
    [
        f"arvados_api_token={V2}",
        f"arvados_api_token={quote(V2, safe='')}",
        "arvgate_code=c",
        f"api_token={V2}",
        "arvados_api_token=",
    ]
)


class TakeTests(SynchronousTestCase):
    """Credentials leave the query, nothing else does."""

    def test_nothing_to_take(self) -> None:
        """Without credentials the target stays as it is."""
        for target in (
            b"/",
            b"/?",
            b"/a?b=c&d",
            b"/a?baz",
            b"/a?token=1",
            b"*",
            b"/arvados_api_token=1",
            b"//x?code=1",
        ):
            self.assertEqual(TakenQuery(target), take_credentials(target))

    def test_byte_for_byte(self) -> None:
        """What surrounds them keeps its bytes."""
        for before, after in (
            ("/p?arvados_api_token=T", "/p"),
            ("/p?baz&arvados_api_token=T", "/p?baz"),
            ("/p?arvados_api_token=T&baz", "/p?baz"),
            ("/p?a=%20+b&arvados_api_token=T&&c=%zz&", "/p?a=%20+b&&c=%zz&"),
            ("/p?x=1&arvados_api_token=T&x=2&arvados_api_token=U&x=3", "/p?x=1&x=2&x=3"),
            ("/p?a=?&arvados_api_token=T", "/p?a=?"),
        ):
            taken = take_credentials(before.encode())
            self.assertEqual((after.encode(), "T"), (taken.target, taken.token), before)

    def test_slashes(self) -> None:
        """The token's slashes may be raw or encoded."""
        for text in (V2, quote(V2, safe=""), V2.replace("/", "%2f")):
            self.assertEqual(V2, take_credentials(f"/?arvados_api_token={text}".encode()).token)

    def test_encoded_name(self) -> None:
        """A name that an app would decode to ours is taken as well."""
        for name in ("arvados%5Fapi%5ftoken", "%61rvados_api_token"):
            self.assertEqual(TakenQuery(b"/", token="T"), take_credentials(f"/?{name}=T".encode()))
        self.assertEqual(TakenQuery(b"/", code="C"), take_credentials(b"/?arvgate%5fcode=C"))

    def test_api_token(self) -> None:
        """The short name is ours only with a v2 token behind it."""
        self.assertEqual(TakenQuery(b"/", token=V2), take_credentials(f"/?api_token={V2}".encode()))
        for text in ("", "x" * 50, "v2/x/y", "v2/zzzzz-tpzed-000000000000000/s", f"{V2}%20"):
            target = f"/?api_token={text}".encode()
            self.assertEqual(TakenQuery(target), take_credentials(target), text)

    def test_order(self) -> None:
        """The long name outweighs the short one, the first copy the second, an empty one counts for nothing."""
        both = take_credentials(f"/?api_token={V2}&arvados_api_token=&arvados_api_token=A&arvados_api_token=B".encode())
        self.assertEqual(TakenQuery(b"/", token="A"), both)
        self.assertEqual(TakenQuery(b"/", token=V2), take_credentials(f"/?api_token={V2}&arvados_api_token=".encode()))
        self.assertEqual(TakenQuery(b"/"), take_credentials(b"/?arvados_api_token="))
        self.assertEqual(TakenQuery(b"/"), take_credentials(b"/?arvados_api_token"))

    def test_code(self) -> None:
        """A one-time code is taken beside a token."""
        taken = take_credentials(b"/p?arvgate_code=a%2Bb&arvados_api_token=T&x")
        self.assertEqual(TakenQuery(b"/p?x", token="T", code="a+b"), taken)

    def test_not_shown(self) -> None:
        """The repr holds no credential."""
        self.assertNotIn("SECRET", repr(take_credentials(b"/?arvgate_code=SECRET&arvados_api_token=SECRET")))

    @given(st.lists(st.tuples(st.booleans(), harmless, credentials), min_size=1, max_size=6))
    def test_mixtures(self, pieces: list[tuple[bool, str, str]]) -> None:
        """Of any mixture exactly the rest stays, in order."""
        query = "&".join(secret if own else rest for own, rest, secret in pieces)
        rest = [rest for own, rest, _ in pieces if not own]
        expected = f"/p?{query}" if len(rest) == len(pieces) else "/p?" + "&".join(rest) if rest else "/p"
        self.assertEqual(expected.encode(), take_credentials(f"/p?{query}".encode()).target)

    @given(st.binary(max_size=60))
    def test_any_bytes(self, data: bytes) -> None:
        """No bytes make it fail or leave the credential in."""
        self.assertNotIn(
            b"SECRET1", take_credentials(b"/" + data + b"?x&arvados_api_token=SECRET1").target.partition(b"?x")[2]
        )


class LocationTests(SynchronousTestCase):
    """Redirects stay on the host."""

    def test_same_host(self) -> None:
        """Nothing that a browser would read as another host comes out."""
        for target, location in (
            (b"/", b"/"),
            (b"/a/b?c=//d", b"/a/b?c=//d"),
            (b"//evil.example/x", b"/evil.example/x"),
            (b"///evil.example", b"/evil.example"),
            (b"/\\evil.example", b"/%5Cevil.example"),
            (b"\\\\evil.example", b"/%5C%5Cevil.example"),
            (b"/a\r\nSet-Cookie: x", b"/a%0D%0ASet-Cookie:%20x"),
            (b"/\t/evil.example", b"/%09/evil.example"),
            (b"https://evil.example/", b"/https://evil.example/"),
            (b"", b"/"),
            (b"*", b"/*"),
        ):
            self.assertEqual(location, same_origin_location(target))

    @given(st.binary(max_size=60))
    def test_any_bytes(self, data: bytes) -> None:
        """It begins with exactly one slash and has only printable ASCII without backslashes."""
        location = same_origin_location(data)
        self.assertRegex(location, rb"\A/(?:[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]*)?\Z")
