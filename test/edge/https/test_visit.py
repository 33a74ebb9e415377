"""Tests of L{arvgate.edge.https.visit}."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.https.visit import Visit, login_address
from arvgate.model.targets import ContainerTarget, NamedTarget
from arvgate.net.http_exchange import Carrier, Exchange
from arvgate.net.stream import Stream
from arvgate.net.wheel import Wheel
from arvgate.wire.cookies import encode_token
from arvgate.wire.http1.head import parse_request_head
from test.edge.https.world import NAMES, REQUEST_UUID
from test.runner.door_world import UUID

OURS = "v2/zzzzz-gj3su-aaaaaaaaaaaaaaa/ours"
PLAIN = "v2/zzzzz-gj3su-bbbbbbbbbbbbbbb/plain"


class _NoCarrier(Carrier):
    """A connection that nothing happens on."""

    def __init__(self) -> None:
        self.stream = Stream.__new__(Stream)
        self.stream.peer = "192.0.2.1"
        self.wheel = Wheel(Clock())


def visit(line: str, *fields: str, target: ContainerTarget | NamedTarget | None = None) -> Visit:
    """A visit by that request line and fields."""
    text = "\r\n".join([f"{line} HTTP/1.1", "Host: X.c.example:443", *fields, "", ""])
    exchange = Exchange(_NoCarrier(), parse_request_head(text.encode()))
    return Visit(exchange, target or ContainerTarget(UUID, 8080))


class VisitTests(SynchronousTestCase):
    """What is read from a request."""

    def test_credentials_are_apart(self) -> None:
        """Code and token are taken out of the address, whose rest stays byte for byte."""
        found = visit("GET /a//b?x=%2f&arvgate_code=c&arvados_api_token=t&y")
        self.assertEqual((b"/a//b?x=%2f&y", "c", "t"), (found.rest, found.code, found.token))

    def test_host(self) -> None:
        """The host is in lower case and without port 443."""
        self.assertEqual("x.c.example", visit("GET /").host)

    def test_moves(self) -> None:
        """Only GET and HEAD that ask for no other protocol can be sent elsewhere."""
        self.assertTrue(visit("GET /").moves)
        self.assertTrue(visit("HEAD /").moves)
        self.assertFalse(visit("POST /").moves)
        self.assertFalse(visit("GET /", "Upgrade: websocket", "Connection: upgrade").moves)

    def test_by_request(self) -> None:
        """Whether a request's UUID was asked for."""
        self.assertTrue(visit("GET /", target=ContainerTarget(REQUEST_UUID, 80)).by_request)
        self.assertFalse(visit("GET /").by_request)
        self.assertFalse(visit("GET /", target=NamedTarget("name")).by_request)

    def test_cookie_tokens(self) -> None:
        """Our cookie comes first; the plain one counts only from what is no browser."""
        cookie = f"Cookie: arvados_api_token={encode_token(PLAIN)}; __Host-arvados_api_token={encode_token(OURS)}"
        self.assertEqual([OURS, PLAIN], [token.v2 for token in visit("GET /", cookie).cookie_tokens()])
        found = visit("GET /", cookie, "Sec-Fetch-Mode: navigate").cookie_tokens()
        self.assertEqual([OURS], [token.v2 for token in found])


class LoginAddressTests(SynchronousTestCase):
    """Where a browser logs in."""

    def test_leads_back(self) -> None:
        """It names the host's label and path and query, and says where a link was used up."""
        self.assertEqual(
            f"https://api.example:8443/login?to={UUID}-8080-http&path=%2Fp%3Fx".encode(),
            login_address(visit("GET /p?x"), NAMES),
        )
        self.assertTrue(login_address(visit("GET /p?arvgate_code=c"), NAMES).endswith(b"&path=%2Fp&link=used"))

    def test_names(self) -> None:
        """A published name is its own label."""
        address = login_address(visit("GET /", target=NamedTarget("notebook")), NAMES)
        self.assertEqual(b"https://api.example:8443/login?to=notebook&path=%2F", address)
