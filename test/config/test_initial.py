"""
The directory of a new cluster.
"""

from __future__ import annotations

import os
import random
import stat
from datetime import UTC, datetime
from pathlib import Path

import attrs
import yaml
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.files import read_config
from arvgate.config.initial import (
    Files,
    NewCluster,
    environment_lines,
    random_cluster_id,
    staged_directory,
    write_cluster,
    write_secret,
)
from arvgate.errors import Invalid

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class NewClusterTests(SynchronousTestCase):
    """L{NewCluster}."""

    def test_local_addresses(self) -> None:
        """Below localhost the API is localhost itself, which every program resolves."""
        cluster = NewCluster("xabcd", "xabcd.localhost", 8443, 2222)
        self.assertEqual(("localhost:8443", "*.xabcd.localhost:8443"), (cluster.api_host, cluster.web_host))

    def test_real_addresses(self) -> None:
        """In a domain the API has the cluster's name, which no web app can have; the usual port is not written."""
        cluster = NewCluster("xabcd", "c.example.org", 443, 22)
        self.assertEqual(("xabcd.c.example.org", "*.c.example.org"), (cluster.api_host, cluster.web_host))

    def test_problems(self) -> None:
        """All that cannot work is said at once."""
        cluster = NewCluster("XABCD", "localhost", 8443, 8443, engine="other")
        self.assertEqual(4, len(self.assertRaises(Invalid, cluster.check).problems))

    def test_domains(self) -> None:
        """A domain has two labels at least, since clients refuse wildcards for one."""
        for domain in ("localhost", "org", "a..b", "-a.example", "a_b.example", "*.example.org", "a.example:80", ""):
            self.assertRaises(Invalid, NewCluster("xabcd", domain, 1, 2).check)
        self.assertIsNone(NewCluster("xabcd", "a-b.example", 1, 2).check())

    def test_ports(self) -> None:
        """Ports are real ones: the system is not asked to pick."""
        for https_port, ssh_port in ((0, 2222), (8443, 0), (65536, 1)):
            self.assertRaises(Invalid, NewCluster("xabcd", "x.localhost", https_port, ssh_port).check)

    def test_listening(self) -> None:
        """The door listens on loopback, and for containers that know this machine as their gateway on that address."""
        local = NewCluster("xabcd", "xabcd.localhost", 1, 2, engine="docker", docker_gateway="10.0.0.1")
        self.assertEqual(["127.0.0.1", "10.0.0.1"], list(local.https_addresses))
        for changes in ({"engine": "process"}, {"domain": "c.example.org"}, {"docker_gateway": ""}):
            self.assertEqual(["127.0.0.1"], list(attrs.evolve(local, **changes).https_addresses))

    def test_random_id(self) -> None:
        """A random id has the first character that was asked for."""
        self.assertEqual("x0000", random_cluster_id("x", lambda below: 0))


class WriteTests(SynchronousTestCase):
    """L{write_cluster}."""

    def setUp(self) -> None:
        """A cluster's files."""
        self.files = Files(Path(self.mktemp()).absolute())
        self.files.directory.mkdir()
        self.cluster = NewCluster("xabcd", "xabcd.localhost", 8443, 2222)
        randbelow = random.Random(0).randrange
        self.root_token, self.host_key = write_cluster(self.files, self.files, self.cluster, NOW, randbelow)

    def test_configuration_is_right(self) -> None:
        """With a data key the configuration has no problems, and says what was asked for."""
        write_secret(self.files.data_key, b"{}")
        config = read_config(str(self.files.config))
        self.assertEqual(self.root_token, config.system_root_token.value)
        self.assertEqual("localhost:8443", config.api_host)
        self.assertEqual(".xabcd.localhost", config.web_services.host_suffix)
        self.assertEqual((True, True), (config.shell_access.admin, config.shell_access.user))
        self.assertEqual(self.files.database_url, config.arvgate.database_url)
        self.assertEqual(("tcp:8443:interface=127.0.0.1",), config.arvgate.listeners_https)

    def test_tokens(self) -> None:
        """The tokens are different, long, and nothing but letters and digits."""
        (section,) = yaml.safe_load(self.files.config.read_text())["Clusters"].values()
        tokens = {section["SystemRootToken"], section["ManagementToken"]}
        self.assertEqual(2, len(tokens))
        for token in tokens:
            self.assertTrue(len(token) >= 50 and token.isalnum())

    def test_comments(self) -> None:
        """The configuration explains itself; who may have a shell is said."""
        self.assertIn("# Who may open a shell", self.files.config.read_text())

    def test_only_the_owner_reads_secrets(self) -> None:
        """Only certificates and the public key are for others to read."""
        public = {"ca.pem", "server.pem", "ssh_host_key.pub"}
        for path in self.files.directory.iterdir():
            mode = stat.S_IMODE(path.stat().st_mode)
            expected = 0o700 if path.is_dir() else 0o644 if path.name in public else 0o600
            self.assertEqual((path.name, expected), (path.name, mode))

    def test_never_overwrites(self) -> None:
        """A file that is there stays as it is."""
        self.assertRaises(FileExistsError, write_secret, self.files.config, b"other")
        self.assertIn("xabcd", self.files.config.read_text())

    def test_host_key(self) -> None:
        """The public key is given as it is in its file."""
        path = self.files.directory / "ssh_host_key.pub"
        self.assertEqual(f"{self.host_key}\n", path.read_text())

    def test_odd_paths(self) -> None:
        """A directory's name may have blanks, quotes and letters of all kinds."""
        place = Files(Path(self.mktemp()).absolute() / 'a b\'s "ü"')
        place.directory.mkdir(parents=True)
        write_cluster(place, place, self.cluster, NOW, random.Random(0).randrange)
        write_secret(place.data_key, b"{}")
        self.assertEqual(str(place.ca), read_config(str(place.config)).arvgate.ca_path)


