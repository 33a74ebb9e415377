"""
The part of a configuration that is about records: users.

Not here: the whole (L{arvgate.config.model}).
"""

from __future__ import annotations

import attrs

__all__ = ["UsersConfig"]


@attrs.frozen
class UsersConfig:
    """
    How users begin (C{Users}).

    @ivar new_users_are_active: a new user is active unless its maker says otherwise.
    @ivar auto_setup_new_users: a new user is set up at once.
    """

    new_users_are_active: bool = False
    auto_setup_new_users: bool = False
