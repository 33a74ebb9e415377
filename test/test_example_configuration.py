"""
The example configuration has every key, and is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.loading import load
from arvgate.config.model import Config, Secret, TLSConfig, WebServicesConfig
from arvgate.config.schema import ClusterModel, Section

EXAMPLE = Path(__file__).resolve().parents[1] / "etc" / "config.example.yml"


def keys_of(section: type[Section], prefix: str = "") -> Iterator[str]:
    """The paths of all keys that have a value."""
    for field in section.model_fields.values():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from keys_of(inner, f"{prefix}{field.alias}.")
        else:
            yield f"{prefix}{field.alias}"


def given(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all values in a document; an empty object is one."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from given(inner, f"{path}.{key}" if path else key)
    else:
        yield path


class ExampleTests(SynchronousTestCase):
    """C{etc/config.example.yml}."""

    def setUp(self) -> None:
        """Read it."""
        self.text = EXAMPLE.read_text(encoding="utf-8")

    def test_has_every_key(self) -> None:
        """Every key that is understood is in the example, and no other."""
        (cluster,) = yaml.safe_load(self.text)["Clusters"].values()
        self.assertEqual(sorted(keys_of(ClusterModel)), sorted(given(cluster)))

    def test_is_valid(self) -> None:
        """Nothing is wrong with it."""
        self.assertEqual("xabcd", load(self.text, str(EXAMPLE)).cluster_id)

    def test_shows_the_defaults(self) -> None:
        """What has a default is shown with it."""
        shown = load(self.text, str(EXAMPLE))
        plain = Config(cluster_id=shown.cluster_id, system_root_token=Secret(), controller_url="")
        for name in ("api", "containers"):
            self.assertEqual(getattr(plain, name), getattr(shown, name), name)
        for name in (
            "node",
            "limits",
            "timeouts",
            "log_max_bytes",
            "session_lifetime",
            "workers",
            "door_account",
            "engine",
            "hsts",
        ):
            self.assertEqual(getattr(plain.arvgate, name), getattr(shown.arvgate, name), name)
        self.assertNotEqual((TLSConfig(), WebServicesConfig()), (shown.tls, shown.web_services))
