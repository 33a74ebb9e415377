"""
C{arvgate ports}.
"""

from __future__ import annotations

import json

from arvgate.cli.ports import web_address
from test.cli.case import CONTAINER, REQUEST, CommandCase, container, request


class PortsTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """A container with ports."""
        super().setUp()
        self.api.answers[f"GET container_requests/{REQUEST}"] = request()
        self.api.answers["GET config"] = {
            "Services": {"ContainerWebServices": {"ExternalURL": "https://*.x.test:8443"}}
        }
        published = {
            "80": {"access": "public", "label": "a page", "initial_path": "/start?x=1"},
            "22": {"access": "private", "label": "", "initial_path": ""},
        }
        self.api.answers[f"GET containers/{CONTAINER}"] = container(
            published_ports=published, listening_ports=[8080, 80]
        )

    def test_table(self) -> None:
        """Each port says whether it listens, who may come, and where."""
        lines = self.succeed("ports", REQUEST).splitlines()
        host = f"https://{CONTAINER}"
        self.assertEqual(["PORT", "LISTENING", "ACCESS", "LABEL", "ADDRESS"], lines[0].split())
        self.assertEqual(["22", "no", "private", f"{host}-22-http.x.test:8443/"], lines[1].split())
        self.assertEqual(
            ["80", "yes", "public", "a", "page", f"{host}-80-http.x.test:8443/start?x=1"], lines[2].split()
        )
        self.assertEqual(["8080", "yes", "private", f"{host}-8080-http.x.test:8443/"], lines[3].split())

    def test_json(self) -> None:
        """With --json each port is an object."""
        first = json.loads(self.succeed("ports", "--json", REQUEST))[0]
        self.assertEqual(
            {
                "port": 22,
                "listening": False,
                "published": True,
                "access": "private",
                "label": "",
                "url": f"https://{CONTAINER}-22-http.x.test:8443/",
            },
            first,
        )

    def test_external_ports(self) -> None:
        """Without wildcard names a published port has the address that its container was given, until that ends."""
        self.api.answers["GET config"] = {"Services": {"ContainerWebServices": {"ExternalURL": "https://x.test/"}}}
        given = {"access": "private", "label": "", "initial_path": "lab", "initial_url": "https://x.test:31000/lab"}
        path = f"GET containers/{CONTAINER}"
        for state, url in (("Running", "https://x.test:31000/lab"), ("Complete", "")):
            ports = {"80": given, "81": {**given, "initial_url": None}}
            self.api.answers[path] = container(state=state, published_ports=ports, listening_ports=[80, 82])
            found = json.loads(self.succeed("ports", "--json", REQUEST))
            self.assertEqual([url, "", ""], [one["url"] for one in found])

    def test_no_container(self) -> None:
        """A request without a container has no ports."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = request(container_uuid=None)
        self.fail_with(5, "ports", REQUEST)

    def test_addresses(self) -> None:
        """Addresses follow the form of the cluster's wildcard."""
        for template, address in (
            ("https://*.x.test", f"https://{CONTAINER}-80-http.x.test/"),
            ("https://*-http.x.test", f"https://{CONTAINER}-80-http.x.test/"),
            ("https://*--c.x.test:444/", f"https://{CONTAINER}-80-http--c.x.test:444/"),
            ("https://x.test", ""),
            ("", ""),
        ):
            self.assertEqual(address, web_address(template, CONTAINER, 80))
