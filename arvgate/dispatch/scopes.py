"""
Runners in systemd scopes of their own, so that whatever happens to the gateway's unit does not touch them.

Not here: the gateway's unit (C{etc/arvgate.service}).
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["in_scope", "scope_command"]


def scope_command(systemd_run: str | None, is_init: bool, uid: int, has_user_bus: bool) -> Sequence[str]:
    """
    What puts a program into a scope of its own; empty where that is not possible.

    @param systemd_run: path of the program; None if there is none.
    @param is_init: systemd is this machine's init.
    @param uid: of the gateway.
    @param has_user_bus: systemd works for that user too; who is not root has no other scopes.
    """
    if systemd_run is None or not is_init or (uid != 0 and not has_user_bus):
        return ()
    user = () if uid == 0 else ("--user",)
    return (systemd_run, *user, "--scope", "--quiet", "--collect")


def in_scope(scope: Sequence[str], name: str, argv: Sequence[str]) -> list[str]:
    """
    The argv that starts a runner in its scope.

    @param scope: of L{scope_command}; if it is empty, C{argv} stays as it is.
    @param name: that no other runner has.
    """
    if not scope:
        return list(argv)
    return [*scope, f"--unit=arvgate-runner-{name}", "--", *argv]
