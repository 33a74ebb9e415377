"""Tests of L{arvgate.runner.env_document}."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.runner.env_document import EnvDocument, HostDirectory, parse_env_document

UUID = "zzzzz-dz642-000000000000001"
SECRET = "s" * 50


def document(env: dict[str, Any] | None = None, **more: Any) -> bytes:
    """A document that is right but for what is given."""
    environment = {
        "ARVADOS_API_HOST": "localhost:8443",
        "ARVADOS_API_TOKEN": f"v2/zzzzz-gj3su-000000000000001/{SECRET}",
        "GatewayAuthSecret": "a" * 64,
        "GatewayAddress": "127.0.0.1:0",
        **(env or {}),
    }
    places = {"LogDirectory": "/logs", "WorkDirectory": "/work", "OutputDirectory": "/o", "LockFile": "/lock"}
    return json.dumps({"ContainerUUID": UUID, "Env": environment, **places, "LockCount": 3, **more}).encode()


def parse(text: bytes) -> EnvDocument:
    """Read it for the container."""
    return parse_env_document(text, UUID)


class EnvDocumentTests(SynchronousTestCase):
    """What a runner is told."""

    def test_read(self) -> None:
        """All of it is read; what may be left out has a default."""
        read = parse(document(Account="nobody", PollInterval=1))
        self.assertEqual(("127.0.0.1", 0, 3), (read.gateway_host, read.gateway_port, read.lock_count))
        self.assertEqual(("nobody", 1.0, 10.0), (read.account, read.poll_interval, read.stop_grace))

    def test_docker(self) -> None:
        """What the Docker engine is told stands in a section of its own; a wrong value there is named."""
        section = {"Host": "unix:///d", "Pull": True, "HostDirectories": [{"Path": "/data", "Writable": False}]}
        read = parse(document(Docker=section, OutputDirectory="/out", OutputMaxBytes=5, IdleTimeout=60))
        self.assertEqual(("unix:///d", True), (read.docker.host, read.docker.pull))
        self.assertEqual((HostDirectory("/data", False),), read.docker.host_directories)
        self.assertEqual(("/out", 5, 60.0), (read.output_directory, read.output_max_bytes, read.idle_timeout))
        for wrong, name in (({"Host": 1}, "Host"), ({"HostDirectories": ["/data"]}, "HostDirectories")):
            with self.assertRaises(Invalid) as caught:
                parse(document(Docker=wrong))
            self.assertIn(name, caught.exception.sentence)

    def test_addresses(self) -> None:
        """The gateway address may be a name or an address of either kind, with a port."""
        for text, expected in (("node:80", ("node", 80)), ("[::1]:9", ("::1", 9))):
            read = parse(document({"GatewayAddress": text}))
            self.assertEqual(expected, (read.gateway_host, read.gateway_port))
        for text in ("node", ":80", "node:", "node:x", "::1:80", "node:99999", "node:²", "node:" + "9" * 5000):
            with self.assertRaises(Invalid):
                parse(document({"GatewayAddress": text}))

    def test_secrets_hidden(self) -> None:
        """Neither token nor secret stands in the value's repr."""
        text = repr(parse(document()))
        self.assertNotIn(SECRET, text)
        self.assertNotIn("a" * 64, text)

    def test_missing(self) -> None:
        """Each missing variable is named, all at once."""
        with self.assertRaises(Invalid) as caught:
            parse(document({"ARVADOS_API_HOST": "", "GatewayAuthSecret": ""}))
        self.assertEqual(2, len(caught.exception.problems))

    def test_wrong_types(self) -> None:
        """Values of the wrong type are named and never repeated."""
        for more in (
            {"LockCount": "3"},
            {"LockCount": True},
            {"LogDirectory": 1},
            {"PollInterval": 0},
            {"StopGrace": "x"},
        ):
            with self.assertRaises(Invalid) as caught:
                parse(document(**more))
            self.assertIn(next(iter(more)), caught.exception.sentence)

    def test_numbers(self) -> None:
        """Numbers that make no sense are named, however large."""
        for name in ("LockCount", "LogMaxBytes"):
            for number in (0, -1):
                self.refused(name, **{name: number})
        for name in ("PollInterval", "PortsInterval", "StopGrace", "IdleTimeout"):
            for number in (-1, 1e9, 10**400, float("inf"), float("nan"), True):
                self.refused(name, **{name: number})

    def test_idle_for_days(self) -> None:
        """A container may be left alone for longer than anything else is waited for."""
        self.assertEqual(7 * 86400.0, parse(document(IdleTimeout=7 * 86400)).idle_timeout)

    def test_no_lock_count(self) -> None:
        """A document that does not say which cycle it is for is refused."""
        text = json.dumps({key: value for key, value in json.loads(document()).items() if key != "LockCount"})
        with self.assertRaises(Invalid):
            parse(text.encode())

    def test_api_host(self) -> None:
        """What can be no host and port is refused before anything is tried with it."""
        for host in ("localhost", "127.0.0.1:80", "[::1]:8443", "a-b.example"):
            self.assertEqual(host, parse(document({"ARVADOS_API_HOST": host})).api_host)
        for host in ("host:port", "https://host", "host/path", "a b", "::1:80", "host:", "user@host", "host\n"):
            self.refused("ARVADOS_API_HOST", env={"ARVADOS_API_HOST": host})

    def test_auth_secret(self) -> None:
        """A secret that is none is refused without repeating it."""
        for secret in ("secret", "A" * 64, "a" * 63, "a" * 64 + "\n"):
            self.assertNotIn("secret", self.refused("GatewayAuthSecret", env={"GatewayAuthSecret": secret}))

    def test_unusable_text(self) -> None:
        """Paths and names that the system takes for none are refused."""
        for text in ("/a\0", "/\ud800"):
            self.refused("LogDirectory", LogDirectory=text)
            self.refused("Account", Account=text)

    def refused(self, name: str, **changes: Any) -> str:
        """Such a document is refused with a sentence about that; the sentence."""
        with self.assertRaises(Invalid) as caught:
            parse(document(**changes))
        self.assertIn(name, caught.exception.sentence)
        return caught.exception.sentence

    def test_relative_places(self) -> None:
        """Places that depend on where one stands are refused."""
        with self.assertRaises(Invalid):
            parse(document(WorkDirectory="work"))

    def test_token(self) -> None:
        """A token without a UUID is refused without repeating it."""
        with self.assertRaises(Invalid) as caught:
            parse(document({"ARVADOS_API_TOKEN": SECRET}))
        self.assertNotIn(SECRET, caught.exception.sentence)

    def test_no_document(self) -> None:
        """What is no JSON object with an object Env is refused."""
        for text in (b"", b"[]", b"{", b'{"Env": 1}', b"\xff", b"[" * 100_000):
            with self.assertRaises(Invalid):
                parse(text)

    def test_other_container(self) -> None:
        """A document for another container, or for no container, is refused."""
        for uuid in ("zzzzz-dz642-000000000000002", "zzzzz-xvhdp-000000000000001", "x"):
            with self.assertRaises(Invalid):
                parse_env_document(document(), uuid)
