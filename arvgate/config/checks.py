"""
What must be given in a configuration and what must fit together.

Each check is pure and yields pairs of key path (below C{Clusters.<id>}) and sentence.  Not here: types of
single values (L{arvgate.config.schema}) and the files and accounts named (L{arvgate.config.files}).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from arvgate.config.database import database_problem
from arvgate.config.model import ENGINES
from arvgate.config.schema import ClusterModel
from arvgate.config.values import is_loopback, parse_listener
from arvgate.policy.salting import SALTED_LENGTH

__all__ = ["RESERVED_NAMES", "Problem", "check_cluster"]

#: Key path below the cluster, and a sentence.
Problem = tuple[str, str]

#: First labels under a wildcard that never are a published port's name, besides the cluster id.
RESERVED_NAMES: Final = ("www", "api", "login", "ws", "webdav", "download", "collections")

_TOKEN_LENGTH: Final = 32

#: Sockets for external ports: a process often has no more than 1,024 descriptors.
_MOST_SOCKETS: Final = 900


def check_cluster(cluster_id: str, model: ClusterModel) -> Iterator[Problem]:
    """All problems of a cluster whose single values have the right types."""
    yield from _tokens(model)
    yield from _required(model)
    yield from _listeners(model)
    yield from _addresses(cluster_id, model)
    yield from _external_ports(model)
    yield from _database(model)
    if model.arvgate.engine not in ENGINES:
        yield "Arvgate.Engine", f"this version has no such engine; use {' or '.join(ENGINES)}"
    yield from _accounts(model)
    yield from _reach_of_jobs(model)


def _tokens(model: ClusterModel) -> Iterator[Problem]:
    if not model.system_root_token:
        yield "SystemRootToken", "missing; give at least 50 random letters and digits"
    for path, value in (
        ("SystemRootToken", model.system_root_token),
        ("ManagementToken", model.management_token),
        ("Users.AnonymousUserToken", model.users.anonymous_user_token),
        ("Arvgate.PreviousSystemRootToken", model.arvgate.previous_system_root_token),
    ):
        if value and not (value.isascii() and value.isalnum() and len(value) >= _TOKEN_LENGTH):
            yield path, f"must be at least {_TOKEN_LENGTH} letters and digits, nothing else"
    if model.system_root_token and model.system_root_token == model.arvgate.previous_system_root_token:
        yield "Arvgate.PreviousSystemRootToken", "must be another one than SystemRootToken"
    if len(model.users.anonymous_user_token) == SALTED_LENGTH:
        yield "Users.AnonymousUserToken", f"must not have {SALTED_LENGTH} characters, by which salted tokens are known"


def _required(model: ClusterModel) -> Iterator[Problem]:
    for path, value, what in (
        ("Services.Controller.ExternalURL", model.services.controller.external_url, "the API's address"),
        (
            "Arvgate.StateDirectory",
            model.arvgate.state_directory,
            "the directory for database, sockets and logs",
        ),
        ("Arvgate.DataKey", model.arvgate.data_key, "the path of the data key, which arvgate init makes"),
        ("Arvgate.Node.Address", model.arvgate.node.address, "the address by which this machine is reached"),
    ):
        if not value:
            yield path, f"missing; give {what}"


def _listeners(model: ClusterModel) -> Iterator[Problem]:
    """What listens, and the certificates for it; without TLS only a proxy in front is served."""
    arvgate = model.arvgate
    if not arvgate.listeners.https and not arvgate.listeners.http:
        yield "Arvgate.Listeners.HTTPS", "missing; give at least one, such as tcp:443"
    elif not arvgate.listeners.https and not arvgate.trusted_proxies:
        yield (
            "Arvgate.TrustedProxies",
            "missing; without Listeners.HTTPS give the address of the proxy that speaks TLS",
        )
    pairs: list[tuple[str, str, str]] = [
        (f"Arvgate.Certificates[{place}]", one.certificate, one.key) for place, one in enumerate(arvgate.certificates)
    ]
    only_plain = arvgate.listeners.http and not arvgate.listeners.https
    if not only_plain or pairs or model.tls.certificate or model.tls.key:
        pairs.insert(0, ("TLS", model.tls.certificate, model.tls.key))
    for where, certificate, key in pairs:
        if not certificate:
            yield f"{where}.Certificate", "missing; give the path of the certificate chain"
        if not key:
            yield f"{where}.Key", "missing; give the path of the certificate's key"


def _addresses(cluster_id: str, model: ClusterModel) -> Iterator[Problem]:
    controller = urlsplit(model.services.controller.external_url).hostname or ""
    if controller.startswith("*"):
        yield "Services.Controller.ExternalURL", "the API needs one host name, no wildcard"
    web = model.services.web_services
    key = "Services.ContainerWebServices"
    host = urlsplit(web.external_url).hostname or ""
    has_range = bool(web.port_min or web.port_max)
    if host.startswith("*"):
        if has_range:
            yield f"{key}.ExternalPortMin", "a range of ports and a wildcard ExternalURL exclude each other"
        yield from _under_wildcard(cluster_id, controller, host)
        return
    if has_range and not host:
        yield f"{key}.ExternalURL", "missing; a range of ports needs the host name they are on"
    if has_range and not 1 <= web.port_min <= web.port_max:
        yield f"{key}.ExternalPortMax", "must be at least ExternalPortMin, and both at least 1"
    if host and not has_range:
        yield f"{key}.ExternalURL", "without a wildcard, ExternalPortMin and ExternalPortMax are needed"
    if host and host == controller:
        yield (
            f"{key}.ExternalURL",
            "must not be the API's own host name: apps on its ports would share cookies with the API",
        )


def _external_ports(model: ClusterModel) -> Iterator[Problem]:
    """Each is listened on, at every address of HTTPS."""
    web, arvgate = model.services.web_services, model.arvgate
    ports = range(web.port_min, web.port_max + 1) if web.port_min else range(0)
    key = "Services.ContainerWebServices.ExternalPortMax"
    hosts = {parse_listener(description).host for description in arvgate.listeners.https}
    if len(ports) * len(hosts) > _MOST_SOCKETS:
        yield key, f"too many ports; {_MOST_SOCKETS // len(hosts)} can be listened on"
    others = {parse_listener(description).port: "Arvgate.Listeners.SSH" for description in arvgate.listeners.ssh}
    others[arvgate.node.port] = "Arvgate.Node.Port"
    for port, name in others.items():
        if port in ports:
            yield key, f"port {port} is that of {name}"


def _under_wildcard(cluster_id: str, controller: str, wildcard: str) -> Iterator[Problem]:
    suffix = wildcard[1:]
    key = "Services.ContainerWebServices.ExternalURL"
    if not suffix:
        yield key, "a domain must follow the star"
        return
    label = controller.removesuffix(suffix)
    if label != controller and "." not in label and label not in (cluster_id, *RESERVED_NAMES):
        yield (
            "Services.Controller.ExternalURL",
            f"under the wildcard {wildcard} the API must be called {cluster_id}, api or www, "
            "since any other name may be a container's",
        )


def _database(model: ClusterModel) -> Iterator[Problem]:
    problem = database_problem(model.arvgate.database) if model.arvgate.database else ""
    if problem:
        yield "Arvgate.Database", problem


def _accounts(model: ClusterModel) -> Iterator[Problem]:
    """Jobs must not be able to speak as a door does: the private sockets belong to the doors' account."""
    jobs = model.arvgate.engines.process.account
    if jobs and jobs == model.arvgate.door_account:
        yield "Arvgate.Engines.Process.Account", f"{jobs} is the doors' account; jobs need one of their own"


def _reach_of_jobs(model: ClusterModel) -> Iterator[Problem]:
    """Jobs that run as the gateway's own account must not be within reach of other machines."""
    arvgate = model.arvgate
    if arvgate.engine != "process" or arvgate.engines.process.account:
        return
    why = "is not loopback, which the process engine needs unless Arvgate.Engines.Process.Account is set"
    listeners = arvgate.listeners
    for name, descriptions in (("HTTPS", listeners.https), ("HTTP", listeners.http), ("SSH", listeners.ssh)):
        for description in descriptions:
            address = parse_listener(description)
            if not is_loopback(address.host):
                yield f"Arvgate.Listeners.{name}", f"{description} {why}"
    if arvgate.node.address and not is_loopback(arvgate.node.address):
        yield "Arvgate.Node.Address", f"{arvgate.node.address} {why}"
