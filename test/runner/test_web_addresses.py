"""
Tests of L{arvgate.runner.web_addresses}.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.web_addresses import with_addresses

TEMPLATE = "https://uuid-{port}-http.c.example:8443/"


def environment(template: str, **record: Any) -> Any:
    """The environment of a record that publishes two ports."""
    published = {"80": {"base_url": "https://apps.example:31000/"}, "8080": {"access": "public"}}
    return with_addresses({"published_ports": published, **record}, template)["environment"]


class AddressTests(SynchronousTestCase):
    """What a job finds."""

    def test_wildcard(self) -> None:
        """Below a wildcard: a template for every port, in code-server's notation too, and each published port's."""
        self.assertEqual(
            {
                "ARVGATE_URL_TEMPLATE": TEMPLATE,
                "VSCODE_PROXY_URI": "https://uuid-{{port}}-http.c.example:8443/",
                "ARVGATE_URL_80": "https://uuid-80-http.c.example:8443/",
                "ARVGATE_URL_8080": "https://uuid-8080-http.c.example:8443/",
            },
            environment(TEMPLATE),
        )

    def test_range(self) -> None:
        """On a range of ports: those of published ports that were given one."""
        self.assertEqual({"ARVGATE_URL_80": "https://apps.example:31000/"}, environment(""))

    def test_own_environment(self) -> None:
        """What the record says of its environment outweighs it, and stays."""
        own = {"VSCODE_PROXY_URI": "", "ARVGATE_URL_80": "mine", "X": "y"}
        self.assertEqual({**environment(TEMPLATE), **own}, environment(TEMPLATE, environment=own))

    def test_nothing(self) -> None:
        """A record without ports gets nothing where there is no wildcard; one whose environment is none is left."""
        self.assertEqual({}, with_addresses({"environment": None}, "")["environment"])
        self.assertEqual(["x"], environment(TEMPLATE, environment=["x"]))
