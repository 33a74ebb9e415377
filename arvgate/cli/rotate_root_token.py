"""
C{arvgate rotate-root-token}: another SystemRootToken, without an end to what runs.

Whenever it is stopped, the configuration that lies there works: the data key can be read with both tokens before the
configuration names the new one.  Not here: how containers of the time before are spoken to
(L{arvgate.policy.root_tokens}).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import attrs
import click

from arvgate.cli.arguments import json_option
from arvgate.cli.failures import database_faults
from arvgate.cli.output import echo_json
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.config.certificates import new_token
from arvgate.config.files import read_config_text
from arvgate.config.model import Config
from arvgate.config.replacing import back_up, replace_file
from arvgate.config.rotation import with_root_token
from arvgate.errors import ConfigInvalid, Invalid, NotReady
from arvgate.policy.root_tokens import RootTokens
from arvgate.records.data_key import wrap_data_key
from arvgate.records.database.engine import open_engine
from arvgate.records.database.migrate import check_schema
from arvgate.records.lock_roots import locked_otherwise

__all__ = ["Rotated", "rotate", "rotate_root_token"]

#: Characters of a new token.
_LENGTH = 64


@attrs.frozen
class Rotated:
    """
    What was done.

    @ivar config: the file that was changed; C{backup} a copy of it as it was.
    @ivar unreachable: containers that run and cannot be reached after the restart.
    """

    config: Path
    backup: Path
    unreachable: int


def rotate(file: Path, token: str, force: bool, randbelow: Callable[[int], int]) -> Rotated:
    """
    Change SystemRootToken.

    @param file: absolute path of the configuration.
    @param force: also if containers run that began before the last change.
    @param randbelow: as C{secrets.randbelow}.
    @raise NotReady: such containers run.
    @raise Invalid: the token cannot be one, or the file cannot be changed.
    @raise ArvgateError: configuration, data key or database are not in order.
    """
    from arvgate.service.database import read_data_key  # slow to import, and only needed here

    text = _text_of(file)
    present = read_config_text(text, str(file))
    if token == present.system_root_token.value:
        raise Invalid("That is the SystemRootToken already; nothing was changed.")
    changed, _ = with_root_token(text, str(file), token)
    data_key = read_data_key(present)
    lost = _lost(present)
    if lost and not force:
        raise NotReady(
            f"Containers that began before the last change of SystemRootToken could not be reached any more: {lost} "
            "run.  Wait for their end, cancel them, or use --force; nothing was changed."
        )
    wrapped = [wrap_data_key(data_key, one, randbelow) for one in (token, present.system_root_token.value)]
    replace_file(Path(present.arvgate.data_key_path), b"".join(wrapped))
    backup = back_up(file)
    replace_file(file, changed.encode())
    return Rotated(file, backup, lost)


def _text_of(file: Path) -> str:
    """The text with its line ends as they are."""
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigInvalid([f"{file}: {(error.strerror or 'cannot be read').lower()}"]) from None
    except UnicodeDecodeError:
        raise ConfigInvalid([f"{file}: not text in UTF-8"]) from None


def _lost(config: Config) -> int:
    with database_faults():
        engine = open_engine(config.arvgate.database_url)
        try:
            check_schema(engine)
            roots = RootTokens(config.system_root_token.value, config.arvgate.previous_system_root_token.value)
            return len(locked_otherwise(engine, roots))
        finally:
            engine.dispose()


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), required=True, help="Configuration file.")
@click.option("--from-file", "source", type=click.File(), help="Has the new token; - is stdin.  Default: a random one.")
@click.option("--force", is_flag=True, help="Also if containers run that began before the last change.")
@json_option
@pass_surroundings
def rotate_root_token(
    surroundings: Surroundings, file: Path, source: IO[str] | None, force: bool, as_json: bool
) -> None:
    """
    Give the cluster another SystemRootToken, which counts from the next start of the gateway on.

    Containers go on running and stay reachable.  The configuration keeps the former token for them, as
    Arvgate.PreviousSystemRootToken; for API clients it is none any more.
    """
    token = new_token(_LENGTH, surroundings.randbelow) if source is None else source.read().strip()
    done = rotate(file.absolute(), token, force, surroundings.randbelow)
    if as_json:
        echo_json({"config": str(done.config), "backup": str(done.backup), "unreachable": done.unreachable})
        return
    click.echo(f"SystemRootToken is another one in {done.config}; as it was before, it is in {done.backup}")
    click.echo("Restart the gateway now; until then it works with the former one.")
    click.echo("What runs keeps running.  API clients that used the former token need the new one after the restart.")
    if done.unreachable:
        click.echo(f"Containers that cannot be reached any more after it: {done.unreachable}")
