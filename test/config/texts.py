"""
Configuration texts for tests.
"""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["TOKEN", "changed", "document", "text_of"]

TOKEN = "r" * 64


def document() -> dict[str, Any]:
    """The cluster's section of a configuration that is right."""
    return {
        "SystemRootToken": TOKEN,
        "Services": {
            "Controller": {"ExternalURL": "https://localhost:8443/"},
            "ContainerWebServices": {"ExternalURL": "https://*.xabcd.localhost:8443/"},
        },
        "TLS": {"Certificate": "server.pem", "Key": "server.key"},
        "Arvgate": {
            "StateDirectory": "state",
            "DataKey": "data-key.json",
            "Listeners": {"HTTPS": ["tcp:8443:interface=127.0.0.1"]},
        },
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The same with another value at a path of keys."""
    whole = document()
    section = whole
    *parents, last = path.split(".")
    for key in parents:
        section = section.setdefault(key, {})
    section[last] = value
    return whole


def text_of(cluster: Any, cluster_id: str = "xabcd") -> str:
    """A section as the text of a file."""
    return yaml.safe_dump({"Clusters": {cluster_id: cluster}})
