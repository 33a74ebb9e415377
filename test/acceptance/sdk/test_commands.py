"""
The commands that come with the SDK.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test.acceptance.cluster import program
from test.acceptance.sdk.case import OnPostgreSQL, SdkCase, User
from test.acceptance.waiting import Program, in_thread, until

_EMPTY = "d41d8cd98f00b204e9800998ecf8427e+0"
_COPIED = {"name": "to be copied", "definition": "cwlVersion: v1.2\nclass: Workflow\n", "description": "ä"}


class CopyTests(SdkCase):
    """C{arv-copy} between two clusters that run at the same time."""

    async def setUp(self) -> None:
        """Find the other cluster too, and let a user know both."""
        await super().setUp()
        self.other = await self.shared("other", {"Arvgate": {"Workers": 0}})
        home = self.sdk.cluster.home / "copying"
        directory = home / ".config" / "arvados"
        directory.mkdir(parents=True, exist_ok=True)
        authorities = home / "authorities.pem"
        clusters = [self.sdk.cluster, self.other.cluster]
        authorities.write_text("".join(Path(cluster.facts["ca"]).read_text() for cluster in clusters))
        for cluster in clusters:
            facts = cluster.facts
            lines = f"ARVADOS_API_HOST={facts['api_host']}\nARVADOS_API_TOKEN={facts['admin_token']}\n"
            (directory / f"{cluster.cluster_id}.conf").write_text(lines)
        self.settings = {"HOME": str(home), "SSL_CERT_FILE": str(authorities)}

    async def copy(self, uuid: str) -> str:
        """Copy a workflow; answers with the UUID that is printed."""
        ids = [sdk.cluster.cluster_id for sdk in (self.sdk, self.other)]
        self.assertNotEqual(*ids)
        arguments = ("--no-recursive", "--retries", "0", "--src", ids[0], "--dst", ids[1], uuid)
        ended = await self.sdk.run("arv-copy", *arguments, **self.settings)
        self.assertEqual(0, await ended.ended(), ended.errors)
        return ended.output.strip()

    async def test_workflow(self) -> None:
        """A workflow comes to the other cluster whole; what is copied once more replaces it."""
        made = await self.admin.call("workflows.create", body={"workflow": _COPIED})
        copied = await self.copy(made["uuid"])
        there = User(self.other)
        seen = await there.call("workflows.get", uuid=copied)
        self.assertEqual(_COPIED, {name: seen[name] for name in _COPIED})
        self.assertEqual((await there.call("users.current"))["uuid"], seen["owner_uuid"])
        self.assertTrue(copied.startswith(self.other.cluster.cluster_id))
        await self.admin.call("workflows.update", uuid=made["uuid"], body={"workflow": {"description": "new"}})
        self.assertEqual(copied, await self.copy(made["uuid"]))
        self.assertEqual("new", (await there.call("workflows.get", uuid=copied))["description"])


class FollowTests(SdkCase):
    """C{arv-ws}, which asks for new entries of the log where there is no WebSocket for it."""

    def follow(self, *arguments: str) -> Program:
        """Start it."""
        command = [program("arv-ws"), "--poll-interval", "1", "--retries", "0", *arguments]
        environment = self.sdk.environment(PYTHONUNBUFFERED="1")
        started = Program(command, environment, self.sdk.cluster.home)
        self.addCleanup(self.ended, started)
        return started

    async def ended(self, started: Program) -> None:
        """It is gone."""
        started.signal("KILL")
        await started.ended()

    async def test_new_entries(self) -> None:
        """Entries that are made while it runs are printed, and none of before."""
        user = await self.admin.call("users.current")
        entry: dict[str, Any] = {"object_uuid": user["uuid"], "event_type": "sdk-before"}
        before = await self.admin.call("logs.create", body={"log": entry})
        from_now = self.follow("--uuid", user["uuid"])
        from_id = self.follow("--uuid", user["uuid"], "--id", str(before["id"]))
        await from_id.printed("sdk-before")
        made = []

        def seen() -> bool:
            """Make one entry more, and look whether one was printed."""
            answer = self.sdk.cluster.client.api("POST", "logs", {"log": {**entry, "event_type": "sdk-new"}})
            made.append(answer.json["uuid"])
            return "sdk-new" in from_now.output

        await until(seen, 30.0, "a new entry is printed")
        line = json.loads(await from_now.printed("sdk-new", 5.0))
        self.assertIn(line["uuid"], made)
        self.assertNotIn("sdk-before", from_now.output)
        await from_id.printed(made[0])


class CollectionTests(SdkCase):
    """The commands that have to do with collections."""

    async def run_well(self, command: str, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        ended = await self.sdk.run(command, *arguments)
        self.assertEqual(0, await ended.ended(), ended.errors)
        return ended.output

    async def collection(self, name: str, manifest: str) -> str:
        """A collection of the admin's."""
        body = {"collection": {"name": name, "manifest_text": manifest}}
        return str((await self.admin.call("collections.create", body=body))["uuid"])

    async def test_collections(self) -> None:
        """C{arv-ls} lists the files of a collection, C{arv-get} shows its manifest and fetches an empty file."""
        manifest = f". {_EMPTY} 0:0:empty.txt\n./sub {_EMPTY} 0:0:another\n"
        uuid = await self.collection("to be listed", manifest)
        listed = await self.run_well("arv-ls", "--retries", "0", uuid)
        self.assertEqual(["./empty.txt", "./sub/another"], listed.splitlines())
        shown = await self.run_well("arv-get", "--retries", "0", uuid, "-")
        self.assertEqual(manifest, shown)
        target = self.sdk.cluster.home / f"fetched-{uuid}"
        await self.run_well("arv-get", "--retries", "0", f"{uuid}/empty.txt", str(target))
        self.assertEqual(b"", await in_thread(target.read_bytes))

    async def test_empty_collection(self) -> None:
        """Nothing is listed of a collection that has nothing."""
        uuid = await self.collection("empty", "")
        self.assertEqual("", await self.run_well("arv-ls", "--retries", "0", uuid))
        self.assertEqual("", await self.run_well("arv-get", "--retries", "0", uuid, "-"))

    async def test_data(self) -> None:
        """Who wants data is told that there is nobody who keeps any."""
        uuid = await self.collection("with data", f". {'ab' * 16}+5 0:5:data.txt\n")
        ended = await self.sdk.run("arv-get", "--retries", "0", f"{uuid}/data.txt", "-")
        self.assertNotEqual(0, await ended.ended())
        self.assertIn("no Keep services available", ended.errors)

    async def test_put(self) -> None:
        """C{arv-put} stores an empty file; of one with data it says that there is nobody who keeps it."""
        empty, full = (self.sdk.cluster.home / name for name in ("empty.txt", "full.txt"))
        empty.write_text("")
        full.write_text("hello")
        uuid = (await self.run_well("arv-put", "--retries", "0", "--no-progress", str(empty))).strip()
        self.assertEqual("./empty.txt", (await self.run_well("arv-ls", "--retries", "0", uuid)).strip())
        ended = await self.sdk.run("arv-put", "--retries", "0", "--no-progress", str(full))
        self.assertEqual(1, await ended.ended())
        self.assertIn("no Keep services available", ended.errors)

    async def test_missing(self) -> None:
        """What is not there is told at once."""
        ended = await self.sdk.run("arv-ls", "--retries", "0", f"{self.sdk.cluster.cluster_id}-4zz18-aaaaaaaaaaaaaaa")
        self.assertEqual(1, await ended.ended())
        self.assertIn("404", ended.errors)

    async def test_images(self) -> None:
        """C{arv-keepdocker} lists the images that links name."""
        uuid = await self.collection("image", f". {_EMPTY} 0:0:sha256:{'ab' * 32}.tar\n")
        for link_class, name in (("docker_image_hash", f"sha256:{'ab' * 32}"), ("docker_image_repo+tag", "sdk:latest")):
            link = {"link_class": link_class, "name": name, "head_uuid": uuid}
            link["properties"] = {"image_timestamp": "2026-01-31T12:00:00Z"}
            await self.admin.call("links.create", body={"link": link})
        (line,) = [row for row in (await self.run_well("arv-keepdocker", "--retries", "0")).splitlines() if uuid in row]
        self.assertEqual(["sdk", "latest", "sha256:ababa", uuid], line.split()[:4])


class PostgreSQLCopyTests(OnPostgreSQL, CopyTests):
    """The same on PostgreSQL."""


class PostgreSQLFollowTests(OnPostgreSQL, FollowTests):
    """The same on PostgreSQL."""


class PostgreSQLCollectionTests(OnPostgreSQL, CollectionTests):
    """The same on PostgreSQL."""
