"""
C{arvgate get}: the output of a container that has ended.

Not here: where the output is kept (L{arvgate.runner.output}) and for how long (L{arvgate.dispatch.outputs}).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs
import click
from click.exceptions import Exit

from arvgate.cli.arguments import RunUuidType, json_option
from arvgate.cli.client import ApiClient, Reply
from arvgate.cli.downloading import copy_to, download, refuse_existing
from arvgate.cli.lookup import request_for
from arvgate.cli.output import echo_json, echo_table, printable
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.cli.unpacking import unpack
from arvgate.errors import Invalid, NotReady

__all__ = ["get"]


@attrs.frozen
class _Wanted:
    """
    What is to be had.

    @ivar base: the whole output, in the API; C{path} below it, without slashes at its ends.
    @ivar place: where it is to go; empty: the current directory.
    """

    client: ApiClient
    base: str
    path: str
    place: str
    force: bool

    @property
    def whole(self) -> str:
        """The path in the API."""
        return f"{self.base}/{self.path}" if self.path else self.base

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.rpartition("/")[2]


@click.command()
@click.option("-o", "--output", "place", default="", help="Directory to unpack into, or file to write; - is stdout.")
@click.option("--tar", "as_tar", is_flag=True, help="Write a directory as a tar file, to -o FILE or stdout.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option("--list", "listing", is_flag=True, help="List what is there, and get nothing.")
@click.option("--remove", is_flag=True, help="Remove the whole output from the cluster.")
@json_option
@click.argument("uuid", type=RunUuidType())
@click.argument("path", default="")
@pass_surroundings
def get(
    surroundings: Surroundings,
    place: str,
    as_tar: bool,
    force: bool,
    listing: bool,
    remove: bool,
    as_json: bool,
    uuid: str,
    path: str,
) -> None:
    """
    Get the output of the container or container request UUID, or only PATH in it.

    A directory is unpacked into the current directory, a file is written there.  An interrupted download of a file goes
    on where it was.
    """
    if as_json and not (listing or remove):
        raise click.UsageError("--json goes with --list or --remove.")
    client = ApiClient(read_settings(surroundings.environ))
    wanted = _Wanted(client, _output_of(client, uuid), _plain(path), place, force)
    if remove:
        _remove(wanted, as_json)
    elif listing:
        _list(wanted, as_json)
    else:
        _get(wanted, as_tar)


def _output_of(client: ApiClient, uuid: str) -> str:
    request = request_for(client, uuid)
    container = request.get("container_uuid")
    if not container:
        raise NotReady(f"{uuid} has no container yet.")
    return f"container_requests/{request['uuid']}/output/{container}"


def _plain(path: str) -> str:
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names:
        raise click.UsageError("PATH must not have .. in it.")
    return "/".join(names)


def _remove(wanted: _Wanted, as_json: bool) -> None:
    if wanted.path:
        raise click.UsageError("--remove is for the whole output; leave PATH away.")
    answer = wanted.client.delete(wanted.base)
    if as_json:
        echo_json(answer)


def _list(wanted: _Wanted, as_json: bool) -> None:
    items = list(_items(wanted))
    if as_json:
        echo_json(items)
        return
    rows = [(item["type"], "" if item["size"] is None else str(item["size"]), item["name"]) for item in items]
    echo_table(("TYPE", "SIZE", "NAME"), rows)


def _items(wanted: _Wanted) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    while True:
        page = wanted.client.get(wanted.whole, list="1", **after)
        yield from page["items"]
        if not page["next"]:
            return
        after = {"after": page["next"]}


def _get(wanted: _Wanted, as_tar: bool) -> None:
    head = wanted.client.head(wanted.whole)
    kind = next((value for name, value in head.headers if name.lower() == "content-type"), "")
    if kind != "application/x-tar":
        if as_tar:
            raise Invalid(f"{wanted.path} is a file; --tar is for directories.")
        _get_file(wanted, head)
    elif as_tar:
        with _sink(wanted) as sink:
            copy_to(wanted.client, wanted.whole, sink, wanted.name or "output")
    else:
        _unpack(wanted)


def _get_file(wanted: _Wanted, head: Reply) -> None:
    if wanted.place == "-":
        copy_to(wanted.client, wanted.whole, sys.stdout.buffer, wanted.name)
        return
    target = Path(wanted.place or wanted.name)
    if wanted.place.endswith("/") or target.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        target /= wanted.name
    download(wanted.client, wanted.whole, head, target, wanted.force)


def _unpack(wanted: _Wanted) -> None:
    if wanted.place == "-":
        raise click.UsageError("A directory goes to stdout only with --tar.")
    left_out = unpack(wanted.client, wanted.whole, Path(wanted.place or "."), wanted.force, wanted.name or "output")
    for sentence in left_out:
        click.echo(f"arvgate: {printable(sentence)}", err=True)
    if left_out:
        raise Exit(1)


@contextmanager
def _sink(wanted: _Wanted) -> Iterator[IO[bytes]]:
    """Where a tar file goes; a file is there only when it is whole."""
    if wanted.place in ("", "-"):
        if sys.stdout.isatty():
            raise click.UsageError("A tar file is not for a terminal; use -o FILE or a pipe.")
        yield sys.stdout.buffer
        return
    target = Path(wanted.place)
    refuse_existing(target, wanted.force)
    part = target.with_name(f"{target.name}.part")
    try:
        with open(part, "wb") as file:
            yield file
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
