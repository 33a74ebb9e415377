"""
Bytes through the whole gateway: as they come, unchanged, and without piling up.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from itertools import pairwise

from test.acceptance.app import PATTERN, bulk_hash
from test.acceptance.case import ClusterCase
from test.acceptance.engines import OnDocker
from test.acceptance.processes import private_memory
from test.acceptance.waiting import in_thread, pause, seconds

BULK = 200_000_000
MEGABYTE = 1_000_000


def pattern(count: int) -> Iterator[bytes]:
    """The first C{count} bytes of the pattern repeated, in pieces."""
    while count:
        piece = PATTERN[:count]
        count -= len(piece)
        yield piece


def hash_of(response: http.client.HTTPResponse) -> tuple[int, str]:
    """Length and SHA-256 of a body."""
    digest, length = hashlib.sha256(), 0
    while piece := response.read(1 << 20):
        digest.update(piece)
        length += len(piece)
    return length, digest.hexdigest()


class StreamTests(ClusterCase):
    """A container's app behaves through the gateway as if it were reached directly."""

    async def test_request_arrives_unchanged(self) -> None:
        """The app sees the path and query byte for byte and the original host, and no token or cookie of ours."""
        entrance = await self.cluster.run_app()
        path = "/headers?baz&x=%2F&&y=a+b"
        answer = await in_thread(
            self.cluster.client.request, entrance.name, "GET", path, headers={**entrance.headers, "X-Own": "yes"}
        )
        seen = json.loads(answer.body)
        headers = {name.lower(): value for name, value in seen["headers"]}
        self.assertEqual(path, seen["uri"])
        self.assertEqual(f"{entrance.name}:{self.cluster.https_port}", headers["host"])
        self.assertEqual("yes", headers["x-own"])
        self.assertNotIn("cookie", headers)
        self.assertEqual([], [name for name in headers if name.startswith("x-arvados-")])

    async def test_slow_answer_arrives_as_it_is_made(self) -> None:
        """An answer of one byte per second arrives at one byte per second."""
        entrance = await self.cluster.run_app()
        client = self.cluster.client
        connection, response = await in_thread(client.open, entrance.name, "GET", "/drip?n=5", headers=entrance.headers)
        self.addCleanup(connection.close)
        arrivals = []
        for digit in b"01234":
            self.assertEqual(bytes([digit]), await in_thread(response.read, 1))
            arrivals.append(seconds())
        gaps = [later - earlier for earlier, later in pairwise(arrivals)]
        self.assertTrue(all(0.4 < gap < 1.9 for gap in gaps), gaps)

    async def test_bulk_download(self) -> None:
        """200 MB come down complete and unchanged."""
        entrance = await self.cluster.run_app()
        connection, response = await in_thread(
            self.cluster.client.open, entrance.name, "GET", f"/bulk?n={BULK}", headers=entrance.headers
        )
        self.addCleanup(connection.close)
        self.assertEqual((BULK, bulk_hash(BULK)), await in_thread(hash_of, response))

    async def test_bulk_upload(self) -> None:
        """200 MB go up complete and unchanged, with a length and chunked."""
        entrance = await self.cluster.run_app()
        for framing in ({"Content-Length": str(BULK)}, {}):
            answer = await in_thread(
                self.cluster.client.request,
                entrance.name,
                "POST",
                "/upload",
                headers={**entrance.headers, **framing},
                body=pattern(BULK),
                within=60.0,
            )
            self.assertEqual((200, bulk_hash(BULK).encode()), (answer.status, answer.body))

    async def test_slow_client_costs_no_memory(self) -> None:
        """While a slow client reads 200 MB, neither door nor runner grows."""
        entrance = await self.cluster.run_app()
        for _ in range(3):
            self.assertEqual(200, await in_thread(self.cluster.visit, entrance))
        pids = [*self.cluster.processes("door"), self.cluster.runner(entrance.uuid)]
        before = [private_memory(pid) for pid in pids]
        connection, response = await in_thread(
            self.cluster.client.open, entrance.name, "GET", f"/bulk?n={BULK}", headers=entrance.headers
        )
        self.addCleanup(connection.close)
        grown, left = [], BULK
        await pause(3.0)  # nothing at all is read: whatever is read ahead has piled up by now
        while left:
            grown.append(max(private_memory(pid) - was for pid, was in zip(pids, before, strict=True)))
            for _ in range(4):
                left -= len(await in_thread(response.read, min(left, 2 * MEGABYTE)))
                await pause(0.05)
        self.assertEqual(2, len(pids))
        self.assertLess(max(grown), 8 * MEGABYTE)


class DockerStreamTests(OnDocker, StreamTests):
    """The same on Docker."""
