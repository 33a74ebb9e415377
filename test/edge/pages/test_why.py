"""
Tests for L{arvgate.edge.pages.why}.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.pages.failure import OpenPort
from arvgate.edge.pages.why import Asked, why_page
from arvgate.model.checks import Check, Result

OK = Check("token", Result.OK, "The token is valid.")
OPEN = Check("proof", Result.UNKNOWN, "Nobody knows.")
BAD = Check("port", Result.FAILED, "<b>Nothing</b> listens.", "Let it & listen.", "not-listening")
SKIPPED = Check("app", Result.SKIPPED, "Not checked.")
ABOUT = Asked(host="x.example", home="/", again="/why?to=x", login="/login?to=x", request_id="req-1")


class WhyPageTests(SynchronousTestCase):
    """The page."""

    def test_failed(self) -> None:
        """The failure and its cure stand first, then all checks; nothing of them is HTML."""
        text = why_page([OK, OPEN, BAD, SKIPPED], ABOUT).decode()
        for part in (
            "&lt;b&gt;Nothing&lt;/b&gt; listens.",
            "Let it &amp; listen.",
            "The token is valid.",
            "Nobody knows.",
            '<strong>app</strong>: <span class="state soft">not checked</span>.',
            'href="/why?to=x"',
            "Request req-1",
        ):
            self.assertIn(part, text)
        self.assertLess(text.index("Let it"), text.index("The token is valid."))
        self.assertNotIn("Open the app", text)
        self.assertNotIn("Log in", text)

    def test_in_order(self) -> None:
        """Where all is in order the app can be opened."""
        text = why_page([OK], ABOUT).decode()
        self.assertIn('href="https://x.example/"', text)
        self.assertIn("Every check is in order.", text)

    def test_log_in(self) -> None:
        """Whose token fails can log in."""
        text = why_page([attrs.evolve(BAD, name="token")], ABOUT).decode()
        self.assertIn('href="/login?to=x"', text)
        self.assertNotIn("Ask again", text)

    def test_ports(self) -> None:
        """Ports that listen instead can be opened, where they have an address."""
        about = attrs.evolve(ABOUT, listening=[OpenPort(80, "https://y.example/"), OpenPort(81)])
        text = why_page([BAD], about).decode()
        self.assertIn('<a href="https://y.example/">Port 80</a>', text)
        self.assertIn("<li>Port 81</li>", text)
