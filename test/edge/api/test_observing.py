"""
Tests for L{arvgate.edge.api.observing}.
"""

from __future__ import annotations

from collections.abc import Mapping

from test.edge.api.case import MANAGEMENT_TOKEN, ApiCase

PATHS = ("/_health/ping", "/_health/all", "/metrics")


class Gateway:
    """A gateway as it is seen."""

    def __init__(self, **problems: str) -> None:
        self._problems = problems

    async def metrics(self) -> bytes:
        """Its numbers."""
        return b"arvgate_x 1\n"

    async def problems(self) -> Mapping[str, str]:
        """What is wrong."""
        return self._problems


class ObservingTests(ApiCase):
    """Health and metrics."""

    def test_alive(self) -> None:
        """With the ManagementToken it answers that it is alive."""
        self.assertEqual({"health": "OK"}, self.ok("GET", "/_health/ping", MANAGEMENT_TOKEN))

    def test_well(self) -> None:
        """All is well where nothing is wrong with any part."""
        site = self.make_site(Gateway(database="", doors=""))
        parts = {"database": {"health": "OK"}, "doors": {"health": "OK"}}
        found = self.ok("GET", "/_health/all", MANAGEMENT_TOKEN, site=site)
        self.assertEqual({"health": "OK", "checks": parts}, found)

    def test_unwell(self) -> None:
        """What is wrong with one part is told, with a status that a load balancer understands."""
        site = self.make_site(Gateway(database="", doors="1 of 2 doors are there"))
        response = self.call("GET", "/_health/all", MANAGEMENT_TOKEN, site=site)
        self.assertEqual((503, "application/json"), (response.status, response.headers["content-type"]))
        parts = {"database": {"health": "OK"}, "doors": {"health": "ERROR", "error": "1 of 2 doors are there"}}
        self.assertEqual({"health": "ERROR", "checks": parts}, response.json)

    def test_metrics(self) -> None:
        """Metrics are text that Prometheus reads."""
        response = self.call("GET", "/metrics", MANAGEMENT_TOKEN, site=self.make_site(Gateway()))
        self.assertEqual((200, b"arvgate_x 1\n"), (response.status, response.body))
        self.assertTrue(response.headers["content-type"].startswith("text/plain; version="))

    def test_wrong_token(self) -> None:
        """Without a token it is 401, with another one 403, also with an admin's."""
        site = self.make_site(Gateway())
        for path in PATHS:
            self.refused(401, "GET", path, site=site)
            self.refused(403, "GET", path, "wrong", site=site)
            self.refused(403, "GET", path, self.admin, site=site)

    def test_not_configured(self) -> None:
        """Without a configured token there is nothing to see, not even for an empty token."""
        site = self.make_site(Gateway(), management_token="")
        for path in PATHS:
            self.refused(404, "GET", path, "", site=site)
            self.refused(404, "GET", path, site=site)
