"""
The command C{arvgate}: its subcommands, and what they get from the process.

Not here: C{twistd arvgate} (L{arvgate.tap}) and C{arvgate-runner} (L{arvgate.cli.runner}).
"""

from __future__ import annotations

import os
import secrets
import threading
import webbrowser
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import click

from arvgate.cli.cancel import cancel
from arvgate.cli.config_check import config
from arvgate.cli.demo import demo
from arvgate.cli.failures import Commands
from arvgate.cli.get import get
from arvgate.cli.init import init
from arvgate.cli.logs import logs
from arvgate.cli.migrate import migrate
from arvgate.cli.open import open_app
from arvgate.cli.ports import ports
from arvgate.cli.ps import ps
from arvgate.cli.rotate_root_token import rotate_root_token
from arvgate.cli.run import run
from arvgate.cli.surroundings import Surroundings
from arvgate.cli.token import token
from arvgate.cli.user import user
from arvgate.cli.why import why

__all__ = ["arvgate", "main"]

_SETTINGS = {"auto_envvar_prefix": "ARVGATE", "help_option_names": ["-h", "--help"]}


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def _version() -> str:
    try:
        return version("arvgate")
    except PackageNotFoundError:
        return "from a source tree that is not installed"


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.version_option(_version(), prog_name="arvgate")
def arvgate() -> None:
    """
    Reach what runs on a cluster.

    Commands that speak to a cluster read ARVADOS_API_HOST, ARVADOS_API_TOKEN, ARVADOS_API_HOST_INSECURE and
    SSL_CERT_FILE, or ~/.config/arvados/settings.conf.  Each option has an environment twin: --vcpus of
    "arvgate run" is ARVGATE_RUN_VCPUS.
    """


for _command in (
    init,
    config,
    migrate,
    rotate_root_token,
    user,
    token,
    run,
    ps,
    ports,
    logs,
    get,
    cancel,
    open_app,
    why,
    demo,
):
    arvgate.add_command(_command)


def main() -> None:
    """Run the command of this process."""
    arvgate(
        obj=Surroundings(
            environ=os.environ,
            now=lambda: datetime.now(UTC),  # noqa: TID251 - this is where the clock comes in
            pause=_pause,
            randbelow=secrets.randbelow,
            open_browser=webbrowser.open,
            is_root=os.geteuid() == 0,
        )
    )


if __name__ == "__main__":
    main()
