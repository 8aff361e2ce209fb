"""Write the metrics of the service for Prometheus.

Import this module only where it is needed: prometheus_client takes 50 ms.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Final

from prometheus_client import metrics_core
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from service.http.endpoint import Endpoint
from service.http.html import read_texts
from service.http.observation import DURATION_BUCKETS_SECONDS
from service.log_output import lost_lines

_HELP: Final = read_texts(Path(__file__).with_name("metrics.tsv"))
_BOUNDS: Final = [*(str(float(bound)) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]


@dataclass
class _Collected(Collector):
    metrics: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def read_metrics(endpoint: Endpoint) -> Iterable[Metric]:
    """Return the metrics of this HTTP process; those of requests may be read in another thread."""
    others = chain.from_iterable(group(endpoint) for group in (_queries, _cache, _release))
    return chain(_requests(endpoint), list(others))


def write_metrics(own: Iterable[Metric]) -> bytes:
    """Return metrics in Prometheus's text format."""
    return generate_latest(_Collected(own))


def _requests(endpoint: Endpoint) -> Iterator[Metric]:
    metrics = endpoint.metrics
    yield _counter("glocal_requests", metrics.requests, "kind", "status")
    yield _counter("glocal_sent_bytes", metrics.sent_bytes, "kind")
    name = "glocal_request_seconds"
    histogram = metrics_core.HistogramMetricFamily(name, _HELP[name], labels=("kind",))
    for kind, counts in list(metrics.durations.items()):
        cumulated = list(zip(_BOUNDS, map(float, accumulate(counts)), strict=True))
        histogram.add_metric([kind], cumulated, metrics.seconds[kind])
    yield histogram


def _queries(endpoint: Endpoint) -> Iterator[Metric]:
    metrics, admission = endpoint.metrics, endpoint.processes.admission
    yield _value(Gauge, "glocal_queries_running", admission.running)
    yield _value(Gauge, "glocal_queries_waiting", admission.waiting)
    yield _counter("glocal_queries_unanswered", metrics.unanswered_queries, "reason")
    yield _counter("glocal_service_calls", metrics.service_calls, "outcome")
    yield _value(Gauge, "glocal_clients_over_budget", admission.budgets.overdrawn)
    if metrics.memory is not None:
        yield _value(Gauge, "glocal_memory_bytes", metrics.memory.used_bytes)
        yield _value(Gauge, "glocal_memory_bound_bytes", metrics.memory.bound_bytes)
    kinds = "glocal_query_processes", "glocal_evaluator_processes"
    for name, processes in zip(kinds, endpoint.all_processes, strict=False):
        parent = processes.pool.parent
        yield _value(Gauge, name, len(parent.process_ids) if parent else 0)


def _cache(endpoint: Endpoint) -> Iterator[Metric]:
    metrics, cache = endpoint.metrics, endpoint.cache
    yield _counter("glocal_cache_requests", metrics.cache, "outcome")
    yield _value(CounterMetricFamily, "glocal_queries_joined", metrics.joined_queries)
    yield _value(Gauge, "glocal_cache_bytes", cache.currsize)
    yield _value(Gauge, "glocal_cache_answers", len(cache))


def _release(endpoint: Endpoint) -> Iterator[Metric]:
    metrics = endpoint.metrics
    labels = {
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "service_version": endpoint.service_version,
    }
    yield metrics_core.InfoMetricFamily("glocal_release", _HELP["glocal_release"], labels)
    yield _value(CounterMetricFamily, "glocal_release_switches", metrics.switches)
    yield _value(CounterMetricFamily, "glocal_releases_refused", metrics.refused_releases)
    yield _counter("glocal_log_lines_dropped", lost_lines(), "stream", "reason")


def _value(kind: Callable[[str, str, float], Metric], name: str, value: float) -> Metric:
    return kind(name, _HELP[name], value)


def _counter(name: str, counts: Counter[str] | Counter[tuple[str, str]], *labels: str) -> Metric:
    """Return a counter with the values of its labels, or of its only label, as the keys."""
    counter = CounterMetricFamily(name, _HELP[name], labels=labels)
    # Another thread may be counting meanwhile.
    for key, count in list(counts.items()):
        counter.add_metric([key] if isinstance(key, str) else key, count)
    return counter
