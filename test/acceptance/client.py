"""
A small blocking HTTPS client for acceptance tests: any host name at one loopback port, streams, WebSocket.

Everything has a time-out; call it in a thread.  It trusts the cluster's CA and nothing else.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import ssl
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from test.acceptance.leaks import Secrets

__all__ = ["Answer", "Client", "WebSocket"]


@attrs.frozen
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class _Connection(http.client.HTTPSConnection):
    """Connects to loopback whatever the host's name is."""

    def connect(self) -> None:
        """Open the connection with the host's name in SNI."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


class Client:
    """
    Requests to one cluster, each on a connection of its own.

    @ivar token: sent to the record API.
    @ivar secrets: told of what users' secrets there are in its answers.
    """

    def __init__(self, ca: Path, port: int, api_name: str, token: str = "", secrets: Secrets | None = None) -> None:
        self.port = port
        self.token = token
        self.secrets = secrets or Secrets()
        self.secrets.learn(token)
        self._api_name = api_name
        self._ca = ca
        self.context = ssl.create_default_context(cafile=str(ca))

    def of(self, token: str) -> Client:
        """A client of the same cluster with another token."""
        return Client(self._ca, self.port, self._api_name, token, self.secrets)

    def open(
        self,
        name: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        within: float = 15.0,
    ) -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
        """Send a request and read the answer's head; C{within} seconds bound each wait."""
        connection = _Connection(name, self.port, timeout=within, context=self.context)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def request(self, name: str, method: str, path: str, **options: Any) -> Answer:
        """A whole exchange."""
        connection, response = self.open(name, method, path, **options)
        try:
            answer = Answer(response.status, dict(response.headers.items()), response.read())
            self.secrets.learn(str(response.headers))
            if response.headers.get_content_type() == "application/json":
                self.secrets.learn(answer.body)
            return answer
        finally:
            connection.close()

    def api(self, method: str, path: str, attributes: Any = None, **options: Any) -> Answer:
        """A request to the record API, below C{/arvados/v1/}, with a JSON body if attributes are given."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = None
        if attributes is not None:
            headers["Content-Type"] = "application/json"
            body = attributes if isinstance(attributes, bytes) else json.dumps(attributes).encode()
        headers.update(options.pop("headers", {}))
        return self.request(self._api_name, method, f"/arvados/v1/{path}", headers=headers, body=body, **options)

    def web_socket(self, name: str, path: str, cookie: str, within: float = 15.0) -> WebSocket:
        """An open WebSocket on a container's host."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=within)
        try:
            return WebSocket(self.context.wrap_socket(raw, server_hostname=name), f"{name}:{self.port}", path, cookie)
        except BaseException:
            raw.close()
            raise


class WebSocket:
    """The client's side of a WebSocket with small text messages (RFC 6455)."""

    def __init__(self, stream: ssl.SSLSocket, host: str, path: str, cookie: str) -> None:
        self._stream = stream
        self._unread = b""
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        stream.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = stream.recv(4096)
            if not piece:
                raise ConnectionError(f"closed during the handshake: {answer!r}")
            answer += piece
        head_bytes, _, self._unread = answer.partition(b"\r\n\r\n")
        if not head_bytes.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(f"no WebSocket: {head_bytes!r}")

    def send(self, text: str) -> None:
        """Send a text message of fewer than 126 bytes."""
        payload, mask = text.encode(), os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._stream.sendall(struct.pack("!BB", 0x81, 0x80 | len(payload)) + mask + masked)

    def receive(self) -> str | None:
        """The next small text message; None once the connection is closed, in whatever way."""
        try:
            opcode, length = self._exactly(2)
            payload = self._exactly(length & 0x7F)
        except (ConnectionError, ssl.SSLError):
            return None
        return payload.decode() if opcode & 0x0F == 1 else None

    def close(self) -> None:
        """Close without ceremony."""
        self._stream.close()

    def _exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            piece = self._stream.recv(4096)
            if not piece:
                raise ConnectionError("closed")
            self._unread += piece
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken
