"""
Tests for L{arvgate.edge.metrics}, by the parser of Prometheus' own library.
"""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.metrics import FAMILIES, metrics_text
from arvgate.net.tally import BOUNDS, Tally


class MetricsTests(SynchronousTestCase):
    """Numbers as metrics."""

    def read(self, numbers: dict[tuple[str, ...], float]) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """The samples, by name and labels."""
        found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        for family in text_string_to_metric_families(metrics_text(numbers).decode()):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
        return found

    def test_counters_and_gauges(self) -> None:
        """A counter has its labels and ends in _total; a gauge does not."""
        found = self.read({("requests", "api", "2xx"): 3, ("requests", "page", "4xx"): 1, ("connections",): 7})
        self.assertEqual(
            {(("code", "2xx"), ("kind", "api")): 3, (("code", "4xx"), ("kind", "page")): 1},
            found["arvgate_http_requests_total"],
        )
        self.assertEqual({(): 7}, found["arvgate_connections"])

    def test_nothing_yet(self) -> None:
        """What has no labels is there from the start, with nought."""
        self.assertEqual({(): 0}, self.read({})["arvgate_tls_handshake_failures_total"])

    def test_histogram(self) -> None:
        """Durations are counted in each bucket that they fit into, with their number and their sum."""
        tally = Tally()
        for duration in (0.002, 0.002, 0.2, 100.0):
            tally.time(("duration", "api"), duration)
        found = self.read(dict(tally.take()))
        buckets = {
            dict(labels)["le"]: count for labels, count in found["arvgate_http_request_duration_seconds_bucket"].items()
        }
        self.assertEqual(
            (0, 2, 2, 3, 3, 4), tuple(buckets[edge] for edge in ("0.001", "0.0025", "0.1", "0.25", "60.0", "+Inf"))
        )
        self.assertEqual(len(BOUNDS) + 1, len(buckets))
        self.assertEqual([4], list(found["arvgate_http_request_duration_seconds_count"].values()))
        self.assertAlmostEqual(100.204, next(iter(found["arvgate_http_request_duration_seconds_sum"].values())))

    def test_labels(self) -> None:
        """No label can hold a user, an address or a container."""
        labels = {label for family in FAMILIES for label in family.labels}
        self.assertEqual(
            {
                "kind",
                "code",
                "error",
                "connection",
                "direction",
                "reason",
                "cache",
                "result",
                "state",
                "access",
                "process",
            },
            labels,
        )

    def test_names(self) -> None:
        """Durations are in seconds, sizes in bytes, and names are used once."""
        outside = [family.outside for family in FAMILIES]
        self.assertEqual(len(outside), len(set(outside)))
        for family in FAMILIES:
            if family.kind == "histogram":
                self.assertTrue(family.outside.endswith("_seconds"))
