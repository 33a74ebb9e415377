"""Tests of L{arvgate.runner.docker.mounts}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, EngineRefused, Invalid
from arvgate.interfaces import Bind
from arvgate.runner.docker.mounts import Mounts
from arvgate.runner.env_document import HostDirectory

LISTED = (HostDirectory("/data", False), HostDirectory("/data/scratch", True), HostDirectory("/srv/", True))

TMP = {"kind": "tmp"}
RAM = {"kind": "tmp", "device_type": "ram"}
TEXT = {"kind": "text", "content": "hello"}
HOST = {"kind": "arvgate_host", "path": "/data"}


def mounts(**found: Mapping[str, Any]) -> Mounts:
    """Those of a record, C{_} in names standing for a slash."""
    return of({name.replace("_", "/"): mount for name, mount in found.items()})


def of(found: Mapping[str, Any]) -> Mounts:
    """Those of a record."""
    made = Mounts("/w", LISTED)
    made.add_all(found)
    return made


class MountsTests(SynchronousTestCase):
    """L{Mounts}."""

    def refused(self, kind: type[ArvgateError], found: Mapping[str, Any]) -> str:
        """The sentence with which mounts are refused."""
        error = self.assertRaises(kind, of, found)
        return error.sentence

    def test_empty_directories(self) -> None:
        """Each has a directory of the working directory to write in."""
        made = mounts(_out=TMP, _var_tmp=TMP)
        self.assertEqual([Bind("/w/mount0", "/out", True), Bind("/w/mount1", "/var/tmp", True)], made.binds)
        self.assertEqual(("/w", "/w/mount0", "/w/mount1"), made.all_directories())
        self.assertEqual(("/w/mount0", "/w/mount1"), made.shared())

    def test_nested_directories(self) -> None:
        """One in another is a directory of that, so that it is in the output too."""
        made = mounts(_out=TMP, _out_a_b=TMP)
        self.assertEqual([Bind("/w/mount0", "/out", True)], made.binds)
        self.assertEqual(("/w", "/w/mount0", "/w/mount0/a", "/w/mount0/a/b"), made.all_directories())

    def test_siblings(self) -> None:
        """A name that begins as another's does is not in it."""
        made = mounts(_out=TMP, _output=TMP, _outer_x=TEXT)
        self.assertEqual(["/out", "/output", "/outer/x"], sorted((one.target for one in made.binds), key=len))

    def test_memory(self) -> None:
        """A directory in memory has its capacity, or no limit."""
        made = mounts(_a={**RAM, "capacity": 5}, _dev_shm=RAM)
        self.assertEqual({"/a": 5, "/dev/shm": 0}, made.memory)
        for capacity in (-1, "5", 1.5, True, 1 << 63):
            self.refused(Invalid, {"/a": {**RAM, "capacity": capacity}})

    def test_text(self) -> None:
        """A text is a file that is mounted for reading; a document likewise."""
        made = mounts(_a=TEXT, _b={"kind": "json", "content": {"x": None}}, _c={"kind": "text"})
        self.assertEqual({"/w/file0": "hello", "/w/file1": '{"x": null}', "/w/file2": ""}, made.files)
        self.assertEqual([Bind("/w/file0", "/a"), Bind("/w/file1", "/b"), Bind("/w/file2", "/c")], made.binds)
        self.assertEqual(("/w/file0", "/w/file1", "/w/file2"), made.shared())

    def test_text_in_directory(self) -> None:
        """In an empty directory it is a file there, with the directories that it needs."""
        made = mounts(_out=TMP, _out_a_b_c=TEXT)
        self.assertEqual({"/w/mount0/a/b/c": "hello"}, made.files)
        self.assertEqual(("/w", "/w/mount0", "/w/mount0/a", "/w/mount0/a/b"), made.all_directories())
        self.assertEqual(1, len(made.binds))

    def test_text_in_memory(self) -> None:
        """In a directory in memory it is mounted, also where that is in an empty directory."""
        made = mounts(_out=TMP, _out_ram=RAM, _out_ram_a=TEXT)
        self.assertIn(Bind("/w/file0", "/out/ram/a"), made.binds)

    def test_order(self) -> None:
        """However the paths are written, what is above comes first."""
        made = of({"//out/a": TEXT, "/out/": TMP})
        self.assertEqual({"/w/mount0/a": "hello"}, made.files)

    def test_no_text(self) -> None:
        """What no file can hold is invalid."""
        for content in ("\ud800", 5, ["x"]):
            self.refused(Invalid, {"/a": {"kind": "text", "content": content}})

    def test_host(self) -> None:
        """A directory of the node is mounted for reading, below the one that is offered."""
        made = mounts(_a={**HOST, "path": "/data/set/"}, _b=HOST)
        self.assertEqual([Bind("/data/set", "/a", below="/data"), Bind("/data", "/b", below="/data")], made.binds)

    def test_host_writable(self) -> None:
        """Only what is offered for writing is, whatever it is in."""
        made = mounts(_a={**HOST, "path": "/data/scratch/me", "writable": True})
        self.assertEqual([Bind("/data/scratch/me", "/a", True, below="/data/scratch")], made.binds)
        self.assertEqual(
            [Bind("/srv", "/a", True, below="/srv/")], mounts(_a={**HOST, "path": "/srv", "writable": True}).binds
        )
        for path in ("/data", "/data/other", "/data/scratches"):
            sentence = self.refused(EngineRefused, {"/a": {**HOST, "path": path, "writable": True}})
            self.assertIn("/data may be mounted for reading only", sentence)
        self.refused(Invalid, {"/a": {**HOST, "writable": "no"}})

    def test_host_not_listed(self) -> None:
        """Anything else of the node is refused, with its name."""
        for path in ("/", "/database", "/etc", "/dat", "/srv2"):
            self.assertIn(path, self.refused(EngineRefused, {"/a": {**HOST, "path": path}}))
        for path in ("/data/../etc", "data", "", None, "/data/\0", 5):
            self.refused(Invalid, {"/a": {**HOST, "path": path}})

    def test_below_host(self) -> None:
        """Nothing is mounted below a directory of the node, where a place for it would have to be made."""
        for inner in (TMP, RAM, TEXT, HOST):
            self.assertIn("directory of the node", self.refused(Invalid, {"/a": HOST, "/a/b/c": inner}))

    def test_below_file(self) -> None:
        """Nothing is mounted below a file."""
        for inner in (TMP, RAM, TEXT, HOST):
            self.refused(Invalid, {"/a": TEXT, "/a/b": inner})
            self.refused(Invalid, {"/out": TMP, "/out/a": TEXT, "/out/a/b": inner})

    def test_twice(self) -> None:
        """There are no two mounts at one place, however it is written."""
        for other in ("/a/", "//a", "/./a", "/a/."):
            self.refused(Invalid, {"/a": TMP, other: TMP})

    def test_root(self) -> None:
        """Nothing is mounted over the image."""
        for target in ("/", "//", "/."):
            self.refused(Invalid, {target: TMP})

    def test_no_path(self) -> None:
        """A mount that leads elsewhere is invalid."""
        for target in ("/../etc", "/a/../../b", "relative", "/nul\0", "", "/\ud800", "/" + "x" * 256, "/x" * 2048):
            self.refused(Invalid, {target: TMP})

    def test_reserved(self) -> None:
        """What the kernel, Docker or the init process need stays as it is."""
        for target in (
            "/proc", "/proc/sys", "/sys", "/sys/fs/cgroup", "/dev", "/dev/null", "/dev/pts", "/sbin",
            "/sbin/docker-init", "/sbin/docker-init/x", "/etc", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname",
            "/.dockerenv", "//proc/",
        ):  # fmt: skip
            for mount in (TMP, RAM, TEXT, HOST):
                self.assertIn("Docker", self.refused(EngineRefused, {target: mount}))
        of(dict.fromkeys(("/process", "/sbin2", "/etc/app", "/sbin/mine", "/developer", "/dev/shm"), TMP))

    def test_other_kinds(self) -> None:
        """What the engine cannot mount is refused with the kind and the place."""
        self.assertIn("collection at /data", self.refused(EngineRefused, {"/data": {"kind": "collection"}}))
        for broken in (None, "tmp", {}, [], {"kind": ["tmp"]}):
            self.refused(EngineRefused, {"/data": broken})
