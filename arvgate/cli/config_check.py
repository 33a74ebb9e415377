"""
C{arvgate config check}: every problem of a configuration at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from arvgate.cli.arguments import json_option
from arvgate.cli.output import echo_json, printable
from arvgate.config.files import read_config
from arvgate.errors import ConfigInvalid

__all__ = ["config"]


@click.group()
def config() -> None:
    """Look at configuration files."""


@config.command()
@json_option
@click.argument("file", type=click.Path())
@click.pass_context
def check(context: click.Context, as_json: bool, file: str) -> None:
    """Check the configuration FILE; exits with 2 if there is any problem."""
    problems: Sequence[str] = ()
    try:
        read_config(file)
    except ConfigInvalid as error:
        problems = error.problems
    if as_json:
        echo_json({"problems": list(problems)})
    for problem in () if as_json else problems:
        click.echo(printable(problem), err=True)
    if problems:
        context.exit(2)
