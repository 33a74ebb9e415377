"""
What the contract suites of the records need around the store under test.

The store answers at once, in the caller's thread, so that the suites need no reactor.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import attrs
from sqlalchemy import select

from arvgate.model.changes import Change
from arvgate.model.ids import Uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, CONTAINERS, LINKS, LOGS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Kind, Query, Record
from arvgate.model.tokens import IssuedToken, Token, parse_token
from arvgate.policy.authenticator import authenticate
from arvgate.records.database.engine import reading
from arvgate.records.schema import CHANGES
from arvgate.records.store import Store
from arvgate.records.transaction import NumberedChange

__all__ = ["CLUSTER", "ROOT_TOKEN", "RecordsWorld", "request_attributes"]

CLUSTER = "zzzzz"
ROOT_TOKEN = "systemroottokenoftheteststhatisratherlongindeed"

T = TypeVar("T")


def request_attributes(**more: Any) -> dict[str, Any]:
    """A request that is committed at once, unless C{more} says otherwise."""
    return {
        "container_image": "busybox",
        "command": ["sleep", "60"],
        "mounts": {"/out": {"kind": "tmp", "capacity": 1000}},
        "output_path": "/out",
        "priority": 500,
        "runtime_constraints": {"vcpus": 1, "ram": 1 << 20},
        "state": "Committed",
        **more,
    }


@attrs.define
class RecordsWorld:
    """
    A store on a new database, and the hand that drives it.

    @ivar moment: what the store takes for now.
    @ivar told: what the store said of its commits.
    """

    store: Store
    moment: datetime
    told: list[Change] = attrs.Factory(list)
    _users: int = 0

    @property
    def system(self) -> Principal:
        """The system itself."""
        return self.store.system

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on."""
        self.moment += timedelta(seconds=seconds)

    def hear(self, changes: Sequence[NumberedChange]) -> None:
        """Be told of a commit; the clock goes on to its time."""
        self.told.extend(change for _, change in changes)
        with reading(self.store._engine) as connection:
            at = connection.scalar(select(CHANGES.c.at).order_by(CHANGES.c.id.desc()).limit(1))
        self.moment = max(self.moment, at or self.moment)

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        """The answer of a call, which must not wait for anything."""
        try:
            call.send(None)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        call.close()
        raise AssertionError("the store did not answer at once")

    def user(self, *, admin: bool = False, active: bool = True) -> Principal:
        """A new user, come with a token that permits everything."""
        self._users += 1
        attributes = {"username": f"user{self._users}", "is_admin": admin, "is_active": active}
        uuid = self.run(self.store.create(USERS, attributes, self.system))["uuid"]
        record = self.token_of(uuid)
        return Principal(Uuid(uuid), Uuid(record["uuid"]), is_admin=admin, is_active=active, scopes=("all",))

    def token_of(self, user_uuid: str, **attributes: Any) -> Record:
        """A new token of a user; the record has its secret."""
        return self.run(
            self.store.create(API_CLIENT_AUTHORIZATIONS, {"owner_uuid": user_uuid, **attributes}, self.system)
        )

    def come_with(self, text: str) -> Principal:
        """Who presents a token."""
        token = parse_token(text)
        assert token is not None
        return authenticate(token, self.run(self.store.find(token)), self.moment)

    def get(self, kind: Kind, uuid: str) -> Record:
        """A record as the system sees it."""
        return self.run(self.store.get(kind, uuid, self.system))

    def secret(self, kind: Kind, uuid: str, name: str) -> Any:
        """A field of a record that no call ever shows."""
        return self.run(self.store._read(self.system, lambda snapshot: snapshot.secret(kind, uuid, name)))

    def request(self, owner: Principal, **attributes: Any) -> Record:
        """A new request of a user."""
        return self.run(self.store.create(CONTAINER_REQUESTS, request_attributes(**attributes), owner))

    def container_of(self, request: Record) -> Record:
        """The container that a request has now."""
        return self.get(CONTAINERS, self.get(CONTAINER_REQUESTS, request["uuid"])["container_uuid"])

    def locked(self, container_uuid: str) -> tuple[Principal, IssuedToken]:
        """Lock a container; the holder and its token."""
        issued = self.run(self.store.mint_lock_token(container_uuid))
        holder = self.come_with(issued.text)
        self.run(self.store.lock(container_uuid, holder))
        return holder, issued

    def running(self, owner: Principal, **attributes: Any) -> tuple[Record, Record, Principal]:
        """A request of a user, its running container, and the holder of the lock."""
        request = self.request(owner, **attributes)
        uuid = request["container_uuid"]
        holder, _ = self.locked(uuid)
        values = {"state": "Running", "gateway_address": "127.0.0.1:2222"}
        return request, self.run(self.store.update(CONTAINERS, uuid, values, holder)), holder

    def own_token(self, container_uuid: str, holder: Principal) -> Token:
        """The container's own token, with its fourth part."""
        record = self.run(self.store.container_auth(container_uuid, holder))
        token = parse_token(f"v2/{record['uuid']}/{record['api_token']}/{container_uuid}")
        assert token is not None
        return token

    def share(self, head_uuid: str, user: Principal, name: str) -> Record:
        """Give a user a permission."""
        return self.run(
            self.store.create(
                LINKS,
                {"link_class": "permission", "name": name, "tail_uuid": user.user_uuid, "head_uuid": head_uuid},
                self.system,
            )
        )

    def audit(self, uuid: str) -> Sequence[Record]:
        """The audit entries of a record, oldest first."""
        query = Query(filters=(Filter("object_uuid", "=", uuid),), order=(("id", "asc"),), limit=1000)
        return [dict(item) for item in self.run(self.store.list(LOGS, query, self.system)).items]
