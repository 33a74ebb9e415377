"""Tests of L{arvgate.edge.api.container_logs}."""

from __future__ import annotations

import os

from test.edge.api.case import ApiCase, Response

TEXT = b"0123456789"


class ContainerLogs(ApiCase):
    """The log files of containers."""

    def setUp(self) -> None:
        """Commit a request whose container has written a log."""
        super().setUp()
        self.request = self.request_of(self.alice)
        self.container = self.request["container_uuid"]
        self.path = f"container_requests/{self.request['uuid']}/log/{self.container}"
        os.makedirs(os.path.join(self.logs, self.container))
        self.write("stdout.txt", TEXT)

    def write(self, name: str, data: bytes) -> None:
        """Write a file among the container's logs."""
        with open(os.path.join(self.logs, self.container, name), "wb") as file:
            file.write(data)

    def read(self, name: str = "stdout.txt", range: str | None = None, method: str = "GET") -> Response:
        """What alice reads."""
        headers = {} if range is None else {"Range": range}
        return self.call(method, f"{self.path}/{name}", self.alice, headers=headers)

    def test_whole(self) -> None:
        """Without a range the whole file comes, as plain text."""
        response = self.read()
        self.assertEqual((200, TEXT), (response.status, response.body))
        self.assertEqual("text/plain; charset=utf-8", response.headers["content-type"])
        self.assertEqual("nosniff", response.headers["x-content-type-options"])
        self.assertEqual("10", response.headers["content-length"])
        self.assertNotIn("content-range", response.headers)

    def test_ranges(self) -> None:
        """A range comes as 206 with its place in the file."""
        for range, body, place in (
            ("bytes=2-4", b"234", "bytes 2-4/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=-2", b"89", "bytes 8-9/10"),
            ("bytes=0-99", TEXT, "bytes 0-9/10"),
            ("bytes=-0", b"", "bytes 10-9/10"),
        ):
            response = self.read(range=range)
            self.assertEqual((206, body), (response.status, response.body), range)
            self.assertEqual(place, response.headers["content-range"])
            self.assertEqual(str(len(body)), response.headers["content-length"])

    def test_behind_the_end(self) -> None:
        """A range behind the end is 416 and says how long the file is."""
        for range in ("bytes=10-", "bytes=5-2", "bytes=x"):
            response = self.read(range=range)
            self.assertEqual((416, "bytes */10"), (response.status, response.headers["content-range"]))
            self.assertEqual(1, len(response.json["errors"]))

    def test_following(self) -> None:
        """A client that follows a log asks for its end, then for what is new."""
        self.assertEqual("bytes 10-9/10", self.read(range="bytes=-0").headers["content-range"])
        self.assertEqual(416, self.read(range="bytes=10-").status)
        self.write("stdout.txt", TEXT + b"new")
        self.assertEqual(b"new", self.read(range="bytes=10-").body)

    def test_empty(self) -> None:
        """An empty file is an empty answer."""
        self.write("stderr.txt", b"")
        self.assertEqual((200, b""), (self.read("stderr.txt").status, self.read("stderr.txt").body))
        self.assertEqual(206, self.read("stderr.txt", "bytes=-0").status)

    def test_head(self) -> None:
        """HEAD says how long the file is and sends nothing of it."""
        response = self.read(method="HEAD", range="bytes=2-3")
        self.assertEqual((200, b"", "10"), (response.status, response.body, response.headers["content-length"]))

    def test_if_range(self) -> None:
        """A range on a condition that cannot hold is the whole file."""
        response = self.call(
            "GET", f"{self.path}/stdout.txt", self.alice, headers={"Range": "bytes=2-3", "If-Range": '"tag"'}
        )
        self.assertEqual((200, TEXT), (response.status, response.body))

    def test_missing(self) -> None:
        """A file that does not exist is not found, nor is what is no log."""
        self.write("arvgate-facts.json", b"{}")
        self.assertEqual(404, self.read("arvgate-facts.json").status)
        self.assertEqual(404, self.read("crunch-run.txt").status)

    def test_large(self) -> None:
        """A file of many pieces comes complete."""
        data = os.urandom(1_000_003)
        self.write("stdout.txt", data)
        self.assertEqual(data, self.read().body)
        self.assertEqual(data[-500_000:], self.read(range="bytes=-500000").body)

    def test_others(self) -> None:
        """Logs are read by those who can read the request."""
        path = f"{self.path}/stdout.txt"
        self.refused(404, "GET", path, self.bob)
        self.refused(401, "GET", path)
        self.share(self.request, self.bob)
        self.assertEqual(TEXT, self.call("GET", path, self.bob).body)

    def test_another_container(self) -> None:
        """A request shows the logs of its own container only."""
        other = self.request_of(self.bob)
        os.makedirs(os.path.join(self.logs, other["container_uuid"]))
        path = f"container_requests/{self.request['uuid']}/log/{other['container_uuid']}/stdout.txt"
        self.refused(404, "GET", path, self.alice)
        uncommitted = self.request_of(self.alice, state="Uncommitted")
        self.refused(
            404, "GET", f"container_requests/{uncommitted['uuid']}/log/{self.container}/stdout.txt", self.alice
        )

    def test_no_way_out(self) -> None:
        """No name leads out of the container's directory."""
        with open(os.path.join(self.directory, "secret.txt"), "wb") as file:
            file.write(b"secret")
        for name in (
            "../../secret.txt",
            "..%2f..%2fsecret.txt",
            "%2e%2e/secret.txt",
            "..",
            ".",
            "%2e%2e",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            ".hidden",
            "stdout.txt%00",
            "stdout.txt%0a",
            "%FF",
            "a" * 300,
        ):
            response = self.read(name)
            self.assertIn(response.status, (400, 404), name)
            self.assertNotIn(b"secret", response.body)

    def test_no_links_or_special_files(self) -> None:
        """Symbolic links, directories and pipes among the logs are not opened."""
        directory = os.path.join(self.logs, self.container)
        os.symlink("/etc/passwd", os.path.join(directory, "link.txt"))
        os.mkdir(os.path.join(directory, "inner"))
        os.mkfifo(os.path.join(directory, "pipe"))
        for name in ("link.txt", "inner", "pipe"):
            self.assertEqual(404, self.read(name).status, name)
