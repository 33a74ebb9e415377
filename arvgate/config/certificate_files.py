"""
The certificates and keys that a configuration names, as they lie on this machine.

What makes them useless is a problem; what clients will dislike, now or soon, is a warning, since a gateway that does
not start would serve them no better.  Not here: other files (L{arvgate.config.files}).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from arvgate.config.certificate_facts import CertificateFacts, read_certificate
from arvgate.config.checks import Problem
from arvgate.config.model import Config, TLSConfig

__all__ = ["certificate_problems", "certificate_warnings"]

#: How long before its end a certificate is worth a warning.
_SOON: Final = timedelta(days=21)
#: Stands for any container's name where the wildcard's star is.
_ANY: Final = "xxxxx-dz642-xxxxxxxxxxxxxxx-8080-http"


class _Weak(Exception):
    """A certificate whose key is refused."""


def certificate_problems(config: Config) -> Iterator[Problem]:
    """What cannot be read, or does not belong together."""
    for where, pair in config.key_pairs.items():
        yield from _problems(where, pair)


def certificate_warnings(config: Config, now: datetime) -> Iterator[Problem]:
    """
    Certificates that are out of their time or will soon be, and host names of the cluster that none is good for.

    Of certificates that have problems nothing is said.
    """
    sound: list[CertificateFacts] = []
    for where, pair in config.key_pairs.items():
        if any(True for _ in _problems(where, pair)):
            continue
        facts = read_certificate(Path(pair.certificate_path).read_bytes())
        sound.append(facts)
        sentence = _out_of_time(facts, now)
        if sentence:
            yield f"{where}.Certificate", f"{pair.certificate_path} {sentence}"
    if not config.arvgate.listeners_https or len(sound) < len(config.key_pairs):
        return
    for where, shown, host in _hosts(config):
        if not any(one.is_good_for(host) for one in sound):
            yield where, f"no certificate is good for {shown}"


def _problems(where: str, pair: TLSConfig) -> Iterator[Problem]:
    found: list[bytes] = []
    for key, path, understand, otherwise in (
        ("Certificate", pair.certificate_path, _certified_key, "is not a certificate in PEM form"),
        ("Key", pair.key_path, _public_key, "is not an unencrypted private key in PEM form"),
    ):
        if not path:
            continue
        try:
            found.append(understand(Path(path).read_bytes()))
        except OSError as error:
            yield f"{where}.{key}", f"{path}: {(error.strerror or 'cannot be read').lower()}"
        except _Weak:
            yield f"{where}.{key}", f"{path} has an RSA key of fewer than 2048 bits"
        except (ValueError, TypeError):
            yield f"{where}.{key}", f"{path} {otherwise}"
    if len(set(found)) == 2:
        yield f"{where}.Key", f"{pair.key_path} is not the key of the certificate {pair.certificate_path}"


def _certified_key(data: bytes) -> bytes:
    facts = read_certificate(data)
    if facts.is_weak:
        raise _Weak
    return facts.public_key


def _public_key(data: bytes) -> bytes:
    key = load_pem_private_key(data, password=None).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _out_of_time(facts: CertificateFacts, now: datetime) -> str:
    """A sentence if the certificate is not, or will soon no longer be, accepted."""
    if now < facts.begins:
        return f"is not valid before {facts.begins:%Y-%m-%d}"
    if now > facts.ends:
        return f"has expired on {facts.ends:%Y-%m-%d}"
    return f"expires on {facts.ends:%Y-%m-%d}" if facts.ends - now < _SOON else ""


def _hosts(config: Config) -> Iterator[tuple[str, str, str]]:
    """Key, what a person calls it, and a name, for each kind of host name that clients use."""
    api = urlsplit(config.controller_url).hostname or ""
    if api:
        yield "Services.Controller.ExternalURL", api, api
    web = config.web_services
    key = "Services.ContainerWebServices.ExternalURL"
    if web.host_suffix:
        yield key, f"*{web.host_suffix}", _ANY + web.host_suffix
    elif web.host:
        yield key, web.host, web.host
