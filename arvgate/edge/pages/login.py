"""
The login of the API's host: a token is exchanged for a session, and a session leads on to containers' hosts.

A browser is carried to a container's host by a one-time code.  Not here: other ways to log in.
"""

from __future__ import annotations

from math import ceil
from urllib.parse import quote

from arvgate.edge.pages.options import PageOptions, PageSources
from arvgate.edge.pages.rendering import page_headers, render
from arvgate.edge.pages.sessions import find_session
from arvgate.edge.pages.visit import PageAnswer, PageVisit, redirection
from arvgate.errors import BadRequest, NotAuthenticated, TooManyAttempts
from arvgate.model.tokens import Token, parse_token
from arvgate.policy.own_forms import check_own_page
from arvgate.wire.cookies import SESSION_COOKIE, token_cookie
from arvgate.wire.query import CODE_PARAMETER, same_origin_location
from arvgate.wire.vhost import HostNames, read_label

__all__ = ["LoginPage", "form_targets"]

_USED = "The link that you followed was used already or has expired. Log in to go on."
_WRONG = "This token is not valid here."


class LoginPage:
    """C{/login?to=<label of a container's host>&path=<path and query>}; without C{to} it leads to the list."""

    def __init__(self, options: PageOptions, sources: PageSources) -> None:
        self._options = options
        self._sources = sources

    async def show(self, visit: PageVisit) -> PageAnswer:
        """
        Lead on who is logged in; show the form to others.

        Only a navigation is led on: a page of a container's host can make a browser load this address in other ways,
        with the cookie, since all hosts are one site.

        @raise BadRequest: C{to} is no container's host of this cluster.
        """
        host = self._host(visit)
        if visit.origin.wants_page:
            session = await find_session(self._sources, visit)
            if session is not None:
                return await self._lead_on(visit, host, session.token)
        return self._form(visit, host, _USED if visit.fields.get("link") == "used" else "")

    async def log_in(self, visit: PageVisit) -> PageAnswer:
        """
        Begin a session with the token in the form.

        @raise Forbidden: another page sent the form.
        @raise BadRequest: C{to} is no container's host of this cluster.
        @raise TooManyAttempts: there were too many failures.
        """
        check_own_page(visit.origin)
        host = self._host(visit)
        failures, now = self._sources.failures, self._sources.now().timestamp()
        wait = failures.wait(visit.address, now)
        if wait > 0:
            raise TooManyAttempts(retry_after=ceil(wait))
        token = parse_token(visit.fields.get("token", "").strip())
        try:
            if token is None:
                raise NotAuthenticated
            issued = await self._sources.records.begin_session(token, self._options.session_lifetime)
        except NotAuthenticated:
            failures.note(visit.address, now)
            return self._form(visit, host, _WRONG, 401)
        session = parse_token(issued.text)
        assert session is not None
        cookie = token_cookie(SESSION_COOKIE, issued.text, issued.expires_at)
        return await self._lead_on(visit, host, session, cookie)

    async def _lead_on(self, visit: PageVisit, host: str, session: Token, cookie: bytes | None = None) -> PageAnswer:
        if not host:
            return redirection("/", cookie)
        location = _path(visit)
        lifetime = self._options.hop_code_lifetime
        code = await self._sources.issuer.issue_code(session, host, location, lifetime, navigation=False)
        joint = "&" if "?" in location else "?"
        return redirection(f"https://{host}{location}{joint}{CODE_PARAMETER}={quote(code, safe='')}", cookie)

    def _host(self, visit: PageVisit) -> str:
        """The container's host that the login is for; empty if it is for the list."""
        if "to" not in visit.fields:
            return ""
        names = self._options.names
        target = read_label(visit.fields["to"].lower(), names)
        if target is None:
            raise BadRequest("This address names no container's host of this cluster.")
        return names.host_of(target)

    def _form(self, visit: PageVisit, host: str, sentence: str, status: int = 200) -> PageAnswer:
        fields = visit.fields
        body = render(
            "login.html", home="/", sentence=sentence, host=host, to=fields.get("to", ""), path=fields.get("path", "/")
        )
        return PageAnswer(status, page_headers(form_targets(self._options.names)), body)


def form_targets(names: HostNames) -> str:
    """
    Where a login may lead, as in a Content-Security-Policy: to any container's host, for browsers hold each redirect
    that follows a form against it, and one that was named by a request leads on to another.
    """
    hosts = f"{names.ports_host}:*" if names.ports_host else "*." + names.named_host("*").partition(".")[2]
    return f"'self' https://{hosts}"


def _path(visit: PageVisit) -> str:
    return same_origin_location(visit.fields.get("path", "/").encode("utf-8", "replace")).decode()
