"""
A container tries to set cookies for another one, in Chromium.
"""

from __future__ import annotations

from urllib.parse import quote

from arvgate.wire.cookies import OUR_COOKIE, encode_token
from test.acceptance.waiting import in_thread, until
from test.functional.containers_case import ContainersCase
from test.functional.recording_app import SECRET

__all__ = ["Cookies"]

_NAMES = ["arvados_api_token", OUR_COOKIE, OUR_COOKIE.lower(), OUR_COOKIE.upper(), "__Host-arvgate_session"]

#: Sets cookies of some names with a value for a domain, in every way in which a browser might take them.
_SET = """
const [names, value, domain] = arguments;
for (const name of names)
  for (const pair of [`${name}=${value}`, `=${name}=${value}`, ` ${name}=${value}`])
    for (const scope of ["", `; Domain=${domain}`, `; Domain=.${domain}; Secure`, "; Secure; Path=/", "; Path=/deep"])
      document.cookie = pair + scope;
"""

#: Sets more than a request's head may have, for requests to C{/page}: the browser asks for icons when it likes.
_MANY = """
for (let index = 0; index < 100; index++)
  document.cookie = `many${index}=${"x".repeat(3900)}; Domain=${arguments[0]}; Secure; Path=/page`;
"""


class Cookies(ContainersCase):
    """The browser's user is logged in to two containers, and one of them attacks."""

    async def logins_stay_as_they_are(self) -> None:
        """
        Neither by its answers nor by scripts does a container log a user in to another one, or out of it; who has too
        many cookies for any request gets rid of them.
        """
        await self.log_in(self.victim, self.hostile)
        self.domain = self.victim.name.partition(".")[2]
        self.foreign = encode_token(self.stranger)
        before = await in_thread(self.ours)
        await self.answers_set_nothing_for_others()
        await in_thread(self.browser.run, _SET, _NAMES, self.foreign, self.domain)
        self.assertIn(f".{self.domain}", {cookie["domain"] for cookie in await in_thread(self.jar)})
        self.assertEqual(before, await in_thread(self.ours))
        await self.user_is_still_logged_in()
        await self.too_many_cookies_go()

    async def answers_set_nothing_for_others(self) -> None:
        """No cookie of an answer is for more than the host that answered."""
        fields = [
            f"Set-Cookie:{pair}{scope}"
            for name in [*_NAMES, "own"]
            for pair in (f"{name}={self.foreign}", f"={name}={self.foreign}")
            for scope in ("", f"; Domain={self.domain}", f"; dOmAiN = .{self.domain}; Secure", "; Secure; Path=/")
        ]
        query = "&".join(f"header={quote(field)}" for field in fields)
        await self.browse(f"{self.origin(self.hostile)}/answer?{query}")
        cookies = await in_thread(self.jar)
        self.assertIn("own", {cookie["name"] for cookie in cookies})
        names = {self.hostile.name, self.victim.name}
        self.assertEqual(names, {str(cookie["domain"]).removeprefix(".") for cookie in cookies})
        for cookie in cookies:
            self.assertFalse(cookie["name"] != OUR_COOKIE and cookie["name"] in _NAMES, cookie)
            self.assertFalse(cookie["name"] == OUR_COOKIE and cookie["value"] == self.foreign, cookie)

    async def user_is_still_logged_in(self) -> None:
        """As who it was where the login is, and as nobody where it is no more."""
        address = f"{self.origin(self.victim)}/deep/page"
        self.assertEqual(address, await self.browse(address))
        self.assertIn(SECRET, await in_thread(self.browser.text))
        told = str((await in_thread(self.recorded, self.victim))[-1])
        self.assertNotIn("arvados_api_token", told.lower())
        await in_thread(self.browser.driver.delete_cookie, OUR_COOKIE)
        self.assertIn("/login?", await self.browse(address))

    async def too_many_cookies_go(self) -> None:
        """One answer says what was wrong and deletes them; the user can log in again."""
        await self.browse(f"{self.origin(self.hostile)}/")
        await in_thread(self.browser.run, _MANY, self.domain)
        address = f"{self.origin(self.victim)}/page"
        await self.browse(address)
        self.assertIn("cookies, now deleted", await in_thread(self.browser.text))
        # Chromium need not be done with deleting them when it shows the page.
        await until(lambda: "/login" in self.browser.open(address), 20.0, "the cookies are gone")
        self.assertEqual(address, await self.log_in_by_page(address))
        self.assertIn(SECRET, await in_thread(self.browser.text))

    def ours(self) -> set[tuple[str, str]]:
        """Host and value of our cookies.  Blocking."""
        return {(cookie["domain"], cookie["value"]) for cookie in self.jar() if cookie["name"] == OUR_COOKIE}
