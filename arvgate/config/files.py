"""
The configuration as it lies on this machine: its file, and the files and accounts that it names.

Not here: what the text means (L{arvgate.config.loading}), and certificates (L{arvgate.config.certificate_files}).
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509

from arvgate.config.certificate_files import certificate_problems
from arvgate.config.checks import Problem
from arvgate.config.database import lacks_driver
from arvgate.config.loading import load_with_problems
from arvgate.config.model import Config
from arvgate.errors import ConfigInvalid

__all__ = ["check_surroundings", "read_config", "read_config_text", "read_text"]


def read_config(path: str) -> Config:
    """
    The configuration in the file C{path}.

    @raise ConfigInvalid: with every problem of its text and of the files and accounts that it names.
    """
    return read_config_text(*read_text(path))


def read_text(path: str) -> tuple[str, str]:
    """
    The text of a configuration file, and the file's absolute path.

    @raise ConfigInvalid: it cannot be read.
    """
    where = os.path.abspath(path)
    try:
        return Path(where).read_text(encoding="utf-8"), where
    except OSError as error:
        raise ConfigInvalid([f"{path}: {_reason(error)}"]) from None
    except UnicodeDecodeError:
        raise ConfigInvalid([f"{path}: not text in UTF-8"]) from None


def read_config_text(text: str, where: str) -> Config:
    """
    The configuration in a text that was read before.

    @param where: absolute path of the file it is from.
    @raise ConfigInvalid: with every problem of it and of the files and accounts that it names.
    """
    config, problems = load_with_problems(text, where)
    if config is not None:
        problems += [f"Clusters.{config.cluster_id}.{key}: {sentence}" for key, sentence in check_surroundings(config)]
    if config is None or problems:
        raise ConfigInvalid(problems)
    return config


def check_surroundings(config: Config) -> Iterator[Problem]:
    """The problems of the files and accounts that C{config} names, as pairs of key path and sentence."""
    yield from certificate_problems(config)
    arvgate = config.arvgate
    for key, path in (
        ("Arvgate.DataKey", arvgate.data_key_path),
        ("Arvgate.SSHHostKey", arvgate.ssh_host_key_path),
    ):
        if path:
            yield from _read(key, path, lambda _: None)
    if arvgate.ca_path:
        yield from _read("Arvgate.CA", arvgate.ca_path, _certificates)
    if lacks_driver(arvgate.database_url):
        yield "Arvgate.Database", "needs the Python package psycopg: pip install 'arvgate[postgresql]'"
    if arvgate.state_directory and not os.path.isdir(arvgate.state_directory):
        yield "Arvgate.StateDirectory", f"there is no directory {arvgate.state_directory}"
    for key, account in (
        ("Arvgate.DoorAccount", arvgate.door_account),
        ("Arvgate.Engines.Process.Account", arvgate.process_account),
    ):
        if account and not _has_account(account):
            yield key, f"this machine has no account {account}"


def _certificates(data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise ValueError("is not a certificate in PEM form") from None


def _read(key: str, path: str, understand: Callable[[bytes], list[x509.Certificate] | None]) -> Iterator[Problem]:
    try:
        understand(Path(path).read_bytes())
    except OSError as error:
        yield key, f"{path}: {_reason(error)}"
    except ValueError as error:
        yield key, f"{path} {error}"


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()
