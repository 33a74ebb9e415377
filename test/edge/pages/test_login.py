"""Tests of L{arvgate.edge.pages.login}."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.pages.login import form_targets
from arvgate.edge.pages.options import PageOptions
from arvgate.model.tokens import parse_token
from arvgate.wire.cookies import encode_token
from arvgate.wire.vhost import HostNames
from test.edge.api.case import Response
from test.edge.pages.case import API_HOST, NAMES, PagesCase

UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"
LABEL = f"{UUID}-8080-http"
HOST = f"{LABEL}.c.zzzzz.localhost:8443"


class LoginCase(PagesCase):
    """What the tests share."""

    def target(self, response: Response) -> tuple[str, str, str]:
        """Where a redirect with a code leads: host, address without code, and code; it leaves no trace."""
        self.assertEqual((303, "no-store", "no-referrer"), (
            response.status, response.headers["cache-control"], response.headers["referrer-policy"],
        ))  # fmt: skip
        where = urlsplit(response.headers["location"])
        self.assertEqual("https", where.scheme)
        rest, _, code = f"{where.path}?{where.query}".partition("arvgate_code=")
        return where.netloc, rest[:-1], code


class FormTests(LoginCase):
    """The form."""

    def test_shown(self) -> None:
        """It asks for a token, keeps where to go, and nothing of the page comes from or goes elsewhere."""
        response = self.browse(f"/login?to={LABEL}&path={quote('/a?b=<&c', safe='')}")
        self.assertEqual((200, "no-store", "DENY", "same-origin"), (
            response.status, response.headers["cache-control"], response.headers["x-frame-options"],
            response.headers["referrer-policy"],
        ))  # fmt: skip
        text = response.body.decode()
        self.assertIn(f'name="to" value="{LABEL}"', text)
        self.assertIn('name="path" value="/a?b=&lt;&amp;c"', text)
        self.assertIn(HOST, text)
        policy = response.headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("form-action 'self' https://*.c.zzzzz.localhost:8443", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("access-control-allow-origin", response.headers)

    def test_used_link(self) -> None:
        """After a used link it says so."""
        self.assertIn(b"used already", self.browse(f"/login?to={LABEL}&path=/&link=used").body)

    def test_no_host_of_ours(self) -> None:
        """What is no container's host of this cluster is refused, and nobody is sent there."""
        for to in (
            "", "evil.example", f"{LABEL}.evil.example", f"{UUID}-0-http", "www", "//x", "a.b", f"{UUID}-80%0a",
        ):  # fmt: skip
            response = self.browse(f"/login?to={to}&path=/")
            self.assertEqual((400, True), (response.status, b"<h1>" in response.body), to)
            response = self.post("/login", to=to, path="/", token=self.alice.token)
            self.assertEqual((400, False), (response.status, "location" in response.headers), to)
        self.assertEqual("", self.session)

    def test_head(self) -> None:
        """HEAD gets the same without the page."""
        response = self.browse("/login", method="HEAD")
        self.assertEqual((200, b""), (response.status, response.body))
        self.assertGreater(int(response.headers["content-length"]), 100)


class Targets(SynchronousTestCase):
    """Where the form may lead."""

    def test_targets(self) -> None:
        """It may lead to any container's host of the cluster, whichever way they are named."""
        for names, target in (
            (HostNames("zzzzz", "api.example", ".c.example"), "https://*.c.example"),
            (HostNames("zzzzz", "api.example", "--c.example", port=8443), "https://*.example:8443"),
            (HostNames("zzzzz", "api.example", "", ports_host="p.example"), "https://p.example:*"),
        ):
            self.assertEqual(f"'self' {target}", form_targets(names))


