"""
C{arvgate init}.
"""

from __future__ import annotations

import json
import os
import stat
from email.utils import localtime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.main import arvgate
from arvgate.cli.settings import read_settings
from arvgate.config.files import read_config
from arvgate.model.ids import is_uuid
from arvgate.model.tokens import parse_token
from arvgate.records.data_key import unwrap_data_key
from arvgate.records.database.engine import open_engine
from arvgate.records.database.migrate import check_schema, migrate
from arvgate.records.setup import create_first_admin
from test.cli.api_server import surroundings
from test.dockerd.daemon import shared_daemon
from test.postgresql.server import shared_server


class InitTests(SynchronousTestCase):
    """The command."""

    def setUp(self) -> None:
        """A place for the cluster."""
        self.directory = Path(self.mktemp()).absolute()

    def init(self, *arguments: str, **changes: Any) -> Result:
        """Run the command."""
        return CliRunner().invoke(arvgate, ["init", str(self.directory), *arguments], obj=surroundings(**changes))

    def facts(self, *arguments: str, **changes: Any) -> Any:
        """What it prints with --json."""
        result = self.init("--json", *arguments, **changes)
        self.assertEqual(0, result.exit_code, result.output + repr(result.exception))
        return json.loads(result.stdout)

    def test_facts(self) -> None:
        """With --json one object says where everything is, and gives the admin's token."""
        facts = self.facts("--cluster", "xabcd", "--https-port", "9443", "--ssh-port", "9022")
        self.assertEqual(str(self.directory / "config.yml"), facts["config"])
        self.assertEqual(("localhost:9443", 9443, 9022), (facts["api_host"], facts["https_port"], facts["ssh_port"]))
        self.assertEqual(str(self.directory / "ca.pem"), facts["ca"])
        self.assertTrue(facts["ssh_host_key"].startswith("ssh-ed25519 "))
        token = parse_token(facts["admin_token"])
        self.assertTrue(token is not None and is_uuid(token.uuid or "", "api_client_authorizations"))
        self.assertEqual(7, len(facts))

    def test_cluster_works(self) -> None:
        """The configuration has no problems, it opens the data key, and the database has this version's schema."""
        config = read_config(self.facts()["config"])
        content = Path(config.arvgate.data_key_path).read_bytes()
        data_key = unwrap_data_key(content, config.system_root_token.value)
        engine = open_engine(config.arvgate.database_url)
        self.addCleanup(engine.dispose)
        check_schema(engine)
        url, now = config.arvgate.database_url, localtime()
        user, _ = create_first_admin(url, data_key, config.cluster_id, now, surroundings().randbelow, username="other")
        self.assertTrue(user["is_admin"])
        self.assertEqual("x", config.cluster_id[0])

    def test_environment_file(self) -> None:
        """The admin's settings are in a file that only the owner reads; its token is the one that was told."""
        facts = self.facts()
        file = self.directory / "env.sh"
        self.assertEqual(0o600, stat.S_IMODE(file.stat().st_mode))
        pairs = [line.removeprefix("export ").partition("=") for line in file.read_text().splitlines()]
        settings = read_settings({key: value for key, _, value in pairs})
        self.assertEqual((facts["admin_token"], facts["ca"]), (settings.token, settings.ca_file))

    def test_real_domain(self) -> None:
        """With a domain the API is the cluster's name in it."""
        facts = self.facts("--cluster", "xabcd", "--domain", "C.Example.org.", "--https-port", "443")
        self.assertEqual("xabcd.c.example.org", facts["api_host"])
        self.assertEqual(".c.example.org", read_config(facts["config"]).web_services.host_suffix)

    def test_unprivileged_doors(self) -> None:
        """Where the gateway is root, its doors run as another account, which may pass through the directories."""
        config = read_config(self.facts(is_root=True)["config"])
        self.assertEqual("nobody", config.arvgate.door_account)
        for path in (self.directory, self.directory / "state"):
            self.assertEqual(0o711, stat.S_IMODE(path.stat().st_mode))

    def test_closed_otherwise(self) -> None:
        """Else only the owner may enter the directories."""
        self.assertEqual("", read_config(self.facts()["config"]).arvgate.door_account)
        for path in (self.directory, self.directory / "state"):
            self.assertEqual(0o700, stat.S_IMODE(path.stat().st_mode))

    def test_never_overwrites(self) -> None:
        """A second time nothing is changed and one line says why."""
        self.facts()
        before = (self.directory / "config.yml").read_text()
        result = self.init()
        self.assertEqual((2, ""), (result.exit_code, result.stdout))
        self.assertEqual(f"arvgate: {self.directory} is not empty; nothing was changed.\n", result.stderr)
        self.assertEqual(before, (self.directory / "config.yml").read_text())

    def test_nothing_half_made(self) -> None:
        """If something cannot be made, nothing is left."""

        class Broken(Exception):
            """Randomness fails."""

        left = iter(range(150))

        def randbelow(below: int) -> int:
            if next(left, None) is None:
                raise Broken
            return 0

        result = self.init(randbelow=randbelow)
        self.assertIsInstance(result.exception, Broken)
        self.assertEqual([], [name for name in os.listdir(self.directory.parent) if self.directory.name in name])

    def new_database(self) -> str:
        """The URL of an empty database."""
        server = shared_server()
        name = server.new_database()
        self.addCleanup(server.drop, name)
        return server.url(name)

    def test_postgresql(self) -> None:
        """A database of PostgreSQL gets the records, and the configuration its URL; there is no file of SQLite."""
        url = self.new_database()
        config = read_config(self.facts("--database", url)["config"])
        self.assertEqual(url, config.arvgate.database_url)
        engine = open_engine(url)
        self.addCleanup(engine.dispose)
        check_schema(engine)
        self.assertEqual([], list((self.directory / "state").iterdir()))

    def test_database_in_use(self) -> None:
        """A database that holds records already is left alone, and no directory is made."""
        url = self.new_database()
        migrate(url)
        result = self.init("--database", url)
        self.assertEqual(2, result.exit_code)
        self.assertIn("holds records already", result.stderr)
        self.assertFalse(self.directory.exists())

    def test_password(self) -> None:
        """A password is taken from the environment only, and never repeated."""
        url = "postgresql://arvgate:hushhush@127.0.0.1:1/name"
        result = self.init("--database", url)
        self.assertEqual(2, result.exit_code)
        self.assertIn("ARVGATE_INIT_DATABASE", result.stderr)
        self.patch(os, "environ", {**os.environ, "ARVGATE_INIT_DATABASE": url})
        tried = self.init()
        self.assertEqual(5, tried.exit_code)
        self.assertIn("cannot be used now", tried.stderr)
        self.assertNotIn("hushhush", f"{result.output}{result.stderr}{tried.output}{tried.stderr}")

    def test_database_that_is_none(self) -> None:
        """A URL of another kind is refused and not repeated."""
        result = self.init("--database", "mysql://hushhush@host/name")
        self.assertEqual(2, result.exit_code)
        self.assertNotIn("hushhush", result.output + result.stderr)

    def test_usage(self) -> None:
        """Ports that are none, other engines, ids and domains that cannot be are refused before anything is made."""
        for arguments in (
            ("--https-port", "0"),
            ("--ssh-port", "70000"),
            ("--https-port", "22", "--ssh-port", "22"),
            ("--engine", "lxc"),
            ("--cluster", "X"),
            ("--domain", "localhost"),
        ):
            result = self.init(*arguments)
            self.assertEqual((2, ""), (result.exit_code, result.stdout), arguments)
            self.assertFalse(self.directory.exists())

    def test_engine_without_docker(self) -> None:
        """Where no Docker daemon answers, jobs are plain processes, and it says so."""
        result = self.init()
        self.assertEqual("process", read_config(str(self.directory / "config.yml")).arvgate.engine)
        self.assertIn("no Docker daemon answers at unix:///nonexistent/docker.sock", result.stdout)

    def test_engine_on_request(self) -> None:
        """Docker asked for where no daemon answers is refused with what to do; nothing is made."""
        result = self.init("--engine", "docker")
        self.assertEqual((5, ""), (result.exit_code, result.stdout))
        self.assertIn("No Docker daemon answers at unix:///nonexistent/docker.sock; start it", result.stderr)
        result = self.init("--engine", "docker", environ={"DOCKER_HOST": "tcp://host:2375"})
        self.assertEqual((2, ""), (result.exit_code, result.stdout))
        self.assertIn("unix:///PATH", result.stderr)
        self.assertFalse(self.directory.exists())

    def test_engine_with_docker(self) -> None:
        """Where a daemon answers, jobs run in Docker, and containers reach the API on its network's address."""
        daemon = shared_daemon()
        environ = {"DOCKER_HOST": daemon.host}
        result = self.init("--json", "--https-port", "9443", environ=environ)
        self.assertIn(f"jobs run in:  Docker at {daemon.host}", result.stderr)
        config = read_config(json.loads(result.stdout)["config"]).arvgate
        self.assertEqual(("docker", daemon.host), (config.engine, config.docker.host))
        listeners = [f"tcp:9443:interface={address}" for address in ("127.0.0.1", daemon.gateway)]
        self.assertEqual(listeners, list(config.listeners_https))

    def test_processes_though_docker(self) -> None:
        """Plain processes can be asked for where a daemon answers; with a real domain it listens on loopback only."""
        environ = {"DOCKER_HOST": shared_daemon().host}
        self.facts("--engine", "process", environ=environ)
        self.assertEqual("process", read_config(str(self.directory / "config.yml")).arvgate.engine)
        self.directory = Path(self.mktemp()).absolute()
        self.facts("--domain", "c.example.org", environ=environ)
        config = read_config(str(self.directory / "config.yml")).arvgate
        self.assertEqual(("docker", ("tcp:8443:interface=127.0.0.1",)), (config.engine, config.listeners_https))

    def test_explains(self) -> None:
        """Without --json it says how to go on, and shows no token."""
        result = self.init()
        self.assertIn(f"twistd -n arvgate --config {self.directory}/config.yml", result.stdout)
        self.assertNotIn("v2/", result.output)
