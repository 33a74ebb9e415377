"""
The TLS side of a door: a context from PEM texts.

The standard library loads a certificate only from a file, so the texts pass through one in memory that has no name.
Not here: where the texts come from.
"""

from __future__ import annotations

import os
import ssl

from arvgate.errors import ConfigInvalid
from arvgate.service.settings import KeyPair

__all__ = ["load_pair", "server_context"]


def server_context(pair: KeyPair) -> ssl.SSLContext:
    """
    A context for the HTTPS door: TLS 1.2 and later, HTTP/1.1.

    @raise ConfigInvalid: certificate and key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    load_pair(context, pair)
    return context


def load_pair(context: ssl.SSLContext, pair: KeyPair) -> None:
    """
    Let handshakes from now on use this certificate and key.

    @raise ConfigInvalid: they cannot be used; then the context is as it was.
    """
    file = os.memfd_create("certificate")
    try:
        with os.fdopen(os.dup(file), "w", encoding="ascii", errors="replace") as text:
            text.write(f"{pair.certificate}\n{pair.key}\n")
        path = f"/proc/self/fd/{file}"
        # A context that took the certificate and not the key would be of no use any more.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password=_no_password)
        context.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigInvalid(["TLS: certificate and key cannot be used together"]) from error
    finally:
        os.close(file)


def _no_password() -> str:
    """Instead of a question on the terminal."""
    return ""
