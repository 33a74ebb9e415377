"""
The client of the record API for commands.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.cli.client import ApiClient
from arvgate.cli.settings import Settings, read_settings
from test.cli.api_server import TOKEN, ApiServer, Asked, Said, page


class ClientCase(SynchronousTestCase):
    """
    An API and a client of it.

    @ivar client: the client.
    """

    def setUp(self) -> None:
        """Start the API."""
        self.api = ApiServer(Path(self.mktemp()).absolute())
        self.addCleanup(self.api.close)
        self.settings = read_settings(self.api.environ)
        self.client = ApiClient(self.settings)

    def refused(self, **changes: Any) -> errors.ArvgateError:
        """The error with other settings."""
        client = ApiClient(attrs.evolve(self.settings, **changes))
        return self.assertRaises(errors.ArvgateError, client.get, "users/current")


class RequestTests(ClientCase):
    """What is sent, and what comes back."""

    def test_get(self) -> None:
        """Parameters that are no text travel as JSON, the token in its header and nowhere else."""
        self.api.answers["GET users/current"] = {"uuid": "u"}
        answer = self.client.get("users/current", filters=[["a", "=", "b c"]], order="x")
        (asked,) = self.api.asked
        self.assertEqual({"uuid": "u"}, answer)
        self.assertEqual({"filters": [["a", "=", "b c"]], "order": "x"}, asked.query)
        self.assertEqual(f"Bearer {TOKEN}", asked.headers["authorization"])
        self.assertEqual(f"localhost:{self.api.port}", asked.headers["host"])

    def test_bodies(self) -> None:
        """Bodies are JSON."""
        for method, call in (("POST", self.client.post), ("PATCH", self.client.patch)):
            self.api.answers[f"{method} things"] = {}
            call("things", {"thing": {"ä": 1}})
            self.assertEqual(("application/json", {"thing": {"ä": 1}}), self.sent())

    def sent(self) -> tuple[str, Any]:
        """Type and content of the last body."""
        asked = self.api.asked[-1]
        return asked.headers["content-type"], asked.body

    def test_lists(self) -> None:
        """A list is read page by page until it is complete."""

        def answer(asked: Asked) -> Any:
            start = asked.query["offset"]
            return {"items": [{"n": n} for n in range(start, min(start + 2, 5))], "items_available": 5}

        self.api.answers["GET things"] = answer
        self.assertEqual([0, 1, 2, 3, 4], [item["n"] for item in self.client.list_all("things")])
        self.assertEqual([0, 2, 4], [asked.query["offset"] for asked in self.api.asked])

    def test_list_that_shrinks(self) -> None:
        """A list that is shorter than it promised ends where it ends."""
        self.api.answers["GET things"] = {"items": [], "items_available": 5}
        self.assertEqual([], list(self.client.list_all("things")))
        self.api.answers["GET others"] = page({"n": 1})
        self.assertEqual(1, len(list(self.client.list_all("others"))))

    def test_ranges(self) -> None:
        """A file is read from a byte on; where there is none yet, there is nothing."""
        for said, expected in (
            (Said(206, b"def", {"Content-Range": "bytes 3-5/6"}), (b"def", 6)),
            (Said(200, b"abcdef"), (b"def", 6)),
            (Said(416, b"", {"Content-Range": "bytes */3"}), (b"", 3)),
            (Said(404), (b"", None)),
        ):
            self.api.answers["GET log"] = said
            self.assertEqual(expected, self.client.read_piece("log", 3))
            self.assertEqual("bytes=3-", self.api.asked[-1].headers["range"])
        self.api.answers["GET log"] = Said(206, b"de")
        self.assertEqual(b"de", self.client.read_piece("log", 3, 5).content)
        self.assertEqual("bytes=3-4", self.api.asked[-1].headers["range"])
        self.api.answers["GET log"] = Said(403, {"errors": ["Forbidden"]})
        self.assertRaises(errors.Forbidden, self.client.read_piece, "log", 3)

    def test_navigation(self) -> None:
        """A page of a container's host is asked of the API's address, without the token; redirects stay unfollowed."""
        self.api.answers["GET /x"] = Said(303, b"", {"Location": "/y"})
        url = f"https://u-80-http.xabcd.localhost:{self.api.port}/x?q"
        reply = self.client.navigate(url, "a=b")
        (asked,) = self.api.asked
        self.assertEqual((303, "/y"), (reply.status, dict(reply.headers)["Location"]))
        self.assertEqual(f"u-80-http.xabcd.localhost:{self.api.port}", asked.headers["host"])
        self.assertEqual(("navigate", "a=b"), (asked.headers["sec-fetch-mode"], asked.headers["cookie"]))
        self.assertNotIn("authorization", asked.headers)


class ErrorTests(ClientCase):
    """What is no success."""

    def test_statuses(self) -> None:
        """Each status is the error of its kind, with the API's own sentences."""
        for status, kind in (
            (400, errors.BadRequest), (401, errors.NotAuthenticated), (403, errors.Forbidden), (404, errors.NotFound),
            (410, errors.Ended), (422, errors.Invalid), (500, errors.PeerFault), (502, errors.PeerFault),
            (503, errors.NotReady),
        ):  # fmt: skip
            self.api.answers["GET x"] = Said(status, {"errors": ["one", "two"]})
            error = self.assertRaises(kind, self.client.get, "x")
            self.assertEqual("one; two", error.sentence)

    def test_no_envelope(self) -> None:
        """Without sentences the status is told."""
        for content in (b"<html>", {"errors": "text"}, {"errors": [1]}, [], b""):
            self.api.answers["GET x"] = Said(502, content)
            error = self.assertRaises(errors.PeerFault, self.client.get, "x")
            self.assertEqual("The API answered 502.", error.sentence)

    def test_no_api(self) -> None:
        """A server that answers with something else is no API."""
        for content in (b"hello", b"[]", b"[" * 100000):
            self.api.answers["GET x"] = Said(200, content)
            self.assertIn("is not an Arvados API", self.assertRaises(errors.PeerFault, self.client.get, "x").sentence)


