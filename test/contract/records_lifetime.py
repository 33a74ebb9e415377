"""
What every store does with tokens where their lifetime is limited.
"""

from __future__ import annotations

from datetime import timedelta

from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS
from test.contract.records_case import RecordsCase

__all__ = ["LIFETIME", "LifetimeContract"]

#: Seconds; the store under test must be made with this C{max_token_lifetime}.
LIFETIME = 1000.0

KIND = API_CLIENT_AUTHORIZATIONS


class LifetimeContract(RecordsCase):
    """The suite."""

    def test_none_given(self) -> None:
        """A token without an end gets the latest that is allowed."""
        record = self.done(self.store.create(KIND, {}, self.owner))
        self.assertEqual(self.world.moment + timedelta(seconds=LIFETIME), record["expires_at"])

    def test_too_late(self) -> None:
        """An end that is too late is moved, by create and by update; an earlier one stays."""
        latest = self.world.moment + timedelta(seconds=LIFETIME)
        late, early = latest + timedelta(seconds=1), latest - timedelta(seconds=1)
        record = self.done(self.store.create(KIND, {"expires_at": late}, self.owner))
        self.assertEqual(self.world.moment + timedelta(seconds=LIFETIME), record["expires_at"])
        for wanted in (early, late, None):
            values = {"expires_at": wanted}
            record = self.done(self.store.update(KIND, record["uuid"], values, self.owner))
            expected = early if wanted is early else self.world.moment + timedelta(seconds=LIFETIME)
            self.assertEqual(expected, record["expires_at"])

    def test_admin(self) -> None:
        """An admin may set any end."""
        late = self.world.moment + timedelta(seconds=LIFETIME * 2)
        record = self.done(self.store.create(KIND, {"expires_at": late}, self.world.user(admin=True)))
        self.assertEqual(late, record["expires_at"])

    def test_containers(self) -> None:
        """The tokens of a container are not limited."""
        _, container, holder = self.world.running(self.owner)
        self.assertIsNone(self.world.get(KIND, container["auth_uuid"])["expires_at"])
        self.assertIsNone(self.world.get(KIND, holder.token_uuid)["expires_at"])
