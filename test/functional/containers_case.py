"""
What tests of pages of several containers have in common: a cluster, containers, and a browser logged in to them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.cluster import Cluster, Entrance
from test.acceptance.engines import Processes
from test.acceptance.waiting import in_thread, until
from test.requirements import require

__all__ = ["RECORDING_APP", "BrowserCase", "ContainersCase"]

#: Three containers run at a time, however small the machine is.
_ROOM = {"Arvgate": {"Node": {"VCPUs": 4}}}
#: The web app that runs in the containers here.
RECORDING_APP = Path(__file__).with_name("recording_app.py")


class BrowserCase(TestCase):
    """
    A cluster, and a browser in which nobody is logged in yet.

    @ivar cluster: the cluster.
    @ivar browser: the browser.
    """

    timeout = 120

    async def begin(self, services: Callable[[Cluster], Mapping[str, Any]] = lambda cluster: {}) -> None:
        """
        Start both.

        @param services: what the section C{Services} of the cluster has beside and instead of the usual.
        """
        require("chromium", "chromedriver", "certutil", "selenium")
        self.cluster = Cluster(await in_thread(Processes), _ROOM)
        self.addCleanup(self.cluster.remove)
        await self.cluster.initialise()
        self.cluster.configure({"Services": services(self.cluster)})
        started = in_thread(self._start_browser)
        await self.cluster.start()
        await started

    def _start_browser(self) -> None:
        from test.functional.browser import Browser

        self.browser = Browser(self.cluster.home / "browser", Path(self.cluster.facts["ca"]))
        self.browser.start()
        self.addCleanup(in_thread, self.browser.quit)

    async def browse(self, address: str) -> str:
        """Navigate, and answer with where that leads."""
        return await in_thread(self.browser.open, address)

    async def run_there(self, script: str, *arguments: object) -> Any:
        """What a script in the present page passes to C{done}."""
        return await in_thread(self.browser.wait_for, script, *arguments)

    async def log_in_by_page(self, address: str) -> str:
        """Navigate there, log in at the page to which that leads, and answer with where that leads."""
        self.assertIn("/login", await self.browse(address))
        fill = "document.querySelector('[name=token]').value = arguments[0]; document.querySelector('form').submit()"
        await in_thread(self.browser.run, fill, self.cluster.client.token)
        ready = "return !location.pathname.startsWith('/login') && document.readyState === 'complete'"
        await until(lambda: self.browser.run(ready), 10.0, "the login leads on")
        return str(await in_thread(self.browser.run, "return location.href"))

    def jar(self) -> Sequence[Mapping[str, Any]]:
        """All cookies of the browser.  Blocking."""
        found: Sequence[Mapping[str, Any]] = self.browser.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        return found

    def forget(self) -> None:
        """Delete all cookies of the browser.  Blocking."""
        self.browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})


class ContainersCase(BrowserCase):
    """
    Two containers of one user beside these.

    @ivar hostile: the container whose pages attack.
    @ivar victim: the one that they attack.
    @ivar stranger: a token of another user, who may not enter them.
    """

    async def setUp(self) -> None:
        """Start all of it."""
        await self.begin()
        requests = [await self.commit(), await self.commit()]
        self.hostile, self.victim = [await self.cluster.enter_app(request) for request in requests]
        _, self.stranger = await self.cluster.second_user()

    async def commit(self, *arguments: str, **attributes: Any) -> Mapping[str, Any]:
        """Commit a request for a container that runs the recording app."""
        return await self.cluster.commit([sys.executable, str(RECORDING_APP), *arguments], **attributes)

    def _start_browser(self) -> None:
        from test.functional.browser import Browser

        self.browser = Browser(self.cluster.home / "browser", Path(self.cluster.facts["ca"]))
        self.browser.start()
        self.addCleanup(in_thread, self.browser.quit)

    def origin(self, entrance: Entrance) -> str:
        """The origin of a container's pages."""
        return f"https://{entrance.name}:{self.cluster.https_port}"

    async def link(self, entrance: Entrance, path: str = "/") -> str:
        """A link that logs the user in to a container."""
        wanted = {"port": entrance.port, "path": path}
        answer = await in_thread(self.cluster.client.api, "POST", f"containers/{entrance.uuid}/link", wanted)
        self.assertEqual(200, answer.status, answer.body)
        return str(answer.json["url"])

    async def log_in(self, *entrances: Entrance) -> None:
        """Open the containers' pages by links, the last one stays open."""
        for entrance in entrances:
            address = await self.browse(await self.link(entrance))
            self.assertEqual(f"{self.origin(entrance)}/", address)

    def recorded(self, entrance: Entrance) -> Sequence[Mapping[str, Any]]:
        """The requests that reached a container's app.  Blocking."""
        answer = self.cluster.client.request(entrance.name, "GET", "/recorded", headers=entrance.headers)
        found: Sequence[Mapping[str, Any]] = json.loads(answer.body)
        return found

    def reached(self, entrance: Entrance) -> set[str]:
        """The paths at which they reached it.  Blocking."""
        return {str(request["path"]).removeprefix("/") for request in self.recorded(entrance)}
