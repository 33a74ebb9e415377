"""
C{arvgate cancel}.
"""

from __future__ import annotations

import json

from test.cli.api_server import page
from test.cli.case import CONTAINER, REQUEST, CommandCase, request

SECOND = "xabcd-xvhdp-000000000000002"
NO_PRIORITY = {"container_request": {"priority": 0}}


class CancelTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """Two requests of one container."""
        super().setUp()
        for uuid in (REQUEST, SECOND):
            self.api.answers[f"GET container_requests/{uuid}"] = request(uuid=uuid)
            self.api.answers[f"PATCH container_requests/{uuid}"] = request(uuid=uuid, priority=0)

    def test_request(self) -> None:
        """A request loses its priority."""
        self.assertEqual(f"{REQUEST}\n", self.succeed("cancel", REQUEST))
        self.assertEqual([(f"container_requests/{REQUEST}", NO_PRIORITY)], self.api.bodies("PATCH"))

    def test_container(self) -> None:
        """A container is cancelled by all its requests that have not ended."""
        ended = request(uuid="xabcd-xvhdp-000000000000003", state="Final")
        self.api.answers["GET container_requests"] = page(request(uuid=SECOND), ended, request())
        answer = json.loads(self.succeed("cancel", "--json", CONTAINER))
        self.assertEqual([SECOND, REQUEST], [record["uuid"] for record in answer])

    def test_several(self) -> None:
        """Several may be named."""
        self.assertEqual(f"{SECOND}\n{REQUEST}\n", self.succeed("cancel", SECOND, REQUEST))

    def test_ended(self) -> None:
        """What has ended cannot be cancelled."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = request(state="Final")
        self.assertEqual(f"arvgate: {REQUEST} has ended already.\n", self.fail_with(4, "cancel", REQUEST))
        self.assertEqual([], self.api.bodies("PATCH"))
