"""Tests of what tokens' scopes permit, on every route: L{arvgate.edge.api.authentication} before all operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from arvgate.edge.api.route import Route
from arvgate.edge.api.routes import ROUTES
from arvgate.model.ids import INFIXES, Uuid
from arvgate.model.tokens import Authorization, Token
from test.edge.api.case import CLUSTER, ApiCase

OTHERS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CURRENT = "/arvados/v1/api_client_authorizations/current"


def path_of(route: Route) -> str:
    """A path that the route takes, of records that do not exist."""
    infix = INFIXES[route.kind.path] if route.kind is not None else "xvhdp"
    path = route.path.replace("<uuid>", f"{CLUSTER}-{infix}-{'9' * 15}")
    return re.sub("<[a-z]+>", f"{CLUSTER}-dz642-{'9' * 15}", path) + ("/a/b" if route.takes_rest else "")


def scoped() -> Iterator[tuple[str, str]]:
    """Method and path of every route that needs a token."""
    for route in ROUTES:
        if route.access == "scoped":
            for method in route.methods:
                yield method, path_of(route)


class ScopesOfRoutes(ApiCase):
    """Every route, by a token whose scopes are set here."""

    def setUp(self) -> None:
        """Let any token be alice's, with those scopes."""
        super().setUp()
        self.scopes: Sequence[str] = ()

        async def find(token: Token) -> Authorization:
            uuid = Uuid(str(self.alice.principal.token_uuid))
            return Authorization(uuid, Uuid(self.alice.uuid), is_admin=False, is_active=True, scopes=self.scopes)

        self.store.find = find  # type: ignore[assignment, method-assign]

    def passes(self, method: str, path: str, *scopes: str, override: str = "") -> bool:
        """Whether a request gets past the check of such scopes, to whatever end it comes then."""
        self.scopes = scopes
        headers = {"X-Http-Method-Override": override} if override else {}
        response = self.call(method, path, "any", headers=headers)
        self.assertNotIn(response.status, (401, 405, 500), (method, path))
        if response.status == 404:
            self.assertNotIn(b"Path not found", response.body, (method, path))
        if method == "HEAD":
            return response.status != 403
        return response.status != 403 or response.errors != ["Forbidden"]

    def test_known_routes(self) -> None:
        """The paths that are open to everybody are these."""
        expected = {
            "/arvados/v1/config",
            "/arvados/v1/vocabulary",
            "/discovery/openapi.json",
            "/discovery/v1/apis/arvados/v1/rest",
        }
        self.assertEqual(expected, {route.path for route in ROUTES if route.access == "public"})
        self.assertGreater(len(list(scoped())), 25)

    def test_exact(self) -> None:
        """The request itself as scope permits it, also with a slash at its end."""
        for method, path in scoped():
            self.assertTrue(self.passes(method, path, f"{method} {path}"), (method, path))
            self.assertTrue(self.passes(method, f"{path}/", "GET /nothing", f"{method} {path}"), (method, path))

    def test_below(self) -> None:
        """What ends with a slash permits what is below, and not the path without it."""
        for method, path in scoped():
            above = path[: path.rindex("/") + 1]
            self.assertTrue(self.passes(method, path, f"{method} {above}"), (method, path))
            if path != CURRENT or method != "GET":
                self.assertFalse(self.passes(method, path, f"{method} {path}/"), (method, path))
                self.assertFalse(self.passes(method, path, f"{method} {above[:-1]}"), (method, path))

    def test_other_methods(self) -> None:
        """No other method's scopes permit it, but those of PATCH the same change by PUT."""
        for method, path in scoped():
            if (method, path) == ("GET", CURRENT):
                continue
            others = {*OTHERS, "HEAD", "CONNECT"} - {method} - ({"PATCH"} if method == "PUT" else set())
            scopes = [f"{other} {place}" for other in others for place in (path, "/")]
            self.assertFalse(self.passes(method, path, *scopes), (method, path))
            if method == "PUT":
                self.assertTrue(self.passes(method, path, f"PATCH {path}"), path)

    def test_head(self) -> None:
        """HEAD is permitted as GET is."""
        for method, path in scoped():
            if method == "GET":
                self.assertTrue(self.passes("HEAD", path, f"GET {path}"), path)
                self.assertEqual(path == CURRENT, self.passes("HEAD", path, "GET /nothing"), path)

    def test_override(self) -> None:
        """A POST that means something else is judged as what it means."""
        for method, path in scoped():
            if method != "POST":
                self.assertTrue(self.passes("POST", path, f"{method} {path}", override=method), (method, path))
                if path != CURRENT or method != "GET":
                    self.assertFalse(self.passes("POST", path, f"POST {path}", override=method), (method, path))

    def test_none(self) -> None:
        """Without scopes, and with those of ports or a session, nothing is permitted but to look at the token."""
        for method, path in scoped():
            own = (method, path) == ("GET", CURRENT)
            self.assertEqual(own, self.passes(method, path), (method, path))
            self.assertEqual(own, self.passes(method, path, f"CONNECT {path}", "CONNECT /"), (method, path))
            self.assertFalse(self.passes(method, path, "SESSION", "all"), (method, path))
