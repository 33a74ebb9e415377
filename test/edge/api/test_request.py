"""Tests of L{arvgate.edge.api.request}."""

from __future__ import annotations

import json

from twisted.web.test.requesthelper import DummyChannel

from arvgate.edge.api import ApiSite
from arvgate.edge.api.request import ApiRequest
from test.edge.api.case import ApiCase, Connection

LIMIT = 1000


class BodyLimit(ApiCase):
    """Bodies over C{API.MaxRequestSize}."""

    def setUp(self) -> None:
        """Make a site with a low limit."""
        super().setUp()
        self.limited: ApiSite = self.make_site(max_request_size=LIMIT)
        self.connection = Connection(self.limited)

    def head(self, *lines: str) -> bytes:
        """The head of a POST of alice's."""
        fixed = ["POST /arvados/v1/links HTTP/1.1", "Host: h", f"Authorization: Bearer {self.alice.token}"]
        return "\r\n".join([*fixed, *lines, "", ""]).encode()

    def assert_refused(self) -> None:
        """A 413 in the envelope of errors has come, and says that the connection ends."""
        response = self.connection.response("POST")
        self.assertEqual((413, "close"), (response.status, response.headers["connection"]))
        self.assertIn("MaxRequestSize", response.errors[0])
        self.assertIn(response.headers["x-request-id"], response.json["errors"][0])

    def test_up_to_the_limit(self) -> None:
        """A body of just the limit is read."""
        body = json.dumps({"a": "x"}).encode().ljust(LIMIT)
        self.connection.send(self.head(f"Content-Length: {LIMIT}") + body)
        self.assertEqual(422, self.connection.response("POST").status)

    def test_declared(self) -> None:
        """A length over the limit is refused before any of the body came, and no 100 is sent."""
        self.connection.send(self.head(f"Content-Length: {LIMIT + 1}", "Expect: 100-continue"))
        self.assert_refused()

    def test_chunked(self) -> None:
        """A body without a length is refused as soon as it is over the limit."""
        self.connection.send(self.head("Transfer-Encoding: chunked"))
        for _ in range(2):
            self.connection.send(b"1f4\r\n" + b"x" * 500 + b"\r\n")
            self.assertEqual(b"", self.connection.received())
        self.connection.send(b"1\r\nx\r\n")
        self.assert_refused()

    def test_rest_is_dropped(self) -> None:
        """What still comes is dropped, not answered again, and the connection ends with the body."""
        self.connection.send(self.head(f"Content-Length: {LIMIT + 1}"))
        self.assert_refused()
        self.connection.send(b"x" * LIMIT)
        self.assertTrue(self.connection.transport.connected)
        self.connection.send(b"x")
        self.assertEqual(b"", self.connection.received())
        self.assertFalse(self.connection.transport.connected)

    def test_endless(self) -> None:
        """A client that goes on and on is cut off."""
        self.connection.send(self.head("Transfer-Encoding: chunked"))
        self.connection.send(b"7d1\r\n" + b"x" * 2001)
        self.assertFalse(self.connection.transport.connected)

    def test_nothing_is_made(self) -> None:
        """A refused request has no effect."""
        before = self.ok("GET", "api_client_authorizations", self.alice)["items_available"]
        body = json.dumps({"api_client_authorization": {}, "x": "y" * LIMIT}).encode()
        head = self.head(f"Content-Length: {len(body)}").replace(b"links", b"api_client_authorizations")
        self.connection.send(head + body)
        self.assert_refused()
        self.assertEqual(before, self.ok("GET", "api_client_authorizations", self.alice)["items_available"])


class Memory(ApiCase):
    """The bodies of all requests, which have room for 16 of the largest."""

    def setUp(self) -> None:
        """Make a site with a low limit, and let as much come as there is room for."""
        super().setUp()
        self.limited: ApiSite = self.make_site(max_request_size=LIMIT)
        self.slow = [self.begin() for _ in range(16)]
        for connection in self.slow:
            connection.send(b"x" * (LIMIT - 1))

    def begin(self, token: str = "") -> Connection:
        """A connection on which a request with a body of the largest size begins."""
        connection = Connection(self.limited)
        connection.send(
            b"POST /arvados/v1/links HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
            % (token.encode(), LIMIT)
        )
        return connection

    def test_small_ones(self) -> None:
        """Where all room is taken, a small request goes through, and a large one that is not complete is put off."""
        for _ in range(3):
            self.ok("GET", "users/current", self.alice, site=self.limited, body=b"{}".ljust(100))
        answers = [answer for answer in (one.received() for one in self.slow) if answer]
        self.assertEqual(1, len(answers))
        self.assertTrue(answers[0].startswith(b"HTTP/1.1 503 "))
        self.assertIn(b"Retry-After: ", answers[0])

    def test_room_comes_back(self) -> None:
        """What is answered, refused or left by its client takes no room any more."""
        for connection in self.slow[:8]:
            connection.send(b"x")
            self.assertEqual(401, connection.response().status)
        for connection in self.slow[8:]:
            connection.transport.loseConnection()
        self.assertEqual(0, self.limited.bodies.size)

    def test_wrong_credentials(self) -> None:
        """An answer that waits because of wrong credentials holds no body."""
        for connection in self.slow:
            connection.transport.loseConnection()
        waiting = [self.begin("wrong") for _ in range(20)]
        for connection in waiting:
            connection.send(b"x" * LIMIT)
        self.assertEqual(b"", waiting[-1].received())
        self.assertEqual(0, self.limited.bodies.size)


class Shown(ApiCase):
    """Requests in logs."""

    def test_shown_without_query(self) -> None:
        """What the framework itself logs of a request shows no query."""
        request = ApiRequest(DummyChannel())
        request.method, request.uri, request.path = b"GET", b"/a?api_token=secret", b"/a"
        self.assertEqual("<ApiRequest b'GET' b'/a'>", repr(request))
