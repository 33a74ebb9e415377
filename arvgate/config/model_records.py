"""
The part of a configuration that is about records: users, collections, the audit log.

Not here: the whole (L{arvgate.config.model}).
"""

from __future__ import annotations

import attrs

from arvgate.config.secret import Secret

__all__ = ["AuditLogsConfig", "CollectionsConfig", "UsersConfig"]


@attrs.frozen
class AuditLogsConfig:
    """
    What is kept of each change of a record, and for how long (C{AuditLogs}).

    @ivar max_age: seconds after which entries are deleted; 0 where some are: none are written.
    @ivar max_delete_batch: how many entries are deleted at a time; 0: they are kept for ever.
    @ivar unlogged_attributes: names of fields whose values are in no entry.
    """

    max_age: float = 14 * 86400.0
    max_delete_batch: int = 0
    unlogged_attributes: frozenset[str] = frozenset()


@attrs.frozen
class UsersConfig:
    """
    How users begin, and what they see of one another (C{Users}).

    @ivar new_users_are_active: a new user is active unless its maker says otherwise.
    @ivar auto_setup_new_users: a new user is set up at once.
    @ivar are_visible: active users see one another; else only those who were shared with them.
    @ivar roles_are_visible: active users see every role.
    """

    new_users_are_active: bool = False
    auto_setup_new_users: bool = False
    are_visible: bool = True
    roles_are_visible: bool = True


@attrs.frozen
class CollectionsConfig:
    """
    Collections, of which only the records are kept (C{Collections}).

    @ivar blob_signing: whether locators of blocks are signed, and must be in what users send.
    @ivar blob_signing_key: the key that the services have that keep the blocks; empty: nothing is signed.
    @ivar blob_signing_ttl: seconds that a signature is good.
    @ivar default_trash_lifetime: seconds between the trash and the end, of projects too.
    """

    blob_signing: bool = True
    blob_signing_key: Secret = attrs.field(factory=Secret)
    blob_signing_ttl: float = 14 * 86400.0
    default_trash_lifetime: float = 14 * 86400.0
