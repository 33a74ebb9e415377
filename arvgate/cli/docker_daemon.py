"""
The Docker daemon of this machine: whether one answers, and where containers reach this machine.

Blocking.  Not here: what is run on it (L{arvgate.runner}) and images for it (L{arvgate.cli.interpreter_image}).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Final

import attrs

from arvgate.config.model import DockerConfig
from arvgate.errors import ArvgateError, EngineFailed, Invalid, NotReady

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["DockerDaemon", "docker_client", "docker_host", "find_daemon", "reach_daemon"]

_SCHEME: Final = "unix://"
_SECONDS: Final = 10.0


@attrs.frozen
class DockerDaemon:
    """
    A daemon that answered.

    @ivar host: its address, C{unix:///PATH}.
    @ivar gateway: the address that this machine has on its default network; empty: it has none.
    """

    host: str
    gateway: str


def docker_host(environ: Mapping[str, str]) -> str:
    """The address of the daemon to use: DOCKER_HOST's, else the usual one."""
    return environ.get("DOCKER_HOST") or DockerConfig().host


def find_daemon(environ: Mapping[str, str]) -> DockerDaemon | None:
    """The daemon of this machine, if one answers that the gateway can use."""
    try:
        return reach_daemon(environ)
    except ArvgateError:
        return None


def reach_daemon(environ: Mapping[str, str]) -> DockerDaemon:
    """
    The daemon of this machine.

    @raise NotReady: none answers, or not to this account.
    @raise Invalid: DOCKER_HOST names one of another machine.
    """
    host = docker_host(environ)
    if not host.startswith(f"{_SCHEME}/"):
        raise Invalid(f"DOCKER_HOST is {host}, but only a daemon of this machine can be used: unix:///PATH.")
    try:
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as stream:
            stream.settimeout(_SECONDS)
            stream.connect(host.removeprefix(_SCHEME))
    except PermissionError:
        raise NotReady(f"This account may not use the Docker daemon at {host}; add it to the group docker.") from None
    except OSError as error:
        raise _no_answer(host, str(error)) from None
    try:
        with docker_client(host) as client:
            return DockerDaemon(host, _gateway(client))
    except EngineFailed as error:
        raise _no_answer(host, error.detail) from None


@contextmanager
def docker_client(host: str) -> Iterator[DockerClient]:
    """
    A client of the daemon at C{host} for a few calls.

    @raise EngineFailed: one of them, or the daemon, failed.
    """
    # Imported here, since other commands do without and it takes its time.
    from docker import DockerClient
    from docker.errors import DockerException
    from requests import RequestException

    try:
        with closing(DockerClient(host, timeout=int(_SECONDS))) as client:
            yield client
    except (DockerException, RequestException) as error:
        raise EngineFailed(f"The Docker daemon at {host} does not do what it is asked.", detail=str(error)) from None


def _no_answer(host: str, detail: str) -> NotReady:
    sentence = f"No Docker daemon answers at {host}; start it, or name another by DOCKER_HOST, or use plain processes."
    return NotReady(sentence, detail=detail)


def _gateway(client: DockerClient) -> str:
    """The IPv4 address of this machine on the daemon's default network."""
    client.ping()
    for network in client.networks.list(names=["bridge"]):
        settings: Any = network.attrs.get("IPAM", {}).get("Config") or []
        for entry in settings:
            address = str(entry.get("Gateway", ""))
            if network.name == "bridge" and _is_ipv4(address):
                return address
    return ""


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