class StagedDirectoryTests(SynchronousTestCase):
    """L{staged_directory}."""

    def setUp(self) -> None:
        """A place for the directory."""
        self.parent = Path(self.mktemp()).absolute()
        self.parent.mkdir()
        self.directory = self.parent / "cluster"

    def make(self) -> None:
        """Make a directory with one file."""
        with staged_directory(self.directory, 0o700) as staging:
            self.assertFalse((self.directory / "file").exists())
            (staging / "file").write_text("x")

    def test_made(self) -> None:
        """The directory is there at the end, with what was put into it and the permissions asked for."""
        self.make()
        self.assertEqual(["file"], os.listdir(self.directory))
        self.assertEqual(0o700, stat.S_IMODE(self.directory.stat().st_mode))
        self.assertEqual(["cluster"], os.listdir(self.parent))

    def test_empty_directory(self) -> None:
        """An empty directory is as good as none."""
        self.directory.mkdir()
        self.make()
        self.assertEqual(["file"], os.listdir(self.directory))

    def test_anything_there(self) -> None:
        """Whatever is there already is left alone."""
        self.directory.mkdir()
        (self.directory / "mine").write_text("")
        self.assertIn("is not empty", str(self.assertRaises(Invalid, self.make)))
        self.assertEqual((["mine"], ["cluster"]), (os.listdir(self.directory), os.listdir(self.parent)))

    def test_filled_meanwhile(self) -> None:
        """What somebody else put there meanwhile is not overwritten either."""

        def make() -> None:
            with staged_directory(self.directory, 0o700):
                self.directory.mkdir()
                (self.directory / "mine").write_text("")

        self.assertRaises(Invalid, make)
        self.assertEqual((["mine"], ["cluster"]), (os.listdir(self.directory), os.listdir(self.parent)))

    def test_failure_leaves_nothing(self) -> None:
        """If the work fails, nothing is left of it."""

        def fail() -> None:
            with staged_directory(self.directory, 0o700) as staging:
                (staging / "file").write_text("x")
                raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, fail)
        self.assertEqual([], os.listdir(self.parent))

    def test_impossible_places(self) -> None:
        """Where no directory can be made, a sentence says so."""
        (self.parent / "file").write_text("")
        for place in (
            self.parent / "none" / "cluster",
            self.parent / "file" / "cluster",
            self.parent / "what?",
            self.parent / "file",
        ):
            self.directory = place
            self.assertRaises(Invalid, self.make)
        self.assertEqual(["file"], os.listdir(self.parent))


class EnvironmentTests(SynchronousTestCase):
    """L{environment_lines}."""

    def test_quoting(self) -> None:
        """Values are quoted for the shell."""
        lines = environment_lines("localhost:8443", "v2/x/y", Path("/a b/ca.pem"))
        self.assertIn("export SSL_CERT_FILE='/a b/ca.pem'", lines)
        self.assertIn("export ARVADOS_API_HOST=localhost:8443", lines)
