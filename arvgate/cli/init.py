"""
C{arvgate init}: everything that a new cluster needs, in one directory.

Here configuration and records meet.  Not here: what is in the files (L{arvgate.config.initial}) and in the database
(L{arvgate.records.setup}).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import click
from click.core import ParameterSource

from arvgate.cli.arguments import json_option
from arvgate.cli.docker_daemon import DockerDaemon, docker_host, find_daemon, reach_daemon
from arvgate.cli.failures import database_faults
from arvgate.cli.output import echo_json
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.config.database import holds_password
from arvgate.config.initial import (
    Files,
    NewCluster,
    environment_lines,
    random_cluster_id,
    staged_directory,
    write_cluster,
    write_secret,
)
from arvgate.config.model import ENGINES
from arvgate.records.data_key import new_data_key, wrap_data_key
from arvgate.records.setup import create_database, create_first_admin

__all__ = ["Created", "create_cluster", "init", "on_engine"]

#: What doors run as where the gateway may choose.
_UNPRIVILEGED: Final = "nobody"
_PORT: Final = click.IntRange(1, 65535)


@attrs.frozen
class Created:
    """
    A cluster that was just made.

    @ivar admin_token: v2 text.
    @ivar ssh_host_key: the public key, one line.
    """

    files: Files
    cluster: NewCluster
    admin_token: str = attrs.field(repr=False)
    ssh_host_key: str


def create_cluster(directory: Path, cluster: NewCluster, surroundings: Surroundings) -> Created:
    """
    Make a cluster in C{directory}, whole or not at all.

    @raise Invalid: the directory is not empty or cannot be made, or C{cluster} cannot work.
    """
    place = Files(directory)
    now, randbelow = surroundings.now(), surroundings.randbelow
    cluster.check()
    # Another account must be able to go through, though not to look around.
    mode = 0o711 if cluster.door_account else 0o700
    with staged_directory(directory, mode) as staging, database_faults():
        files = Files(staging)
        root_token, ssh_host_key = write_cluster(files, place, cluster, now, randbelow)
        files.state.chmod(mode)
        data_key = new_data_key(randbelow)
        write_secret(files.data_key, wrap_data_key(data_key, root_token, randbelow))
        url = cluster.database or files.database_url
        create_database(url, data_key, cluster.cluster_id, now, randbelow, empty=True)
        _, admin_token = create_first_admin(url, data_key, cluster.cluster_id, now, randbelow)
        lines = environment_lines(cluster.api_host, admin_token, place.ca)
        write_secret(files.environment, "".join(f"{line}\n" for line in lines).encode())
    return Created(place, cluster, admin_token, ssh_host_key)


def on_engine(daemon: DockerDaemon | None) -> Mapping[str, Any]:
    """What a L{NewCluster} is told to run its containers on C{daemon}, or without one as processes."""
    if daemon is None:
        return {"engine": "process"}
    return {"engine": "docker", "docker_host": daemon.host, "docker_gateway": daemon.gateway}


@click.command()
@click.option("--cluster", "cluster_id", default="", help="Five characters of a-z and 0-9.  Default: random, x….")
@click.option("--domain", default="", help="Web apps get names below it.  Default: <cluster>.localhost.")
@click.option("--https-port", type=_PORT, default=8443, show_default=True, help="Of the HTTPS door.")
@click.option("--ssh-port", type=_PORT, default=2222, show_default=True, help="Of the SSH door.")
@click.option(
    "--engine", type=click.Choice(ENGINES), help="Runs jobs.  Default: docker if a daemon answers, else process."
)
@click.option(
    "--database",
    default="",
    help="postgresql://USER@HOST/NAME, which must be empty.  One with a password belongs into the environment, as "
    "ARVGATE_INIT_DATABASE.  Default: a file of SQLite.",
)
@json_option
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_context
@pass_surroundings
def init(
    surroundings: Surroundings,
    context: click.Context,
    cluster_id: str,
    domain: str,
    https_port: int,
    ssh_port: int,
    engine: str | None,
    database: str,
    as_json: bool,
    directory: Path,
) -> None:
    """
    Make a new cluster in DIRECTORY, which must not exist or be empty.

    With a domain below localhost the API is localhost:PORT, else it is <cluster>.<domain>:PORT.
    The Docker daemon is that of DOCKER_HOST, or of /var/run/docker.sock.
    """
    if holds_password(database) and context.get_parameter_source("database") is ParameterSource.COMMANDLINE:
        raise click.UsageError("Others can read what a command is given: put the URL into ARVGATE_INIT_DATABASE.")
    environ = surroundings.environ
    daemon = None if engine == "process" else find_daemon(environ) if engine is None else reach_daemon(environ)
    chosen = cluster_id or random_cluster_id("x", surroundings.randbelow)
    cluster = NewCluster(
        cluster_id=chosen,
        domain=domain.lower().rstrip(".") or f"{chosen}.localhost",
        https_port=https_port,
        ssh_port=ssh_port,
        door_account=_UNPRIVILEGED if surroundings.is_root else "",
        database=database,
        **on_engine(daemon),
    )
    created = create_cluster(directory.absolute(), cluster, surroundings)
    runs_on = f"Docker at {daemon.host}" if daemon else _no_docker(engine, environ)
    if as_json:
        click.echo(f"jobs run in:  {runs_on}", err=True)
        echo_json(_facts(created))
    else:
        _explain(created, runs_on)


def _facts(created: Created) -> dict[str, object]:
    return {
        "config": str(created.files.config),
        "api_host": created.cluster.api_host,
        "https_port": created.cluster.https_port,
        "ssh_port": created.cluster.ssh_port,
        "ca": str(created.files.ca),
        "admin_token": created.admin_token,
        "ssh_host_key": created.ssh_host_key,
    }


def _no_docker(engine: str | None, environ: Mapping[str, str]) -> str:
    return "plain processes" if engine else f"plain processes, since no Docker daemon answers at {docker_host(environ)}"


def _explain(created: Created, runs_on: str) -> None:
    files = created.files
    click.echo(f"The cluster {created.cluster.cluster_id} is in {files.directory}")
    click.echo(f"start it:          twistd -n arvgate --config {files.config}")
    click.echo(f"be its admin:      . {files.environment}")
    click.echo(f"its API:           {created.cluster.api_host}")
    click.echo(f"authority to trust:  {files.ca}")
    click.echo(f"jobs run in:       {runs_on}")
