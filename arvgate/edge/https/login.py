"""
The login page of the API's host: who has a token is sent to the container's host with a one-time code.

Not here: sessions of the API's host, and other ways to log in.
"""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, quote

from arvgate.edge.https.answers import answer_error, page, redirect
from arvgate.edge.https.options import DoorOptions
from arvgate.errors import ArvgateError, BadRequest, Forbidden, MethodNotAllowed, NotAuthenticated
from arvgate.interfaces import IIssuer
from arvgate.model.tokens import parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.wire.origin import RequestOrigin, read_origin_fields
from arvgate.wire.query import CODE_PARAMETER, same_origin_location
from arvgate.wire.vhost import canonical_host, read_label

__all__ = ["LoginPage"]

_FORM_LIMIT = 65536
_FIELDS_LIMIT = 16
_USED = "The link that you followed was used already or has expired."
_WRONG = "This token is not valid here."


class LoginPage:
    """C{/login?to=<label of a container's host>&path=<path and query>}."""

    def __init__(self, options: DoorOptions, issuer: IIssuer) -> None:
        self._options = options
        self._issuer = issuer

    async def respond(self, exchange: Exchange) -> None:
        """Answer one request."""
        head = exchange.head
        origin = read_origin_fields(head.method, head.host, head.headers, bool(head.upgrade))
        try:
            if head.method in (b"GET", b"HEAD"):
                asked = _fields(head.target.partition(b"?")[2])
                self._show(exchange, asked, _USED if asked.get("link") == "used" else "")
            elif head.method == b"POST":
                _check_own_page(origin)
                await self._log_in(exchange, _fields(await exchange.read_body(_FORM_LIMIT)))
            else:
                raise MethodNotAllowed
        except ArvgateError as error:
            answer_error(exchange, error, origin.wants_page or head.method == b"POST")

    async def _log_in(self, exchange: Exchange, form: dict[str, str]) -> None:
        host = self._host(form)
        location = same_origin_location(form.get("path", "/").encode())
        token = parse_token(form.get("token", "").strip())
        try:
            if token is None:
                raise NotAuthenticated
            lifetime = self._options.hop_code_lifetime
            code = await self._issuer.issue_code(token, host, location.decode(), lifetime, navigation=False)
        except NotAuthenticated:
            self._show(exchange, form, _WRONG, 401)
            return
        joint = "&" if b"?" in location else "?"
        address = f"https://{host}{location.decode()}{joint}{CODE_PARAMETER}={quote(code, safe='')}"
        redirect(exchange, address.encode())

    def _host(self, asked: dict[str, str]) -> str:
        """The container's host that the login is for."""
        names = self._options.names
        target = read_label(asked.get("to", "").lower(), names)
        if target is None:
            raise BadRequest("This address names no container's host of this cluster.")
        return names.host_of(target)

    def _show(self, exchange: Exchange, asked: dict[str, str], sentence: str, status: int = 200) -> None:
        host = self._host(asked)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, default))}">'
            for name, default in (("to", ""), ("path", "/"))
        )
        body = (
            f"<p>{escape(sentence)}</p>" * bool(sentence)
            + f'<p>{escape(host)} asks who you are.</p><form method="post" action="/login">{hidden}'
            + '<label>API token <input type="password" name="token" required autofocus></label> '
            + "<button>Log in</button></form>"
        )
        headers = [
            (b"Content-Type", b"text/html; charset=utf-8"),
            (b"Content-Security-Policy", self._policy()),
            (b"Cache-Control", b"no-store"),
            (b"Referrer-Policy", b"same-origin"),
            (b"X-Content-Type-Options", b"nosniff"),
            (b"X-Frame-Options", b"DENY"),
        ]
        exchange.respond(status, headers, page("Log in", body))

    def _policy(self) -> bytes:
        """The form may lead to any container's host: one that was named by a request leads on to another."""
        names = self._options.names
        hosts = f"{names.ports_host}:*" if names.ports_host else "*." + names.named_host("*").partition(".")[2]
        return (
            f"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' https://{hosts}"
        ).encode()


def _check_own_page(origin: RequestOrigin) -> None:
    """
    Only our own form, or what is no browser, logs in: nobody is logged in as somebody else by a foreign page.
    """
    source = None if origin.origin is None else origin.origin.removeprefix(b"https://")
    own = source is None or canonical_host(source) == canonical_host(origin.host)
    if not own or origin.site not in (None, b"same-origin"):
        raise Forbidden("Log in by the form of this page.")


def _fields(text: bytes) -> dict[str, str]:
    """The first value of each field of a form or query."""
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_LIMIT)
    except ValueError:
        raise BadRequest("The form's fields cannot be read.") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
