"""Tests of L{arvgate.runner.plan}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.runner.plan import ApiAccess, checked_command, checked_environment, is_passable, mount_path


class PlanTests(SynchronousTestCase):
    """What every engine's plan checks."""

    def test_secrets(self) -> None:
        """Access to the API does not show its token."""
        self.assertNotIn("secret", repr(ApiAccess("h", "secret", "secret")))

    def test_command(self) -> None:
        """A command is words that a process can be given, as long as the kernel takes them."""
        self.assertEqual(("a", "", "ä"), checked_command({"command": ["a", "", "ä"]}))
        self.assertEqual(1, len(checked_command({"command": ["ä" * 65_535]})))
        for command in (None, [], "ls", [""], ["a\0"], ["\ud800"], [1], ["a", None], ["ä" * 65_536], {"a": 1}, 5):
            with self.assertRaises(Invalid):
                checked_command({"command": command})

    def test_environment(self) -> None:
        """Variables have names without =, and values that a process can be given."""
        self.assertEqual({"A": "", "b.c": "ä"}, checked_environment({"A": "", "b.c": "ä"}))
        for name, value in (("", ""), ("A=", ""), ("\0", ""), ("A", None), ("A", "\ud800"), ("A", "x" * 131_070)):
            with self.assertRaises(Invalid):
                checked_environment({name: value})

    def test_mount_path(self) -> None:
        """A path is absolute and in its shortest form."""
        for path, expected in (("/a", "/a"), ("//a//b/", "/a/b"), ("/./a/.", "/a"), ("/", "/"), ("/a..", "/a..")):
            self.assertEqual(expected, mount_path(path))
        for path in ("", "a", "/..", "/a/../b", "/a\0", "/\ud800", "/" + "ä" * 128, "/a" * 2048):
            with self.assertRaises(Invalid):
                mount_path(path)

    @given(st.text(alphabet="a./\0 ", max_size=12))
    def test_any_path(self, text: str) -> None:
        """Whatever is asked for stays below the root."""
        try:
            path = mount_path(text)
        except Invalid:
            return
        self.assertTrue(path.startswith("/") and not path.startswith("//"))
        self.assertFalse({".", ".."} & set(path.split("/")))
        self.assertEqual(path, mount_path(path))

    def test_passable(self) -> None:
        """Zero bytes and half characters are not for processes."""
        self.assertEqual([True, True, False, False], [is_passable(text) for text in ("", "ä", "\0", "\udfff")])
