"""
The way from this machine to the gateway's API, hop by hop: name, connection, certificate, API.

Not here: what the gateway itself can say (L{arvgate.cli.why}).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from arvgate.cli.client import ApiClient, tls_context
from arvgate.cli.settings import Settings
from arvgate.errors import ArvgateError, Unreachable
from arvgate.model.checks import Check, Result

__all__ = ["gateway_checks"]

_TIMEOUT: Final = 10.0
_NAMES: Final = ("name", "connection", "certificate", "api")
_OTHER_NAME: Final = "Use a name in ARVADOS_API_HOST that is in the certificate."
#: By OpenSSL's numbers of what is wrong with a certificate: not yet valid, expired, not for this host or address.
_CURES: Final = {
    9: "Check this machine's clock, and the gateway's.",
    10: "The gateway's certificate has to be renewed; check this machine's clock, too.",
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
_NO_AUTHORITY: Final = "Let SSL_CERT_FILE name a file with the certificate of its authority."


def gateway_checks(settings: Settings) -> Sequence[Check]:
    """
    Those up to the first that fails; no token is needed.

    @raise Invalid: there is no such file of authorities.
    """
    checks: list[Check] = []
    context = tls_context(settings)
    with ExitStack() as open_now:
        for name in _NAMES:
            try:
                sentence = _checked(name, settings, context, open_now)
            except _Failed as failed:
                return [*checks, Check(name, Result.FAILED, failed.sentence, failed.cure, failed.code)]
            checks.append(Check(name, Result.OK, sentence))
    return checks


class _Failed(Exception):
    def __init__(self, sentence: str, cure: str, code: str = Unreachable.code) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.cure = cure
        self.code = code


def _checked(name: str, settings: Settings, context: ssl.SSLContext, open_now: ExitStack) -> str:
    """A sentence, if that check is passed."""
    match name:
        case "name":
            return _resolved(settings)
        case "connection":
            _connected(settings).close()
            return f"{settings.api_host} takes connections."
        case "certificate":
            return _trusted(settings, context, open_now)
        case _:
            return _answering(settings)


def _resolved(settings: Settings) -> str:
    try:
        found = socket.getaddrinfo(*settings.dialled, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        cure = "Check ARVADOS_API_HOST, and the name service of this machine."
        raise _Failed(f"The name {settings.host} has no address.", cure) from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return f"{settings.host} is {', '.join(addresses)}."


def _connected(settings: Settings) -> socket.socket:
    where = settings.api_host
    try:
        return socket.create_connection(settings.dialled, _TIMEOUT)
    except ConnectionRefusedError:
        cure = "Start the gateway, or check the port in ARVADOS_API_HOST."
        raise _Failed(f"Nothing answers at {where}: the connection was refused.", cure) from None
    except TimeoutError:
        cure = "The machine is down, or a firewall is between."
        raise _Failed(f"{where} does not answer.", cure) from None
    except OSError as error:
        cure = "Check the network of this machine."
        raise _Failed(f"{where} cannot be reached: {error.strerror or 'failed'}.", cure) from None


def _trusted(settings: Settings, context: ssl.SSLContext, open_now: ExitStack) -> str:
    where = settings.api_host
    plain = open_now.enter_context(_connected(settings))
    try:
        open_now.enter_context(context.wrap_socket(plain, server_hostname=settings.host))
    except ssl.SSLCertVerificationError as error:
        cure = _CURES.get(error.verify_code, _NO_AUTHORITY)
        reason = error.verify_message.rstrip(".")
        raise _Failed(f"The certificate of {where} is not trusted: {reason}.", cure) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "it ended"
        cure = "Check the port in ARVADOS_API_HOST: what answers there may be no gateway."
        raise _Failed(f"There is no TLS connection to {where} ({reason}).", cure) from None
    if settings.insecure:
        return "The certificate was not checked, as ARVADOS_API_HOST_INSECURE says."
    return "The certificate is trusted."


def _answering(settings: Settings) -> str:
    try:
        cluster = ApiClient(settings).get("config").get("ClusterID")
    except ArvgateError as error:
        cure = "Ask again in a moment; check that ARVADOS_API_HOST is the gateway's."
        raise _Failed(f"The API does not answer as it should: {error.sentence}", cure, error.code) from None
    return f"The API of cluster {cluster} answers."
