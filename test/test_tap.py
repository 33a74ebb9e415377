"""
Tests for L{arvgate.tap} and the plugin.
"""

from __future__ import annotations

import socket
from pathlib import Path

from twisted.application.service import IService, IServiceMaker, Service
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from arvgate.errors import StoreUnavailable
from arvgate.tap import Gateway, Options, makeService
from test.service.clusters import make_cluster


def options(path: str) -> Options:
    """The command line with that configuration."""
    parsed = Options()
    parsed.parseOptions(["--config", path])
    return parsed


class OptionsTests(SynchronousTestCase):
    """The command line."""

    def test_config(self) -> None:
        """It takes the configuration and needs it."""
        self.assertEqual("file", options("file")["config"])
        self.assertRaises(UsageError, Options().parseOptions, [])

    def test_plugin(self) -> None:
        """C{twistd} knows the command."""
        (maker,) = [maker for maker in getPlugins(IServiceMaker) if maker.tapname == "arvgate"]
        verifyObject(IServiceMaker, maker)
        self.assertIs(Options, maker.options)
        self.assertIs(makeService, maker.makeService)


class MakeServiceTests(TestCase):
    """What is wrong is said before anything runs."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 1)
        self.path = self.cluster.text.where

    def refused(self, *words: str) -> list[str]:
        """The lines of the refusal."""
        end = self.assertRaises(SystemExit, makeService, options(self.path))
        text = str(end.code)
        for word in words:
            self.assertIn(word, text)
        lines = text.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("arvgate: "), line)
        return lines

    def edit(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = Path(self.path).read_text()
        self.assertIn(old, text)
        Path(self.path).write_text(text.replace(old, new))

    async def test_good(self) -> None:
        """A gateway whose sockets are open comes out of a good one."""
        service = makeService(options(self.path))
        verifyObject(IService, service)
        self.assertTrue((self.cluster.directory / "state" / "run" / "api.sock").is_socket())
        await maybeDeferred(service.stopService)

    def test_no_file(self) -> None:
        """A configuration that is not there is named."""
        Path(self.path).unlink()
        self.assertEqual(1, len(self.refused("config.yml", "no such file")))

    def test_problems(self) -> None:
        """All its problems are named, one line each."""
        self.edit("Arvgate:", "Arvgate:\n      NoSuchKey: 1\n      OtherKey: 2")
        self.assertEqual(2, len(self.refused("NoSuchKey", "OtherKey")))

    def test_port_taken(self) -> None:
        """A port that is taken is named in one line."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.edit("tcp:0:", f"tcp:{port}:")
            self.assertEqual(1, len(self.refused(str(port), "address already in use")))

    def test_schema(self) -> None:
        """A database of another version is refused with the command that helps."""
        (self.cluster.directory / "state" / "arvgate.db").write_bytes(b"")
        self.assertEqual(1, len(self.refused("arvgate migrate")))

    def test_no_database(self) -> None:
        """A database that cannot be opened is named, with the reason, in one line."""
        (self.cluster.directory / "state" / "arvgate.db").unlink()
        self.assertEqual(1, len(self.refused("arvgate.db", "No such file")))


class Inner(Service):
    """A gateway that starts as it is told."""

    def __init__(self, starting: Deferred[None]) -> None:
        self.starting = starting
        self.stopping: Deferred[None] = Deferred()

    def startService(self) -> Deferred[None]:
        """Start."""
        return self.starting

    def stopService(self) -> Deferred[None]:
        """Stop."""
        return self.stopping


class Stoppable:
    """A reactor that can be stopped."""

    def __init__(self) -> None:
        self.stops = 0

    def stop(self) -> None:
        """Stop, once."""
        self.stops += 1
        if self.stops > 1:
            raise ReactorNotRunning


class GatewayTests(SynchronousTestCase):
    """The gateway in twistd."""

    def test_starts_and_stops(self) -> None:
        """twistd waits for its end."""
        inner, reactor = Inner(succeed(None)), Stoppable()
        gateway = Gateway(inner, reactor)
        gateway.startService()
        self.assertEqual((1, 0), (gateway.running, reactor.stops))
        stopping = gateway.stopService()
        self.assertNoResult(stopping)
        inner.stopping.callback(None)
        self.successResultOf(stopping)

    def test_cannot_start(self) -> None:
        """If it cannot start, twistd ends, also if it is ending already; a bug is logged as one."""
        reactor = Stoppable()
        for _ in range(2):
            Gateway(Inner(fail(StoreUnavailable())), reactor).startService()
        Gateway(Inner(fail(ZeroDivisionError())), reactor).startService()
        self.assertEqual(3, reactor.stops)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(0, len(self.flushLoggedErrors(StoreUnavailable)))
