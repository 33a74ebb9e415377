"""
C{arvgate config check}: every problem of a configuration at once.
"""

from __future__ import annotations

import click

from arvgate.cli.arguments import json_option
from arvgate.cli.output import echo_json, printable
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.config.certificate_files import certificate_warnings
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
@pass_surroundings
def check(surroundings: Surroundings, context: click.Context, as_json: bool, file: str) -> None:
    """Check the configuration FILE; exits with 2 if there is any problem.  Warnings are no problems."""
    problems: list[str] = []
    warnings: list[str] = []
    try:
        found = read_config(file)
        at = f"Clusters.{found.cluster_id}"
        warnings += [f"{at}.{key}: {sentence}" for key, sentence in certificate_warnings(found, surroundings.now())]
    except ConfigInvalid as error:
        problems += error.problems
    if as_json:
        echo_json({"problems": problems, "warnings": warnings})
    else:
        for line in (*problems, *(f"warning: {warning}" for warning in warnings)):
            click.echo(printable(line), err=True)
    if problems:
        context.exit(2)
