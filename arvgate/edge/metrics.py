"""
Metrics as Prometheus reads them, made from what the processes count.

Names have the prefix C{arvgate_} and base units; no label names a user, a container or an address.  Not here: counting
(L{arvgate.net.tally}) and collecting the numbers of all processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from arvgate.net.tally import BOUNDS, Key

__all__ = ["CONTENT_TYPE", "FAMILIES", "Family", "metrics_text"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST.encode()

_EDGES = [*map(str, BOUNDS), "+Inf"]


@attrs.frozen
class Family:
    """
    One metric.

    @ivar name: by which it is counted; C{kind}: C{counter}, C{gauge} or C{histogram}.
    @ivar outside: its name for Prometheus, without prefix and without C{_total}.
    """

    name: str
    kind: str
    outside: str
    labels: tuple[str, ...]
    help: str


_KIND = ("kind",)
_PROCESS = ("process",)

FAMILIES: Final = (
    Family(
        "requests", "counter", "http_requests", ("kind", "code"), "Requests by what was asked for and class of status."
    ),
    Family("errors", "counter", "http_errors", ("kind", "error"), "Requests that ended with an error, by its code."),
    Family("duration", "histogram", "http_request_duration_seconds", _KIND, "From a request's head to its end."),
    Family("gate", "histogram", "gate_duration_seconds", (), "Until it was decided that the caller may enter."),
    Family("connect", "histogram", "upstream_connect_duration_seconds", _KIND, "For a new connection and its proof."),
    Family("upstreams", "counter", "upstream_requests", ("kind", "connection"), "On new and on reused connections."),
    Family("bytes", "counter", "http_body_bytes", ("kind", "direction"), "Bytes of bodies and upgraded connections."),
    Family("upgrades", "counter", "http_upgrades", _KIND, "Connections that became WebSockets or the like, when over."),
    Family("connections", "gauge", "connections", (), "Open connections of clients."),
    Family("tunnels", "gauge", "upgraded_connections", (), "Of them, WebSockets and the like."),
    Family("handshakes", "counter", "tls_handshake_failures", (), "TLS handshakes of clients that failed."),
    Family("refusals", "counter", "connections_refused", ("reason",), "Connections that were turned away."),
    Family("pool", "gauge", "upstream_idle_connections", _KIND, "Connections that are kept for reuse."),
    Family("grants", "gauge", "live_grants", (), "Connections that are ended when access is taken back."),
    Family("cache", "counter", "cache_lookups", ("cache", "result"), "Look-ups in the doors' memories."),
    Family("log_lines", "counter", "access_log_lines_dropped", (), "Lines that the access log had no room for."),
    Family("api_working", "gauge", "api_requests", (), "Requests to the record API that are worked on."),
    Family("api_waiting", "gauge", "api_requests_queued", (), "Requests to the record API that wait for their turn."),
    Family(
        "api_refusals", "counter", "api_requests_refused", ("reason",), "Requests that got no turn or took too long."
    ),
    Family("api_slowed", "counter", "api_wrong_tokens_slowed", (), "Wrong credentials that were answered late."),
    Family("containers", "gauge", "containers", ("state",), "Containers that have not ended, by state."),
    Family("queue", "gauge", "queue_length", (), "Queued containers with a priority."),
    Family("database", "histogram", "database_duration_seconds", ("access",), "Of reads and writes, with waiting."),
    Family("doors", "gauge", "doors", (), "Doors that are connected to control."),
    Family("cpu", "counter", "process_cpu_seconds", _PROCESS, "CPU time."),
    Family("memory", "gauge", "process_resident_memory_bytes", _PROCESS, "Memory."),
    Family("files", "gauge", "process_open_fds", _PROCESS, "Open descriptors."),
    Family("file_limit", "gauge", "process_max_fds", _PROCESS, "How many descriptors it may open."),
    Family("start", "gauge", "process_start_time_seconds", _PROCESS, "When it started, in Unix time."),
)


def metrics_text(numbers: Mapping[Key, float]) -> bytes:
    """
    The metrics in Prometheus' text format.

    @param numbers: by name and values of labels, as they are counted; unknown names are left out.
    """
    return generate_latest(_Numbers(numbers))


class _Numbers(Collector):
    def __init__(self, numbers: Mapping[Key, float]) -> None:
        self._by_name: dict[str, dict[Key, float]] = {}
        for key, number in numbers.items():
            self._by_name.setdefault(key[0], {})[key[1:]] = number

    def collect(self) -> Iterable[Metric]:
        """Called by the library."""
        for family in FAMILIES:
            yield _metric(family, self._by_name.get(family.name, {}))


def _metric(family: Family, numbers: Mapping[Key, float]) -> Metric:
    name = f"arvgate_{family.outside}"
    if family.kind == "histogram":
        return _histogram(HistogramMetricFamily(name, family.help, labels=family.labels), numbers)
    make = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = make(name, family.help, labels=family.labels)
    if not family.labels and not numbers:
        numbers = {(): 0}
    for labels, number in sorted(numbers.items()):
        metric.add_metric(labels, number)
    return metric


def _histogram(metric: HistogramMetricFamily, numbers: Mapping[Key, float]) -> Metric:
    for labels in sorted({key[:-1] for key in numbers}):
        total, buckets = 0.0, []
        for position, edge in enumerate(_EDGES):
            total += numbers.get((*labels, str(position)), 0)
            buckets.append((edge, total))
        metric.add_metric(labels, buckets, numbers.get((*labels, "sum"), 0.0))
    return metric
