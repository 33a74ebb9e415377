"""
The directory of a new cluster: configuration, authority, certificate, keys.

It is made under another name beside its place and renamed when it is complete, so that there never is half a cluster.
Not here: data key and database, which whoever composes this adds before the renaming (L{arvgate.cli.init}).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Final

import attrs

from arvgate.config.certificates import (
    Issued,
    certificate_names,
    new_ca,
    new_server_certificate,
    new_ssh_host_key,
    new_token,
)
from arvgate.config.database import database_problem, lacks_driver
from arvgate.config.model import ENGINES, DockerConfig
from arvgate.errors import Invalid
from arvgate.model.ids import is_cluster_id, random_base36

__all__ = [
    "Files",
    "NewCluster",
    "environment_lines",
    "random_cluster_id",
    "staged_directory",
    "write_cluster",
    "write_secret",
]

_TOKEN_LENGTH: Final = 64
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+\Z")


@attrs.frozen
class NewCluster:
    """
    What a new cluster is to be like.

    @ivar domain: web apps are one label below it; under C{localhost} the API is C{localhost} itself, else
        C{<id>.<domain>}.
    @ivar door_account: account of the doors; empty: that of the gateway.
    @ivar workers: door processes.
    @ivar docker_host: address of the daemon for the Docker engine.
    @ivar docker_gateway: the address that this machine has on the daemon's default network; empty: none.
    @ivar database: the URL of a database on a server; empty: a file of SQLite in the directory.
    """

    cluster_id: str
    domain: str
    https_port: int
    ssh_port: int
    engine: str = "process"
    door_account: str = ""
    workers: int = 1
    docker_host: str = DockerConfig().host
    docker_gateway: str = ""
    database: str = attrs.field(default="", repr=False)

    @property
    def api_host(self) -> str:
        """C{host[:port]} of the API."""
        host = "localhost" if self._is_local else f"{self.cluster_id}.{self.domain}"
        return self._with_port(host)

    @property
    def web_host(self) -> str:
        """C{*.domain[:port]} of the web apps."""
        return self._with_port(f"*.{self.domain}")

    @property
    def https_addresses(self) -> Sequence[str]:
        """Where the HTTPS door listens: for this machine, and for containers that know it by no other name."""
        reached_by_containers = self.engine == "docker" and self._is_local and self.docker_gateway
        return ["127.0.0.1", *([self.docker_gateway] if reached_by_containers else [])]

    @property
    def _is_local(self) -> bool:
        return self.domain.endswith(".localhost")

    def _with_port(self, host: str) -> str:
        return host if self.https_port == 443 else f"{host}:{self.https_port}"

    def check(self) -> None:
        """
        Look for what cannot work.

        @raise Invalid: with every problem.
        """
        problems = list(self._problems())
        if problems:
            raise Invalid(*problems)

    def _problems(self) -> Iterator[str]:
        if not is_cluster_id(self.cluster_id):
            yield f"The cluster id {self.cluster_id} is not five characters of a-z and 0-9."
        if not _DOMAIN.match(self.domain) or len(self.domain) > 200:
            yield (
                f"The domain {self.domain} is not usable: browsers accept certificates only for names below "
                "a domain of at least two labels, such as demo.localhost or containers.example.org."
            )
        if not (1 <= self.https_port <= 65535 and 1 <= self.ssh_port <= 65535):
            yield "Ports must be from 1 to 65535."
        elif self.https_port == self.ssh_port:
            yield "The HTTPS port and the SSH port must differ."
        if self.engine not in ENGINES:
            yield f"This version has no engine {self.engine}; use {' or '.join(ENGINES)}."
        if self.database and database_problem(self.database):
            yield f"The URL of the database {database_problem(self.database)}."
        elif lacks_driver(self.database):
            yield "PostgreSQL needs the Python package psycopg: pip install 'arvgate[postgresql]'."


@attrs.frozen
class Files:
    """Where a cluster's files are below its directory."""

    directory: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.directory / "config.yml"

    @property
    def ca(self) -> Path:
        """The authority's certificate, for clients."""
        return self.directory / "ca.pem"

    @property
    def data_key(self) -> Path:
        """The data key, wrapped under SystemRootToken."""
        return self.directory / "data-key.json"

    @property
    def ssh_host_key(self) -> Path:
        """The SSH host key; its public half has C{.pub} behind it."""
        return self.directory / "ssh_host_key"

    @property
    def state(self) -> Path:
        """What changes while the gateway runs."""
        return self.directory / "state"

    @property
    def environment(self) -> Path:
        """Shell commands that make the admin's settings."""
        return self.directory / "env.sh"

    @property
    def database_url(self) -> str:
        """The URL of the SQLite database in this directory."""
        return f"sqlite:///{self.state / 'arvgate.db'}"


def random_cluster_id(first: str, randbelow: Callable[[int], int]) -> str:
    """A cluster id that begins with C{first}: C{x} for private clusters, C{z} for tests (reference A)."""
    return first + random_base36(4, randbelow)


