"""
C{arvgate demo}: what it prints works as pasted, and nothing is left of it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence

from twisted.trial.unittest import TestCase

from test.acceptance.demo import Demo
from test.acceptance.engines import Docker, Engine, OnDocker, Processes
from test.acceptance.waiting import Program, in_thread, until
from test.requirements import require


class DemoCase(TestCase):
    """Each test has a fresh demo, which runs."""

    timeout = 120

    #: What runs its app.
    engine: Callable[[], Engine] = Processes

    #: What starts it.
    prefix: Sequence[str] = ()

    async def setUp(self) -> None:
        """Start a demo."""
        require("curl")
        self.demo = Demo(await in_thread(type(self).engine), *self.prefix)
        self.addCleanup(self.demo.remove)
        await self.demo.start()

    async def shell(self, line: str) -> str:
        """What curl answered in a shell: its status, and the final address."""
        settings = 'silent\noutput = /dev/null\nwrite-out = "%{http_code} %{url_effective}\\n"\n'
        (self.demo.home / ".curlrc").write_text(settings)
        shell = Program(["/bin/sh", "-c", line], self.demo.environment, self.demo.home)
        self.assertEqual(0, await shell.ended(), shell.errors)
        return shell.output.strip()

    async def curl_line_works(self) -> None:
        """The printed curl line reaches the sample app as pasted, more than once."""
        for _ in range(2):
            self.assertTrue((await self.shell(self.demo.curl)).startswith("200 "))

    async def leaves_nothing(self, signal: str) -> None:
        """Once it got the signal it ends, and with it all that it started."""
        self.demo.program.signal(signal)
        await self.demo.program.ended()
        self.assertEqual([], await in_thread(self.demo.left))


class DemoTests(DemoCase):
    """With plain processes."""

    async def test_curl_line(self) -> None:
        """The printed curl line works."""
        await self.curl_line_works()

    async def test_link(self) -> None:
        """The printed link leads a navigation to the app, on an address without the code, and works once."""
        navigation = "-H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: document' -H 'Sec-Fetch-Site: none'"
        certificate = re.search(r"--cacert \S+", self.demo.curl)
        assert certificate is not None
        line = f"curl {certificate[0]} {navigation} -L -b '' '{self.demo.link}'"
        status, address = (await self.shell(line)).split()
        self.assertEqual("200", status)
        self.assertNotIn("arvgate_code", address)
        again, _ = (await self.shell(f"curl {certificate[0]} {navigation} '{self.demo.link}'")).split()
        self.assertNotEqual("200", again)

    async def test_nothing_is_left(self) -> None:
        """When the demo is interrupted, it ends all that it started."""
        await self.leaves_nothing("INT")

    async def test_nothing_is_left_when_terminated(self) -> None:
        """When it is told to end, likewise."""
        await self.leaves_nothing("TERM")


class DockerDemoTests(OnDocker, DemoTests):
    """The same on Docker."""


class UnprivilegedDemoTests(OnDocker, DemoCase):
    """On Docker without the right to enter containers."""

    prefix = (shutil.which("setpriv") or "setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")

    async def test_curl_line(self) -> None:
        """The app is reached by its container's address."""
        await self.curl_line_works()


class InterruptedDemoTests(TestCase):
    """A demo that is ended while it makes its image."""

    timeout = 120

    async def test_nothing_is_left(self) -> None:
        """It ends at once, and neither image nor process is left."""
        demo = Demo(await in_thread(Docker))
        self.addCleanup(demo.remove)
        demo.launch()
        await until(lambda: "Making an image" in demo.program.errors, 30.0, "the image is being made")
        demo.program.signal("TERM")
        self.assertEqual(130, await demo.program.ended())
        self.assertEqual([], await in_thread(demo.left))
