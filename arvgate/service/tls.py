"""
The TLS side of a door: one context from PEM texts, which shows each client the certificate for the name it asks for.

Tickets by which clients resume sessions belong to one context in one process: the standard library can neither set nor
share their keys, so that whoever comes to another door shakes hands anew.  It loads a certificate only from a file, so
the texts pass through one in memory that has no name.  Not here: where the texts come from.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence

from arvgate.config.certificate_facts import CertificateFacts, read_certificate
from arvgate.errors import ConfigInvalid
from arvgate.service.settings import KeyPair
from arvgate.wire.certificate_names import choose

__all__ = ["server_context"]

#: Suites of TLS 1.2: ephemeral keys and authenticated encryption, nothing else; those of 1.3 are all so.  At this
#: level OpenSSL takes no signature by SHA-1 and no RSA key below 2048 bits.
_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=2"
)

#: Places in the list of pairs that one context shows together, each with another kind of key.
_Group = tuple[int, ...]


def server_context(pairs: Sequence[KeyPair]) -> ssl.SSLContext:
    """
    A context for the HTTPS door: TLS 1.2 and later, HTTP/1.1.

    Of certificates for the same name the first of each kind of key counts, and the client's abilities decide between
    those.

    @param pairs: at least one; the first is shown to who asks for a name that no certificate has, or for none.
    @raise ConfigInvalid: certificate and key of a pair cannot be used.
    """
    facts = [_read(place, pair) for place, pair in enumerate(pairs)]
    contexts: dict[_Group, ssl.SSLContext] = {}

    def context_of(group: _Group) -> ssl.SSLContext:
        if group not in contexts:
            contexts[group] = _context([pairs[place] for place in group])
        return contexts[group]

    by_name: dict[str, ssl.SSLContext] = {}
    for name in {name for one in facts for name in one.names}:
        by_name[name] = context_of(_one_of_each_kind(facts, [p for p, one in enumerate(facts) if name in one.names]))
    alike = [place for place, one in enumerate(facts) if set(one.names) == set(facts[0].names)]
    default = context_of(_one_of_each_kind(facts, alike))

    def asked(sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, front: ssl.SSLContext) -> None:
        sock.context = choose(by_name, name or "") or default

    # Has no certificate itself, and the keys of the tickets for all.
    front = _context([])
    front.sni_callback = asked
    return front


def _one_of_each_kind(facts: Sequence[CertificateFacts], places: Sequence[int]) -> _Group:
    first: dict[str, int] = {}
    for place in places:
        first.setdefault(facts[place].key_kind, place)
    return tuple(first.values())


def _context(pairs: Sequence[KeyPair]) -> ssl.SSLContext:
    """One that shows these certificates, of different kinds, to everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # All suites are as strong, so the client takes the one that is fastest for it.
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(_SUITES)
    context.set_alpn_protocols(["http/1.1"])
    for pair in pairs:
        _load(context, pair)
    return context


def _load(context: ssl.SSLContext, pair: KeyPair) -> None:
    file = os.memfd_create("certificate")
    try:
        with os.fdopen(os.dup(file), "w", encoding="ascii", errors="replace") as text:
            text.write(f"{pair.certificate}\n{pair.key}\n")
        context.load_cert_chain(f"/proc/self/fd/{file}", password=_no_password)
    finally:
        os.close(file)


def _read(place: int, pair: KeyPair) -> CertificateFacts:
    """The facts of a pair that was tried."""
    try:
        _context([pair])
        return read_certificate(pair.certificate.encode())
    except (ssl.SSLError, ValueError) as error:
        key = f"Arvgate.Certificates[{place - 1}]" if place else "TLS"
        raise ConfigInvalid([f"{key}: certificate and key cannot be used together"]) from error


def _no_password() -> str:
    """Instead of a question on the terminal."""
    return ""