@contextmanager
def staged_directory(directory: Path, mode: int) -> Iterator[Path]:
    """
    A directory to fill, which becomes C{directory} at the end of the block and is removed if the block fails.

    @param directory: absolute; must not exist, or be empty.
    @param mode: its permissions.
    @raise Invalid: there is something, or the file system refuses.
    """
    if "?" in str(directory):
        raise Invalid(f"{directory}: a path with a question mark cannot hold a database.")
    try:
        if directory.exists() and any(directory.iterdir()):
            raise Invalid(f"{directory} is not empty; nothing was changed.")
        staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    except OSError as error:
        raise _refused(directory, error) from None
    try:
        yield staging
        staging.chmod(mode)
        staging.rename(directory)
    except OSError as error:
        raise _refused(directory, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_cluster(
    files: Files, place: Files, cluster: NewCluster, now: datetime, randbelow: Callable[[int], int]
) -> tuple[str, str]:
    """
    Write all files of a cluster but data key, database and environment.

    @param files: where they are written now.
    @param place: where they will be.
    @return: SystemRootToken, and the public SSH host key as one line.
    """
    cluster.check()
    ca = new_ca(f"arvgate {cluster.cluster_id} CA", now)
    names = certificate_names(cluster.cluster_id, cluster.domain)
    server = new_server_certificate(ca, names, now)
    host_key = new_ssh_host_key(f"arvgate-{cluster.cluster_id}")
    root_token, management_token = (new_token(_TOKEN_LENGTH, randbelow) for _ in range(2))
    _write_pair(files.directory, "ca", ca)
    _write_pair(files.directory, "server", server)
    write_secret(files.ssh_host_key, host_key.private)
    write_secret(files.ssh_host_key.with_suffix(".pub"), host_key.public.encode() + b"\n", 0o644)
    text = _config_text(cluster, place, root_token, management_token)
    write_secret(files.config, text.encode())
    files.state.mkdir(mode=0o700)
    return root_token, host_key.public


def environment_lines(api_host: str, token: str, ca: Path) -> Sequence[str]:
    """The shell commands by which clients of this machine reach the cluster as the token's user."""
    values = {"ARVADOS_API_HOST": api_host, "ARVADOS_API_TOKEN": token, "SSL_CERT_FILE": str(ca)}
    return ["unset ARVADOS_API_HOST_INSECURE", *(f"export {k}={shlex.quote(v)}" for k, v in values.items())]


def write_secret(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a new file; it never has wider permissions than C{mode}, and never replaces another."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)


def _write_pair(directory: Path, name: str, issued: Issued) -> None:
    write_secret(directory / f"{name}.pem", issued.certificate_pem, 0o644)
    write_secret(directory / f"{name}.key", issued.key_pem)


def _refused(directory: Path, error: OSError) -> Invalid:
    return Invalid(f"{directory}: {(error.strerror or 'cannot be made').lower()}; nothing was changed.")


def _quoted(text: str) -> str:
    """C{text} as a YAML string."""
    return json.dumps(text, ensure_ascii=False)


def _config_text(cluster: NewCluster, place: Files, root_token: str, management_token: str) -> str:
    return _CONFIG.substitute(
        id=cluster.cluster_id,
        root_token=root_token,
        management_token=management_token,
        controller=_quoted(f"https://{cluster.api_host}/"),
        web=_quoted(f"https://{cluster.web_host}/"),
        certificate=_quoted(str(place.directory / "server.pem")),
        key=_quoted(str(place.directory / "server.key")),
        state=_quoted(str(place.state)),
        database=_quoted(cluster.database or place.database_url),
        data_key=_quoted(str(place.data_key)),
        ca=_quoted(str(place.ca)),
        ssh_host_key=_quoted(str(place.ssh_host_key)),
        workers=cluster.workers,
        door_account=_quoted(cluster.door_account),
        https=", ".join(f'"tcp:{cluster.https_port}:interface={address}"' for address in cluster.https_addresses),
        ssh=f'"tcp:{cluster.ssh_port}:interface=127.0.0.1"',
        engine=cluster.engine,
        docker_host=_quoted(cluster.docker_host),
    )


_CONFIG: Final = Template("""\
# Configuration of the arvgate cluster $id.  Check changes with: arvgate config check FILE
# This file holds secrets: keep it readable by its owner alone.
Clusters:
  $id:
    # The cluster's own power: whoever has it may do everything.  It also wraps the data key.
    SystemRootToken: "$root_token"
    # For health checks and metrics.
    ManagementToken: "$management_token"

    Services:
      Controller:
        # The API, as people and programs reach it.
        ExternalURL: $controller
      ContainerWebServices:
        # Web apps: https://<uuid>-<port>-http.<domain>/
        ExternalURL: $web

    TLS:
      Certificate: $certificate
      Key: $key

    Containers:
      # Who may open a shell in a container that they may enter at all.
      ShellAccess: {Admin: true, User: true}

    Arvgate:
      StateDirectory: $state
      Database: $database
      DataKey: $data_key
      # Clients and containers check the gateway by this authority.
      CA: $ca
      SSHHostKey: $ssh_host_key

      # Processes that serve clients; 0 puts everything into one process.
      Workers: $workers
      # Account that they run as; empty: the gateway's own.
      DoorAccount: $door_account

      Listeners:
        # Only this machine and its containers reach these: an address other than 127.0.0.1 is that of
        # Docker's default network.  For others, leave out interface=127.0.0.1; with the process engine
        # that needs Engines.Process.Account as well.
        HTTPS: [$https]
        # Kept for the SSH door, which this version does not have.
        SSH: [$ssh]

      # How containers are run: docker, or process: plain processes, for one user's machine.
      Engine: $engine
      Engines:
        Process:
          # A separate account for the jobs; without one, only admins may run any.
          Account: ""
        Docker:
          # The daemon on this machine.
          Host: $docker_host
          # Whether images that the daemon does not have are pulled, and with which credentials: a file
          # as "docker login" writes it.
          Pull: false
          RegistryConfig: ""
          # Directories of this machine that requests may mount (kind arvgate_host):
          # [{Path: /data, Writable: false}]
          HostDirectories: []

      Node:
        # How the doors reach the runners of this machine.
        Address: 127.0.0.1
""")
