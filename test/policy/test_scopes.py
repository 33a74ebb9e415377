"""Tests of L{arvgate.policy.scopes}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.scopes import covers, covers_scope, only_ports, permits, permits_port, port_scope

CONTAINER = "zzzzz-dz642-000000000000001"
OTHER = "zzzzz-dz642-000000000000002"


class Requests(SynchronousTestCase):
    """What scopes permit on the API."""

    def test_all(self) -> None:
        """The scope C{all} permits every request."""
        self.assertTrue(permits(["all"], "DELETE", "/arvados/v1/links/x"))

    def test_exact(self) -> None:
        """A scope without a slash at its end permits exactly its request."""
        scopes = ["GET /arvados/v1/users"]
        self.assertTrue(permits(scopes, "GET", "/arvados/v1/users"))
        self.assertFalse(permits(scopes, "POST", "/arvados/v1/users"))
        self.assertFalse(permits(scopes, "GET", "/arvados/v1/users/current"))
        self.assertFalse(permits(scopes, "GET", "/arvados/v1/users_and_more"))

    def test_prefix(self) -> None:
        """A scope with a slash at its end permits what is below and not the path itself."""
        scopes = ["GET /arvados/v1/users/"]
        self.assertTrue(permits(scopes, "GET", "/arvados/v1/users/current"))
        self.assertFalse(permits(scopes, "GET", "/arvados/v1/users"))

    def test_trailing_slash_of_the_request(self) -> None:
        """One slash at the end of the request's path does not count."""
        self.assertTrue(permits(["GET /arvados/v1/users"], "GET", "/arvados/v1/users/"))
        self.assertFalse(permits(["GET /arvados/v1/users/"], "GET", "/arvados/v1/users/"))

    def test_everything_readable(self) -> None:
        """The anonymous token's scope C{GET /} permits every GET and nothing else."""
        self.assertTrue(permits(["GET /"], "GET", "/arvados/v1/links"))
        self.assertFalse(permits(["GET /"], "POST", "/arvados/v1/links"))

    def test_no_wildcards(self) -> None:
        """Stars and prefixes without a slash mean nothing."""
        self.assertFalse(permits(["*", "GET *", "GET /arvados/v1/us", "ALL", ""], "GET", "/arvados/v1/users"))

    def test_head_by_get(self) -> None:
        """HEAD is permitted by GET's scope, GET not by HEAD's."""
        self.assertTrue(permits(["GET /arvados/v1/users"], "HEAD", "/arvados/v1/users"))
        self.assertTrue(permits(["HEAD /arvados/v1/users"], "HEAD", "/arvados/v1/users"))
        self.assertFalse(permits(["HEAD /arvados/v1/users"], "GET", "/arvados/v1/users"))

    def test_put_by_patch(self) -> None:
        """PUT is permitted by PATCH's scope, PATCH not by PUT's."""
        self.assertTrue(permits(["PATCH /arvados/v1/containers/x"], "PUT", "/arvados/v1/containers/x"))
        self.assertTrue(permits(["PUT /arvados/v1/containers/x"], "PUT", "/arvados/v1/containers/x"))
        self.assertFalse(permits(["PUT /arvados/v1/containers/x"], "PATCH", "/arvados/v1/containers/x"))

    def test_session(self) -> None:
        """A session permits nothing on the API, not even to look at itself, but covers what its other scopes do."""
        for scopes in (["SESSION", "all"], ["all", "SESSION"], ["SESSION"]):
            for path in ("/arvados/v1/users/current", "/arvados/v1/api_client_authorizations/current"):
                self.assertFalse(permits(scopes, "GET", path))
            self.assertEqual("all" in scopes, covers(scopes, "GET", "/arvados/v1/users/current"))
            self.assertEqual("all" in scopes, permits_port(scopes, CONTAINER, 8080))

    def test_current_token_always(self) -> None:
        """A token may always look at itself, even without any scope, and do nothing else."""
        path = "/arvados/v1/api_client_authorizations/current"
        self.assertTrue(permits([], "GET", path))
        self.assertTrue(permits([], "HEAD", path))
        self.assertFalse(permits([], "DELETE", path))
        self.assertFalse(permits([], "GET", "/arvados/v1/users/current"))


class Ports(SynchronousTestCase):
    """What scopes permit on containers' ports."""

    def test_all(self) -> None:
        """The scope C{all} permits every port."""
        self.assertTrue(permits_port(["all"], CONTAINER, 80))

    def test_one_port(self) -> None:
        """A cookie's scope permits its port of its container and no other."""
        scopes = [port_scope(CONTAINER, 80)]
        self.assertTrue(permits_port(scopes, CONTAINER, 80))
        self.assertFalse(permits_port(scopes, CONTAINER, 8080))
        self.assertFalse(permits_port(scopes, CONTAINER, 8))
        self.assertFalse(permits_port(scopes, OTHER, 80))
        self.assertFalse(permits(scopes, "GET", f"/arvados/v1/containers/{CONTAINER}"))

    def test_every_port(self) -> None:
        """A scope that ends with a slash after the container permits all its ports."""
        scopes = [f"CONNECT /arvados/v1/containers/{CONTAINER}/"]
        self.assertTrue(permits_port(scopes, CONTAINER, 8080))
        self.assertFalse(permits_port(scopes, OTHER, 8080))

    def test_singular(self) -> None:
        """The path may say C{container} too."""
        scopes = [f"CONNECT /arvados/v1/container/{CONTAINER}/80"]
        self.assertTrue(permits_port(scopes, CONTAINER, 80))
        self.assertFalse(permits_port(scopes, CONTAINER, 81))

    def test_handed_on(self) -> None:
        """Who may enter a port by whichever spelling may hand on the right to it, and to no other."""
        singular = f"CONNECT /arvados/v1/container/{CONTAINER}/8080"
        for scopes in (["all"], [port_scope(CONTAINER, 8080)], [singular], ["SESSION", singular]):
            self.assertTrue(covers_scope(scopes, port_scope(CONTAINER, 8080)), scopes)
        for scopes in ([], ["SESSION"], [singular + "0"], ["GET /"]):
            self.assertFalse(covers_scope(scopes, port_scope(CONTAINER, 8080)), scopes)

    def test_reading_is_not_entering(self) -> None:
        """Scopes for the container's record do not permit its ports."""
        scopes = [f"GET /arvados/v1/containers/{CONTAINER}/", "GET /"]
        self.assertFalse(permits_port(scopes, CONTAINER, 80))

    def test_only_ports(self) -> None:
        """Whether scopes are for ports and nothing else."""
        self.assertTrue(only_ports([port_scope(CONTAINER, 80), port_scope(OTHER, 80)]))
        for scopes in ([], ["all"], [port_scope(CONTAINER, 80), "GET /"], ["CONNECTED"]):
            self.assertFalse(only_ports(scopes), scopes)
