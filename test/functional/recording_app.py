"""
The web app of the tests with two containers: it records every request that reaches it, and answers as it is told.

C{/recorded} shows what was recorded, as JSON; neither this is recorded nor that the browser asks for an icon.
C{/answer?status=&header=&body=} answers with just that, C{header} any number of times.  A request for a WebSocket
gets one that says nothing.  Everything else is a page with the app's secret.  It prints the port it listens on; its
argument is the port to take, if given.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

__all__ = ["SECRET"]

#: What stands in every page of the app.
SECRET = "for the eyes of its owner"

_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3

recorded: list[dict[str, object]] = []


class Answering(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Record the request, and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        if parts.path == "/recorded":
            self.send(200, [("Content-Type", "application/json")], json.dumps(recorded).encode())
            return
        if parts.path != "/favicon.ico":
            recorded.append(
                {
                    "method": self.command,
                    "path": parts.path,
                    "target": self.path,
                    "headers": [[name.lower(), value] for name, value in self.headers.items()],
                    "body": body.decode("latin-1"),
                }
            )
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.accept()
        elif parts.path == "/answer":
            asked = parse_qs(parts.query)
            headers = [field.split(":", 1) for field in asked.get("header", ["Content-Type:text/html"])]
            status, text = asked.get("status", ["200"])[0], asked.get("body", [""])[0]
            self.send(int(status), [(name, value) for name, value in headers], text.encode())
        else:
            page = f"<!doctype html><title>app</title><p id=secret>{SECRET}</p>"
            self.send(200, [("Content-Type", "text/html")], page.encode())

    def __getattr__(self, name: str) -> Callable[[], None]:
        """C{http.server} looks for a method by the request's."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def accept(self) -> None:
        """Open the WebSocket, and take what comes until the other side goes."""
        key = self.headers["Sec-WebSocket-Key"] + _WEBSOCKET_GUID
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        while self.rfile.read1(4096):
            pass

    def log_message(self, format: str, *args: object) -> None:
        """Nothing but the port is printed."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Answering)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
