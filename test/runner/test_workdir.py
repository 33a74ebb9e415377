"""Tests of L{arvgate.runner.workdir}."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed
from arvgate.runner.account import Account, find_account
from arvgate.runner.plan import ApiAccess, Places, Plan
from arvgate.runner.process.plan import make_plan
from arvgate.runner.workdir import prepare_directories, remove_directory
from test.requirements import lack, require


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the rights of root, if this process has them."""
    uid = os.geteuid()
    if uid == 0:
        os.seteuid(find_account("nobody").uid)
    try:
        yield
    finally:
        os.seteuid(uid)


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

    def test_deep(self) -> None:
        """A tree deeper than any path may be long is removed."""
        prepare_directories(self.plan(), None)
        here = os.open(self.workdir / "out", os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("0", dir_fd=here)
            below = os.open("0", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        remove_directory(str(self.workdir))
        self.assertFalse(self.workdir.exists())

    def test_no_directory(self) -> None:
        """A file or a link in the directory's place is removed, and what the link leads to is not."""
        self.base.joinpath("jobs").mkdir()
        (self.base / "kept").mkdir()
        self.workdir.symlink_to(self.base / "kept")
        remove_directory(str(self.workdir))
        self.assertEqual(["jobs", "kept"], sorted(path.name for path in self.base.iterdir()))
        self.assertEqual([], list((self.base / "jobs").iterdir()))

    def test_read_only(self) -> None:
        """Directories that their owner may not write to are removed all the same."""
        self.base.chmod(0o777)
        top = self.base / "job"
        with unprivileged():
            (top / "closed" / "deep" / "er").mkdir(parents=True)
            (top / "closed" / "deep" / "file").write_text("")
            for name, mode in (("closed/deep/er", 0), ("closed/deep", 0o500), ("closed", 0o100), (".", 0o500)):
                (top / name).chmod(mode)
            remove_directory(str(top))
        self.assertEqual([], list(self.base.iterdir()))

    def test_not_removed(self) -> None:
        """What cannot be removed is told, one by one, and the rest is removed."""
        self.blocked()
        told: list[OSError] = []
        remove_directory(str(self.workdir), told.append)
        self.assertGreaterEqual(len(told), 1)
        self.assertFalse((self.workdir / "tmp").exists())
        self.assertEqual(1, len(list(self.workdir.rglob("blocked"))))

    def test_not_removed_raised(self) -> None:
        """Whoever does not want to be told gets an error; who prepares a directory, the engine's failure."""
        self.blocked()
        with self.assertRaises(OSError):
            remove_directory(str(self.workdir))
        with self.assertRaises(EngineFailed):
            prepare_directories(self.plan(), None)

    def blocked(self) -> None:
        """Put a file into the working directory that nobody can remove."""
        prepare_directories(self.plan(), None)
        path = self.workdir / "out" / "deep" / "blocked"
        path.parent.mkdir()
        path.write_text("")
        require("root", "chattr")
        if subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode:
            lack("chattr", "this file system knows no immutable files")
        self.addCleanup(self.unblock)

    def unblock(self) -> None:
        """Let it be removed again."""
        subprocess.run(["chattr", "-R", "-f", "-i", self.base], check=False)

    def other_account(self) -> Account:
        """An account that is not ours."""
        require("root")
        return find_account("nobody")

    def test_other_account(self) -> None:
        """With an account of their own, jobs own what is made for them."""
        account = self.other_account()
        prepare_directories(self.plan(), account)
        owners = {path.stat().st_uid for path in (self.workdir, *self.workdir.iterdir())}
        self.assertEqual({account.uid}, owners)

    def test_way_through(self) -> None:
        """An account passes through directories of its own and of its group by their own rights."""
        account = self.other_account()
        for owner, group, mode in ((account.uid, 0, 0o100), (0, account.gid, 0o010)):
            os.chown(self.base, owner, group)
            self.base.chmod(mode)
            prepare_directories(self.plan(), account)
        for owner, group, mode in ((account.uid, 0, 0o011), (0, account.gid, 0o101)):
            os.chown(self.base, owner, group)
            self.base.chmod(mode)
            self.assertRaises(EngineFailed, prepare_directories, self.plan(), account)

    def test_given_last(self) -> None:
        """Nothing in the working directory is anybody else's before all of it is there."""
        account = self.other_account()
        broken = attrs.evolve(self.plan(), files={str(self.workdir / "none" / "file"): ""})
        self.assertRaises(EngineFailed, prepare_directories, broken, account)
        owners = {path.stat().st_uid for path in (self.workdir, *self.workdir.iterdir())}
        self.assertEqual({0}, owners)

    def test_other_account_shut_out(self) -> None:
        """An account that cannot reach its directories is told so, not the job."""
        account = self.other_account()
        self.base.chmod(0o700)
        with self.assertRaises(EngineFailed) as caught:
            prepare_directories(self.plan(), account)
        self.assertIn("nobody", caught.exception.sentence)
        self.assertIn(str(self.base), caught.exception.detail)
