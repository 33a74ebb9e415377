"""
UUIDs of records and ids of clusters (reference A).

Not here: looking anything up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NewType

__all__ = [
    "INFIXES",
    "ClusterID",
    "Uuid",
    "all_users_group_uuid",
    "anonymous_group_uuid",
    "anonymous_user_uuid",
    "cluster_of",
    "infix_of",
    "is_cluster_id",
    "is_uuid",
    "new_uuid",
    "random_base36",
    "system_group_uuid",
    "system_root_token_uuid",
    "system_user_uuid",
]  # fmt: skip

Uuid = NewType("Uuid", str)
ClusterID = NewType("ClusterID", str)

#: Path segment of each kind of record to the type infix of its UUIDs.
INFIXES: Final = {
    "users": "tpzed",
    "groups": "j7d0g",
    "api_client_authorizations": "gj3su",
    "container_requests": "xvhdp",
    "containers": "dz642",
    "collections": "4zz18",
    "workflows": "7fd4e",
    "links": "o0j2j",
    "logs": "57u5n",
    "authorized_keys": "fngyi",
}

_UUID = re.compile(r"[0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{15}\Z")
_CLUSTER = re.compile(r"[0-9a-z]{5}\Z")
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def is_uuid(text: str, kind: str | None = None) -> bool:
    """Whether C{text} is a UUID, and of C{kind} (a key of L{INFIXES}) if one is given."""
    return bool(_UUID.match(text)) and (kind is None or text[6:11] == INFIXES[kind])


def is_cluster_id(text: str) -> bool:
    """Whether C{text} has the form of a cluster id."""
    return bool(_CLUSTER.match(text))


def cluster_of(uuid: str) -> ClusterID:
    """The id of the cluster that issued a well-formed UUID."""
    return ClusterID(uuid[:5])


def infix_of(uuid: str) -> str:
    """The type infix of a well-formed UUID."""
    return uuid[6:11]


def random_base36(length: int, randbelow: Callable[[int], int]) -> str:
    """C{length} random characters of C{[0-9a-z]}; C{randbelow} as C{secrets.randbelow}."""
    return "".join(_BASE36[randbelow(36)] for _ in range(length))


def new_uuid(cluster: str, kind: str, randbelow: Callable[[int], int]) -> Uuid:
    """A fresh UUID of C{kind} (a key of L{INFIXES})."""
    return Uuid(f"{cluster}-{INFIXES[kind]}-{random_base36(15, randbelow)}")


def system_user_uuid(cluster: str) -> Uuid:
    """The user that the system itself acts as."""
    return Uuid(f"{cluster}-tpzed-000000000000000")


def system_root_token_uuid(cluster: str) -> Uuid:
    """The token record that SystemRootToken stands for."""
    return Uuid(f"{cluster}-gj3su-000000000000000")


def system_group_uuid(cluster: str) -> Uuid:
    """The group that owns what the system owns."""
    return Uuid(f"{cluster}-j7d0g-000000000000000")


def all_users_group_uuid(cluster: str) -> Uuid:
    """The role of all active users."""
    return Uuid(f"{cluster}-j7d0g-fffffffffffffff")


def anonymous_group_uuid(cluster: str) -> Uuid:
    """The role that everybody has, with or without a token."""
    return Uuid(f"{cluster}-j7d0g-anonymouspublic")


def anonymous_user_uuid(cluster: str) -> Uuid:
    """The user of those who are not logged in."""
    return Uuid(f"{cluster}-tpzed-anonymouspublic")
