"""
What can be done with the records of each kind: the table of use cases that change them.

Not here: the use cases (the modules named after the kinds) and their transactions (L{arvgate.records.store}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import attrs

from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    AUTHORIZED_KEYS,
    COLLECTIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    GROUPS,
    LINKS,
    LOGS,
    USERS,
    WORKFLOWS,
)  # fmt: skip
from arvgate.model.records import Kind, Record
from arvgate.records import (
    authorized_keys,
    collections,
    containers,
    groups,
    links,
    logs,
    priorities,
    requests,
    tokens,
    user_setup,
    users,
    workflows,
)
from arvgate.records.transaction import Transaction

__all__ = ["Resource", "resource_of"]


class _Create(Protocol):
    def __call__(self, tx: Transaction, attributes: Mapping[str, Any]) -> Record: ...


class _Update(Protocol):
    def __call__(self, tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record: ...


class _Delete(Protocol):
    def __call__(self, tx: Transaction, uuid: str) -> Record: ...


class _Examine(Protocol):
    def __call__(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]: ...


class _Act(Protocol):
    def __call__(self, tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record: ...


@attrs.frozen
class Resource:
    """
    What can be done with the records of a kind.

    @ivar examined: what takes long and needs nothing but the attributes, done before a transaction begins.
    @ivar actions: by name, what is more than to make, change and delete: of one record, with arguments.
    """

    create: _Create | None = None
    update: _Update | None = None
    delete: _Delete | None = None
    actions: Mapping[str, _Act] = attrs.field(factory=dict)
    examined: _Examine | None = None


_RESOURCES: Final[Mapping[str, Resource]] = {
    API_CLIENT_AUTHORIZATIONS.path: Resource(tokens.create, tokens.update, tokens.delete),
    AUTHORIZED_KEYS.path: Resource(authorized_keys.create, authorized_keys.update, authorized_keys.delete),
    COLLECTIONS.path: Resource(
        collections.create,
        collections.update,
        collections.delete,
        {"trash": collections.trash, "untrash": collections.untrash},
        collections.examined,
    ),
    CONTAINER_REQUESTS.path: Resource(requests.create, requests.update, requests.delete),
    CONTAINERS.path: Resource(update=containers.update, actions={"update_priority": priorities.recomputed}),
    GROUPS.path: Resource(
        groups.create, groups.update, groups.delete, {"trash": groups.trash, "untrash": groups.untrash}
    ),
    LINKS.path: Resource(links.create, links.update, links.delete),
    LOGS.path: Resource(logs.create, logs.update, logs.delete),
    USERS.path: Resource(
        users.create,
        users.update,
        users.delete,
        {"activate": user_setup.activate, "setup": users.setup, "unsetup": user_setup.unsetup},
    ),
    WORKFLOWS.path: Resource(workflows.create, workflows.update, workflows.delete, examined=workflows.examined),
}

_NOTHING: Final = Resource()


def resource_of(kind: Kind) -> Resource:
    """What can be done with records of C{kind}; nothing where it is only read."""
    return _RESOURCES.get(kind.path, _NOTHING)