class FaultTests(ClientCase):
    """What goes wrong before there is an answer."""

    def test_unknown_authority(self) -> None:
        """A certificate of an authority that is not given is refused, and the sentence says what to set."""
        other = Path(self.mktemp()).absolute()
        strange = ApiServer(other)
        self.addCleanup(strange.close)
        error = self.refused(ca_file=str(strange.ca))
        self.assertIsInstance(error, errors.Unreachable)
        self.assertIn("is not trusted", error.sentence)
        self.assertIn("SSL_CERT_FILE", error.sentence)
        self.assertEqual([], self.api.asked)

    def test_other_name(self) -> None:
        """A certificate for other names is refused."""
        self.assertIn("is not trusted", self.refused(host="127.0.0.1").sentence)

    def test_insecure(self) -> None:
        """Certificates go unchecked only where that was asked for."""
        self.api.answers["GET users/current"] = {}
        settings = attrs.evolve(self.settings, host="127.0.0.1", insecure=True)
        self.assertEqual({}, ApiClient(settings).get("users/current"))

    def test_names_below_localhost(self) -> None:
        """A name below localhost is this machine, though the C library does not know it."""
        self.api.answers["GET users/current"] = {}
        settings = attrs.evolve(self.settings, host="api.xabcd.localhost")
        self.assertEqual({}, ApiClient(settings).get("users/current"))

    def test_no_authority_file(self) -> None:
        """A file of authorities that is not there, or is none, is named."""
        for path in ("/nonexistent.pem", __file__):
            error = self.assertRaises(errors.Invalid, ApiClient, attrs.evolve(self.settings, ca_file=path))
            self.assertIn(path, str(error))

    def test_nobody_there(self) -> None:
        """A port that nobody listens on is refused in a sentence."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.assertIn("connection refused", self.refused(port=port).sentence)

    def test_no_such_host(self) -> None:
        """A host that has no address is named."""
        self.assertIn("nowhere.invalid", self.refused(host="nowhere.invalid").sentence)

    def test_no_tls(self) -> None:
        """A server that speaks something else, or hangs up, is a fault of the connection."""
        for greeting in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
            with socket.create_server(("127.0.0.1", 0)) as server:

                def talk(server: socket.socket = server, greeting: bytes = greeting) -> None:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(greeting)

                thread = threading.Thread(target=talk)
                thread.start()
                error = self.refused(port=server.getsockname()[1])
                thread.join()
            self.assertIsInstance(error, errors.Unreachable)
            self.assertIn(f"localhost:{server_port(error)}", error.sentence)

    def test_token_is_never_told(self) -> None:
        """No error repeats the token."""
        self.api.answers["GET users/current"] = Said(401, {"errors": ["Not logged in"]})
        error = self.refused()
        self.assertNotIn(TOKEN, f"{error} {error.detail} {Settings('a', 1, TOKEN)!r}")


def server_port(error: errors.ArvgateError) -> str:
    """The port in a sentence."""
    return error.sentence.partition("localhost:")[2].split()[0].rstrip(":.")
