"""Tests of L{arvgate.runner.process.plan}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineRefused, Invalid
from arvgate.runner.plan import ApiAccess, Places, Plan
from arvgate.runner.process.plan import make_plan

PLACES = Places("/jobs/one", "/logs/one", 1000)


def plan(api: ApiAccess | None = None, **more: Any) -> Plan:
    """The plan for a small record."""
    record = {"uuid": "zzzzz-dz642-000000000000001", "lock_count": 2, "command": ["serve", "8000"], **more}
    return make_plan(record, PLACES, api)


class PlanTests(SynchronousTestCase):
    """From a record to what is run."""

    def test_plain(self) -> None:
        """Command, attempt, places and needs are the record's and the node's."""
        job = plan(runtime_constraints={"vcpus": 2, "ram": 5}, container_image="image").job
        self.assertEqual((("serve", "8000"), 2, 2, 5), (job.command, job.lock_count, job.vcpus, job.ram))
        self.assertEqual(("/logs/one/stdout.txt", "/logs/one/stderr.txt"), (job.stdout, job.stderr))
        self.assertEqual(("/jobs/one", 1000, "image"), (job.workdir, job.log_limit, job.image))

    def test_environment(self) -> None:
        """The record's variables win over the surroundings; there are no others."""
        environment = plan(environment={"PATH": "/mine", "A": ""}).job.environment
        self.assertEqual({"HOME", "PATH", "TMPDIR", "LANG", "A"}, set(environment))
        self.assertEqual(("/mine", "/jobs/one"), (environment["PATH"], environment["HOME"]))

    def test_bad_environment(self) -> None:
        """Variables that no process can have are invalid."""
        for name, value in (("", "x"), ("A=B", "x"), ("A", "x\0"), ("A\0", "x"), ("A", 1)):
            with self.assertRaises(Invalid):
                plan(environment={name: value})

    def test_api(self) -> None:
        """A container with access to the API is told where it is, with its own token and the CA as a file."""
        made = plan(ApiAccess("localhost:8443", "v2/token", "PEM"))
        environment = made.job.environment
        self.assertEqual(
            ("localhost:8443", "v2/token"), (environment["ARVADOS_API_HOST"], environment["ARVADOS_API_TOKEN"])
        )
        self.assertEqual({environment["SSL_CERT_FILE"]: "PEM"}, made.files)
        self.assertNotIn("token", repr(ApiAccess("h", "v2/token")))

    def test_api_not_to_be_forged(self) -> None:
        """A record's own variables do not replace the API's."""
        environment = plan(ApiAccess("real", "t"), environment={"ARVADOS_API_HOST": "other"}).job.environment
        self.assertEqual("real", environment["ARVADOS_API_HOST"])

    def test_mounts(self) -> None:
        """Empty directories are below the working directory, parents first."""
        directories = plan(mounts={"/out/deep": {"kind": "tmp"}}).directories
        self.assertEqual(("/jobs/one", "/jobs/one/tmp", "/jobs/one/out", "/jobs/one/out/deep"), directories)

    def test_other_mounts(self) -> None:
        """What the process engine cannot mount is refused with the kind and the place."""
        with self.assertRaises(EngineRefused) as caught:
            plan(mounts={"/data": {"kind": "collection"}})
        self.assertIn("collection at /data", caught.exception.sentence)
        for broken in (None, "tmp", {}):
            with self.assertRaises(EngineRefused):
                plan(mounts={"/data": broken})

    def test_mounts_stay_inside(self) -> None:
        """A mount that would lead out of the working directory is invalid."""
        for target in ("/../etc", "/a/../../b", "relative", "/nul\0"):
            with self.assertRaises(Invalid):
                plan(mounts={target: {"kind": "tmp"}})

    def test_whole_tree(self) -> None:
        """A mount at the root is the working directory itself, and every directory is below it."""
        made = plan(mounts={"/": {"kind": "tmp"}}, cwd="/var")
        self.assertEqual((("/jobs/one", "/jobs/one/tmp"), "/jobs/one/var"), (made.directories, made.job.cwd))

    def test_own_file(self) -> None:
        """A mount where the CA's file belongs is invalid; without the file it is a mount like any other."""
        mounts = {"/.arvgate-ca.pem/x": {"kind": "tmp"}}
        with self.assertRaises(Invalid):
            plan(ApiAccess("h", "t", "PEM"), mounts=mounts)
        plan(ApiAccess("h", "t"), mounts=mounts)

    def test_temporary_directory(self) -> None:
        """A TMPDIR of the record's own is made if it is below the working directory, and only there."""
        for path, expected in (
            ("/jobs/one/t", ("/jobs/one", "/jobs/one/t")), ("/var/tmp", ("/jobs/one",)), ("", ("/jobs/one",)),
            ("/jobs/one/../two", ("/jobs/one",)), ("/jobs/one2", ("/jobs/one",)),
        ):  # fmt: skip
            self.assertEqual(expected, plan(environment={"TMPDIR": path}).directories)

    def test_no_text(self) -> None:
        """Half characters, which JSON can carry and no process be given, are invalid wherever they stand."""
        half = "/\ud800"
        for record in (
            {"command": [half]},
            {"cwd": half},
            {"environment": {half: ""}},
            {"environment": {"A": half}},
            {"mounts": {half: {"kind": "tmp"}}},
        ):
            with self.assertRaises(Invalid):
                plan(**record)

    def test_cwd(self) -> None:
        """A relative directory counts from the working directory, one in a mount is that mount's, others the node's."""
        mounts = {"/out": {"kind": "tmp"}, "/out/in": {"kind": "tmp"}}
        for cwd, expected in (
            (".", "."), ("sub", "sub"), ("/out", "/jobs/one/out"), ("/out/x", "/jobs/one/out/x"),
            ("/out/in/y", "/jobs/one/out/in/y"), ("/srv", "/srv"), ("/outer", "/outer"),
        ):  # fmt: skip
            self.assertEqual(expected, plan(cwd=cwd, mounts=mounts).job.cwd)

    def test_no_command(self) -> None:
        """A record without a command, or with one that cannot be executed, is invalid."""
        for command in ([], [""], ["a\0"], None):
            with self.assertRaises(Invalid):
                plan(command=command)
        with self.assertRaises(Invalid):
            plan(cwd="/a\0")
