"""
Tests for L{arvgate.policy.link_values}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy import link_values


class LinkTests(SynchronousTestCase):
    """L{link_values.problems}."""

    def test_ends(self) -> None:
        """A link without its ends says so, one sentence each."""
        link = {"link_class": "permission", "name": "can_read", "tail_uuid": None, "head_uuid": "", "properties": {}}
        self.assertEqual(2, len(link_values.problems(link, "zzzzz")))
        published = {**link, "link_class": "published_port", "name": "a", "properties": {"port": 1}}
        self.assertEqual(1, len(link_values.problems(published, "zzzzz")))

    def test_label(self) -> None:
        """A published name is a host label that is not reserved and does not look like a UUID."""

        def count(name: str | None) -> int:
            link = {"link_class": "published_port", "name": name, "head_uuid": "x", "properties": {"port": 1}}
            return len(link_values.problems(link, "zzzzz"))

        uuid = "zzzzz-xvhdp-000000000000000"
        self.assertEqual([0] * 5, [count(one) for one in ("a", "a" * 63, "1-b", "zzzzz1", f"x{uuid}")])
        bad = ("", None, "a" * 64, "-", "a-", "-a", "A", "a_b", "a.b", "a\n", "api", "zzzzz", uuid, f"{uuid}-80")
        self.assertEqual([1] * len(bad), [count(one) for one in bad])
