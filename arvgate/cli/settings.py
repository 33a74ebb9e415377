"""
Where the API is and with which token, from the environment and settings.conf (reference H.5).

Not here: calling it (L{arvgate.cli.client}).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from arvgate.errors import Invalid

__all__ = ["Settings", "read_settings"]

_KEYS: Final = ("ARVADOS_API_HOST", "ARVADOS_API_TOKEN", "ARVADOS_API_HOST_INSECURE")
_HOST: Final = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?\Z")
_TRUE: Final = ("1", "t", "true", "y", "yes")
_SYSTEM_CA: Final = "/etc/arvados/ca-certificates.crt"


@attrs.frozen
class Settings:
    """
    How the API is reached.

    @ivar host: host name, lower case.
    @ivar insecure: its certificate is not checked.
    @ivar ca_file: PEM file with the authorities to check it by; empty: the machine's.
    """

    host: str
    port: int
    token: str = attrs.field(repr=False)
    insecure: bool = False
    ca_file: str = ""

    @property
    def api_host(self) -> str:
        """C{host[:port]}."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"

    @property
    def dialled(self) -> tuple[str, int]:
        """Host and port to connect to: the C library does not know names below localhost."""
        return "localhost" if self.host.endswith(".localhost") else self.host, self.port


def read_settings(environ: Mapping[str, str], needs_token: bool = True) -> Settings:
    """
    The settings; variables win over the file.

    @param needs_token: without a token nothing can be done; else it is empty if there is none.
    @raise Invalid: host or token are missing or malformed.
    """
    values = {**_from_file(environ), **{key: environ[key] for key in _KEYS if key in environ}}
    api_host, token = values.get("ARVADOS_API_HOST", ""), values.get("ARVADOS_API_TOKEN", "")
    missing = [] if api_host else ["ARVADOS_API_HOST"]
    if needs_token and not token:
        missing.append("ARVADOS_API_TOKEN")
    if missing:
        raise Invalid(f"{' and '.join(missing)} must be set, in the environment or in settings.conf.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Invalid("ARVADOS_API_TOKEN holds characters that no token has.")
    match = _HOST.match(api_host)
    if match is None or not 1 <= int(match["port"] or "443") <= 65535:
        raise Invalid("ARVADOS_API_HOST must be a host name with or without :PORT, and nothing else.")
    return Settings(
        host=(match["address"] or match["name"]).lower(),
        port=int(match["port"] or "443"),
        token=token,
        insecure=values.get("ARVADOS_API_HOST_INSECURE", "").lower() in _TRUE,
        ca_file=environ.get("SSL_CERT_FILE", "") or (_SYSTEM_CA if Path(_SYSTEM_CA).exists() else ""),
    )


def _from_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    for directory in _directories(environ):
        try:
            text = (directory / "settings.conf").read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            raise Invalid(f"{directory / 'settings.conf'} cannot be read.") from None
        lines = [line.strip() for line in text.splitlines()]
        pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
        return {key.strip(): value.strip() for key, _, value in pairs}
    return {}


def _directories(environ: Mapping[str, str]) -> Iterator[Path]:
    for directory in environ.get("CONFIGURATION_DIRECTORY", "").split(":"):
        if directory:
            yield Path(directory)
    own = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    for base in (own, *(environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")):
        if base:
            yield Path(base) / "arvados"
