"""Tests of L{arvgate.edge.pages.sessions}."""

from __future__ import annotations

from arvgate.model.tokens import parse_token
from test.edge.pages.case import PagesCase

CONTAINER = "zzzzz-dz642-aaaaaaaaaaaaaaa"


class LogOut(PagesCase):
    """Logging out."""

    def setUp(self) -> None:
        """Be logged in, at a container's host too."""
        super().setUp()
        self.log_in()
        self.token = self.session_token()
        derived = self.successResultOf(self.issuer.derive(self.token, CONTAINER, 8080)).text
        self.derived = parse_token(derived)
        assert self.derived is not None
        self.form = self.form_text()

    def test_ends_all(self) -> None:
        """The session and the logins at containers' hosts end, the token that was shown at login does not."""
        response = self.post("/logout", form=self.form)
        self.assertEqual((303, "/login"), (response.status, response.headers["location"]))
        self.assertIn("Max-Age=0", response.headers["set-cookie"])
        self.assertEqual([None, None], [self.known(token) for token in (self.token, self.derived)])
        self.ok("GET", "users/current", self.alice)

    def test_twice(self) -> None:
        """Who is not logged in any more is sent to the login all the same."""
        cookie = self.session
        self.post("/logout", form=self.form)
        self.session = cookie
        self.assertEqual(303, self.post("/logout", form=self.form).status)

    def test_foreign(self) -> None:
        """No other page logs anybody out, nor a form of another session."""
        first = self.form
        for fields in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
            self.assertEqual(403, self.post("/logout", fields, form=first).status)
        for form in ("", first[:-1]):
            self.assertEqual(403, self.post("/logout", form=form).status)
        self.log_in()
        self.assertEqual(403, self.post("/logout", form=first).status)
        self.assertIsNotNone(self.known(self.derived))

    def test_only_by_post(self) -> None:
        """No link logs anybody out."""
        self.assertEqual(405, self.browse("/logout").status)
        self.assertIsNotNone(self.known(self.token))
