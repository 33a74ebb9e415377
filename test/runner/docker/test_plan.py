"""Tests of L{arvgate.runner.docker.plan}."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineRefused, Invalid
from arvgate.interfaces import Bind
from arvgate.runner.docker.plan import CA_FILE, make_plan
from arvgate.runner.env_document import HostDirectory
from arvgate.runner.plan import ApiAccess, Places, Plan

PLACES = Places("/jobs/one", "/logs/one", 1000)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["tmp", "text", "file", "json", "/out", "", "\0", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "path", "content", "capacity", "stdin", "stdout", "/a"]), inner)
    ),
    max_leaves=6,
)


def plan(api: ApiAccess | None = None, **more: Any) -> Plan:
    """The plan for a small record."""
    record = {
        "uuid": "zzzzz-dz642-000000000000001",
        "lock_count": 2,
        "command": ["serve", "8000"],
        "container_image": "image",
        **more,
    }
    return make_plan(record, PLACES, api, [HostDirectory("/data", False)])


class PlanTests(SynchronousTestCase):
    """From a record to what is run."""

    def test_plain(self) -> None:
        """Command, attempt, places and needs are the record's and the node's; there is no network and no output."""
        made = plan(runtime_constraints={"vcpus": 2, "ram": 5})
        job = made.job
        self.assertEqual((("serve", "8000"), 2, 2, 5), (job.command, job.lock_count, job.vcpus, job.ram))
        self.assertEqual(("/logs/one/stdout.txt", "/logs/one/stderr.txt"), (job.stdout, job.stderr))
        self.assertEqual(("/jobs/one", 1000, "image"), (job.workdir, job.log_limit, job.image))
        self.assertEqual((False, "", "", {}), (job.network, job.cwd, job.stdin, dict(job.environment)))
        self.assertEqual((("/jobs/one",), "", ()), (tuple(made.directories), made.output, tuple(made.shared)))

    def test_no_image(self) -> None:
        """A container without an image is invalid."""
        for image in ("", None, 5):
            with self.assertRaises(Invalid):
                plan(container_image=image)

    def test_no_command(self) -> None:
        """A record without a command, or with one that cannot be executed, is invalid."""
        for command in ([], [""], ["a\0"], None, "ls", ["a", 5], ["\ud800"], ["x" * 131_072]):
            with self.assertRaises(Invalid):
                plan(command=command)
        plan(command=["x" * 131_071])

    def test_bad_environment(self) -> None:
        """Variables that no process can have are invalid."""
        for name, value in (("", "x"), ("A=B", "x"), ("A", "x\0"), ("A\0", "x"), ("A", 1), ("A", "x" * 131_070)):
            with self.assertRaises(Invalid):
                plan(environment={name: value})
        plan(environment={"A": "x" * 131_069})

    def test_numbers(self) -> None:
        """Needs that are no numbers, or none that Docker can count, are invalid."""
        for number in (-1, 1.5, "2", True, 1 << 63, [1]):
            for name in ("vcpus", "ram"):
                with self.assertRaises(Invalid):
                    plan(runtime_constraints={name: number})
        self.assertEqual((1, 0), (plan().job.vcpus, plan(runtime_constraints={"ram": None}).job.ram))

    def test_cwd(self) -> None:
        """The working directory is the image's own or an absolute path."""
        self.assertEqual(("", "/tmp/a"), (plan(cwd=".").job.cwd, plan(cwd="/tmp/a").job.cwd))
        for cwd in ("a", "./a", "/a\0", "/\ud800", 5, "/" + "x" * 256):
            with self.assertRaises(Invalid):
                plan(cwd=cwd)

    def test_api(self) -> None:
        """A container with access to the API has a network, the API's place, its own token, and the CA as a file."""
        made = plan(ApiAccess("localhost:8443", "v2/token", "PEM"), runtime_constraints={"API": True})
        environment = made.job.environment
        self.assertTrue(made.job.network)
        self.assertEqual(
            ("localhost:8443", "v2/token"), (environment["ARVADOS_API_HOST"], environment["ARVADOS_API_TOKEN"])
        )
        self.assertEqual(CA_FILE, environment["SSL_CERT_FILE"])
        self.assertEqual(
            ([Bind("/jobs/one/file0", CA_FILE)], {"/jobs/one/file0": "PEM"}), (list(made.job.binds), made.files)
        )
        self.assertNotIn("token", repr(made))

    def test_api_without_ca(self) -> None:
        """Where the machine's authorities will do, none is given."""
        made = plan(ApiAccess("h", "t"))
        self.assertEqual(([], False), (list(made.job.binds), "SSL_CERT_FILE" in made.job.environment))

    def test_api_not_to_be_forged(self) -> None:
        """A record's own variables and mounts do not replace the API's."""
        forged = {"ARVADOS_API_HOST": "other", "ARVADOS_API_TOKEN": "other", "SSL_CERT_FILE": "/mine"}
        environment = plan(ApiAccess("real", "t", "PEM"), environment=forged).job.environment
        self.assertEqual(["real", "t", CA_FILE], [environment[name] for name in forged])
        for target in (CA_FILE, "/etc/arvados/"):
            for mount in ({"kind": "text", "content": "mine"}, {"kind": "arvgate_host", "path": "/data"}):
                with self.assertRaises(Invalid):
                    plan(ApiAccess("real", "t", "PEM"), mounts={target: mount})

    def test_ca_in_own_directory(self) -> None:
        """In an empty directory of the container's own the CA is a file like any other."""
        made = plan(ApiAccess("h", "t", "PEM"), mounts={"/etc/arvados": {"kind": "tmp"}})
        self.assertEqual({"/jobs/one/mount0/ca-certificates.crt": "PEM"}, made.files)

    def test_stdin(self) -> None:
        """Stdin is a text or a document, which may be empty."""
        for mount, text in (
            ({"kind": "text", "content": "a\n"}, "a\n"), ({"kind": "text"}, ""),
            ({"kind": "json", "content": {"a": [1]}}, '{"a": [1]}'), ({"kind": "json"}, "null"),
        ):  # fmt: skip
            made = plan(mounts={"stdin": mount})
            self.assertEqual(("/jobs/one/stdin", {"/jobs/one/stdin": text}), (made.job.stdin, made.files))

    def test_no_stdin(self) -> None:
        """Anything else as stdin is refused."""
        self.assertEqual("", plan(mounts={"stdin": None}).job.stdin)
        for mount in ({"kind": "tmp"}, {}, "text", []):
            with self.assertRaises(EngineRefused):
                plan(mounts={"stdin": mount})
        for content in (5, "\ud800"):
            with self.assertRaises(Invalid):
                plan(mounts={"stdin": {"kind": "text", "content": content}})

    def test_redirects(self) -> None:
        """Streams go to files of empty directories, with what lies between."""
        made = plan(
            mounts={
                "/out": {"kind": "tmp"},
                "stdout": {"kind": "file", "path": "/out/a"},
                "stderr": {"kind": "file", "path": "/out/b/c/d"},
            }
        )
        self.assertEqual({"stdout": "/jobs/one/mount0/a", "stderr": "/jobs/one/mount0/b/c/d"}, dict(made.job.redirects))
        expected = ("/jobs/one", "/jobs/one/mount0", "/jobs/one/mount0/b", "/jobs/one/mount0/b/c")
        self.assertEqual(expected, tuple(made.directories))

    def test_redirect_elsewhere(self) -> None:
        """A stream goes nowhere but below an empty directory, and to a place of its own."""
        mounts = {
            "/out": {"kind": "tmp"},
            "/out/deep": {"kind": "tmp"},
            "/out/text": {"kind": "text"},
            "/out/d/text": {"kind": "text"},
            "/out/ram": {"kind": "tmp", "device_type": "ram"},
            "/data": {"kind": "arvgate_host", "path": "/data"},
        }
        places = (
            "/elsewhere", "/out", "/out/", "/out/deep", "/out/text", "/out/text/x", "/out/d", "/out/ram/x", "/data/x",
            "/out/../etc", "relative", "", "/",
        )  # fmt: skip
        for path in places:
            with self.assertRaises(Invalid):
                plan(mounts={**mounts, "stdout": {"kind": "file", "path": path}})
        for mount in ({"kind": "tmp"}, {}, "x"):
            with self.assertRaises(EngineRefused):
                plan(mounts={**mounts, "stdout": mount})

    def test_redirects_collide(self) -> None:
        """Two streams do not go to one file, nor one below the other."""
        for path in ("/out/a", "/out//a", "/out/a/b"):
            with self.assertRaises(Invalid):
                plan(
                    mounts={
                        "/out": {"kind": "tmp"},
                        "stdout": {"kind": "file", "path": "/out/a"},
                        "stderr": {"kind": "file", "path": path},
                    }
                )

    def test_output(self) -> None:
        """The output is the empty directory at its path."""
        mounts = {"/out": {"kind": "tmp"}, "/ram": {"kind": "tmp", "device_type": "ram"}}
        self.assertEqual("/jobs/one/mount0", plan(mounts=mounts, output_path="/out/").output)
        self.assertEqual("", plan(mounts=mounts, output_path="/elsewhere").output)
        with self.assertRaises(EngineRefused):
            plan(mounts=mounts, output_path="/ram")

    @given(st.dictionaries(st.sampled_from(["mounts", "environment", "runtime_constraints", "cwd", "command"]), JSON))
    def test_anything(self, record: dict[str, Any]) -> None:
        """Whatever a record holds, there is a plan or a sentence."""
        try:
            plan(**record)
        except (EngineRefused, Invalid) as error:
            self.assertTrue(error.sentence)
