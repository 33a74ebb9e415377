"""
C{arvgate logs}.
"""

from __future__ import annotations

from test.cli.api_server import Asked, Said, page
from test.cli.case import CONTAINER, REQUEST, CommandCase, request


class LogsTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """A container that wrote something."""
        super().setUp()
        self.api.answers[f"GET container_requests/{REQUEST}"] = request()
        self.api.answers["GET container_requests"] = page(request())
        for name, content in (("stdout.txt", b"out \xff\n"), ("stderr.txt", b"err\n")):

            def read(asked: Asked, content: bytes = content) -> Said:
                return Said(206, content) if asked.headers["range"] == "bytes=0-" else Said(416)

            self.api.answers[f"GET container_requests/{REQUEST}/log/{CONTAINER}/{name}"] = read

    def test_both_streams(self) -> None:
        """What was written to stdout and stderr is on stdout and stderr, byte for byte."""
        for uuid in (REQUEST, CONTAINER):
            result = self.api.run("logs", uuid)
            self.assertEqual((0, b"out \xff\n", b"err\n"), (result.exit_code, result.stdout_bytes, result.stderr_bytes))

    def test_follow(self) -> None:
        """With -f it goes on until the request is Final."""
        states = iter([request(), request(), request(state="Final")])
        self.api.answers[f"GET container_requests/{REQUEST}"] = lambda asked: next(states)
        result = self.api.run("logs", "-f", REQUEST)
        self.assertEqual((0, b"out \xff\n"), (result.exit_code, result.stdout_bytes))
        self.assertEqual([], list(states))

    def test_wrong_uuids(self) -> None:
        """What is no UUID is a usage error; what is not there is not found."""
        self.fail_with(2, "logs", "nonsense")
        self.fail_with(2, "logs", "")
        self.fail_with(2, "logs", "xabcd-tpzed-000000000000001")
        missing = REQUEST.replace("1", "9")
        self.assertEqual(
            f"arvgate: There is no {missing}, or you may not read it.\n", self.fail_with(4, "logs", missing)
        )

    def test_not_logged_in(self) -> None:
        """A token that is not valid is told as such."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = Said(401, {"errors": ["Not logged in"]})
        self.assertEqual("arvgate: Not logged in\n", self.fail_with(3, "logs", REQUEST))