class LogIn(LoginCase):
    """The form, sent."""

    def test_whole_way(self) -> None:
        """Who logs in is led where they wanted to go, by a code for the session, and never by a token."""
        response = self.post("/login", to=LABEL, path="/a%2F?b&c", token=f" {self.alice.token} ")
        host, rest, code = self.target(response)
        self.assertEqual((HOST, "/a%2F?b&c"), (host, rest))
        token = self.successResultOf(self.issuer.redeem_code(code, HOST, False))
        self.assertEqual(self.session_token(), token)
        self.assertNotIn(self.alice.token.split("/")[2], response.headers["location"])

    def test_cookie(self) -> None:
        """The session's cookie is out of reach of scripts and other hosts, and expires with the session."""
        response = self.post("/login", token=self.alice.token)
        self.assertEqual((303, "/"), (response.status, response.headers["location"]))
        attributes = response.headers["set-cookie"].split("; ")[1:]
        self.assertEqual(["Path=/", "Secure", "HttpOnly", "SameSite=Lax"], attributes[:4])
        self.assertIn("Mon, 02 Mar 2026 12:00:00", attributes[4])
        found = self.known(self.session_token())
        parent = parse_token(self.alice.token)
        assert parent is not None
        self.assertEqual((["SESSION", "all"], parent.uuid), (list(found.scopes), found.parent_uuid))

    def test_named(self) -> None:
        """A login for a published name leads to its host."""
        host, _, _ = self.target(self.post("/login", to="jupyter", path="/", token=self.alice.token))
        self.assertEqual("jupyter.c.zzzzz.localhost:8443", host)

    def test_external_port(self) -> None:
        """Without a wildcard a login for an external port leads to it, and to no port that is not ours."""
        self.host_names = HostNames(
            "zzzzz",
            "zzzzz.localhost",
            "",
            api_port=8443,
            ports_host="apps.localhost",
            first_port=31000,
            last_port=31009,
        )
        self.site = self.make_site()
        host, rest, _ = self.target(self.post("/login", to=":31000", path="/a%2Fb?c&d", token=self.alice.token))
        self.assertEqual(("apps.localhost:31000", "/a%2Fb?c&d"), (host, rest))
        self.assertEqual(400, self.post("/login", to=":31010", path="/", token=self.alice.token).status)

    def test_paths(self) -> None:
        """The path cannot lead to another host."""
        for path in ("//evil.example", "https://evil.example", "/\\evil.example", "@evil.example", ".evil.example"):
            host, _, _ = self.target(self.post("/login", to=LABEL, path=path, token=self.alice.token))
            self.assertEqual(HOST, host, path)

    def test_wrong_token(self) -> None:
        """A token that is not valid shows the form again, without the token in it."""
        for token in ("", "wrong", f"{self.alice.token[:-9]}wrong", "\u00e4"):
            self.site = self.make_site()
            response = self.post("/login", to=LABEL, path="/p", token=token)
            text = response.body.decode()
            self.assertEqual(401, response.status)
            self.assertIn("not valid", text)
            self.assertIn('name="path" value="/p"', text)
            self.assertNotIn("wrong", text)
            self.assertEqual("", self.session)

    def test_too_many(self) -> None:
        """After some failures the next try from that address has to wait, also with the right token."""
        for _ in range(2):
            self.assertEqual(401, self.post("/login", token="wrong").status)
        response = self.post("/login", token=self.alice.token)
        self.assertEqual((429, "1", ""), (response.status, response.headers["retry-after"], self.session))
        self.assertIn(b"<h1>Too many attempts", response.body)
        other = {"X-Forwarded-For": "192.0.2.99"}
        self.assertEqual(303, self.post("/login", other, token=self.alice.token).status)
        self.clock.advance(1)
        self.assertEqual(303, self.post("/login", token=self.alice.token).status)

    def test_foreign_pages(self) -> None:
        """No other page logs anybody in."""
        for fields in (
            {"Origin": "https://evil.example"},
            {"Origin": f"https://{HOST}"},
            {"Origin": "null"},
            {"Origin": f"http://{API_HOST}"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            response = self.post("/login", fields, token=self.alice.token)
            self.assertEqual((403, ""), (response.status, self.session), fields)

    def test_bad_forms(self) -> None:
        """Too large, too many fields or no ASCII: refused."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, status in ((b"x" * 70000, 413), (b"a=1&" * 50, 400), (b"to=\xff", 400)):
            self.assertEqual(status, self.call("POST", "/login", body=body, headers=headers).status)
        response = self.call("PUT", "/login")
        self.assertEqual((405, "GET, POST"), (response.status, response.headers["allow"]))


class LoggedIn(LoginCase):
    """Who has a session."""

    def test_leads_on(self) -> None:
        """They are led on at once: to the container's host, or to the list."""
        self.log_in()
        host, rest, code = self.target(self.browse(f"/login?to={LABEL}&path=/x%3Fy"))
        self.assertEqual((HOST, "/x?y"), (host, rest))
        self.assertEqual(self.session_token(), self.successResultOf(self.issuer.redeem_code(code, HOST, False)))
        self.assertEqual("/", self.browse("/login").headers["location"])

    def test_navigations_only(self) -> None:
        """What is no navigation of a tab gets the form, so that no page spends a login unseen."""
        self.log_in()
        for fields in (
            {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-site"},
        ):
            self.assertEqual(200, self.browse(f"/login?to={LABEL}&path=/", fields).status)

    def test_over(self) -> None:
        """When the session has expired, or its parent was revoked, the form is shown."""
        self.log_in()
        self.clock.advance(86401)
        self.assertEqual(200, self.browse("/login").status)
        self.log_in()
        uuid = self.alice.principal.token_uuid
        self.ok("DELETE", f"api_client_authorizations/{uuid}", self.alice)
        self.assertEqual(200, self.browse("/login").status)

    def test_only_sessions(self) -> None:
        """A user's own token in the cookie is no session."""
        self.log_in()
        self.session = encode_token(self.alice.token)
        self.assertEqual(200, self.browse("/login").status)

    def test_not_for_the_api(self) -> None:
        """The record API accepts a session neither as a cookie nor as a token."""
        self.log_in()
        self.assertEqual(401, self.browse("/arvados/v1/users/current").status)
        text = self.session_token().v2
        for path in ("users/current", "api_client_authorizations/current"):
            self.assertEqual(["Forbidden"], self.refused(403, "GET", path, text))
        self.assertEqual(401, self.post("/login", token=text).status)


class Lifetime(LoginCase):
    """How long a session lasts."""

    def test_lifetime(self) -> None:
        """The operator decides how long somebody stays logged in."""
        self.assertEqual(86400.0, PageOptions(NAMES).session_lifetime)
        self.site = self.make_site(session_lifetime=60.0)
        self.log_in()
        self.clock.advance(61)
        self.assertEqual(200, self.browse("/login").status)
