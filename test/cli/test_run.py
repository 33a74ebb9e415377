"""
C{arvgate run}.
"""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from arvgate.cli.main import arvgate
from arvgate.cli.run import RunOptions, container_request
from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.wire.record_json import attributes_from_json
from test.cli.api_server import Asked, Said, surroundings
from test.cli.case import CONTAINER, REQUEST, CommandCase, container, request


class RunTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """An API that takes requests."""
        super().setUp()
        self.api.answers["POST container_requests"] = request()

    def submitted(self) -> Any:
        """The attributes of the request that was created."""
        ((_, body),) = self.api.bodies("POST")
        return body["container_request"]

    def test_submits(self) -> None:
        """A command is submitted as it is, options behind its first word included; stdout is the UUID alone."""
        self.assertEqual(f"{REQUEST}\n", self.succeed("run", "--", "sh", "-c", "echo --wait", "--json"))
        attributes = self.submitted()
        self.assertEqual(["sh", "-c", "echo --wait", "--json"], attributes["command"])
        self.assertEqual(
            ("Committed", 500, False), tuple(attributes[key] for key in ("state", "priority", "use_existing"))
        )
        self.assertEqual({"vcpus": 1, "ram": 256 << 20, "API": True}, attributes["runtime_constraints"])
        self.assertEqual({"kind", "capacity"}, set(attributes["mounts"][attributes["output_path"]]))

    def test_without_dashes(self) -> None:
        """Two dashes are not needed before the command."""
        self.succeed("run", "python", "-m", "http.server")
        self.assertEqual(["python", "-m", "http.server"], self.submitted()["command"])

    def test_options(self) -> None:
        """Ports, name, image, network and sizes go into the request."""
        options = (
            "--port",
            "80:public",
            "--port",
            "8080",
            "--name",
            "n",
            "--image",
            "i",
            "--no-network",
            "--vcpus",
            "2",
            "--ram",
            "1GiB",
        )
        self.succeed("run", *options, "x")
        attributes = self.submitted()
        self.assertEqual(("n", "i"), (attributes["name"], attributes["container_image"]))
        self.assertEqual({"vcpus": 2, "ram": 1 << 30, "API": False}, attributes["runtime_constraints"])
        ports = attributes["published_ports"]
        self.assertEqual({"80": "public", "8080": "private"}, {port: facts["access"] for port, facts in ports.items()})
        for facts in ports.values():
            self.assertEqual({"access", "label", "initial_path"}, set(facts))

    def test_explains(self) -> None:
        """What to do next is said on stderr, for each port."""
        result = self.api.run("run", "--port", "80", "x")
        for line in (f"arvgate open {REQUEST}:80", f"arvgate logs -f {REQUEST}", f"arvgate cancel {REQUEST}"):
            self.assertIn(line, result.stderr)

    def test_json(self) -> None:
        """With --json the record is printed."""
        self.assertEqual(REQUEST, json.loads(self.succeed("run", "--json", "x"))["uuid"])

    def test_usage(self) -> None:
        """No command, wrong ports and wrong sizes are usage errors, and nothing is submitted."""
        for option in (("--port", "0"), ("--port", "80:open"), ("--ram", "x"), ("--vcpus", "0"), ("--nonsense",)):
            self.fail_with(2, "run", *option, "x")
        self.fail_with(2, "run")
        self.assertEqual([], self.api.asked)

    def test_environment_twin(self) -> None:
        """Each option has a twin in the environment."""
        obj = surroundings(self.api.environ)
        CliRunner(env={"ARVGATE_RUN_NAME": "twin"}).invoke(arvgate, ["run", "x"], obj=obj)
        self.assertEqual("twin", self.submitted()["name"])

    def test_refused(self) -> None:
        """What the API refuses is told, problem by problem."""
        self.api.answers["POST container_requests"] = Said(422, {"errors": ["ram must be positive", "no"]})
        self.assertEqual("arvgate: ram must be positive\narvgate: no\n", self.fail_with(2, "run", "x"))


class WaitTests(CommandCase):
    """C{--wait}."""

    def end(self, **changes: Any) -> None:
        """An API where the request is Final the third time that somebody looks."""
        looks = iter(range(100))

        def look(asked: Asked) -> Any:
            return request(state="Final" if next(looks) >= 2 else "Committed")

        self.api.answers["POST container_requests"] = request()
        self.api.answers[f"GET container_requests/{REQUEST}"] = look
        self.api.answers[f"GET containers/{CONTAINER}"] = container(**changes)
        log = f"GET container_requests/{REQUEST}/log/{CONTAINER}"
        self.api.answers[f"{log}/stdout.txt"] = lambda asked: (
            Said(206, b"out\n") if asked.headers["range"] == "bytes=0-" else Said(416)
        )
        self.api.answers[f"{log}/stderr.txt"] = lambda asked: (
            Said(206, b"err\n") if asked.headers["range"] == "bytes=0-" else Said(416)
        )

    def test_exit_code(self) -> None:
        """The output is shown once and the exit code is the command's."""
        self.end(state="Complete", exit_code=7)
        result = self.api.run("run", "--wait", "x")
        self.assertEqual((7, "out\n"), (result.exit_code, result.stdout))
        self.assertEqual("err\n", result.stderr.partition("\n")[2])

    def test_success(self) -> None:
        """A command that succeeds is success."""
        self.end(state="Complete", exit_code=0)
        self.assertEqual("out\n", self.succeed("run", "--wait", "x"))

    def test_cancelled(self) -> None:
        """A container that was cancelled is a failure, with the reason."""
        self.end(state="Cancelled", runtime_status={"error": "no such image"})
        self.assertIn("was cancelled. no such image", self.fail_with(4, "run", "--wait", "x"))

    def test_json(self) -> None:
        """With --json only the record is on stdout, with the exit code."""
        self.end(state="Complete", exit_code=7)
        result = self.api.run("run", "--wait", "--json", "x")
        self.assertEqual(
            ("Final", 7, 7),
            (json.loads(result.stdout)["state"], json.loads(result.stdout)["exit_code"], result.exit_code),
        )


class AttributesTests(CommandCase):
    """L{container_request}."""

    def test_api_understands(self) -> None:
        """Every attribute is one that the record API knows."""
        attributes = container_request(RunOptions(["x"], name="n", ports={80: True}))
        self.assertEqual(set(attributes), set(attributes_from_json(CONTAINER_REQUESTS, attributes)))
