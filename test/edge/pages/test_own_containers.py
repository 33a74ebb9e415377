"""Tests of L{arvgate.edge.pages.own_containers}."""

from __future__ import annotations

import re

from arvgate.model.kinds import USERS
from test.edge.pages.case import PagesCase


class ListTests(PagesCase):
    """The list at C{/}."""

    def names(self, target: str = "/") -> list[str]:
        """The names of the requests that are listed, from top to bottom."""
        return re.findall(r'<th role="rowheader" scope="row">(.*?)<', self.browse(target).body.decode())

    def test_login_first(self) -> None:
        """Who is not logged in is sent to the login."""
        response = self.browse("/")
        self.assertEqual((303, "/login"), (response.status, response.headers["location"]))

    def test_programs(self) -> None:
        """A program gets the API's answer."""
        self.assertEqual(["Path not found"], self.refused(404, "GET", "/"))

    def test_empty(self) -> None:
        """Where there is nothing it is said how to begin."""
        self.log_in()
        response = self.browse("/")
        self.assertEqual(200, response.status)
        self.assertIn(b"arvgate run", response.body)
        self.assertIn(b"alice@example.com", response.body)
        self.assertEqual(self.alice.uuid, response.headers["x-arvados-user-uuid"])

    def test_own(self) -> None:
        """One sees one's own requests and those that one may change, newest first, an admin too."""
        self.request_of(self.alice, name="first")
        self.clock.advance(1)
        self.share(self.request_of(self.bob, name="shared"), self.alice, "can_write")
        self.share(self.request_of(self.bob, name="shown"), self.alice, "can_read")
        self.clock.advance(1)
        self.request_of(self.admin, name="the admin's")
        self.log_in()
        self.assertEqual(["shared", "first"], self.names())
        self.log_in(self.admin)
        self.assertEqual(["the admin&#39;s"], self.names())

    def test_links(self) -> None:
        """Each port that listens has a link that leads over the login to its host."""
        uuid = self.request_of(self.alice)["container_uuid"]
        self.run_container(uuid, listening_ports=[8080])
        self.log_in()
        self.assertIn(f'href="/login?to={uuid}-8080-http&amp;path=%2F"', self.browse("/").body.decode())
        response = self.browse(f"/login?to={uuid}-8080-http&path=/")
        self.assertTrue(response.headers["location"].startswith(f"https://{uuid}-8080-http.c.zzzzz.localhost:8443/?"))

    def test_pages(self) -> None:
        """Many are shown page by page."""
        self.site = self.make_site(page_size=2)
        for number in range(5):
            self.request_of(self.alice, name=f"n{number}")
            self.clock.advance(1)
        self.log_in()
        self.assertEqual([["n4", "n3"], ["n2", "n1"], ["n0"], []], [self.names(f"/?page={n}") for n in range(1, 5)])
        for number, newer, older in ((1, False, True), (2, True, True), (3, True, False)):
            text = self.browse(f"/?page={number}").body
            self.assertEqual((newer, older), (b'rel="prev"' in text, b'rel="next"' in text), number)
        for odd in ("0", "-1", "x", "1e3", "99999999999"):
            self.assertEqual(["n4", "n3"], self.names(f"/?page={odd}"))

    def test_narrow_token(self) -> None:
        """Who logged in with a token that may not list requests sees none."""
        self.request_of(self.alice, name="hidden")
        self.log_in(self.token_of(self.alice.uuid, ["GET /arvados/v1/users/"]))
        self.assertEqual([], self.names())
        self.assertIn(b"does not permit to list", self.browse("/").body)

    def test_escaped(self) -> None:
        """What users write stays text."""
        self.request_of(self.alice, name="<script>alert(1)</script>")
        self.successResultOf(
            self.store.update(USERS, self.alice.uuid, {"first_name": "<b>", "last_name": "'\""}, self.store.system)
        )
        self.log_in()
        text = self.browse("/").body.decode()
        self.assertIn("&lt;script&gt;", text)
        self.assertNotIn("<script", text)
        self.assertNotIn("<b>", text)
