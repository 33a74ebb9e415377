"""
The contracts over the internal socket, for L{arvgate.directory.remote}.
"""

from __future__ import annotations

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.trial.unittest import TestCase

from test.contract.changes import ChangesContract
from test.contract.directory import DirectoryContract
from test.contract.issuer import IssuerContract
from test.contract.tokens import TokensContract
from test.contract.waiting import WaitingContract
from test.directory.joined import RemoteWorld


class RemoteTokensTests(TokensContract, TestCase):
    """L{arvgate.directory.remote.RemoteTokens}."""

    def make_world(self) -> RemoteWorld:
        """A world behind the internal socket."""
        return RemoteWorld(reactor)


class RemoteDirectoryTests(DirectoryContract, TestCase):
    """L{arvgate.directory.remote.RemoteDirectory}."""

    def make_world(self) -> RemoteWorld:
        """A world behind the internal socket."""
        return RemoteWorld(reactor)


class RemoteIssuerTests(IssuerContract, TestCase):
    """L{arvgate.directory.remote.RemoteIssuer}."""

    def make_world(self) -> RemoteWorld:
        """A world behind the internal socket."""
        return RemoteWorld(reactor)


class RemoteWaitingTests(WaitingContract, TestCase):
    """L{arvgate.directory.remote.RemoteWaiting}."""

    def make_world(self) -> RemoteWorld:
        """A world behind the internal socket."""
        return RemoteWorld(reactor)


class RemoteChangesTests(ChangesContract, TestCase):
    """The changes that control pushes."""

    def make_world(self) -> RemoteWorld:
        """A world behind the internal socket."""
        return RemoteWorld(reactor)
