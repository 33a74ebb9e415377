"""
Tests for L{arvgate.model.kinds}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.ids import INFIXES
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    KINDS,
    LINKS,
    USERS,
    kind_of,
)  # fmt: skip

COMMON = ["uuid", "owner_uuid", "created_at", "modified_at", "modified_by_user_uuid", "etag"]


class KindsTests(SynchronousTestCase):
    """The declarations."""

    def test_every_infix(self) -> None:
        """Every kind has the path of an infix, and the reverse."""
        self.assertEqual(set(INFIXES), set(KINDS))
        self.assertEqual(list(KINDS), [kind.path for kind in KINDS.values()])

    def test_kind_of(self) -> None:
        """A UUID's infix names its kind; anything else names none."""
        for path, kind in KINDS.items():
            self.assertIs(kind, kind_of(f"zzzzz-{INFIXES[path]}-012345678901234"))
        for text in ("", "zzzzz-aaaaa-012345678901234", "zzzzz-tpzed-0123", "zzzzz-tpzed-012345678901234\n"):
            self.assertIsNone(kind_of(text))

    def test_fields(self) -> None:
        """No kind has a field twice; all have what every record has, and none stores its kind."""
        for kind in KINDS.values():
            names = [field.name for field in kind.fields]
            self.assertEqual(len(names), len(set(names)))
            self.assertLessEqual(set(COMMON), set(names))
            self.assertNotIn("kind", names)

    def test_secrets(self) -> None:
        """These fields and no others are secret; none of them can be searched."""
        secrets = {(kind.path, field.name) for kind in KINDS.values() for field in kind.fields if field.secret}
        self.assertEqual(
            {
                ("api_client_authorizations", "api_token"),
                ("container_requests", "secret_mounts"),
                ("container_requests", "runtime_token"),
                ("containers", "secret_mounts"),
                ("containers", "runtime_token"),
            },
            secrets,
        )
        for path, name in secrets:
            self.assertFalse(KINDS[path].field(name).searchable)

    def test_system_sets(self) -> None:
        """What only the system sets cannot be given by a client."""
        for kind, names in (
            (CONTAINERS, ("auth_uuid", "locked_by_uuid", "lock_count", "created_at")),
            (CONTAINER_REQUESTS, ("requesting_container_uuid", "container_count", "expires_at")),
            (API_CLIENT_AUTHORIZATIONS, ("api_token", "parent_uuid")),
            (LINKS, ("head_kind", "tail_kind")),
            (USERS, ("full_name", "is_invited", "can_write")),
        ):
            self.assertEqual([False] * len(names), [kind.field(name).settable for name in names])
