"""Tests of L{arvgate.dispatch.outputs}, on real directories."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.outputs import KeptOutputs

DAY = 86400.0
ALICE = "zzzzz-tpzed-00000000000000a"
BOB = "zzzzz-tpzed-00000000000000b"
#: Seconds after which a removal that does not end fails the test.
PATIENCE = 60


def uuid(number: int) -> str:
    """A container's UUID."""
    return f"zzzzz-dz642-{number:015}"


class OutputsCase(SynchronousTestCase):
    """Tests with a directory of outputs."""

    def setUp(self) -> None:
        """Make it."""
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.outputs = KeptOutputs(self.directory)
        self.now = self.directory.stat().st_ctime

    def keep(self, number: int, user: str = ALICE, **facts: Any) -> Path:
        """Keep an output, as a runner does."""
        path = self.directory / uuid(number)
        path.mkdir(exist_ok=True)
        (path / "file").write_bytes(b"content")
        about = {"user_uuid": user, "bytes": 100, "finished_at": self.now, **facts}
        staged = self.directory / f".facts-{uuid(number)}.json"
        staged.write_text(json.dumps(about))
        staged.rename(f"{path}.json")
        return path

    def expire(self, later: float, keep: float = DAY) -> list[str]:
        """Give up what is too old after so many seconds, to the end."""
        expired = self.outputs.expire(self.now + later, keep)
        removing = self.outputs._leftovers._removing
        if removing is not None:
            removing.wait(timeout=PATIENCE)
        return expired

    def left(self) -> set[str]:
        """What is in the directory."""
        return set(os.listdir(self.directory))


class UsedTests(OutputsCase):
    """L{KeptOutputs.used_by}."""

    def test_sums(self) -> None:
        """Each user has the sum of what is kept of theirs."""
        self.keep(1)
        self.keep(2, bytes=50)
        self.keep(3, BOB, bytes=7)
        self.assertEqual([150, 7, 0], [self.outputs.used_by(user) for user in (ALICE, BOB, "nobody")])

    def test_changes(self) -> None:
        """What comes, changes and goes is noticed at the next question or the one after."""
        self.keep(1)
        self.assertEqual(100, self.outputs.used_by(ALICE))
        self.keep(2)
        self.assertEqual(200, self.settled())
        self.keep(2, bytes=300)
        self.assertEqual(400, self.settled())
        (self.directory / uuid(1)).rename(self.directory / ".left-1")
        self.assertEqual(300, self.settled())

    def settled(self) -> int:
        """What alice has, asked twice."""
        self.outputs.used_by(ALICE)
        return self.outputs.used_by(ALICE)

    def test_nothing(self) -> None:
        """A node that never kept anything, and facts of no use, are no problem."""
        self.keep(1, bytes="many")
        (self.directory / f"{uuid(2)}.json").write_text("{}")
        self.assertEqual(0, self.outputs.used_by(ALICE))
        self.assertEqual(0, KeptOutputs(self.directory / "none").used_by(ALICE))


class ExpireTests(OutputsCase):
    """L{KeptOutputs.expire}."""

    def test_expired(self) -> None:
        """What was kept for long enough goes, with its facts; what was not stays."""
        self.keep(1)
        self.keep(2, finished_at=self.now + 100)
        self.assertEqual([], self.expire(DAY))
        self.assertEqual([uuid(1)], self.expire(DAY + 1))
        self.assertEqual({uuid(2), f"{uuid(2)}.json"}, self.left())
        self.assertEqual([uuid(2)], self.expire(DAY + 101))
        self.assertEqual(set(), self.left())

    def test_without_facts(self) -> None:
        """An output whose facts were lost goes by the time at which it came."""
        (self.directory / uuid(1)).mkdir()
        self.assertEqual([], self.expire(DAY / 2))
        self.assertEqual([uuid(1)], self.expire(2 * DAY))

    def test_set_aside(self) -> None:
        """What was removed through the API, or was not removed to the end, goes."""
        (self.directory / f".left-{uuid(1)}-0" / "inner").mkdir(parents=True)
        self.assertEqual([], self.expire(0))
        self.assertEqual(set(), self.left())

    def test_twice_under_one_name(self) -> None:
        """What is set aside under a name that was used before goes, too."""
        for _ in range(2):
            self.keep(1)
            self.assertEqual([uuid(1)], self.expire(2 * DAY))
            self.assertEqual(set(), self.left())

    def test_killed_while_replacing(self) -> None:
        """An earlier output whose successor never came is put back; one whose successor came goes."""
        self.keep(1).rename(self.directory / f".replaced-{uuid(1)}")
        self.assertEqual([], self.expire(0))
        self.assertEqual({uuid(1), f"{uuid(1)}.json"}, self.left())
        (self.directory / f".replaced-{uuid(1)}").mkdir()
        self.assertEqual([], self.expire(0))
        self.assertEqual({uuid(1), f"{uuid(1)}.json"}, self.left())
        self.assertEqual(b"content", (self.directory / uuid(1) / "file").read_bytes())

    def test_remains(self) -> None:
        """What a killed runner left of bringing an output goes a day later, when none is at it any more."""
        (self.directory / f".incoming-{uuid(1)}").mkdir()
        (self.directory / f".facts-{uuid(1)}.json").write_text("")
        (self.directory / f"{uuid(1)}.json").write_text("{}")
        self.assertEqual([], self.expire(DAY / 2))
        self.assertEqual(3, len(self.left()))
        self.assertEqual([], self.expire(2 * DAY))
        self.assertEqual(set(), self.left())

    def test_nothing(self) -> None:
        """A node that never kept anything is no problem, and what is none of ours stays."""
        self.assertEqual([], KeptOutputs(self.directory / "none").expire(self.now, DAY))
        (self.directory / "lost+found").mkdir()
        self.assertEqual([], self.expire(9 * DAY))
        self.assertEqual({"lost+found"}, self.left())
