"""
The demo's life.
"""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from arvgate.cli.demo_cluster import DemoCluster
from arvgate.cli.init import create_cluster
from arvgate.config.initial import NewCluster
from arvgate.config.model import Config
from arvgate.errors import ArvgateError, EngineFailed, NotReady, PeerFault
from test.cli.api_server import ApiServer, Asked, Said, page, surroundings
from test.cli.case import CONTAINER, REQUEST, container, request

APP_PORT = 4711

#: Holds the lock of the file in its argument, with its process id in it, until it is ended.
HOLDER = """
import fcntl, json, os, signal, sys
file = open(sys.argv[1], "w")
json.dump({"pid": os.getpid()}, file)
file.flush()
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
signal.pause()
"""


class Hasty:
    """A reactor for which no waiting takes long, and time goes by in steps of ten seconds."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)

    def callLater(self, delay: float, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call it at once."""
        return reactor.callLater(0, function, *arguments)

    def seconds(self) -> float:
        """The time."""
        self._seconds += 10.0
        return self._seconds


def in_turn(*answers: Any) -> Callable[[Asked], Any]:
    """One answer after the other; the last stays."""
    left = list(answers)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


class DemoClusterTests(TestCase):
    """L{DemoCluster}, with an API by script in the place of the gateway."""

    timeout = 60

    def setUp(self) -> None:
        """A cluster whose gateway is the script."""
        directory = Path(self.mktemp()).absolute()
        self.api = ApiServer(directory / "api")
        self.addCleanup(self.api.close)
        cluster = NewCluster("xabcd", "xabcd.localhost", self.api.port, 1, workers=0)
        self.created = create_cluster(directory / "demo", cluster, surroundings())
        self.created.files.ca.write_bytes(self.api.ca.read_bytes())
        self.service = Service()
        self.configs: list[Config] = []
        self.demo = DemoCluster(Hasty(), self.created, surroundings(), self.make_service)
        self.api.answers |= {
            "GET users/current": in_turn(Said(503, {"errors": ["wait"]}), {}),
            "POST container_requests": request(),
            f"GET container_requests/{REQUEST}": request(),
            f"GET containers/{CONTAINER}": in_turn(container(state="Locked"), container()),
            f"POST containers/{CONTAINER}/link": self.link,
            "GET /": self.enter,
            "GET container_requests": page({"uuid": REQUEST}),
            f"PATCH container_requests/{REQUEST}": request(priority=0),
            "GET containers": in_turn(page(container()), page(container(state="Cancelled"))),
        }
        self.links = 0
        self.page = in_turn(Said(502, b"not listening"), Said(200, b"page"))

    def make_service(self, config: Config, given: Any) -> Service:
        """The gateway."""
        self.configs.append(config)
        return self.service

    def link(self, asked: Asked) -> Any:
        """A link with a code."""
        self.links += 1
        name = f"{CONTAINER}-{asked.body['port']}-http.xabcd.localhost:{self.api.port}"
        return {"url": f"https://{name}/?arvgate_code={self.links}"}

    def enter(self, asked: Asked) -> Any:
        """The door: a cookie for a code, the page for the cookie."""
        if "arvgate_code" in asked.query:
            return Said(303, b"", {"Location": "/", "Set-Cookie": "__Host-c=t==; Path=/; Secure; HttpOnly"})
        return self.page(asked) if asked.headers.get("cookie") == "__Host-c=t==" else Said(401)

    async def failure(self) -> ArvgateError:
        """Why it does not start."""
        try:
            await self.demo.start(APP_PORT)
        except ArvgateError as error:
            return error
        return self.fail("it started")

    async def test_start(self) -> None:
        """When it has started, the app can be seen: there is a fresh link, and a cookie that has been tried."""
        ready = await self.demo.start(APP_PORT)
        name = f"{CONTAINER}-{APP_PORT}-http.xabcd.localhost"
        self.assertEqual(f"https://{name}:{self.api.port}/", ready.address)
        self.assertEqual(f"{ready.address}?arvgate_code=2", ready.link)
        self.assertEqual(
            ["1"], [str(asked.query["arvgate_code"]) for asked in self.api.asked if "arvgate_code" in asked.query]
        )
        self.assertEqual(
            f"#HttpOnly_{name}\tFALSE\t/\tTRUE\t0\t__Host-c\tt==", ready.cookies.read_text().splitlines()[1]
        )
        self.assertEqual(0o600, stat.S_IMODE(ready.cookies.stat().st_mode))
        self.assertTrue(self.service.running)
        self.assertEqual([0], [config.arvgate.workers for config in self.configs])

    async def test_request(self) -> None:
        """The sample app is submitted with its port, to be run by this interpreter."""
        await self.demo.start(APP_PORT)
        (_, body), *_ = self.api.bodies("POST")
        command = body["container_request"]["command"]
        self.assertEqual((sys.executable, [str(APP_PORT), "127.0.0.1"]), (command[0], command[-2:]))
        self.assertEqual({str(APP_PORT)}, set(body["container_request"]["published_ports"]))

    async def test_request_in_docker(self) -> None:
        """In Docker it runs from the image, and listens where its runner reaches it."""
        self.demo = DemoCluster(
            Hasty(), self.created, surroundings(), self.make_service, "the-image", app_address="0.0.0.0"
        )
        await self.demo.start(APP_PORT)
        (_, body), *_ = self.api.bodies("POST")
        self.assertEqual("the-image", body["container_request"]["container_image"])
        self.assertEqual("0.0.0.0", body["container_request"]["command"][-1])

    async def test_app_that_ends(self) -> None:
        """If the app ends at once, so does the start, with the reason."""
        ended = container(state="Cancelled", runtime_status={"error": "command not found"})
        self.api.answers[f"GET containers/{CONTAINER}"] = ended
        error = await self.failure()
        self.assertIsInstance(error, EngineFailed)
        self.assertIn("command not found", error.sentence)

    async def test_app_that_never_answers(self) -> None:
        """If the app cannot be seen, the start is given up."""
        self.page = in_turn(Said(502))
        self.assertIsInstance(await self.failure(), NotReady)

    async def test_gateway_that_never_answers(self) -> None:
        """If the gateway does not answer, the start is given up."""
        self.api.answers["GET users/current"] = Said(503)
        self.assertIn("The gateway does not answer", (await self.failure()).sentence)

    async def test_no_cookie(self) -> None:
        """If the link gives no cookie, that is said."""
        self.api.answers["GET /"] = Said(404)
        error = await self.failure()
        self.assertIsInstance(error, PeerFault)
        self.assertIn("404", error.sentence)

    async def test_stop(self) -> None:
        """At the end all requests are cancelled and their containers awaited before the gateway stops."""
        await self.demo.start(APP_PORT)
        await self.demo.stop()
        self.assertEqual(
            [(f"container_requests/{REQUEST}", {"container_request": {"priority": 0}})], self.api.bodies("PATCH")
        )
        self.assertFalse(self.service.running)

    async def test_stop_without_gateway(self) -> None:
        """If the gateway answers no more, it is stopped all the same."""
        await self.demo.start(APP_PORT)
        self.api.answers.clear()
        await self.demo.stop()
        self.assertFalse(self.service.running)

    async def test_stop_before_start(self) -> None:
        """What was not started needs no end."""
        await self.demo.stop()
        self.assertEqual([], self.api.asked)

    async def test_stop_while_starting(self) -> None:
        """If it is stopped while it starts, a request that is just being submitted is cancelled too."""
        starting = Deferred.fromCoroutine(self.demo.start(APP_PORT))
        submitted: Deferred[None] = Deferred()

        def submit(asked: Asked) -> Any:
            reactor.callFromThread(submitted.callback, None)
            return request()

        self.api.answers["POST container_requests"] = submit
        await submitted
        starting.cancel()
        await self.assertFailure(starting, CancelledError)
        await self.demo.stop()
        self.assertEqual(1, len(self.api.bodies("PATCH")))
        self.assertFalse(self.service.running)

    async def test_runners_that_stay(self) -> None:
        """A runner that does not end by itself is ended; a lock file that nobody holds is none."""
        await self.demo.start(APP_PORT)
        locks = self.created.files.state / "runners"
        locks.mkdir()
        (locks / f"{CONTAINER}.lock").write_text('{"pid": 1}')
        held = locks / f"{CONTAINER.replace('1', '2')}.lock"
        runner = subprocess.Popen([sys.executable, "-c", HOLDER, str(held)], stdout=subprocess.PIPE)
        self.addCleanup(runner.wait)
        self.addCleanup(runner.kill)
        assert runner.stdout is not None
        self.addCleanup(runner.stdout.close)
        self.assertEqual(b"held\n", runner.stdout.readline())
        await self.demo.stop()
        self.assertEqual(-15, runner.wait(30))
