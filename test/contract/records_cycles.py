"""
What every store does with lock cycles and their tokens.
"""

from __future__ import annotations

import attrs

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
)  # fmt: skip
from arvgate.model.tokens import Token, parse_token
from test.contract.records_case import RecordsCase

__all__ = ["CyclesContract"]


class CyclesContract(RecordsCase):
    """The suite."""

    def _update(self, uuid: str, writer: object, **values: object) -> object:
        return self.store.update(CONTAINERS, uuid, values, writer)

    def test_lock(self) -> None:
        """A lock is held by the token that made it, and makes the container's own token."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, issued = self.world.locked(uuid)
        container = self.world.get(CONTAINERS, uuid)
        self.assertEqual(("Locked", issued.uuid, 1), (
            container["state"], container["locked_by_uuid"], container["lock_count"],
        ))  # fmt: skip
        own = self.world.own_token(uuid, holder)
        found = self.done(self.store.find(own))
        self.assertEqual((container["auth_uuid"], self.owner.user_uuid), (found.uuid, found.user_uuid))

    def test_lock_token_scopes(self) -> None:
        """The token of a lock cycle is the system user's, for this container's record, auth and logs only."""
        uuid = self.world.request(self.owner)["container_uuid"]
        issued = self.done(self.store.mint_lock_token(uuid))
        principal = self.world.come_with(issued.text)
        self.assertEqual((self.world.system.user_uuid, True), (principal.user_uuid, principal.is_admin))
        path = f"/arvados/v1/containers/{uuid}"
        self.assertEqual(
            [
                f"GET {path}", f"GET {path}/", f"PATCH {path}", f"PUT {path}", f"POST {path}/lock",
                f"POST {path}/unlock", "GET /arvados/v1/users/current", "POST /arvados/v1/logs",
            ],
            list(principal.scopes),
        )  # fmt: skip

    def test_unused_lock_token(self) -> None:
        """A token for a lock that came to nothing dies when another locks."""
        uuid = self.world.request(self.owner)["container_uuid"]
        unused = self.done(self.store.mint_lock_token(uuid))
        _, issued = self.world.locked(uuid)
        self.assertIsNone(self.done(self.store.find(parse_token(unused.text))))
        self.assertIsNotNone(self.done(self.store.find(parse_token(issued.text))))

    def test_fourth_part(self) -> None:
        """With a container behind it a token is known only as that container's own, in its cycle."""
        record = self.world.token_of(self.owner.user_uuid)
        other = Token(record["api_token"], record["uuid"])
        _, container, holder = self.world.running(self.owner)
        uuid = container["uuid"]
        own = self.world.own_token(uuid, holder)
        self.assertIsNotNone(self.done(self.store.find(own)))
        self.assertIsNone(self.done(self.store.find(attrs.evolve(other, container_uuid=uuid))))
        queued = self.world.request(self.owner)["container_uuid"]
        self.assertIsNone(self.done(self.store.find(attrs.evolve(other, container_uuid=queued))))
        self.assertIsNotNone(
            self.done(self.store.find(attrs.evolve(other, container_uuid="zzzzz-dz642-unknownunknownu")))
        )

    def test_lock_of_nothing(self) -> None:
        """There is no token for the lock of a container that does not exist."""
        self.refused(NotFound, self.store.mint_lock_token("zzzzz-dz642-000000000000000"))

    def test_lock_refused(self) -> None:
        """Locking needs an admin, state Queued and a priority."""
        request = self.world.request(self.owner)
        uuid = request["container_uuid"]
        self.refused(Forbidden, self.store.lock(uuid, self.owner))
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"priority": 0}, self.owner))
        self.refused(Invalid, self.store.lock(uuid, self.world.system))
        self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], {"priority": 1}, self.owner))
        self.world.locked(uuid)
        self.refused(Invalid, self.store.lock(uuid, self.world.user(admin=True)))

    def test_unlock(self) -> None:
        """An unlock puts the container back into the queue, and both tokens of the cycle die."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, issued = self.world.locked(uuid)
        own = self.world.own_token(uuid, holder)
        self.done(self._update(uuid, holder, runtime_status={"warning": "slow"}))
        container = self.done(self.store.unlock(uuid, holder))
        self.assertEqual(("Queued", None, None, {}), tuple(
            container[name] for name in ("state", "locked_by_uuid", "auth_uuid", "runtime_status")
        ))  # fmt: skip
        for token in (own, parse_token(issued.text), Token(own.secret, own.uuid)):
            self.assertIsNone(self.done(self.store.find(token)))

    def test_each_cycle_has_its_tokens(self) -> None:
        """The next cycle has other tokens, and the count goes up."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, _ = self.world.locked(uuid)
        first = self.world.own_token(uuid, holder)
        self.done(self.store.unlock(uuid, holder))
        holder, _ = self.world.locked(uuid)
        self.assertNotEqual(first.uuid, self.world.own_token(uuid, holder).uuid)
        self.assertEqual(2, self.world.get(CONTAINERS, uuid)["lock_count"])

    def test_unlock_refused(self) -> None:
        """Only the holder and the system itself unlock, and only what is Locked."""
        uuid = self.world.request(self.owner)["container_uuid"]
        self.refused(Invalid, self.store.unlock(uuid, self.world.system))
        self.world.locked(uuid)
        self.refused(Forbidden, self.store.unlock(uuid, self.world.user(admin=True)))
        self.refused(Forbidden, self.store.unlock(uuid, self.owner))
        self.refused(NotFound, self.store.unlock(uuid, self.other))
        self.assertEqual("Queued", self.done(self.store.unlock(uuid, self.world.system))["state"])

    def test_too_many_attempts(self) -> None:
        """After too many locks the container is Cancelled with a reason, and its request goes on with another."""
        request = self.world.request(self.owner)
        uuid = request["container_uuid"]
        for state in ("Queued", "Queued", "Cancelled"):
            holder, _ = self.world.locked(uuid)
            container = self.done(self.store.unlock(uuid, holder))
            self.assertEqual(state, container["state"])
        self.assertIn("3 times", container["runtime_status"]["error"])
        request = self.world.get(CONTAINER_REQUESTS, request["uuid"])
        self.assertEqual(("Committed", False), (request["state"], request["container_uuid"] == uuid))

    def test_given_back(self) -> None:
        """Who holds a lock gives the container back to the queue with a reason; the cycle's tokens die."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, issued = self.world.locked(uuid)
        own = self.world.own_token(uuid, holder)
        self.done(self._update(uuid, holder, runtime_status={"activity": "looking for room"}))
        container = self.done(self._update(uuid, holder, state="Queued", runtime_status={"warning": "no room"}))
        self.assertEqual(("Queued", None, None, {"warning": "no room"}), tuple(
            container[name] for name in ("state", "locked_by_uuid", "auth_uuid", "runtime_status")
        ))  # fmt: skip
        for token in (own, parse_token(issued.text)):
            self.assertIsNone(self.done(self.store.find(token)))

    def test_given_back_often(self) -> None:
        """To be given back is no failed attempt, however often, and does not hide failed ones."""
        uuid = self.world.request(self.owner)["container_uuid"]
        for _ in range(5):
            holder, _ = self.world.locked(uuid)
            self.done(self._update(uuid, holder, state="Queued", runtime_status={"warning": "no room"}))
        states = []
        for _ in range(3):
            holder, _ = self.world.locked(uuid)
            states.append(self.done(self.store.unlock(uuid, holder))["state"])
        self.assertEqual(
            (["Queued", "Queued", "Cancelled"], 8), (states, self.world.get(CONTAINERS, uuid)["lock_count"])
        )

    def test_given_back_without_reason(self) -> None:
        """A status that is null is an empty one."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, _ = self.world.locked(uuid)
        container = self.done(self._update(uuid, holder, state="Queued", runtime_status=None))
        self.assertEqual(("Queued", {}), (container["state"], container["runtime_status"]))

    def test_given_back_by_holder_only(self) -> None:
        """Nobody else gives a container back, nor does its holder once it runs."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, _ = self.world.locked(uuid)
        values = {"state": "Queued", "runtime_status": {"warning": "no room"}}
        self.refused(Invalid, self._update(uuid, self.world.system, **values))
        self.refused(Forbidden, self._update(uuid, self.owner, **values))
        self.refused(Forbidden, self._update(uuid, self.world.user(admin=True), **values))
        self.done(self._update(uuid, holder, state="Running"))
        self.refused(Invalid, self._update(uuid, holder, **values))

    def test_warning_goes_with_lock(self) -> None:
        """What a waiting container was warned of is over when it is locked; other keys stay."""
        uuid = self.world.request(self.owner)["container_uuid"]
        status = {"warning": "no room", "warningDetail": "none", "activity": "waiting"}
        self.done(self._update(uuid, self.world.system, runtime_status=status))
        self.world.locked(uuid)
        self.assertEqual({"activity": "waiting"}, self.world.get(CONTAINERS, uuid)["runtime_status"])

    def test_earlier_holder(self) -> None:
        """Who held an earlier lock cannot write any more."""
        uuid = self.world.request(self.owner)["container_uuid"]
        before, _ = self.world.locked(uuid)
        self.done(self.store.unlock(uuid, before))
        self.world.locked(uuid)
        self.refused(Forbidden, self._update(uuid, before, state="Running"))

    def test_put_back_by_update(self) -> None:
        """State Queued by an update is an unlock."""
        uuid = self.world.request(self.owner)["container_uuid"]
        holder, issued = self.world.locked(uuid)
        container = self.done(self._update(uuid, holder, state="Queued"))
        self.assertEqual(("Queued", None), (container["state"], container["locked_by_uuid"]))
        self.assertIsNone(self.done(self.store.find(parse_token(issued.text))))

    def test_auth(self) -> None:
        """Only the holder gets the container's own token."""
        _, container, holder = self.world.running(self.owner)
        uuid = container["uuid"]
        for who in (self.owner, self.world.user(admin=True), self.world.system):
            self.refused(Forbidden, self.store.container_auth(uuid, who))
        record = self.done(self.store.container_auth(uuid, holder))
        self.assertEqual((container["auth_uuid"], 50), (record["uuid"], len(record["api_token"])))

    def test_own_token_revoked(self) -> None:
        """Whose user revoked the container's own token has taken it from the container too."""
        _, container, holder = self.world.running(self.owner)
        self.done(self.store.delete(API_CLIENT_AUTHORIZATIONS, container["auth_uuid"], self.owner))
        self.refused(Forbidden, self.store.container_auth(container["uuid"], holder))

    def test_runtime_token(self) -> None:
        """A container with a runtime token gets that one, which outlives the cycle, but not as the container's."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        _, container, holder = self.world.running(self.owner, runtime_token=text)
        uuid = container["uuid"]
        own = self.world.own_token(uuid, holder)
        self.assertEqual((record["uuid"], None), (own.uuid, container["auth_uuid"]))
        nonce = attrs.evolve(own, nonce="1")
        self.assertIsNotNone(self.done(self.store.find(nonce)))
        self.assertEqual(
            0.5, self.done(self._update(uuid, self.world.come_with(f"{text}/{uuid}/1"), progress=0.5))["progress"]
        )
        self.done(self._update(uuid, holder, state="Complete"))
        self.assertIsNone(self.done(self.store.find(nonce)))
        self.assertIsNotNone(self.done(self.store.find(parse_token(text))))

    def test_runtime_token_in_other_forms(self) -> None:
        """A runtime token may be a secret alone or have more behind: the container's own is valid all the same."""
        for form in ("{secret}", "v2/{uuid}/{secret}/zzzzz-dz642-unknownunknownu"):
            record = self.world.token_of(self.owner.user_uuid)
            text = form.format(uuid=record["uuid"], secret=record["api_token"])
            _, container, holder = self.world.running(self.owner, runtime_token=text)
            own = self.world.own_token(container["uuid"], holder)
            self.assertEqual(record["uuid"], self.done(self.store.find(own)).uuid)
            other = self.world.token_of(self.owner.user_uuid)
            wrong = Token(other["api_token"], other["uuid"], container["uuid"])
            self.assertIsNone(self.done(self.store.find(wrong)))

    def test_runtime_token_revoked(self) -> None:
        """A container whose runtime token was revoked has no token any more; it can still end."""
        record = self.world.token_of(self.owner.user_uuid)
        text = f"v2/{record['uuid']}/{record['api_token']}"
        _, container, holder = self.world.running(self.owner, runtime_token=text)
        self.done(self.store.delete(API_CLIENT_AUTHORIZATIONS, record["uuid"], self.owner))
        self.refused(Forbidden, self.store.container_auth(container["uuid"], holder))
        self.assertEqual("Complete", self.done(self._update(container["uuid"], holder, state="Complete"))["state"])

    def test_secret_mounts(self) -> None:
        """The container itself and the lock's holder get the secret mounts, while the cycle lasts; nobody else does."""
        mounts = {"/secret": {"kind": "text", "content": "xyzzy"}}
        _, container, holder = self.world.running(self.owner, secret_mounts=mounts)
        uuid = container["uuid"]
        own = self.world.come_with(f"{self.world.own_token(uuid, holder).v2}/{uuid}")
        for reader in (own, holder):
            self.assertEqual(mounts, self.done(self.store.secret_mounts(uuid, reader)))
        for reader in (self.owner, self.world.user(admin=True), self.world.system):
            self.refused(Forbidden, self.store.secret_mounts(uuid, reader))
        self.refused(NotFound, self.store.secret_mounts(uuid, self.other))
        self.done(self.store.update(CONTAINERS, uuid, {"state": "Complete", "exit_code": 0}, holder))
        self.refused((Forbidden, NotFound), self.store.secret_mounts(uuid, holder))
