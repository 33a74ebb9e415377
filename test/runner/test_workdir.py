"""Tests of L{arvgate.runner.workdir}."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed
from arvgate.runner.account import Account, find_account
from arvgate.runner.plan import ApiAccess, Places, Plan, make_plan
from arvgate.runner.workdir import prepare_directories, remove_directory


class WorkdirTests(SynchronousTestCase):
    """A job's own directory."""

    def setUp(self) -> None:
        """A plan with a mount and a file, in a place that everybody may pass through."""
        self.base = Path(tempfile.mkdtemp())
        self.base.chmod(0o711)
        self.addCleanup(remove_directory, str(self.base))
        self.workdir = self.base / "jobs" / "one"

    def plan(self) -> Plan:
        """What is to be there."""
        record = {
            "uuid": "zzzzz-dz642-000000000000001",
            "lock_count": 1,
            "command": ["true"],
            "mounts": {"/out": {"kind": "tmp"}},
        }
        return make_plan(record, Places(str(self.workdir), str(self.base), 1000), ApiAccess("h", "t", "PEM"))

    def test_made(self) -> None:
        """Directories and files are made, for their owner alone."""
        prepare_directories(self.plan(), None)
        self.assertEqual({"out", "tmp", ".arvgate-ca.pem"}, {path.name for path in self.workdir.iterdir()})
        modes = {path.stat().st_mode & 0o077 for path in (self.workdir, *self.workdir.iterdir())}
        self.assertEqual({0}, modes)

    def test_made_anew(self) -> None:
        """What an earlier attempt left is gone."""
        prepare_directories(self.plan(), None)
        (self.workdir / "out" / "left").write_text("old")
        prepare_directories(self.plan(), None)
        self.assertEqual([], list((self.workdir / "out").iterdir()))

    def test_refused(self) -> None:
        """A file system that refuses is an engine's failure."""
        (self.base / "jobs").write_text("a file")
        with self.assertRaises(EngineFailed):
            prepare_directories(self.plan(), None)

    def test_links_not_followed(self) -> None:
        """Removing a directory leaves what its symbolic links lead to."""
        kept = self.base / "kept"
        kept.mkdir()
        (kept / "file").write_text("")
        prepare_directories(self.plan(), None)
        (self.workdir / "out" / "link").symlink_to(kept)
        remove_directory(str(self.workdir))
        self.assertTrue((kept / "file").exists())
        self.assertFalse(self.workdir.exists())

    def test_removed_twice(self) -> None:
        """A directory that is not there is as good as removed."""
        remove_directory(str(self.workdir))
        self.assertFalse(self.workdir.exists())

    def other_account(self) -> Account:
        """An account that is not ours."""
        if os.geteuid() != 0:
            raise SkipTest("only root can give files to other accounts")
        return find_account("nobody")

    def test_other_account(self) -> None:
        """With an account of their own, jobs own what is made for them."""
        account = self.other_account()
        prepare_directories(self.plan(), account)
        owners = {path.stat().st_uid for path in (self.workdir, *self.workdir.iterdir())}
        self.assertEqual({account.uid}, owners)

    def test_other_account_shut_out(self) -> None:
        """An account that cannot reach its directories is told so, not the job."""
        account = self.other_account()
        self.base.chmod(0o700)
        with self.assertRaises(EngineFailed) as caught:
            prepare_directories(self.plan(), account)
        self.assertIn("nobody", caught.exception.sentence)
        self.assertIn(str(self.base), caught.exception.detail)
