"""
A stand-in for the record API over TLS on loopback, with answers by script, for what commands do with them.

That the real API gives such answers is for the acceptance tests to show.
"""

from __future__ import annotations

import json
import random
import ssl
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import localtime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
import click
from click.testing import CliRunner, Result

from arvgate.cli.main import arvgate
from arvgate.cli.surroundings import Surroundings
from arvgate.config.certificates import new_ca, new_server_certificate

__all__ = ["TOKEN", "ApiServer", "Asked", "Said", "page", "surroundings"]

TOKEN = "v2/xabcd-gj3su-000000000000001/" + "s" * 50


@attrs.frozen
class Asked:
    """
    A request as the server saw it.

    @ivar body: JSON, or None.
    @ivar query: decoded from JSON where it is some.
    """

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any = None


@attrs.frozen
class Said:
    """
    An answer; C{content} that is no bytes becomes JSON.

    @ivar chunks: a body in chunks instead; if the last is not empty the connection breaks off after it.
    """

    status: int
    content: Any = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    chunks: Sequence[bytes] | None = None


def page(*items: Any) -> dict[str, Any]:
    """A whole list."""
    return {"items": list(items), "items_available": len(items), "offset": 0, "limit": 1000}


class ApiServer:
    """
    Answers by C{METHOD path} (below C{/arvados/v1/}); anything else is 404.

    @ivar answers: values, or functions of the request that give them; L{Said} for other statuses than 200.
    @ivar asked: all requests so far.
    @param now: when its certificate was made.
    """

    def __init__(self, directory: Path, now: datetime | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.answers: dict[str, Any] = {}
        self.asked: list[Asked] = []
        ca = new_ca("test", localtime())
        issued = new_server_certificate(ca, ["localhost", "*.xabcd.localhost"], now or localtime())
        self.ca = directory / "ca.pem"
        self.ca.write_bytes(ca.certificate_pem)
        chain = directory / "server.pem"
        chain.write_bytes(issued.certificate_pem + issued.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._responder())
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a client."""
        return {
            "ARVADOS_API_HOST": f"localhost:{self.port}",
            "ARVADOS_API_TOKEN": TOKEN,
            "SSL_CERT_FILE": str(self.ca),
        }

    def run(self, *arguments: str, **changes: Any) -> Result:
        """Run the command with these settings."""
        return CliRunner().invoke(arvgate, list(arguments), obj=surroundings(**{"environ": self.environ, **changes}))

    def bodies(self, method: str) -> list[tuple[str, Any]]:
        """Paths and bodies of the requests with a method."""
        return [(asked.path, asked.body) for asked in self.asked if asked.method == method]

    def _answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        answer = self.answers.get(f"{asked.method} {asked.path}", Said(404, {"errors": ["Path not found"]}))
        if callable(answer):
            answer = answer(asked)
        return answer if isinstance(answer, Said) else Said(200, answer)

    def _responder(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Responder(BaseHTTPRequestHandler):
            def respond(self) -> None:
                parts = urlsplit(self.path)
                query = {key: _decoded(value) for key, value in parse_qsl(parts.query, keep_blank_values=True)}
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = parts.path.removeprefix("/arvados/v1/")
                headers = {key.lower(): value for key, value in self.headers.items()}
                said = answer(Asked(self.command, path, query, headers, json.loads(content) if content else None))
                body = said.content if isinstance(said.content, bytes) else json.dumps(said.content).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if said.chunks is not None:
                    self.send_header("Transfer-Encoding", "chunked")
                    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in said.chunks)
                elif "Content-Length" not in said.headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815 - called by the library

            def log_message(self, format: str, *values: Any) -> None:
                """Say nothing."""

        return Responder


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_NOTHING_THERE = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_DIRS": "/nonexistent",
    "DOCKER_HOST": "unix:///nonexistent/docker.sock",
}


def surroundings(environ: Mapping[str, str] | None = None, **changes: Any) -> Surroundings:
    """Surroundings with nothing left to chance, no browser and no Docker; pauses end at once, 1000 at most."""
    left = iter(range(1000))

    def pause(seconds: float) -> None:
        if next(left, None) is None:
            raise click.ClickException("waited for ever")

    values: dict[str, Any] = {
        "environ": {**_NOTHING_THERE, **(environ or {})},
        "now": localtime,
        "pause": pause,
        "randbelow": random.Random(0).randrange,
        "open_browser": _no_browser,
    }
    return Surroundings(**{**values, **changes})


def _no_browser(url: str) -> bool:
    return False
