"""
Which databases there can be, by their URLs.

Not here: connecting to one (C{arvgate.records.database.engine}).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

__all__ = ["database_problem", "holds_password", "lacks_driver"]

_FILE: Final = "sqlite:////"
_SERVER: Final = ("postgresql", "postgresql+psycopg")


def database_problem(url: str) -> str:
    """What is wrong with a database URL, without what it says; empty if nothing is."""
    if url.startswith(_FILE) and len(url) > len(_FILE):
        return ""
    parts = _server(url)
    if parts is None:
        return "must be sqlite:////PATH with an absolute path, or postgresql://USER@HOST/NAME"
    if not parts.path.strip("/") and not {"dbname", "service"} & parse_qs(parts.query).keys():
        return "must say which database of the PostgreSQL server: postgresql://USER@HOST/NAME"
    return ""


def holds_password(url: str) -> bool:
    """Whether there is a password in a URL."""
    parts = _server(url)
    return parts is not None and (bool(parts.password) or "password" in parse_qs(parts.query))


def lacks_driver(url: str) -> bool:
    """Whether the Python package that a database needs is not installed."""
    return _server(url) is not None and find_spec("psycopg") is None


def _server(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _SERVER and url.startswith(f"{parts.scheme}://") and not parts.fragment else None
