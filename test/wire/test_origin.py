"""
Tests for L{arvgate.wire.origin}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.origin import RequestOrigin, read_origin_fields


def read(method: bytes = b"GET", upgrade: bool = False, **fields: bytes) -> RequestOrigin:
    """The origin of a request with those fields."""
    headers = [(name.replace("_", "-").encode(), value) for name, value in fields.items()]
    return read_origin_fields(method, b"h.example", headers, upgrade)


class ReadTests(SynchronousTestCase):
    """What a browser says of a request."""

    def test_all(self) -> None:
        """The fields are found in any case; tokens are folded, addresses are not."""
        origin = read(
            SEC_FETCH_SITE=b"Same-Site ",
            sec_fetch_mode=b"CORS",
            sec_fetch_dest=b"Empty",
            Origin=b"https://A.example",
            referer=b"https://A.example/X",
        )
        self.assertEqual((b"same-site", b"cors", b"empty"), (origin.site, origin.mode, origin.dest))
        self.assertEqual((b"https://A.example", b"https://A.example/X"), (origin.origin, origin.referer))
        self.assertTrue(origin.fetch_metadata)

    def test_nothing(self) -> None:
        """Where nothing is said, nothing is known."""
        origin = read()
        self.assertEqual(
            (None, None, None, None, None), (origin.site, origin.mode, origin.dest, origin.origin, origin.referer)
        )
        self.assertFalse(origin.fetch_metadata)

    def test_any_fetch_metadata(self) -> None:
        """Any Sec-Fetch field shows a browser."""
        self.assertTrue(read(sec_fetch_user=b"?1").fetch_metadata)

    def test_twice(self) -> None:
        """A field that is there twice says nothing good."""
        headers = [(b"Sec-Fetch-Site", b"none"), (b"Origin", b"https://a"), (b"Referer", b"https://a")] * 2
        origin = read_origin_fields(b"GET", b"h", headers, False)
        self.assertEqual((b"", b"null", b""), (origin.site, origin.origin, origin.referer))

    def test_navigation(self) -> None:
        """A navigation loads a document by GET or HEAD and is no upgrade."""
        document = {"sec_fetch_mode": b"navigate", "sec_fetch_dest": b"document"}
        self.assertTrue(read(**document).is_navigation)
        self.assertTrue(read(b"HEAD", **document).is_navigation)
        self.assertFalse(read(b"POST", **document).is_navigation)
        self.assertFalse(read(upgrade=True, **document).is_navigation)
        self.assertFalse(read(**{**document, "sec_fetch_dest": b"iframe"}).is_navigation)
        self.assertFalse(read().is_navigation)

    def test_wants_page(self) -> None:
        """A browser wants a page when it navigates; what says nothing of the sort, when it accepts HTML."""
        self.assertTrue(read(accept=b"Text/HTML,*/*").wants_page)
        self.assertFalse(read(accept=b"*/*").wants_page)
        self.assertFalse(read(b"POST", accept=b"text/html").wants_page)
        self.assertFalse(read(upgrade=True, accept=b"text/html").wants_page)
        self.assertFalse(read(accept=b"text/html", sec_fetch_mode=b"cors").wants_page)

    def test_ahead_of_time(self) -> None:
        """A prefetch is known as such."""
        self.assertTrue(read(sec_purpose=b"prefetch;prerender").ahead_of_time)
        self.assertFalse(read().ahead_of_time)
