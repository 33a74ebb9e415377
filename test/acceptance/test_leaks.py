"""
Tests of the search for secrets itself, which must be able to find one.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.cookies import OUR_COOKIE, encode_token
from test.acceptance.case import ClusterCase
from test.acceptance.leaks import Secrets, log_files
from test.acceptance.waiting import in_thread, until

UUID = "zzzzz-gj3su-aaaaaaaaaaaaaaa"
SECRET = "s3cr3t" * 8
TOKEN = f"v2/{UUID}/{SECRET}"


class SecretsTests(SynchronousTestCase):
    """What is known, and what looks like it."""

    def setUp(self) -> None:
        """Nothing is known."""
        self.secrets = Secrets()

    def found(self, data: bytes) -> list[str]:
        """What is found in a log."""
        return [leak.what for leak in self.secrets.leaks("log", data)]

    def test_clean(self) -> None:
        """UUIDs of tokens, and what stands for a secret that was removed, are no secrets."""
        self.secrets.learn(TOKEN)
        self.assertEqual([], self.found(f"GET /x {UUID} v2/{UUID}/... req-{'a' * 20}".encode()))

    def test_learned(self) -> None:
        """A secret is found wherever it was learned: as a token, in a record, in a cookie, or as a code."""
        code = "c" * 43
        for text, secret in (
            (f"arvgate token create: {TOKEN}", SECRET),
            (f'{{"api_token": "{SECRET}"}}', SECRET),
            (f"Set-Cookie: {OUR_COOKIE}={encode_token(TOKEN)}; Path=/", SECRET),
            (f"Set-Cookie: {OUR_COOKIE}={encode_token(TOKEN)}; Path=/", encode_token(TOKEN)),
            (f"Location: https://host/?arvgate_code={code}", code),
        ):
            self.secrets = Secrets()
            self.secrets.learn(text)
            self.assertEqual(1, len(self.found(f"before {secret} behind".encode())), text)

    def test_form(self) -> None:
        """What has the form of a token or of our cookies is found though nobody knows it."""
        for text in (TOKEN, TOKEN.replace("/", "%2F"), encode_token(TOKEN)):
            self.assertEqual(1, len(self.found(f"GET /?x={text} HTTP/1.1".encode())), text)
        self.assertTrue(base64.urlsafe_b64encode(b"v2/").startswith(b"djIv"))

    def test_allowed(self) -> None:
        """What a test gave away itself is no leak; another one beside it still is."""
        self.secrets.learn(TOKEN)
        self.secrets.allow(SECRET)
        self.assertEqual([], self.found(TOKEN.encode()))
        self.assertEqual(1, len(self.found(f"{TOKEN} {TOKEN}x".encode())))

    def test_report(self) -> None:
        """A leak is reported with where it is and without the secret."""
        (leak,) = self.secrets.leaks("stderr.txt", f"Cookie: {TOKEN}".encode())
        self.assertEqual(("stderr.txt", f"Cookie: v2/{UUID}/"), (leak.where, leak.around))
        self.assertNotIn(SECRET, str(leak))

    def test_files(self) -> None:
        """Logs of containers, of runners and of the gateway are searched; the database is none."""
        state = Path(self.mktemp())
        for name in (
            "logs/zzzzz/stderr.txt",
            "runners/zzzzz.log",
            "access.log",
            "access.log.1",
            "arvgate.db",
            "jobs/out",
        ):
            (state / name).parent.mkdir(parents=True, exist_ok=True)
            (state / name).touch()
        found = [str(path.relative_to(state)) for path in log_files(state)]
        self.assertEqual(["access.log", "access.log.1", "logs/zzzzz/stderr.txt", "runners/zzzzz.log"], found)


class ClusterTests(ClusterCase):
    """The search in a real cluster."""

    async def test_found(self) -> None:
        """What an app receives is found, though the gateway's own logs do not tell of it."""
        entrance = await self.cluster.run_app()
        _, token = await self.cluster.second_user()
        self.assertEqual([], await in_thread(self.cluster.leaks))
        path = f"/headers?mine={token}"
        self.assertEqual(200, await in_thread(self.cluster.visit, entrance, path))
        leaks = await until(lambda: self.cluster.leaks(), 10.0, "the app has printed what it received")
        self.assertEqual({"stderr.txt"}, {leak.where.rpartition("/")[2] for leak in leaks})
        self.cluster.secrets.allow(token.rpartition("/")[2])

        def told() -> bool:
            lines = self.cluster.state("access.log").read_text().splitlines(keepends=True)
            return any(line.endswith("\n") and json.loads(line)["path"] == "/headers" for line in lines)

        await until(told, 10.0, "the access log tells of the request without its query")
