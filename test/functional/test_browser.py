"""
Chromium opens a container's web app by the link that the demo prints.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from twisted.trial.unittest import TestCase

from test.acceptance.client import Client
from test.acceptance.demo import Demo
from test.acceptance.engines import Docker
from test.acceptance.waiting import in_thread, until
from test.requirements import require

#: In a container of its own, which has a network of its own.
LATE_PORT = 38471

LATE_APP = f"""
import http.server, time
class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"late for " + self.path.encode())
print("warming up", flush=True)
time.sleep(3)
http.server.HTTPServer(("", {LATE_PORT}), App).serve_forever()
"""


class BrowserTests(TestCase):
    """A browser, the demo's gateway and its sample app."""

    timeout = 240

    async def setUp(self) -> None:
        """Start a demo and a browser that trusts its CA."""
        require("chromium", "chromedriver", "certutil", "selenium")
        from test.functional.browser import Browser

        self.demo = Demo(await in_thread(Docker))
        self.addCleanup(self.demo.remove)
        await self.demo.start()
        certificate = re.search(r"--cacert (\S+)", self.demo.curl)
        assert certificate is not None
        self.ca = Path(certificate[1])
        self.browser = Browser(self.demo.home / "browser", self.ca)
        await in_thread(self.browser.start)
        self.addCleanup(in_thread, self.browser.quit)

    def late_app(self, token: str) -> str:
        """Commit a request for an app that takes its time; the address of its port.  Blocking."""
        where = urlsplit(self.demo.link)
        assert where.hostname is not None and where.port is not None
        client = Client(self.ca, where.port, "localhost", token)
        (sample,) = client.api("GET", "container_requests").json["items"]
        same = ("container_image", "mounts", "output_path", "runtime_constraints")
        request = {
            **{name: sample[name] for name in same},
            "name": "late",
            "command": [sample["command"][0], "-c", LATE_APP],
            "state": "Committed",
            "priority": 1,
        }
        uuid = client.api("POST", "container_requests", request).json["uuid"]
        domain = where.hostname.partition(".")[2]
        return f"https://{uuid}-{LATE_PORT}-http.{domain}:{where.port}/a%2Fb?c"

    async def test_link_opens_the_app(self) -> None:
        """
        The link leads to the app on an address without the code; its page shows the request's headers, its WebSocket
        answers, and its clock ticks three times.
        """
        address = await in_thread(self.browser.open, self.demo.link)
        self.assertNotIn("arvgate_code", address)
        self.assertNotIn("arvados_api_token", address)
        text = await in_thread(self.browser.text)
        self.assertIn("Host", text)
        self.assertNotIn("arvados_api_token", text)

        echoed = await in_thread(
            self.browser.wait_for,
            "const socket = new WebSocket(`wss://${location.host}/ws`);"
            "socket.onmessage = event => { done(event.data); socket.close(); };"
            "socket.onerror = () => done('failed');"
            "socket.onopen = () => socket.send(arguments[0]);",
            "hello from the page",
        )
        self.assertIn("hello from the page", echoed)

        ticks = await in_thread(
            self.browser.wait_for,
            "const seen = [], clock = new EventSource('/clock');"
            "clock.onmessage = event => { seen.push(event.data);"
            "  if (seen.length === 3) { clock.close(); done(seen); } };"
            "clock.onerror = () => done('failed');",
        )
        self.assertEqual(3, len(set(ticks)), ticks)

    async def test_login_to_logout(self) -> None:
        """
        Who logs in for an app that is not there yet waits on a page that opens it; they see the other app in the list,
        are in it by one click, by a cookie that its scripts do not see, and out of it when they log out.
        """
        settings = dict(re.findall(r"export (\w+)='?([^'\n]*)", next(self.demo.home.glob("*/env.sh")).read_text()))
        api = f"https://{settings['ARVADOS_API_HOST']}/"
        late = await in_thread(self.late_app, settings["ARVADOS_API_TOKEN"])
        self.assertTrue((await in_thread(self.browser.open, late)).startswith(f"{api}login?"))
        await in_thread(self.browser.submit, "token", settings["ARVADOS_API_TOKEN"])
        self.assertIn("opens the app by itself", await in_thread(self.browser.text))
        await until(lambda: self.browser.text() == "late for /a%2Fb?c", 60.0, "the page has opened the app")
        self.assertNotIn("arvgate", str(self.browser.driver.current_url))

        self.assertEqual(api, await in_thread(self.browser.open, api))
        app = await in_thread(self.browser.click, "sample", "Connect to")
        self.assertFalse(app.startswith(api))
        self.assertNotIn("arvgate_code", app)
        self.assertIn("Host", await in_thread(self.browser.text))
        self.assertEqual("", await in_thread(self.browser.run, "return document.cookie"))
        names = [cookie["name"] for cookie in await in_thread(self.browser.driver.get_cookies)]
        self.assertEqual(["__Host-arvados_api_token"], names)
        await in_thread(
            self.browser.wait_for,
            "const socket = new WebSocket(`wss://${location.host}/ws`);"
            "window.over = new Promise(resolve => { socket.onclose = resolve; }); socket.onopen = () => done();",
        )

        tab = self.browser.driver.current_window_handle
        await in_thread(self.browser.driver.switch_to.new_window, "tab")
        await in_thread(self.browser.open, api)
        self.assertEqual(f"{api}login", await in_thread(self.browser.press, "Log out"))
        await in_thread(self.browser.driver.switch_to.window, tab)
        await in_thread(self.browser.wait_for, "window.over.then(() => done());")
        self.assertTrue((await in_thread(self.browser.open, app)).startswith(f"{api}login?to="))
