"""/healthz, /readyz and /metrics: the state of the service, for its operators."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Response

from service.answers.formats import JSON, TEXT
from service.answers.serialization import write_json
from service.errors import QueryProcessesDown
from service.http.conditional import NOT_STORED
from service.http.endpoint import Endpoint, current_endpoint
from service.http.observation import CALL_OUTCOMES, DURATION_BUCKETS_SECONDS, UNANSWERED_REASONS
from service.http.openapi import describe_responses
from service.served import ServedRelease

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

router = APIRouter(tags=["Operation"], default_response_class=Response)

_CurrentEndpoint = Annotated[Endpoint, Depends(current_endpoint)]


@router.get(
    "/healthz",
    summary="Whether the service is running",
    responses=describe_responses((JSON,)),
)
async def health(endpoint: _CurrentEndpoint) -> Response:
    """The status, the release that is served, and how often another one has replaced it.

    If there is no answer, restart the service.
    """
    # `async`, so that it answers even when every thread is taken.
    return _send_state(endpoint, "ok")


@router.get(
    "/readyz",
    summary="Whether the service can answer queries",
    responses=describe_responses((JSON,), 503),
)
async def readiness(endpoint: _CurrentEndpoint) -> Response:
    """The same as `/healthz`, or a 503 while there are no query processes.

    There is no answer at all before the release is open.
    """
    if endpoint.processes.pool.parent is None:
        raise QueryProcessesDown
    return _send_state(endpoint, "ready")


@router.get("/metrics", summary="Metrics for Prometheus", responses=describe_responses((TEXT,)))
async def metrics(endpoint: _CurrentEndpoint) -> Response:
    """Metrics of requests, queries, cache and release in Prometheus's text format."""
    body, content_type = write_metrics(endpoint)
    return Response(body, headers={"Content-Type": content_type, **NOT_STORED})


def _send_state(endpoint: Endpoint, status: str) -> Response:
    state = {
        "status": status,
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "switches": endpoint.metrics.switches,
        "engine": endpoint.engine,
    }
    return Response(write_json(state), media_type=JSON.media_type, headers=NOT_STORED)


def write_metrics(endpoint: Endpoint, *, of_all: bool = True) -> tuple[bytes, str]:
    """Return all metrics in Prometheus's text format, and its content type.

    With several HTTP processes, these are the sums over all; with `of_all` false, those of this
    process.
    """
    # Imported only here: it takes 50 ms, and nothing else needs it.
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    from prometheus_client.registry import Collector

    class AllMetrics(Collector):
        def collect(self) -> Iterator["Metric"]:
            groups = (_requests, _queries, _cache, _release)
            own = chain.from_iterable(group(endpoint) for group in groups)
            shared = endpoint.metrics.all_processes if of_all else None
            yield from own if shared is None else shared.sum_with(own)

    registry = CollectorRegistry()
    registry.register(AllMetrics())
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


def _requests(endpoint: Endpoint) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import HistogramMetricFamily

    metrics = endpoint.metrics
    help_text = "Requests, by kind and by the status of the response."
    yield _counter("glocal_requests", help_text, ("kind", "status"), metrics.requests.items())
    sent = [((kind,), count) for kind, count in metrics.sent_bytes.items()]
    yield _counter("glocal_sent_bytes", "Bytes of response bodies, as sent.", ("kind",), sent)
    help_text = "Seconds from the request's head to the end of the response."
    histogram = HistogramMetricFamily("glocal_request_seconds", help_text, labels=("kind",))
    bounds = [*(str(float(bound)) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]
    for kind, counts in metrics.durations.items():
        cumulated = list(zip(bounds, map(float, accumulate(counts)), strict=True))
        histogram.add_metric([kind], cumulated, metrics.seconds[kind])
    yield histogram


def _queries(endpoint: Endpoint) -> "Iterator[Metric]":
    metrics = endpoint.metrics
    admission, pool = endpoint.processes.admission, endpoint.processes.pool
    yield _gauge("glocal_queries_running", "Queries that are running.", admission.running)
    yield _gauge("glocal_queries_waiting", "Queries that are waiting to run.", admission.waiting)
    counts = [((reason,), metrics.unanswered_queries[reason]) for reason in UNANSWERED_REASONS]
    help_text = "Queries that were stopped or refused, by reason."
    yield _counter("glocal_queries_unanswered", help_text, ("reason",), counts)
    calls = [((outcome,), metrics.service_calls[outcome]) for outcome in CALL_OUTCOMES]
    help_text = "Calls of other endpoints by SERVICE, and refused ones, by outcome."
    yield _counter("glocal_service_calls", help_text, ("outcome",), calls)
    processes = len(pool.parent.process_ids) if pool.parent is not None else 0
    yield _gauge("glocal_query_processes", "Query processes, including idle ones.", processes)
    if isinstance(endpoint, ServedRelease):
        count = endpoint.explanations.count
        yield _gauge("glocal_explanations_running", "Explanations that are being computed.", count)


def _cache(endpoint: Endpoint) -> "Iterator[Metric]":
    cache, counts = endpoint.cache, endpoint.cache.counts
    outcomes = {"hit": counts.hits, "not-modified": counts.not_modified, "miss": counts.misses}
    by_outcome = [((outcome,), count) for outcome, count in outcomes.items()]
    help_text = "Requests whose answer can be kept, by outcome."
    yield _counter("glocal_cache_requests", help_text, ("outcome",), by_outcome)
    help_text = "Queries that were answered by an identical one that was already running."
    yield _counter("glocal_queries_joined", help_text, (), [((), counts.joined)])
    yield _gauge("glocal_cache_bytes", "Bytes that the kept answers take.", cache.size_bytes)
    yield _gauge("glocal_cache_answers", "Answers that are kept.", cache.count)


def _release(endpoint: Endpoint) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import InfoMetricFamily

    metrics, log = endpoint.metrics, endpoint.request_log
    labels = {
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "service_version": endpoint.service_version,
    }
    yield InfoMetricFamily("glocal_release", "The release that is served.", labels)
    help_text = "How often another release replaced the one that was served."
    yield _counter("glocal_release_switches", help_text, (), [((), metrics.switches)])
    help_text = "How often another release could not be served."
    yield _counter("glocal_releases_refused", help_text, (), [((), metrics.refused_releases)])
    if log is not None:
        help_text = "Log lines that were dropped because nobody read them in time."
        yield _counter("glocal_log_lines_dropped", help_text, (), [((), log.dropped)])


def _counter(
    name: str, help_text: str, labels: Sequence[str], counts: Iterable[tuple[Sequence[str], int]]
) -> "Metric":
    from prometheus_client.metrics_core import CounterMetricFamily

    counter = CounterMetricFamily(name, help_text, labels=labels)
    for values, count in counts:
        counter.add_metric(list(values), count)
    return counter


def _gauge(name: str, help_text: str, value: float) -> "Metric":
    from prometheus_client.metrics_core import GaugeMetricFamily

    return GaugeMetricFamily(name, help_text, value)
