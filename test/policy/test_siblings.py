"""
Tests for L{arvgate.policy.siblings}.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Forbidden
from arvgate.model.locations import Listing, RequestFacts
from arvgate.policy.siblings import check_siblings, is_of_container
from arvgate.wire.origin import read_origin_fields
from arvgate.wire.vhost import HostNames

NAMES = HostNames(cluster_id="zzzzz", api="api.example", suffix=".c.example", port=8443)
HERE = b"zzzzz-dz642-aaaaaaaaaaaaaaa-80-http.c.example:8443"
SAME_CONTAINER = b"https://zzzzz-dz642-aaaaaaaaaaaaaaa-9000.c.example:8443"
BY_REQUEST = b"https://zzzzz-xvhdp-aaaaaaaaaaaaaaa-9000-http.c.example:8443"
NEIGHBOUR = b"https://zzzzz-dz642-bbbbbbbbbbbbbbb-80-http.c.example:8443"
OWN = RequestFacts("zzzzz-xvhdp-aaaaaaaaaaaaaaa", readable=True, writable=True)
LISTING = Listing(
    container_uuid="zzzzz-dz642-aaaaaaaaaaaaaaa",
    target_uuid="zzzzz-dz642-aaaaaaaaaaaaaaa",
    port=80,
    state="Running",
    gateway_address="127.0.0.1:1",
    lock_count=1,
    requests=[OWN],
)


class SiblingTests(SynchronousTestCase):
    """Requests that pages of other hosts make."""

    def passes(
        self, method: bytes = b"GET", upgrade: bool = False, listing: Listing = LISTING, **fields: bytes
    ) -> bool:
        """Whether a request with those header fields passes."""
        headers = [(name.replace("_", "-").encode(), value) for name, value in fields.items()]
        try:
            check_siblings(read_origin_fields(method, HERE, headers, upgrade), listing, NAMES)
        except Forbidden:
            return False
        return True

    def test_no_browser(self) -> None:
        """A client that says nothing of origins passes with any method and any upgrade."""
        self.assertTrue(self.passes(b"POST"))
        self.assertTrue(self.passes(b"GET", upgrade=True))

    def test_own_pages(self) -> None:
        """The app's own pages and typed addresses pass with everything."""
        for site in (b"same-origin", b"none", b"Same-Origin"):
            self.assertTrue(self.passes(b"POST", sec_fetch_site=site, sec_fetch_mode=b"cors"))
            self.assertTrue(self.passes(upgrade=True, sec_fetch_site=site, sec_fetch_mode=b"websocket"))

    def test_links_from_elsewhere(self) -> None:
        """From other pages only a link into a tab of its own passes."""
        for site in (b"same-site", b"cross-site", b"unheard-of", b""):
            navigation = {"sec_fetch_site": site, "sec_fetch_mode": b"navigate", "sec_fetch_dest": b"document"}
            self.assertTrue(self.passes(**navigation))
            self.assertTrue(self.passes(b"HEAD", **navigation))
            self.assertFalse(self.passes(b"POST", **navigation))
            self.assertFalse(self.passes(upgrade=True, **navigation))
            self.assertFalse(self.passes(**{**navigation, "sec_fetch_dest": b"iframe"}))
            self.assertFalse(self.passes(**{**navigation, "sec_fetch_mode": b"no-cors"}))
            self.assertFalse(self.passes(sec_fetch_site=site))

    def test_ahead_of_time(self) -> None:
        """Of what is loaded before a link is followed only the app's own passes, whatever the site is said to be."""
        for site in (b"none", b"same-site", b"cross-site"):
            early = {
                "sec_purpose": b"prefetch",
                "sec_fetch_site": site,
                "sec_fetch_mode": b"navigate",
                "sec_fetch_dest": b"document",
            }
            self.assertFalse(self.passes(**early))
            self.assertFalse(self.passes(**early, referer=NEIGHBOUR + b"/"))
            self.assertTrue(self.passes(**early, referer=b"https://" + HERE + b"/"))
        self.assertTrue(self.passes(sec_purpose=b"prefetch", sec_fetch_site=b"same-origin", sec_fetch_mode=b"no-cors"))

    def test_neighbours(self) -> None:
        """A page of another container's port may neither fetch nor open a WebSocket."""
        for mode in (b"cors", b"no-cors", b"websocket"):
            self.assertFalse(
                self.passes(
                    upgrade=mode == b"websocket", sec_fetch_site=b"same-site", sec_fetch_mode=mode, origin=NEIGHBOUR
                )
            )

    def test_other_port_of_the_same_container(self) -> None:
        """A page of another port of the same container may, named by container or request, by Origin or Referer."""
        for origin in (SAME_CONTAINER, BY_REQUEST, SAME_CONTAINER.upper().replace(b"HTTPS", b"https")):
            self.assertTrue(self.passes(b"POST", sec_fetch_site=b"same-site", origin=origin))
            self.assertTrue(self.passes(b"POST", origin=origin))
            self.assertTrue(self.passes(sec_fetch_site=b"same-site", referer=origin + b"/page?x=" + NEIGHBOUR))

    def test_other_names_of_the_same_container(self) -> None:
        """A page of a published name, or of an external port, passes if the name or the port is this container's."""
        listing = attrs.evolve(LISTING, names=["app"], external_ports=[31000])
        ports = HostNames("zzzzz", "api.example", "", ports_host="apps.example", first_port=31000, last_port=31009)
        for origin, names, own in (
            (b"https://app.c.example:8443", NAMES, True),
            (b"https://other.c.example:8443", NAMES, False),
            (b"https://apps.example:31000", ports, True),
            (b"https://apps.example:31001", ports, False),
            (b"https://apps.example:31010", ports, False),
            (b"http://apps.example:31000", ports, False),
            (b"https://api.example", ports, False),
        ):
            self.assertEqual(own, is_of_container(origin, listing, names), origin)
            fields = [(b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Mode", b"cors"), (b"Origin", origin)]
            request = read_origin_fields(b"POST", HERE, fields, False)
            if own:
                check_siblings(request, listing, names)
            else:
                self.assertRaises(Forbidden, check_siblings, request, listing, names)

    def test_origin_outweighs_referer(self) -> None:
        """Where an Origin is sent, the Referer does not count."""
        self.assertFalse(self.passes(b"POST", sec_fetch_site=b"same-site", origin=NEIGHBOUR, referer=SAME_CONTAINER))
        self.assertFalse(self.passes(b"POST", sec_fetch_site=b"same-site", origin=b"null", referer=SAME_CONTAINER))

    def test_almost_the_same_container(self) -> None:
        """Origins that only look like another port of the container are foreign."""
        for origin in (
            SAME_CONTAINER.replace(b"https", b"http"),
            SAME_CONTAINER.replace(b":8443", b""),
            SAME_CONTAINER + b".evil.example",
            SAME_CONTAINER.replace(b"-9000", b"-0"),
            b"https://evil.example/" + SAME_CONTAINER,
            b"https://evil.example@" + SAME_CONTAINER[8:],
        ):
            self.assertFalse(self.passes(b"POST", sec_fetch_site=b"same-site", origin=origin), origin)

    def test_old_browsers(self) -> None:
        """Without Sec-Fetch fields a foreign or null Origin keeps unsafe methods and upgrades out."""
        for origin in (NEIGHBOUR, b"null", b"https://evil.example", b"http://" + HERE, b""):
            self.assertFalse(self.passes(b"POST", origin=origin))
            self.assertFalse(self.passes(b"PROPFIND", origin=origin))
            self.assertFalse(self.passes(upgrade=True, origin=origin))
            self.assertTrue(self.passes(origin=origin))
        self.assertTrue(self.passes(b"POST", origin=b"https://" + HERE))
        self.assertTrue(self.passes(b"POST", origin=b"https://" + HERE.upper()))

    def test_two_values(self) -> None:
        """A field that is there twice is not believed."""
        double = [(b"Sec-Fetch-Site", b"same-origin"), (b"sec-fetch-site", b"same-origin")]
        with self.assertRaises(Forbidden):
            check_siblings(read_origin_fields(b"GET", HERE, double, False), LISTING, NAMES)
        origins = [(b"Origin", b"https://" + HERE), (b"Origin", b"https://" + HERE)]
        with self.assertRaises(Forbidden):
            check_siblings(read_origin_fields(b"POST", HERE, origins, False), LISTING, NAMES)

    def test_sec_fetch_without_site(self) -> None:
        """A browser that leaves out where it comes from passes only with a navigation."""
        self.assertFalse(self.passes(b"POST", sec_fetch_mode=b"cors"))
        self.assertTrue(self.passes(sec_fetch_mode=b"navigate", sec_fetch_dest=b"document"))

    def test_relaxed(self) -> None:
        """The property arvgate:cross_site opens exactly its ports, if every request has it."""
        opened = attrs.evolve(OWN, cross_site=[80])
        fields = {"sec_fetch_site": b"cross-site", "origin": b"https://evil.example"}
        self.assertTrue(self.passes(b"POST", listing=attrs.evolve(LISTING, requests=[opened]), **fields))
        self.assertFalse(self.passes(b"POST", listing=attrs.evolve(LISTING, requests=[opened, OWN]), **fields))
        elsewhere = attrs.evolve(OWN, cross_site=[81])
        self.assertFalse(self.passes(b"POST", listing=attrs.evolve(LISTING, requests=[elsewhere]), **fields))
        self.assertFalse(self.passes(b"POST", listing=attrs.evolve(LISTING, requests=[]), **fields))
