"""
C{arvgate why}.
"""

from __future__ import annotations

import json
from typing import Any

from test.cli.api_server import Said
from test.cli.case import CONTAINER, REQUEST, CommandCase

NAMES = ("token", "container", "scope", "access", "state", "runner", "proof", "clock", "port", "app")


def told(failed: str = "", code: str = "", **more: Any) -> dict[str, Any]:
    """What the gateway tells, where the check called C{failed} fails."""
    checks, result = [], "ok"
    for name in NAMES:
        result = "failed" if name == failed else "skipped" if result != "ok" else "ok"
        cure = f"Mend the {name}." if result == "failed" else ""
        about = {"name": name, "result": result, "sentence": f"It is the {name}.", "cure": cure}
        checks.append({**about, "code": code if result == "failed" else ""})
    return {
        "container_uuid": CONTAINER,
        "port": 80,
        "ok": not failed,
        "failed": failed or None,
        "checks": checks,
        "listening": [{"port": 80, "address": "127.0.0.1"}],
        **more,
    }


class WhyTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """A gateway where everything is in order."""
        super().setUp()
        self.api.answers["GET config"] = {"ClusterID": "xabcd"}
        self.answer(told())

    def answer(self, value: Any) -> None:
        """What the gateway answers for the container and for its request."""
        self.api.answers[f"GET containers/{CONTAINER}/why"] = value
        self.api.answers[f"GET container_requests/{REQUEST}/why"] = value

    def test_in_order(self) -> None:
        """Each hop has a line, from this machine to the app, in plain text."""
        text = self.succeed("why", f"{CONTAINER}:80")
        self.assertTrue(text.isascii())
        lines = [line.split(None, 2) for line in text.splitlines()]
        names = ["name", "connection", "certificate", "api", *NAMES]
        self.assertEqual([["ok", name] for name in names], [line[:2] for line in lines[:14]])
        self.assertIn("Everything is in order.", text)
        self.assertEqual(("80", None), self.query())

    def query(self) -> tuple[Any, Any]:
        """Port and TLS as the gateway was asked for them."""
        query = self.api.asked[-1].query
        return str(query["port"]) if "port" in query else None, query.get("tls")

    def test_request(self) -> None:
        """A request may be named, a port left out, and TLS asked for."""
        self.succeed("why", "--tls", f"{REQUEST}:443")
        self.assertEqual(("443", 1), self.query())
        self.answer(told(port=None))
        text = self.succeed("why", REQUEST)
        self.assertEqual((None, None), self.query())
        self.assertIn("listens on: 80 (127.0.0.1)", text)
        self.answer(told(port=None, listening=[]))
        self.assertIn("listens on: no port", self.succeed("why", REQUEST))

    def test_failures(self) -> None:
        """The first hop that fails stands at the end with its cure, and the exit code tells which kind it is."""
        for name, code, status in (
            ("token", "not-authenticated", 3),
            ("container", "not-found", 4),
            ("scope", "forbidden", 3),
            ("access", "forbidden", 3),
            ("state", "not-ready", 5),
            ("state", "ended", 4),
            ("runner", "not-ready", 5),
            ("runner", "unreachable", 255),
            ("proof", "proof-refused", 255),
            ("port", "not-listening", 5),
            ("app", "peer-fault", 255),
            ("app", "new-in-2031", 255),
        ):
            self.answer(told(name, code))
            result = self.api.run("why", f"{CONTAINER}:80")
            self.assertEqual(status, result.exit_code, name)
            self.assertTrue(result.stdout.endswith(f"\nIt is the {name}.\nMend the {name}.\n"), result.stdout)
            self.assertIn(f"FAILED  {name}", result.stdout)

    def test_json(self) -> None:
        """With --json all checks are objects, and the exit code is the same."""
        self.answer(told("port", "not-listening"))
        result = self.api.run("why", "--json", f"{CONTAINER}:80")
        self.assertEqual(5, result.exit_code)
        found = json.loads(result.stdout)
        self.assertEqual(("port", False, 14), (found["failed"], found["ok"], len(found["checks"])))
        self.assertEqual({"name", "result", "sentence", "cure", "code"}, set(found["checks"][0]))

    def test_no_gateway(self) -> None:
        """What fails before the gateway is told likewise, and the gateway is not asked."""
        result = self.api.run("why", "--json", f"{CONTAINER}:80", environ={
            **self.api.environ, "ARVADOS_API_HOST": "nowhere.invalid"
        })  # fmt: skip
        self.assertEqual(255, result.exit_code)
        found = json.loads(result.stdout)
        self.assertEqual(("name", 1, []), (found["failed"], len(found["checks"]), self.api.asked))

    def test_no_token(self) -> None:
        """No token is needed to see how far it goes."""
        environ = {key: value for key, value in self.api.environ.items() if key != "ARVADOS_API_TOKEN"}
        self.answer(told("token", "not-authenticated"))
        self.assertEqual(3, self.api.run("why", CONTAINER, environ=environ).exit_code)

    def test_control_characters(self) -> None:
        """What is told cannot steer the terminal."""
        bad = told("state", "ended")
        bad["checks"][4]["sentence"] = "a\x1b[2Jb"
        self.answer(bad)
        self.assertNotIn("\x1b", self.api.run("why", CONTAINER).stdout)

    def test_other_api(self) -> None:
        """An API that cannot tell, or tells what is not understood, is named."""
        self.answer(Said(404, {"errors": ["Path not found"]}))
        self.assertIn("cannot tell why", self.fail_with(255, "why", CONTAINER))
        for odd in ({}, {"checks": {}}, {"checks": [1]}, {"checks": [{"name": 1}]}):
            self.answer(odd)
            self.assertIn("not understood", self.fail_with(255, "why", CONTAINER))

    def test_busy(self) -> None:
        """A gateway that answers too many of these questions says so."""
        self.answer(Said(503, {"errors": ["Too many."]}))
        self.assertIn("Too many.", self.fail_with(5, "why", CONTAINER))

    def test_usage(self) -> None:
        """What is no UUID, or no port, is a usage error."""
        for target in ("x", f"{CONTAINER}:0", f"{CONTAINER}:x"):
            self.fail_with(2, "why", target)
