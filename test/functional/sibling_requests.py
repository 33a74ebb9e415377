"""
Pages of one container attack another container, in Chromium.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from test.acceptance.ports import free_port
from test.acceptance.waiting import in_thread, until
from test.functional.containers_case import ContainersCase
from test.functional.recording_app import SECRET

__all__ = ["Requests"]

_ATTEMPTS = Path(__file__).with_name("attempts.js").read_text(encoding="utf-8")

#: What browsers send without cookies, and what therefore arrives nowhere.
_ANONYMOUS = {"fromNowhere"}


class Requests(ContainersCase):
    """The browser's user is logged in to the container whose page it shows, and to the others."""

    async def only_links_lead_to_another_container(self) -> None:
        """
        Of all that a page can send to another container only navigations of whole windows arrive, and of what is there
        it can read nothing.
        """
        port = free_port()
        allowing = await self.commit(str(port), properties={"arvgate:cross_site": [port]})
        self.allowing = await self.cluster.enter_app(allowing)
        await self.log_in(self.victim, self.allowing, self.hostile)
        before = await in_thread(self.reached, self.victim)
        await self.requests_do_not_arrive()
        await self.windows_are_closed_to_their_opener()
        self.assertEqual({"opened", "formInWindow"}, await in_thread(self.reached, self.victim) - before)
        await self.own_pages_may()

    async def requests_do_not_arrive(self) -> None:
        """What reaches a container that allows it does not reach one that does not."""
        got = await self.attempt("tryAll(arguments[0]).then(done)", self.origin(self.victim))
        self.assertNotIn(SECRET, str(got))
        self.assertNotIn("open", got["webSocket"], got)
        await self.attempt("tryAll(arguments[0]).then(done)", self.origin(self.allowing))
        sent = set(got) - _ANONYMOUS
        await until(lambda: sent <= self.reached(self.allowing), 10.0, "everything arrives where it is allowed")

    async def windows_are_closed_to_their_opener(self) -> None:
        """A page may open the other container in a window, by a method without body, and then not look into it."""
        victim = self.origin(self.victim)
        await self.attempt("done(form('post', arguments[0] + '/formPostedInWindow', '_blank'))", victim)
        await self.attempt("done(form('get', arguments[0] + '/formInWindow', '_blank'))", victim)
        seen = await self.attempt("lookInto(window.open(arguments[0] + '/opened')).then(done)", victim)
        self.assertEqual({"SecurityError"}, set(seen.values()), seen)
        expected = {"opened", "formInWindow"}
        await until(lambda: expected <= self.reached(self.victim), 10.0, "the windows are open")

    async def own_pages_may(self) -> None:
        """The victim's own page does what others may not."""
        await self.browse(f"{self.origin(self.victim)}/")
        got = await self.attempt("bounded(attempts.fetch('/')).then(done)")
        self.assertIn(SECRET, got)

    async def attempt(self, script: str, *arguments: object) -> Any:
        """What a script in the present page passes to C{done}, which has the attempts at hand."""
        return await self.run_there(_ATTEMPTS + script, *arguments)
