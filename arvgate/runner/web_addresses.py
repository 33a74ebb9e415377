"""
The addresses by which a container's ports are reached, as variables of its environment.

Below a wildcard they are made from a template, on a range of ports they are those that the record was given with the
lock.  What the record's own environment says outweighs them.  Not here: the environment as a whole (the plan of each
engine).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.model.records import Record

__all__ = ["with_addresses"]

_PORT: Final = "{port}"


def with_addresses(record: Record, template: str) -> Record:
    """
    A container's record with the variables in its environment.

    @param template: address of any port of the container with C{{port}} for the port; empty without a wildcard.
    """
    environment = record.get("environment") or {}
    if not isinstance(environment, Mapping):
        return record
    published: Mapping[str, Any] = record.get("published_ports") or {}
    return {**record, "environment": {**_variables(published, template), **environment}}


def _variables(published: Mapping[str, Any], template: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if template:
        # The second is what code-server and VS Code's server expect.
        found["ARVGATE_URL_TEMPLATE"] = template
        found["VSCODE_PROXY_URI"] = template.replace(_PORT, "{{port}}")
    for port, how in published.items():
        address = template.replace(_PORT, port) if template else how.get("base_url", "")
        if address:
            found[f"ARVGATE_URL_{port}"] = address
    return found
