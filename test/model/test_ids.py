"""
Tests for L{arvgate.model.ids}.
"""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.ids import (
    INFIXES,
    all_users_group_uuid,
    anonymous_group_uuid,
    anonymous_user_uuid,
    cluster_of,
    infix_of,
    is_cluster_id,
    is_uuid,
    new_uuid,
    random_base36,
    system_group_uuid,
    system_root_token_uuid,
    system_user_uuid,
)  # fmt: skip

GOOD = "zzzzz-tpzed-0123456789abcde"


class UuidTests(SynchronousTestCase):
    """UUIDs."""

    def test_form(self) -> None:
        """A UUID has three groups of lower-case letters and digits, and nothing around."""
        self.assertTrue(is_uuid(GOOD))
        for text in (
            GOOD.upper(),
            GOOD[:-1],
            GOOD + "0",
            f" {GOOD}",
            f"{GOOD}\n",
            GOOD.replace("-", "_"),
            "",
            "é" * 27,
        ):
            self.assertFalse(is_uuid(text))

    def test_kind(self) -> None:
        """The infix tells the kind."""
        self.assertTrue(is_uuid(GOOD, "users"))
        self.assertFalse(is_uuid(GOOD, "groups"))
        self.assertEqual(("zzzzz", "tpzed"), (cluster_of(GOOD), infix_of(GOOD)))

    @given(st.sampled_from(sorted(INFIXES)), st.integers())
    def test_new(self, kind: str, seed: int) -> None:
        """A new UUID is one of its kind and cluster."""
        uuid = new_uuid("xabcd", kind, random.Random(seed).randrange)
        self.assertTrue(is_uuid(uuid, kind))
        self.assertEqual("xabcd", cluster_of(uuid))

    def test_well_known(self) -> None:
        """The well-known ones are UUIDs of their kinds."""
        for make, kind, end in (
            (system_user_uuid, "users", "0" * 15),
            (anonymous_user_uuid, "users", "anonymouspublic"),
            (system_group_uuid, "groups", "0" * 15),
            (all_users_group_uuid, "groups", "f" * 15),
            (anonymous_group_uuid, "groups", "anonymouspublic"),
            (system_root_token_uuid, "api_client_authorizations", "0" * 15),
        ):
            uuid = make("zzzzz")
            self.assertTrue(is_uuid(uuid, kind))
            self.assertEqual(end, uuid[12:])

    def test_infixes(self) -> None:
        """Infixes are of five characters and differ."""
        self.assertEqual({5}, {len(infix) for infix in INFIXES.values()})
        self.assertEqual(len(INFIXES), len(set(INFIXES.values())))


class OtherIdTests(SynchronousTestCase):
    """Clusters and random texts."""

    def test_cluster(self) -> None:
        """A cluster id has five lower-case letters or digits."""
        self.assertTrue(is_cluster_id("z1234"))
        for text in ("", "zzzz", "zzzzzz", "ZZZZZ", "zzzz\n", "zzzzz\n"):
            self.assertFalse(is_cluster_id(text))

    def test_random(self) -> None:
        """Every digit of base 36 can occur, and each is asked for by itself."""
        numbers = iter(range(36))
        self.assertEqual("0123456789abcdefghijklmnopqrstuvwxyz", random_base36(36, lambda below: next(numbers)))
