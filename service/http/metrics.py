"""The metrics of the service, which `/metrics` offers in Prometheus's text format."""

from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

from service import errors
from service.log_output import lost_records
from service.queries.memory import MemoryGuard

if TYPE_CHECKING:
    from service.http.endpoint import Endpoint

# From an answer out of the cache (0.5 ms) to a query at its default time limit.
_DURATION_BUCKETS_SECONDS: Final = tuple(
    ms / 1000 for ms in (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
)
_REASON_OF_ERROR: Final = {
    errors.QueryTimedOut: "time",
    errors.QueryOutOfMemory: "memory",
    errors.ResultTooLarge: "size",
    errors.QueryProcessEnded: "process-ended",
    errors.QueryProcessesDown: "processes-down",
    errors.TooManyQueries: "too-many",
    errors.BudgetSpent: "budget",
    errors.MemoryShort: "memory-of-all",
}
CLIENT_DISCONNECTED: Final = "client-gone"
SLOW_CLIENT: Final = "slow-client"
UNANSWERED_REASONS: Final = (*_REASON_OF_ERROR.values(), CLIENT_DISCONNECTED, SLOW_CLIENT)
# Outcomes of a call to another endpoint; a refused query makes no call.
REFUSED: Final = "refused"
_CALL_OUTCOMES: Final = ("answered", "failed", "timed-out", "forbidden-address", REFUSED)
# What is known only when it is asked for.
GAUGES: Final = {
    "glocal_queries_running": "Queries that are running.",
    "glocal_queries_waiting": "Queries that are waiting to run.",
    "glocal_query_processes": "Query processes, including idle ones.",
    "glocal_evaluator_processes": "Evaluator processes, including idle ones.",
    "glocal_clients_over_budget": "Networks of clients that have used up their processor time.",
    "glocal_memory_bytes": "Memory that all jobs take beyond what they share, or an upper bound.",
    "glocal_memory_bound_bytes": "The most that they may take.",
    "glocal_cache_bytes": "Bytes that the kept answers take.",
    "glocal_cache_answers": "Answers that are kept.",
}


class Metrics:
    """The counters of one service; the event loop changes them.

    Attributes:
        registry: all of them.
        unanswered: queries that were stopped or refused, by reason.
        memory: watches the memory of all jobs.
        switches, refused_releases: how often another release was served, and was refused.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.memory: MemoryGuard | None = None
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._requests = self._counter(
            "requests", "Requests, by kind and by the status of the response.", "kind", "status"
        )
        self._sent_bytes = self._counter("sent_bytes", "Bytes of response bodies, sent.", "kind")
        self._seconds = Histogram(
            "glocal_request_seconds",
            "Seconds from the request's head to the end of the response.",
            ["kind"],
            buckets=_DURATION_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self.unanswered = self._counter(
            "queries_unanswered", "Queries that were stopped or refused, by reason.", "reason"
        )
        self.service_calls = self._counter(
            "service_calls", "Calls of other endpoints by SERVICE, and refused ones.", "outcome"
        )
        self.cache = self._counter(
            "cache_requests", "Requests whose answer can be kept, by outcome.", "outcome"
        )
        self.joined_queries = self._counter(
            "queries_joined", "Queries answered by an identical one that was already running."
        )
        self.switches = self._counter(
            "release_switches", "How often another release replaced the one that was served."
        )
        self.refused_releases = self._counter(
            "releases_refused", "How often another release could not be served."
        )
        self._dropped = self._counter(
            "log_lines_dropped",
            "Lines of the log that were not written, since nobody read the stream in time.",
            "stream",
        )
        self._release = Info("glocal_release", "The release served.", registry=self.registry)
        self._gauges = {
            name: Gauge(name, text, registry=self.registry) for name, text in GAUGES.items()
        }
        for counter, labels in (
            (self.unanswered, UNANSWERED_REASONS),
            (self.service_calls, _CALL_OUTCOMES),
            (self.cache, ("hit", "not-modified", "miss")),
        ):
            # So that each is 0 from the start.
            for label in labels:
                counter.labels(label)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"glocal_{name}", text, labels, registry=self.registry)

    def note_request(self, kind: str, status: int, seconds: float, sent_bytes: int) -> None:
        """Count a request by its kind, and by the status, duration and size of its answer."""
        self._requests.labels(kind, str(status)).inc()
        self._sent_bytes.labels(kind).inc(sent_bytes)
        self._seconds.labels(kind).observe(seconds)

    def note_failure(self, error: Exception) -> None:
        """Count a query that was ended or refused; errors in the query itself do not count."""
        for kind, reason in _REASON_OF_ERROR.items():
            if isinstance(error, kind):
                self.unanswered.labels(reason).inc()

    def value(self, name: str, labels: dict[str, str] | None = None) -> int:
        """Return the value of a sample, such as `glocal_release_switches_total`."""
        return int(self.registry.get_sample_value(name, labels) or 0)

    def write(self, endpoint: "Endpoint") -> bytes:
        """Return all metrics in Prometheus's text format, some of what is served now."""
        admission, cache = endpoint.processes.admission, endpoint.cache
        memory = self.memory
        kinds = [one.pool.parent for one in endpoint.all_processes]
        processes = [len(parent.process_ids) if parent else 0 for parent in kinds]
        values = {
            "glocal_queries_running": admission.running,
            "glocal_queries_waiting": admission.waiting,
            "glocal_query_processes": processes[0],
            "glocal_evaluator_processes": sum(processes[1:]),
            "glocal_clients_over_budget": admission.budgets.overdrawn,
            "glocal_memory_bytes": memory.used_bytes if memory else 0,
            "glocal_memory_bound_bytes": memory.bound_bytes if memory else 0,
            "glocal_cache_bytes": cache.currsize,
            "glocal_cache_answers": len(cache),
        }
        for name, value in values.items():
            self._gauges[name].set(value)
        for stream, count in lost_records.items():
            counted = self.value("glocal_log_lines_dropped_total", {"stream": stream})
            self._dropped.labels(stream).inc(count - counted)
        self._release.info(
            {
                "release": endpoint.release_hash,
                "version": endpoint.version,
                "service_version": endpoint.service_version,
            }
        )
        return generate_latest(self.registry)
