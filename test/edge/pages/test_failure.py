"""Tests of L{arvgate.edge.pages.failure}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.edge.pages.failure import FailurePage, OpenPort, failure_page
from arvgate.edge.status import STATUSES
from arvgate.model.hops import GATEWAY_TO_RUNNER

PLAIN = FailurePage(home="https://api.example/")


class Failures(SynchronousTestCase):
    """The page of an error."""

    def test_every_error(self) -> None:
        """Every error has a page with its sentence, and what is meant for the operator is not there."""
        for error in STATUSES:
            if error is not errors.ConfigInvalid:
                made = error(detail="for the operator")
                text = failure_page(made, PLAIN).decode()
                self.assertNotIn("for the operator", text)
                self.assertIn("<h1>", text)

    def test_next_step(self) -> None:
        """What to do now is said, by the nearest class that has a step."""
        for error, words in (
            (errors.Forbidden(), "write permission"),
            (errors.NotFound(), "shared"),
            (errors.Ended(), "arvgate logs"),
            (errors.NotListening(), "has started"),
            (errors.StoreUnavailable(), "Try again in a moment"),
        ):
            self.assertIn(words, failure_page(error, PLAIN).decode())

    def test_around(self) -> None:
        """The hop, the ports that listen, the question why, the next try and the request's id are there if given."""
        ports = [OpenPort(8000, "https://x/"), OpenPort(9000)]
        full = FailurePage("/", "req-1", "https://api.example/why?to=x", "/again", ports)
        text = failure_page(errors.Unreachable(hop=GATEWAY_TO_RUNNER), full).decode()
        for part in (
            "failed: gateway → runner",
            '<li class="fails">runner',
            '<a href="https://x/">Port 8000</a>',
            "<li>Port 9000</li>",
            'href="https://api.example/why?to=x"',
            'href="/again"',
            "Request req-1",
        ):
            self.assertIn(part, text)
        text = failure_page(errors.Unreachable(), PLAIN).decode()
        for part in ("Where it failed", "does listen", "Why?", "Try again</a>", "Request "):
            self.assertNotIn(part, text)

    def test_unexpected(self) -> None:
        """What is no error of ours is not told."""
        self.assertNotIn(b"secret", failure_page(ValueError("secret"), PLAIN))
