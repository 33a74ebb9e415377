"""
Which of several certificates is shown to a client that asks for a host name (RFC 6066, RFC 9525).

The name itself comes first, then the wildcard that stands for its first label, and for no other.  Not here: reading
names out of certificates, and what is shown to a client that asks for none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["choose", "covers"]

T = TypeVar("T")


def choose(by_name: Mapping[str, T], asked: str) -> T | None:
    """
    What stands for C{asked}; None if nothing does.

    @param by_name: by the names in certificates, lower case; one that has a star anywhere but as its whole first label
        stands for nothing.
    """
    name = asked.lower().removesuffix(".")
    if "*" in name:
        return None
    found = by_name.get(name)
    if found is not None:
        return found
    first, _, rest = name.partition(".")
    return by_name.get(f"*.{rest}") if first and rest else None


def covers(names: Iterable[str], asked: str) -> bool:
    """Whether a certificate with these names is good for the host C{asked}."""
    return choose({name.lower(): True for name in names}, asked) is not None
