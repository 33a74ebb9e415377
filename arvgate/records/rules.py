"""
The settings of the cluster that the store's decisions depend on.

Not here: reading them (L{arvgate.config}).
"""

from __future__ import annotations

from typing import Final

import attrs

from arvgate.model.ids import Uuid, system_root_token_uuid, system_user_uuid
from arvgate.model.principals import Principal
from arvgate.policy.root_tokens import root_fingerprint
from arvgate.wire.vhost import HostNames

__all__ = ["Rules"]

_NOWHERE: Final = HostNames(cluster_id="", api="", suffix="")


@attrs.frozen
class Rules:
    """
    What a cluster decided.

    @ivar cluster: the cluster's id, with which new UUIDs begin.
    @ivar system_root_token: the text that stands for the system itself; empty: there is none.
    @ivar anonymous_token: the secret of those who are not logged in; empty: there is none.
    @ivar max_token_lifetime: seconds, C{API.MaxTokenLifetime}; 0: no limit.
    @ivar max_dispatch_attempts: C{Containers.MaxDispatchAttempts}.
    @ivar max_retry_attempts: C{Containers.MaxRetryAttempts}.
    @ivar default_keep_cache_ram: bytes, C{Containers.DefaultKeepCacheRAM}.
    @ivar users_are_visible: C{Users.ActivatedUsersAreVisibleToOthers}.
    @ivar roles_are_visible: C{Users.RoleGroupsVisibleToAll}.
    @ivar default_trash_lifetime: seconds, C{Collections.DefaultTrashLifetime}.
    @ivar max_log_age: seconds, C{AuditLogs.MaxAge}.
    @ivar max_log_delete_batch: C{AuditLogs.MaxDeleteBatch}; 0: log entries are kept for ever.
    @ivar unlogged_attributes: C{AuditLogs.UnloggedAttributes}, fields whose values are not in the audit log.
    @ivar max_list_size: bytes of the records in one list, by which it ends early; C{API.MaxIndexDatabaseRead}.
    @ivar new_users_are_active: C{Users.NewUsersAreActive}.
    @ivar auto_setup_new_users: C{Users.AutoSetupNewUsers}.
    @ivar names: the hosts at which containers' ports are reached.
    """

    cluster: str
    system_root_token: str = attrs.field(default="", repr=False)
    anonymous_token: str = attrs.field(default="", repr=False)
    max_token_lifetime: float = 0.0
    max_dispatch_attempts: int = 10
    max_retry_attempts: int = 3
    default_keep_cache_ram: int = 0
    users_are_visible: bool = True
    roles_are_visible: bool = True
    default_trash_lifetime: float = 14 * 86400.0
    max_log_age: float = 14 * 86400.0
    max_log_delete_batch: int = 0
    unlogged_attributes: frozenset[str] = frozenset()
    max_list_size: int = 16 * 1024 * 1024
    new_users_are_active: bool = False
    auto_setup_new_users: bool = False
    names: HostNames = _NOWHERE

    @property
    def are_changes_logged(self) -> bool:
        """Whether there is an audit log; where no entry would be kept, none is written."""
        return self.max_log_age > 0 or self.max_log_delete_batch == 0

    @property
    def root_fingerprint(self) -> str:
        """By which it is known later what a container was locked under."""
        return root_fingerprint(self.system_root_token)

    @property
    def system_user(self) -> Uuid:
        """The UUID of the user that the system itself acts as."""
        return system_user_uuid(self.cluster)

    @property
    def system(self) -> Principal:
        """The system itself."""
        return Principal(
            user_uuid=self.system_user,
            token_uuid=system_root_token_uuid(self.cluster),
            is_admin=True,
            scopes=("all",),
        )
