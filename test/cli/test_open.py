"""
C{arvgate open}.
"""

from __future__ import annotations

import json

from test.cli.api_server import Said
from test.cli.case import CONTAINER, REQUEST, CommandCase, container, request

LINK = f"https://{CONTAINER}-80-http.xabcd.localhost/?arvgate_code=c"


class OpenTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """A container that links can be made to."""
        super().setUp()
        for uuid in (REQUEST, CONTAINER):
            self.api.answers[f"POST containers/{uuid}/link"] = {"url": LINK}
        self.api.answers[f"GET container_requests/{REQUEST}"] = request()
        self.api.answers[f"GET containers/{CONTAINER}"] = container()
        self.opened: list[str] = []

    def browse(self, url: str) -> bool:
        """A browser."""
        self.opened.append(url)
        return True

    def test_opens(self) -> None:
        """The link is printed and shown in the browser."""
        self.assertEqual(f"{LINK}\n", self.succeed("open", f"{CONTAINER}:80", open_browser=self.browse))
        self.assertEqual([(f"containers/{CONTAINER}/link", {"port": 80, "path": "/"})], self.api.bodies("POST"))
        self.assertEqual([LINK], self.opened)

    def test_print(self) -> None:
        """With --print no browser starts; a path may be given."""
        self.succeed("open", "--print", "--path", "/a?b", f"{REQUEST}:80", open_browser=self.browse)
        self.assertEqual([(f"containers/{REQUEST}/link", {"port": 80, "path": "/a?b"})], self.api.bodies("POST"))
        self.assertEqual([], self.opened)

    def test_json(self) -> None:
        """With --json the link is in an object and no browser starts."""
        printed = self.succeed("open", "--json", f"{CONTAINER}:80", open_browser=self.browse)
        self.assertEqual(({"url": LINK}, []), (json.loads(printed), self.opened))

    def test_no_browser(self) -> None:
        """Where no browser can be started, the person is told to."""
        self.assertIn("open the link", self.api.run("open", f"{CONTAINER}:80").stderr)

    def test_only_port(self) -> None:
        """Without a port the only one is taken: published ones first, then those that something listens on."""
        self.api.answers[f"GET containers/{CONTAINER}"] = container(listening_ports=[3000])
        self.succeed("open", REQUEST)
        self.api.answers[f"GET container_requests/{REQUEST}"] = request(published_ports={"8080": {}})
        self.succeed("open", REQUEST)
        self.assertEqual([3000, 8080], [body["port"] for _, body in self.api.bodies("POST")])

    def test_which_port(self) -> None:
        """Without a port where there is none, or several, the ones there are are named."""
        self.assertIn(f"write {REQUEST}:PORT", self.fail_with(2, "open", REQUEST))
        self.api.answers[f"GET containers/{CONTAINER}"] = container(listening_ports=[90, 80])
        self.assertIn(f"{REQUEST}:80, {REQUEST}:90", self.fail_with(2, "open", REQUEST))
        self.assertEqual([], self.api.bodies("POST"))

    def test_refused(self) -> None:
        """Who may not enter is told so."""
        self.api.answers[f"POST containers/{CONTAINER}/link"] = Said(403, {"errors": ["Forbidden"]})
        self.assertEqual("arvgate: Forbidden\n", self.fail_with(3, "open", f"{CONTAINER}:80"))
