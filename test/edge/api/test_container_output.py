"""Tests of L{arvgate.edge.api.container_output}."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from test.edge.api.case import ApiCase, Response

TEXT = b"0123456789"


class OutputCase(ApiCase):
    """A container of alice's has ended and left something."""

    def setUp(self) -> None:
        """Let it."""
        super().setUp()
        self.request = self.request_of(self.alice)
        self.container = self.request["container_uuid"]
        self.end(self.container)
        self.path = f"container_requests/{self.request['uuid']}/output/{self.container}"
        self.top = Path(self.outputs) / self.container
        self.top.mkdir(parents=True)
        (self.top / "file").write_bytes(TEXT)
        Path(f"{self.top}.json").write_text("{}")

    def read(self, rest: str = "", method: str = "GET", **headers: str) -> Response:
        """What alice reads."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(method, f"{self.path}{rest}", self.alice, headers=names)

    def items(self, rest: str) -> list[dict[str, Any]]:
        """What alice sees in a list."""
        response = self.read(rest)
        self.assertEqual(200, response.status, response.body)
        items: list[dict[str, Any]] = response.json["items"]
        return items


class Files(OutputCase):
    """Single files."""

    def test_whole(self) -> None:
        """A file comes as bytes that no browser shows as a page."""
        (self.top / "page.html").write_bytes(b"<script>")
        response = self.read("/page.html")
        self.assertEqual((200, b"<script>"), (response.status, response.body))
        self.assertEqual("application/octet-stream", response.headers["content-type"])
        self.assertEqual("nosniff", response.headers["x-content-type-options"])
        self.assertEqual("attachment; filename*=UTF-8''page.html", response.headers["content-disposition"])
        self.assertEqual(("8", "bytes"), (response.headers["content-length"], response.headers["accept-ranges"]))

    def test_ranges(self) -> None:
        """Ranges come as 206 with their place, and behind the end as 416."""
        response = self.read("/file", Range="bytes=2-4")
        self.assertEqual((206, b"234", "bytes 2-4/10"), _piece(response))
        self.assertEqual(416, self.read("/file", Range="bytes=10-").status)
        head = self.read("/file", "HEAD", Range="bytes=2-4")
        self.assertEqual((200, "10", b""), (head.status, head.headers["content-length"], head.body))

    def test_changed_between_ranges(self) -> None:
        """A range of what it was is the whole of what it is now."""
        tag = self.read("/file", "HEAD").headers["etag"]
        self.assertEqual((206, b"89"), _piece(self.read("/file", Range="bytes=8-", If_Range=tag))[:2])
        (self.top / "file").write_bytes(b"another result")
        response = self.read("/file", Range="bytes=8-", If_Range=tag)
        self.assertEqual((200, b"another result"), (response.status, response.body))

    def test_below(self) -> None:
        """Files may lie deep, and names may be anything."""
        for name in ("a/b/c", "ü ?&#%", "line\nend", "\udcff\udcfe", "..c", "a b/+;=", ".hidden"):
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode("utf-8", "surrogateescape"))
            quoted = "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "surrogateescape"))
            response = self.read(f"/{quoted}")
            self.assertEqual((200, path.read_bytes()), (response.status, response.body), name)

    def test_no_way_out(self) -> None:
        """Nothing leads out of the output: dots, slashes, links in the path or at its end."""
        secret = Path(self.directory).absolute() / "secret"
        secret.mkdir()
        (secret / "file").write_bytes(b"secret")
        os.symlink(secret, self.top / "directory")
        os.symlink(secret / "file", self.top / "link")
        os.symlink("file", self.top / "near")
        for rest in (
            "/directory/file",
            "/link",
            "/near",
            "/../../secret/file",
            "/%2e%2e/%2e%2e/secret/file",
            "/..%2f..%2fsecret%2ffile",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/.",
            "/./file",
            "/file%00",
            "/file/",
            "/file/more",
            "/" + "a/" * 3000 + "a",
            "/" + "a" * 300,
        ):
            response = self.read(rest)
            self.assertEqual(404, response.status, rest)
            self.assertNotIn(b"secret", response.body)

    def test_special(self) -> None:
        """A pipe is not opened."""
        os.mkfifo(self.top / "pipe")
        self.assertEqual(404, self.read("/pipe").status)


class Lists(OutputCase):
    """What is in a directory."""

    def test_list(self) -> None:
        """A list has name, type, size and time of each entry, sorted."""
        (self.top / "dir").mkdir()
        os.symlink("/", self.top / "a link")
        for path in (self.top / "file", self.top / "dir"):
            os.utime(path, (1, 2))
        os.utime(self.top / "a link", (1, 2), follow_symlinks=False)
        expected = [
            {"name": "a link", "type": "link", "size": None, "mtime": 2},
            {"name": "dir", "type": "directory", "size": None, "mtime": 2},
            {"name": "file", "type": "file", "size": 10, "mtime": 2},
        ]
        for rest in ("?list", "/?list", "?list=1"):
            self.assertEqual(expected, self.items(rest))
        self.assertEqual(expected, self.read(Accept="application/json").json["items"])
        self.assertEqual(expected[2:], self.items("/file?list"))
        self.assertEqual([], self.items("/dir?list"))
        self.assertEqual(404, self.read("/none?list").status)

    def test_pages(self) -> None:
        """A huge directory comes in pages, each from where the one before ended, whatever the names are."""
        (self.top / "many").mkdir()
        names = sorted([*(f"{number:03}" for number in range(9)), "\udcff"])
        for name in names:
            (self.top / "many" / name).write_bytes(b"")
        found, after = [], ""
        for _ in range(4):
            page = self.read(f"/many?list&limit=3{after}").json
            found += [item["name"] for item in page["items"]]
            after = f"&after={page['next']}"
        self.assertEqual((names, None), (found, page["next"]))

    def test_wrong_pages(self) -> None:
        """What is no page is said to be none."""
        for query in ("limit=0", "limit=x", "after=x", "after=[1]"):
            self.refused(422, "GET", f"{self.path}?list&{query}", self.alice)


class Access(OutputCase):
    """Who may read and remove, and when."""

    def test_others(self) -> None:
        """It is read by those who can read the request."""
        self.refused(404, "GET", f"{self.path}/file", self.bob)
        self.refused(401, "GET", f"{self.path}/file")
        self.share(self.request, self.bob)
        self.assertEqual(TEXT, self.call("GET", f"{self.path}/file", self.bob).body)

    def test_another_container(self) -> None:
        """A request shows the output of its own container only."""
        other = self.request_of(self.bob)
        path = f"container_requests/{other['uuid']}/output/{self.container}/file"
        self.refused(404, "GET", path, self.bob)

    def test_not_ended(self) -> None:
        """Before the end there is no output, and the sentence says why."""
        running = self.request_of(self.alice)
        (Path(self.outputs) / running["container_uuid"]).mkdir()
        path = f"container_requests/{running['uuid']}/output/{running['container_uuid']}"
        for method in ("GET", "DELETE"):
            sentences = self.refused(404, method, path, self.alice)
            self.assertEqual(["The container has not ended; its output can be read when it has."], sentences)

    def test_not_kept(self) -> None:
        """What is no longer kept is said to be so."""
        ended = self.request_of(self.alice)
        self.end(ended["container_uuid"])
        path = f"container_requests/{ended['uuid']}/output/{ended['container_uuid']}"
        self.assertEqual(["No output of this container is kept."], self.refused(404, "GET", path, self.alice))

    def test_remove(self) -> None:
        """Who may write the request removes its output; it is gone at once, once."""
        self.share(self.request, self.bob)
        self.refused(403, "DELETE", self.path, self.bob)
        self.refused(405, "DELETE", f"{self.path}/file", self.alice)
        self.assertTrue(self.top.exists())
        self.assertEqual({"container_uuid": self.container}, self.ok("DELETE", self.path, self.alice))
        self.assertEqual([f".left-{self.container}-0"], os.listdir(self.outputs))
        self.refused(404, "DELETE", self.path, self.alice)
        self.refused(404, "GET", self.path, self.alice)

    def test_remove_of_others(self) -> None:
        """Where another request has the same container, its writers are needed, too; an admin needs nobody."""
        other = self.request_of(self.bob, state="Uncommitted")
        self.ok(
            "PATCH",
            f"container_requests/{other['uuid']}",
            self.admin,
            json={"priority": 1, "state": "Committed"},
        )
        self._adopt(other["uuid"])
        self.assertEqual(
            ["You need write permission on every container request that shares this container."],
            self.refused(403, "DELETE", self.path, self.alice),
        )
        self.ok("DELETE", self.path, self.admin)

    def _adopt(self, request_uuid: str) -> None:
        """Give another request the same container, as reuse does."""
        engine = self.store._engine  # reuse is not there yet, and nothing else does it
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE container_requests SET container_uuid = ? WHERE uuid = ?", (self.container, request_uuid)
            )

    def test_scopes(self) -> None:
        """A token for reading does not remove."""
        reader = self.token_of(self.alice.uuid, ["GET /arvados/v1/container_requests/"])
        self.assertEqual(TEXT, self.call("GET", f"{self.path}/file", reader).body)
        self.refused(403, "DELETE", self.path, reader)


def _piece(response: Response) -> tuple[int, bytes, str]:
    return response.status, response.body, response.headers["content-range"]
