"""
The SDK starts: it finds the cluster, reads its description and makes its methods of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from test.acceptance.cluster import clean_environment
from test.acceptance.sdk.case import OnPostgreSQL, SdkCase
from test.acceptance.sdk.process import SdkError, SdkProcess
from test.acceptance.waiting import in_thread, until

_START = {"action": "start", "method": "", "token": "", "arguments": {}}
_CURRENT = {"action": "call", "method": "users.current", "token": "", "arguments": {}}


class StartTests(SdkCase):
    """What a program sees that uses the SDK."""

    def program(self, name: str, **environment: str) -> tuple[SdkProcess, Path]:
        """A program of somebody with a new home, which is answered too."""
        home = self.sdk.cluster.home / name
        home.mkdir()
        made = SdkProcess({**clean_environment(self.sdk.cluster.home), "HOME": str(home), **environment}, home / "log")
        self.addCleanup(in_thread, made.end)
        return made, home

    @property
    def settings(self) -> Mapping[str, str]:
        """What the SDK must be told of the cluster."""
        facts = self.sdk.cluster.facts
        return {
            "ARVADOS_API_HOST": facts["api_host"],
            "ARVADOS_API_TOKEN": facts["admin_token"],
            "SSL_CERT_FILE": facts["ca"],
        }

    async def test_environment(self) -> None:
        """By settings in the environment it reads the description and the configuration of the right cluster."""
        started = await self.admin.ask("start")
        host = self.sdk.cluster.facts["api_host"]
        self.assertEqual(f"https://{host}/arvados/v1/", started["base"])
        self.assertEqual(self.sdk.cluster.cluster_id, started["config"]["ClusterID"])
        self.assertEqual(self.sdk.cluster.cluster_id, started["document"]["uuidPrefix"])

    async def test_other_address(self) -> None:
        """Calls go to the address by which the cluster was found, though it has others."""
        host = self.settings["ARVADOS_API_HOST"].replace("localhost", "127.0.0.1")
        self.assertNotEqual(host, self.settings["ARVADOS_API_HOST"])
        program, _ = self.program("other-address", **{**self.settings, "ARVADOS_API_HOST": host})
        started = await in_thread(program.ask, _START, 20.0)
        self.assertEqual(f"https://{host}/arvados/v1/", started["base"])
        self.assertEqual(await self.admin.call("users.current"), await in_thread(program.ask, _CURRENT, 20.0))

    async def test_current_user(self) -> None:
        """It knows who it is."""
        user = await self.admin.call("users.current")
        self.assertTrue(user["is_admin"], user)
        self.assertEqual("arvados#user", user["kind"])

    async def test_settings_file(self) -> None:
        """The same settings may be in a file."""
        program, home = self.program("settings-file", SSL_CERT_FILE=self.settings["SSL_CERT_FILE"])
        file = home / ".config" / "arvados" / "settings.conf"
        file.parent.mkdir(parents=True)
        lines = [f"{name}={value}" for name, value in self.settings.items() if name.startswith("ARVADOS")]
        file.write_text("\n".join(["# ours", *lines, ""]))
        self.assertEqual(await self.admin.call("users.current"), await in_thread(program.ask, _CURRENT, 20.0))

    async def test_unknown_authority(self) -> None:
        """Without the cluster's authority it does not talk to it, unless it is told to trust anybody."""
        stranger, _ = self.program("stranger", **{**self.settings, "SSL_CERT_FILE": "/etc/ssl/certs/none"})
        with self.assertRaises(SdkError) as caught:
            await in_thread(stranger.ask, {**_START, "arguments": {"num_retries": 0}}, 20.0)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", caught.exception.text)
        trusting, _ = self.program(
            "trusting", **{**self.settings, "SSL_CERT_FILE": "/nonexistent", "ARVADOS_API_HOST_INSECURE": "true"}
        )
        started = await in_thread(trusting.ask, _START, 20.0)
        self.assertEqual(self.sdk.cluster.cluster_id, started["config"]["ClusterID"])

    async def test_kept_description(self) -> None:
        """
        The description is read once and kept for a while; then the SDK asks whether it is still right, and goes on with
        what it has.
        """
        program, home = self.program("keeping", **self.settings)
        first = await in_thread(program.ask, _START, 20.0)
        again = await in_thread(program.ask, _START, 20.0)
        self.assertEqual(first, again)
        (kept,) = (home / ".cache" / "arvados" / "discovery").glob("*.tmp")
        self.assertEqual([200], await self.readings("keeping"))
        head, _, body = kept.read_bytes().partition(b"\r\n\r\n")
        old = re.sub(rb"(?im)^date: .*$", b"date: Thu, 01 Jan 2026 00:00:00 GMT\r", head)
        self.assertNotEqual(head, old)
        kept.write_bytes(old + b"\r\n\r\n" + body)
        self.assertEqual(first, await in_thread(program.ask, _START, 20.0))
        self.assertEqual([200, 304], await self.readings("keeping"))

    async def readings(self, name: str) -> list[int]:
        """Status of each answer about the description, since this was asked first with that name."""
        marks = self.__dict__.setdefault("marks", {})
        log = self.sdk.cluster.state("access.log")
        marker = f"/arvados/v1/users/{name}-{len(marks)}"
        marks[marker] = None
        await in_thread(self.sdk.cluster.client.api, "GET", marker.removeprefix("/arvados/v1/"))
        await until(lambda: marker in log.read_text(), 10.0, "the access log is written")
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return [line["status"] for line in lines if "/discovery/" in line["path"]][self.before :]

    async def setUp(self) -> None:
        """Find the cluster; what was read before is not counted."""
        await super().setUp()
        self.before = 0
        self.before = len(await self.readings("before"))

    async def test_wrong_token(self) -> None:
        """Who has a wrong token can start, since that needs none, and is told at the first call."""
        program, _ = self.program("wrong", **{**self.settings, "ARVADOS_API_TOKEN": "nonsense"})
        await in_thread(program.ask, _START, 20.0)
        with self.assertRaises(SdkError) as caught:
            await in_thread(program.ask, _CURRENT, 20.0)
        self.assertEqual(401, caught.exception.status)


class PostgreSQLStartTests(OnPostgreSQL, StartTests):
    """The same on PostgreSQL."""
