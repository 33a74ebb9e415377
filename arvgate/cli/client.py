"""
A small client of the record API for commands: one HTTPS request at a time, certificates checked.

Not here: settings (L{arvgate.cli.settings}) and what the records mean (L{arvgate.cli.lookup}).
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from arvgate import errors
from arvgate.cli.settings import Settings

__all__ = ["ApiClient", "Download", "Piece", "Reply", "tls_context"]

_PREFIX: Final = "/arvados/v1/"
_TIMEOUT: Final = 60.0
_PAGE: Final = 1000

_ERRORS: Final[Mapping[int, type[errors.ArvgateError]]] = {
    400: errors.BadRequest,
    401: errors.NotAuthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    410: errors.Ended,
    413: errors.TooLarge,
    422: errors.Invalid,
    429: errors.Overloaded,
    502: errors.PeerFault,
    503: errors.NotReady,
    504: errors.Unreachable,
}


class Reply:
    """
    An answer.

    @ivar headers: in order, names as they came.
    """

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Piece(NamedTuple):
    """
    Some bytes of a file.

    @ivar size: of the whole file; None: nobody said.
    """

    content: bytes
    size: int | None


class Download:
    """
    An answer whose body is read as it comes.

    @ivar headers: by lower-case name.
    """

    def __init__(self, settings: Settings, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self._settings = settings
        self._response = response
        length = self.headers.get("content-length", "")
        self._missing = int(length) if length.isdigit() else None

    def read(self, size: int) -> bytes:
        """
        At most C{size} bytes; none at the end.

        @raise Unreachable: the connection ended before the body.
        """
        with _faults(self._settings):
            data = self._response.read(size)
            if self._missing is not None:
                self._missing -= len(data)
                if not data and self._missing > 0:
                    raise http.client.IncompleteRead(b"", self._missing)
        return data


class _Connection(http.client.HTTPSConnection):
    """A connection whose certificate is checked for one host name while another is dialled."""

    def __init__(self, host: str, port: int, dial: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=_TIMEOUT, context=context)
        self._dial = dial
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection(self._dial, _TIMEOUT)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


class ApiClient:
    """
    The record API as one token's user sees it.

    @ivar settings: where it is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._tls = tls_context(settings)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The JSON object at C{path} (below C{/arvados/v1/}); parameters that are no text travel as JSON."""
        return self._call("GET", path, parameters=parameters)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a POST of the JSON object C{body} answers."""
        return self._call("POST", path, body=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a PATCH with the JSON object C{body} answers."""
        return self._call("PATCH", path, body=body)

    def delete(self, path: str) -> dict[str, Any]:
        """What the record at C{path} was that is now deleted."""
        return self._call("DELETE", path)

    def list_all(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All records of a list, page by page."""
        offset = 0
        while True:
            page = self.get(path, limit=_PAGE, offset=offset, **parameters)
            items = page.get("items", [])
            yield from items
            offset += len(items)
            if not items or offset >= page.get("items_available", 0):
                return

    def read_piece(self, path: str, start: int, end: int | None = None) -> Piece:
        """
        The bytes of a file from C{start} to before C{end}, or to its end; none where there is no such file or it ends
        there.
        """
        wanted = f"bytes={start}-{'' if end is None else end - 1}"
        reply = self._send("GET", _target(path), {"Range": wanted, **self._bearer()})
        size = next((value for name, value in reply.headers if name.lower() == "content-range"), "").rpartition("/")[2]
        match reply.status:
            case 404 | 416:
                return Piece(b"", int(size) if size.isdigit() else None)
            case 206:
                return Piece(reply.body, int(size) if size.isdigit() else None)
            case 200:
                return Piece(reply.body[start:end], len(reply.body))
        raise _error(reply)

    def head(self, path: str) -> Reply:
        """
        The head of what is at C{path}.

        @raise ArvgateError: it is not there, and so on; the sentence is found by asking for it.
        """
        reply = self._send("HEAD", _target(path), self._bearer())
        if reply.status >= 400:
            self.get(path)
            raise _error(reply)
        return reply

    @contextmanager
    def opened(self, path: str, headers: Mapping[str, str]) -> Iterator[Download]:
        """
        What is at C{path}, to be read within the block.

        @raise ArvgateError: any status above 399 but 416.
        """
        connection = self._connection()
        with connection_closed(connection):
            with _faults(self.settings):
                fields = {"User-Agent": "arvgate", **self._bearer(), **headers}
                connection.request("GET", _target(path), headers=fields)
                response = connection.getresponse()
            if response.status >= 400 and response.status != 416:
                with _faults(self.settings):
                    raise _error(Reply(response.status, [], response.read()))
            yield Download(self.settings, response)

    def navigate(self, url: str, cookie: str = "") -> Reply:
        """
        The answer that a browser's document navigation to C{url} gets, not followed.

        The host may be a container's: what is dialled is the API's address.

        @param cookie: C{name=value} to send along.
        """
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        if cookie:
            headers["Cookie"] = cookie
        return self._send("GET", target, headers, parts.hostname or "", parts.port or 443)

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        texts = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in (parameters or {}).items()
        }
        target = _target(path) + (f"?{urlencode(texts)}" if texts else "")
        headers = {"Accept": "application/json", **self._bearer()}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        reply = self._send(method, target, headers, content=content)
        if not 200 <= reply.status < 300:
            raise _error(reply)
        answer = _json(reply.body)
        if not isinstance(answer, dict):
            raise errors.PeerFault(f"What answers at {self.settings.api_host} is not an Arvados API.")
        return answer

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.settings.token}"}

    def _send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        host: str = "",
        port: int = 0,
        content: bytes | None = None,
    ) -> Reply:
        connection = self._connection(host, port)
        with _faults(self.settings), connection_closed(connection):
            connection.request(method, target, body=content, headers={"User-Agent": "arvgate", **headers})
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())

    def _connection(self, host: str = "", port: int = 0) -> _Connection:
        settings = self.settings
        return _Connection(host or settings.host, port or settings.port, settings.dialled, self._tls)


