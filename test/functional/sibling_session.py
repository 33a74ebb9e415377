"""
A container's page attacks the API's host, in Chromium.
"""

from __future__ import annotations

from pathlib import Path

from arvgate.wire.cookies import SESSION_COOKIE
from test.acceptance.waiting import in_thread
from test.functional.containers_case import ContainersCase

__all__ = ["Session"]

_ATTEMPTS = Path(__file__).with_name("attempts.js").read_text(encoding="utf-8")

#: Tries to read or to change something there: what came of it by name.
_ATTACK = """
const [there, token] = arguments;
const plain = { credentials: "include", mode: "no-cors", method: "POST" };
const named = body => ({ ...plain, body: new URLSearchParams(body) });
const tried = {
  record: fetch(there + "/arvados/v1/users/current", wide).then(text),
  change: fetch(there + "/arvados/v1/container_requests", named({ container_request: "{}" })).then(text),
  list: fetch(there + "/", wide).then(text),
  login: fetch(there + "/login", wide).then(text),
  loggedIn: fetch(there + "/login", named({ token })).then(text),
  loggedOut: fetch(there + "/logout", named({})).then(text),
  listInFrame: element("iframe", { src: there + "/" }),
  image: element("img", { src: there + "/" }),
};
Promise.all(Object.entries(tried).map(async ([name, promise]) => [name, await bounded(promise)]))
  .then(entries => done(Object.fromEntries(entries)));
"""

#: Sends forms there, in windows of their own.
_FORMS = """
const [there, token] = arguments;
const send = action => {
  const made = Object.assign(document.createElement("form"), { method: "post", action, target: action });
  made.append(Object.assign(document.createElement("input"), { name: "token", value: token }));
  document.body.append(made);
  const opened = window.open("about:blank", action);
  made.submit();
  return lookInto(opened);
};
Promise.all([send(there + "/login"), send(there + "/logout")]).then(done);
"""


class Session(ContainersCase):
    """The browser's user is logged in at the API's host, here one that is of the same site as the containers' hosts."""

    async def session_is_out_of_reach(self) -> None:
        """A page neither reads nor does anything with the session, nor ends it, nor begins one as somebody else."""
        there = f"https://{self.cluster.cluster_id}.localhost:{self.cluster.https_port}"
        await self.log_in_by_page(f"{there}/login")
        before = await in_thread(self.session)
        self.assertTrue(before)
        await self.log_in(self.hostile)
        got = await self.run_there(_ATTEMPTS + _ATTACK, there, self.stranger)
        self.assertEqual({"failed: TypeError"}, {got["record"], got["list"], got["login"]}, got)
        self.assertNotIn(self.victim.uuid, str(got))
        await self.run_there(_ATTEMPTS + _FORMS, there, self.stranger)
        self.assertEqual(before, await in_thread(self.session))
        await self.browse(f"{there}/arvados/v1/users/current")
        self.assertIn("errors", await in_thread(self.browser.text))
        self.assertEqual(f"{there}/", await self.browse(f"{there}/"))
        self.assertIn(
            self.victim.uuid, await in_thread(self.browser.driver.execute_script, "return document.body.innerHTML")
        )

    def session(self) -> list[str]:
        """The values of the session's cookie.  Blocking."""
        return [str(cookie["value"]) for cookie in self.jar() if cookie["name"] == SESSION_COOKIE]
