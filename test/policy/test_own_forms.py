"""Tests of L{arvgate.policy.own_forms}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Forbidden
from arvgate.model.tokens import Token
from arvgate.policy.own_forms import check_form_token, check_own_page, form_token
from arvgate.wire.origin import RequestOrigin

HOST = b"api.example:8443"


class OwnPage(SynchronousTestCase):
    """Whose form it is."""

    def test_own(self) -> None:
        """A form of the same host passes, and what says nothing, which is no browser."""
        for origin, site in ((None, None), (b"https://API.example:8443", None), (b"https://" + HOST, b"same-origin")):
            check_own_page(RequestOrigin(b"POST", HOST, origin=origin, site=site))

    def test_foreign(self) -> None:
        """Any other page's does not: of another host or port, without TLS, of nobody, or by what the browser says."""
        for origin, site in (
            (b"https://evil.example", None),
            (b"https://api.example", None),
            (b"http://" + HOST, None),
            (b"null", None),
            (None, b"same-site"),
            (None, b"cross-site"),
            (None, b"none"),
            (b"https://" + HOST, b"same-site"),
        ):
            with self.assertRaises(Forbidden, msg=f"{origin!r} {site!r}"):
                check_own_page(RequestOrigin(b"POST", HOST, origin=origin, site=site))


class FormToken(SynchronousTestCase):
    """What forms bring along."""

    def test_of_the_session(self) -> None:
        """Only the text of this very session is accepted, and the session's secret is not in it."""
        session, other = Token("a" * 50), Token("b" * 50)
        check_form_token(session, form_token(session))
        self.assertNotIn(session.secret, form_token(session))
        for given in ("", form_token(other), form_token(session)[:-1], "\u00e4\udcff"):
            with self.assertRaises(Forbidden):
                check_form_token(session, given)
