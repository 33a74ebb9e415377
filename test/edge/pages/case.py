"""
The pages of the API's host over a real store, asked as a browser asks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from arvgate.directory.issuer import LocalIssuer
from arvgate.edge.api import ApiSite, make_api
from arvgate.edge.pages.options import PageOptions, PageSources
from arvgate.edge.pages.site import PagesAndApi
from arvgate.model.kinds import CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.tokens import Token, parse_token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.codes import OneTimeCodes
from arvgate.policy.failed_logins import FailedLogins
from arvgate.wire.cookies import SESSION_COOKIE, decode_token
from arvgate.wire.vhost import HostNames
from test.edge.api.case import CLUSTER, Account, ApiCase, Response

__all__ = ["API_HOST", "NAVIGATION", "PagesCase"]

API_HOST = "zzzzz.localhost:8443"
NAMES = HostNames(CLUSTER, "zzzzz.localhost", ".c.zzzzz.localhost", api_port=8443, port=8443)
NAVIGATION = {
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Accept": "text/html",
}
OWN_FORM = {**NAVIGATION, "Sec-Fetch-Site": "same-origin", "Origin": f"https://{API_HOST}"}


class PagesCase(ApiCase):
    """A browser with a cookie jar for one cookie, C{session}, the value of the session's."""

    session = ""
    host_names = NAMES

    def make_site(self, **changes: Any) -> ApiSite:
        """The API's site with the pages in front."""
        self.issuer = LocalIssuer(self.store, self.store, OneTimeCodes(), self.now, secrets.token_bytes)
        api = make_api(
            self.store, self.store, self.issuer, self.options(), self.clock, self.now, secrets.randbelow, self.in_thread
        )
        sources = PageSources(self.store, self.store, self.issuer, FailedLogins(free=2), self.now)
        pages = PagesAndApi(api, PageOptions(self.host_names, **changes), sources)
        return ApiSite(api, self.clock, front=pages)

    def browse(self, target: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Response:
        """Navigate there."""
        return self._keep(self.call(method, target, headers={**NAVIGATION, **self._cookie(), **(headers or {})}))

    def post(self, page: str, headers: Mapping[str, str] | None = None, /, **form: str) -> Response:
        """Send a form of our own page."""
        fields = {"Content-Type": "application/x-www-form-urlencoded", **OWN_FORM, **self._cookie(), **(headers or {})}
        return self._keep(self.call("POST", page, headers=fields, body=urlencode(form).encode()))

    def log_in(self, account: Account | None = None) -> None:
        """Log in, by default as alice."""
        self.assertEqual(303, self.post("/login", token=(account or self.alice).token).status)
        self.assertNotEqual("", self.session)

    def form_text(self) -> str:
        """What the form for logging out brings along."""
        match = re.search(r'name="form" value="([0-9a-f]+)"', self.browse("/").body.decode())
        assert match is not None
        return match[1]

    def session_token(self) -> Token:
        """The token in the cookie."""
        token = parse_token(decode_token(self.session) or "")
        assert token is not None
        return token

    def known(self, token: Token) -> Any:
        """What the store knows of a token."""
        return self.successResultOf(self.store.find(token))

    def run_container(self, uuid: str, **fields: Any) -> Principal:
        """Let a container run; answers with who may change it."""
        token = parse_token(self.successResultOf(self.store.mint_lock_token(uuid)).text)
        assert token is not None
        holder = authenticate(token, self.known(token), self.now())
        self.successResultOf(self.store.lock(uuid, holder))
        self.successResultOf(self.store.update(CONTAINERS, uuid, {"state": "Running", **fields}, holder))
        return holder

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"{SESSION_COOKIE}={self.session}"} if self.session else {}

    def _keep(self, response: Response) -> Response:
        cookie = response.headers.get("set-cookie", "")
        if cookie:
            name, _, rest = cookie.partition("=")
            self.assertEqual(SESSION_COOKIE, name)
            self.session = rest.partition(";")[0]
        return response
