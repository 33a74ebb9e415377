"""
The API in memory: a real store on SQLite, the real site, and requests as bytes on a transport without a socket.
"""

from __future__ import annotations

import http.client
import io
import json as json_module
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import attrs
from twisted.internet.address import UNIXAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api import ApiOptions, ApiSite, make_api
from arvgate.edge.api.call import Observed
from arvgate.model.changes import Change
from arvgate.model.ids import Uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, LINKS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.records.database.engine import open_engine
from arvgate.records.database.threads import InlineCalls
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.setup import create_database
from arvgate.records.store import Store
from arvgate.testing.issuer import MemoryIssuer
from arvgate.testing.tokens import MemoryTokens
from arvgate.wire.vhost import HostNames

T = TypeVar("T")

CLUSTER = "zzzzz"
ROOT_TOKEN = "systemroottokensystemroottokensystemroottoken00000"
MANAGEMENT_TOKEN = "managementtoken"
NAMES = HostNames(CLUSTER, "zzzzz.localhost", ".zzzzz.localhost", api_port=8443, port=8443)
START = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)

#: Attributes of a request that can be committed.
REQUEST: Mapping[str, Any] = {
    "name": "web app",
    "state": "Committed",
    "priority": 500,
    "command": ["serve"],
    "container_image": "image:latest",
    "output_path": "/out",
    "mounts": {"/out": {"kind": "tmp", "capacity": 1000}},
    "runtime_constraints": {"vcpus": 1, "ram": 1000000, "API": True},
    "use_existing": False,
}


@attrs.frozen
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json_module.loads(self.body)

    @property
    def errors(self) -> list[str]:
        """The sentences of an error, without the request's id."""
        return [text.rpartition(" (req-")[0] or text for text in self.json["errors"]]


@attrs.frozen
class Account:
    """A user with a token."""

    uuid: str
    token: str
    principal: Principal


#: Seconds after which wrong credentials have been answered.
LONGEST_WAIT = 10.0


class Connection:
    """One connection of a client to the site."""

    def __init__(self, site: ApiSite) -> None:
        self.transport = StringTransportWithDisconnection(
            hostAddress=UNIXAddress(b"api.sock"), peerAddress=UNIXAddress(b"")
        )
        self.protocol = site.buildProtocol(UNIXAddress(b""))
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        """Let bytes arrive at the site."""
        self.protocol.dataReceived(data)

    def received(self) -> bytes:
        """What the site has sent since the last question."""
        data = self.transport.value()
        self.transport.clear()
        return data

    def response(self, method: str = "GET") -> Response:
        """The answer that the site has sent."""
        return parse_response(self.received(), method)


class _Sock:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        """The bytes as http.client wants them."""
        return io.BytesIO(self._data)


def parse_response(data: bytes, method: str) -> Response:
    """Read an answer's bytes; all of them must belong to it."""
    response = http.client.HTTPResponse(_Sock(data), method=method)  # type: ignore[arg-type]
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, headers, response.read())