def _target(path: str) -> str:
    """The target of a request for C{path}, whose bytes that are not UTF-8 are surrogates."""
    return _PREFIX + quote(path.encode("utf-8", "surrogateescape"))


@contextmanager
def connection_closed(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Close C{connection} at the end of the block."""
    try:
        yield
    finally:
        connection.close()


def tls_context(settings: Settings) -> ssl.SSLContext:
    """
    How the API's certificate is checked.

    @raise Invalid: there is no such file of authorities.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError):
        raise errors.Invalid(f"{settings.ca_file} is no readable file of certificates (SSL_CERT_FILE).") from None
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _faults(settings: Settings) -> Iterator[None]:
    """Turn what the network raises into our errors."""
    where = settings.api_host
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise errors.Unreachable(
            f"The certificate of {where} is not trusted ({error.verify_message}); "
            "SSL_CERT_FILE may name the file of its authority."
        ) from None
    except ConnectionRefusedError:
        raise errors.Unreachable(f"Nothing answers at {where} (connection refused); is the gateway running?") from None
    except TimeoutError:
        raise errors.Unreachable(f"{where} did not answer in time.") from None
    except socket.gaierror:
        raise errors.Unreachable(f"The host name of {where} cannot be resolved.") from None
    except ssl.SSLError as error:
        raise errors.Unreachable(f"No TLS connection to {where} ({error.reason or 'failed'}).") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or "it closed the connection"
        raise errors.Unreachable(f"The connection to {where} failed: {reason}.") from None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error(reply: Reply) -> errors.ArvgateError:
    answer = _json(reply.body)
    sentences = answer.get("errors") if isinstance(answer, dict) else None
    known = isinstance(sentences, list) and sentences and all(isinstance(text, str) for text in sentences)
    texts: list[str] = sentences if known and sentences is not None else [f"The API answered {reply.status}."]
    kind = _ERRORS.get(reply.status, errors.PeerFault)
    if issubclass(kind, errors.Invalid):
        return kind(*texts)
    return kind("; ".join(texts))
