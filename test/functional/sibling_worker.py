"""
A service worker of a container watches, in Chromium, how its user comes in.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from arvgate.wire.cookies import OUR_COOKIE, decode_token
from test.acceptance.client import Answer
from test.acceptance.waiting import in_thread, until
from test.functional.containers_case import ContainersCase

__all__ = ["ServiceWorker"]

_CODE = re.compile(r"arvgate_code=([^&\"\s]+)")

#: Tells its app what it sees of every request, as soon as that hears it, and lets the request pass; keeps some.
_WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
const tell = async body => {
  while (!(await fetch("/seen", { method: "POST", body })).ok) await new Promise(settle => setTimeout(settle, 100));
};
addEventListener("fetch", event => {
  const asked = event.request;
  event.waitUntil(tell(JSON.stringify([asked.url, asked.referrer, ...asked.headers])));
  if (asked.url.includes("keep")) event.respondWith(new Response("kept"));
});
"""

_REGISTER = """
navigator.serviceWorker.register(arguments[0], { scope: "/" }).then(() => {
  if (navigator.serviceWorker.controller) done(true);
  else navigator.serviceWorker.oncontrollerchange = () => done(true);
}, error => done(String(error)));
"""


class ServiceWorker(ContainersCase):
    """A worker sees every request to its own container's host before the gateway does."""

    async def worker_sees_nothing_of_use_elsewhere(self) -> None:
        """
        In the ways of ours it sees no token; a code that it let pass is used, and one that it kept is good for nothing
        but its own container.
        """
        await self.log_in(self.hostile)
        fields = "".join(
            f"&header={quote(field)}" for field in ("Content-Type:text/javascript", "Service-Worker-Allowed:/")
        )
        self.assertIs(True, await self.run_there(_REGISTER, f"/answer?body={quote(_WORKER)}{fields}"))
        await self.come_in_by_each_way()
        seen = await in_thread(self.seen)
        for token in [self.cluster.client.token, *await in_thread(self.tokens)]:
            self.assertNotIn(token.rpartition("/")[2], seen)
        codes = set(_CODE.findall(seen))
        self.assertGreaterEqual(len(codes), 3, seen)
        for code in codes:
            again = await in_thread(self.redeem, self.hostile.name, code)
            self.assertNotIn("Set-Cookie", again.headers)
        await self.kept_code_is_for_this_container()

    async def come_in_by_each_way(self) -> None:
        """By a link, by the login page, and by the request's host name."""
        await self.log_in(self.hostile)
        own = self.origin(self.hostile)
        by_request = own.replace(self.hostile.uuid, self.hostile.request)
        for origin in (own, by_request):
            await in_thread(self.forget)
            self.assertEqual(f"{own}/way?in", await self.log_in_by_page(f"{origin}/way?in"))
        await until(lambda: self.seen().count("/way?in&arvgate_code=") >= 2, 10.0, "all is told")

    async def kept_code_is_for_this_container(self) -> None:
        """It opens neither another container nor the record API, and what it is exchanged for does not either."""
        kept = await self.link(self.hostile, "/keep")
        await self.browse(kept)
        self.assertEqual("kept", await in_thread(self.browser.text))
        (code,) = _CODE.findall(kept)
        self.assertNotIn("Set-Cookie", (await in_thread(self.redeem, self.victim.name, code)).headers)
        answer = await in_thread(self.redeem, self.hostile.name, code)
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        client = self.cluster.client
        elsewhere = await in_thread(client.request, self.victim.name, "GET", "/", headers={"Cookie": cookie})
        self.assertIn(elsewhere.status, (401, 404))
        token = decode_token(cookie.partition("=")[2])
        assert token is not None
        self.assertEqual(403, (await in_thread(client.of(token).api, "GET", "users/current")).status)

    def redeem(self, name: str, code: str) -> Answer:
        """Follow a link as a program would that says it is a browser.  Blocking."""
        path = f"/?arvgate_code={code}"
        return self.cluster.client.request(name, "GET", path, headers={"Accept": "text/html"})

    def seen(self) -> str:
        """All that the worker told its app.  Blocking."""
        told = [request["body"] for request in self.recorded(self.hostile) if request["path"] == "/seen"]
        return "\n".join(str(body) for body in told)

    def tokens(self) -> list[str]:
        """The tokens of the browser's cookies.  Blocking."""
        values = [str(cookie["value"]) for cookie in self.jar() if cookie["name"] == OUR_COOKIE]
        return [token for value in values if (token := decode_token(value))]