class ApiCase(SynchronousTestCase):
    """Tests that send requests to the API over a new database."""

    maxDiff = None

    def setUp(self) -> None:
        """Make the database, two users and an admin, and the site."""
        self.directory = self.mktemp()
        os.makedirs(self.directory)
        self.logs = os.path.join(self.directory, "logs")
        self.outputs = os.path.join(self.directory, "outputs")
        self.clock = Clock()
        self.issuer_tokens = MemoryTokens()
        self.changes: list[Change] = []
        self.store = self.make_store()
        self.admin = self.account("admin", is_admin=True)
        self.alice = self.account("alice")
        self.bob = self.account("bob")
        self.site = self.make_site()

    def now(self) -> datetime:
        """The test's time."""
        return START + timedelta(seconds=self.clock.seconds())

    def make_store(self, names: HostNames = NAMES) -> Store:
        """A store on a database that is made if it is not there, with every call at once."""
        url = f"sqlite:///{self.directory}/arvgate.db"
        create_database(url, b"k" * 32, CLUSTER, self.now(), secrets.randbelow)
        engine = open_engine(url)
        self.addCleanup(engine.dispose)
        rules = Rules(CLUSTER, system_root_token=ROOT_TOKEN, anonymous_token="anonymoustoken", names=names)
        return Store(
            engine,
            Sealer(b"k" * 32, secrets.randbelow),
            rules,
            InlineCalls(),
            self.now,
            secrets.randbelow,
            lambda changes: None,
        )

    def options(self, **changes: Any) -> ApiOptions:
        """The API's options, some of them changed."""
        values: dict[str, Any] = {
            "cluster_id": CLUSTER,
            "log_directory": self.logs,
            "output_directory": self.outputs,
            "names": NAMES,
            "external_url": "https://zzzzz.localhost:8443",
            "management_token": MANAGEMENT_TOKEN,
            "public_config": {"Containers": {"ShellAccess": {"Admin": True}}},
        }
        return ApiOptions(**{**values, **changes})

    def make_site(self, observed: Observed | None = None, **changes: Any) -> ApiSite:
        """A site of the API."""
        self.issuer = MemoryIssuer(self.issuer_tokens, self.now)
        options = self.options(**changes)
        api = make_api(
            self.store,
            self.store,
            self.issuer,
            options,
            self.clock,
            self.now,
            secrets.randbelow,
            self.in_thread,
            observed,
        )
        return ApiSite(api, self.clock)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run at once what else a thread would do."""
        return work()

    def account(self, name: str, *, is_admin: bool = False) -> Account:
        """A new active user with a token for everything."""
        system = self.store.system
        attributes = {"username": name, "email": f"{name}@example.com", "is_active": True, "is_admin": is_admin}
        user = self.successResultOf(self.store.create(USERS, attributes, system))
        return self.token_of(Uuid(user["uuid"]), ["all"], is_admin=is_admin)

    def token_of(self, user_uuid: str, scopes: Sequence[str], *, is_admin: bool = False) -> Account:
        """The same user with another token."""
        made = self.successResultOf(
            self.store.create(
                API_CLIENT_AUTHORIZATIONS, {"owner_uuid": user_uuid, "scopes": list(scopes)}, self.store.system
            )
        )
        token = f"v2/{made['uuid']}/{made['api_token']}"
        principal = Principal(Uuid(user_uuid), made["uuid"], is_admin=is_admin, scopes=tuple(scopes))
        return Account(user_uuid, token, principal)

    def request_of(self, account: Account, **attributes: Any) -> Record:
        """A container request in the store."""
        values = {**REQUEST, **attributes}
        return self.successResultOf(self.store.create(CONTAINER_REQUESTS, values, account.principal))

    def end(self, container_uuid: str) -> None:
        """Let a container run and complete."""
        token = self.successResultOf(self.store.mint_lock_token(container_uuid)).text
        self.ok("POST", f"containers/{container_uuid}/lock", token)
        for state in ({"state": "Running"}, {"state": "Complete", "exit_code": 0}):
            self.ok("PATCH", f"containers/{container_uuid}", token, json=state)

    def share(self, request: Record, account: Account, level: str = "can_read") -> None:
        """Let another user read or write a request."""
        link = {
            "link_class": "permission",
            "name": level,
            "tail_uuid": account.uuid,
            "head_uuid": request["uuid"],
        }
        self.successResultOf(self.store.create(LINKS, link, self.store.system))

    def call(
        self,
        method: str,
        path: str,
        token: str | Account | None = None,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        site: ApiSite | None = None,
    ) -> Response:
        """
        One exchange on a connection of its own.

        @param path: below C{/arvados/v1/}, or absolute.
        @param query: values that are no text are sent as JSON.
        """
        lines = {"Host": "zzzzz.localhost:8443", "X-Forwarded-For": "192.0.2.1", **(headers or {})}
        if isinstance(token, Account):
            token = token.token
        if token is not None:
            lines["Authorization"] = f"Bearer {token}"
        if json is not None:
            body = json_module.dumps(json).encode()
            lines.setdefault("Content-Type", "application/json")
        if body is not None:
            lines["Content-Length"] = str(len(body))
        target = path if path.startswith(("/", "http")) else f"/arvados/v1/{path}"
        if query:
            texts = {k: v if isinstance(v, str) else json_module.dumps(v) for k, v in query.items()}
            target += f"?{urlencode(texts)}"
        connection = Connection(site or self.site)
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        connection.send(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))
        if not connection.transport.value():
            self.clock.advance(LONGEST_WAIT)
        return connection.response(method)

    def ok(self, *args: Any, **kwargs: Any) -> Any:
        """The JSON of a call that must succeed."""
        response = self.call(*args, **kwargs)
        self.assertEqual(200, response.status, response.body)
        return response.json

    def refused(self, status: int, *args: Any, **kwargs: Any) -> list[str]:
        """The sentences of a call that must fail with that status, and in the envelope of errors."""
        response = self.call(*args, **kwargs)
        self.assertEqual(status, response.status, response.body)
        self.assertEqual("application/json", response.headers["content-type"])
        self.assertRegex(response.json["error_token"], r"\A\d+\+[0-9a-f]{8}\Z")
        self.assertNotEqual([], response.json["errors"])
        for text in response.json["errors"]:
            self.assertTrue(text.endswith(f" ({response.headers['x-request-id']})"), text)
        return response.errors
