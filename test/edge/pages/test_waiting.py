"""Tests of L{arvgate.edge.pages.waiting}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.pages.waiting import LAST_LOOK, Awaited, pause_before, waiting_page
from arvgate.model.progress import Progress


class WaitingTests(SynchronousTestCase):
    """What the page says."""

    def text(self, progress: Progress | None = None, **changes: Any) -> str:
        """The page of a container in the queue, some of it changed."""
        values: dict[str, Any] = {
            "state": "Queued",
            "port": 8080,
            "reached": False,
            "looks": 0,
            "next_look": "/next?looks=1&path=/",
            "again": "/",
            "home": "https://api.example/",
            **changes,
        }
        return waiting_page(Awaited(**values), progress).decode()

    def test_states(self) -> None:
        """Each state has its words."""
        for changes, words in (
            ({}, "until there is room"),
            ({"state": "Locked"}, "made ready"),
            ({"state": "Running"}, "waits for word of its address"),
            ({"state": "Running", "reached": True}, "not opened port 8080"),
            ({"state": "Odd"}, "not ready yet"),
        ):
            self.assertIn(words, self.text(**changes))

    def test_waited(self) -> None:
        """It says how long it has been: since the container was made, or, once it runs, since it started."""
        self.assertIn("<dd>2 minutes</dd>", self.text(Progress(waited=130.0)))
        self.assertIn("<dd>5 seconds</dd>", self.text(Progress(waited=130.0, ran=5.0), state="Running"))
        self.assertNotIn("Waiting for", self.text(None))

    def test_logs(self) -> None:
        """Both logs are shown, as text, where there are any."""
        text = self.text(Progress(1.0, output=("one", "<two>"), errors=("bad",)))
        for part in ("one\n&lt;two&gt;", "stdout", "stderr", "bad"):
            self.assertIn(part, text)
        self.assertNotIn("stdout", self.text(Progress(1.0, errors=("bad",))))

    def test_next_look(self) -> None:
        """It looks again, and after the last look no more."""
        self.assertIn('content="2;url=/next?looks=1&amp;path=/"', self.text())
        self.assertNotIn('http-equiv="refresh"', self.text(looks=LAST_LOOK))

    def test_ever_less_often(self) -> None:
        """The pauses grow, and all looks together take about an hour."""
        pauses = [pause_before(looks) for looks in range(LAST_LOOK)]
        self.assertEqual(pauses, sorted(pauses))
        self.assertTrue(45 * 60 <= sum(pauses) <= 75 * 60, sum(pauses))
