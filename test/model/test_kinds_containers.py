"""
Tests for L{arvgate.model.kinds_containers}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds_containers import CONTAINER_REQUESTS, CONTAINERS


class DeclarationTests(SynchronousTestCase):
    """The two kinds."""

    def test_ours(self) -> None:
        """What Arvados does not have is there."""
        self.assertEqual("array", CONTAINERS.field("listening_ports").type)

    def test_same_types(self) -> None:
        """What a container has of its request has the same type and default in both."""
        for name in (
            "command", "cwd", "environment", "mounts", "secret_mounts", "output_path", "output_glob", "container_image",
            "runtime_constraints", "scheduling_parameters", "output_storage_classes", "service", "published_ports",
            "runtime_token",
        ):  # fmt: skip
            one, other = CONTAINER_REQUESTS.field(name), CONTAINERS.field(name)
            self.assertEqual((one.type, one.default, one.secret), (other.type, other.default, other.secret), name)

    def test_not_searchable(self) -> None:
        """Where a container is reached cannot be searched for."""
        self.assertFalse(CONTAINERS.field("gateway_address").searchable)
