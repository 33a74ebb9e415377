"""Tests of L{arvgate.dispatch.scopes}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.scopes import in_scope, scope_command

UUID = "zzzzz-dz642-000000000000001"


class ScopesTests(SynchronousTestCase):
    """How a runner comes into a scope."""

    def test_root(self) -> None:
        """The system's systemd makes one that is named after its runner, and leaves nothing when it ends."""
        scope = scope_command("/usr/bin/systemd-run", True, 0, False)
        self.assertEqual(
            ["/usr/bin/systemd-run", "--scope", "--quiet", "--collect"], in_scope(scope, f"{UUID}-3", ["run", "x"])[:4]
        )
        self.assertEqual(
            [f"--unit=arvgate-runner-{UUID}-3", "--", "run", "x"], in_scope(scope, f"{UUID}-3", ["run", "x"])[4:]
        )

    def test_user(self) -> None:
        """For somebody else it is the user's own systemd."""
        self.assertIn("--user", scope_command("/usr/bin/systemd-run", True, 1000, True))

    def test_none(self) -> None:
        """Without systemd as init, its program, or one for the user, a runner is started as it is."""
        for facts in ((None, True, 0, True), ("/x", False, 0, True), ("/x", True, 1000, False)):
            self.assertEqual((), scope_command(*facts))
        self.assertEqual(["run", "x"], in_scope((), f"{UUID}-3", ["run", "x"]))
