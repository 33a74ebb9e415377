"""
Container requests and containers as commands ask for them.
"""

from __future__ import annotations

from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import container_of, display_state, note_of, request_for, requests_for
from arvgate.cli.settings import read_settings
from arvgate.errors import Forbidden, NotFound
from test.cli.api_server import Said, page
from test.cli.case import CONTAINER, REQUEST, CommandCase, container, request


class LookupTests(CommandCase):
    """L{request_for}, L{requests_for} and L{container_of}."""

    def setUp(self) -> None:
        """A client."""
        super().setUp()
        self.client = ApiClient(read_settings(self.api.environ))

    def test_by_request(self) -> None:
        """A request is found by its own UUID."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = request()
        self.assertEqual(REQUEST, request_for(self.client, REQUEST)["uuid"])

    def test_by_container(self) -> None:
        """A container's UUID finds its requests, newest first."""
        newer = request(uuid="xabcd-xvhdp-000000000000002")
        self.api.answers["GET container_requests"] = page(newer, request())
        self.assertEqual([newer, request()], requests_for(self.client, CONTAINER))
        self.assertEqual(newer, request_for(self.client, CONTAINER))
        query = self.api.asked[-1].query
        self.assertEqual([["container_uuid", "=", CONTAINER]], query["filters"])
        self.assertEqual(["created_at desc"], query["order"])

    def test_not_found(self) -> None:
        """What is not there, or may not be read, is said to be one of both."""
        self.api.answers["GET container_requests"] = page()
        for uuid in (REQUEST, CONTAINER):
            error = self.assertRaises(NotFound, request_for, self.client, uuid)
            self.assertEqual(f"There is no {uuid}, or you may not read it.", error.sentence)

    def test_foreign_cluster(self) -> None:
        """A UUID of another cluster is said to be one."""
        self.api.answers["GET container_requests"] = page()
        for uuid in (REQUEST, CONTAINER):
            foreign = uuid.replace("xabcd", "zzzzz")
            error = self.assertRaises(NotFound, request_for, self.client, foreign)
            self.assertIn("is of cluster zzzzz", error.sentence)
            self.assertIn("is that of xabcd", error.sentence)

    def test_other_errors(self) -> None:
        """Other errors are what they are."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = Said(403, {"errors": ["no"]})
        self.assertRaises(Forbidden, request_for, self.client, REQUEST)

    def test_container(self) -> None:
        """A request's container is found, if it has one."""
        self.api.answers[f"GET containers/{CONTAINER}"] = container()
        self.assertEqual(container(), container_of(self.client, request()))
        self.assertIsNone(container_of(self.client, request(container_uuid=None)))


class StateTests(CommandCase):
    """L{display_state} and L{note_of}."""

    def test_states(self) -> None:
        """The state tells what happens to the container, and how it ended."""
        for changes, state in (
            ({"state": "Queued"}, "Queued"),
            ({"state": "Running"}, "Running"),
            ({"state": "Queued", "priority": 0}, "On hold"),
            ({"state": "Running", "priority": 0}, "Cancelling"),
            ({"state": "Complete", "exit_code": 3, "priority": 0}, "Complete (3)"),
            ({"state": "Cancelled", "priority": 0}, "Cancelled"),
        ):
            self.assertEqual(state, display_state(request(), container(**changes)))
        self.assertEqual("Uncommitted", display_state(request(state="Uncommitted"), None))

    def test_notes(self) -> None:
        """An error goes before a warning, and that before what is going on."""
        status = {"error": "broken", "warning": "careful", "activity": "busy"}
        for key, note in (("error", "broken"), ("warning", "careful"), ("activity", "busy")):
            self.assertEqual(note, note_of(container(runtime_status=dict(status))))
            del status[key]
        self.assertEqual("", note_of(None))
