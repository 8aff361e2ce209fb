"""What is counted -> Prometheus's text format.

/healthz, /readyz, /metrics: for those who run the service.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Response

from service.answers.formats import JSON, TEXT
from service.answers.serialization import write_json
from service.errors import QueryProcessesDown
from service.http.endpoint import Endpoint, endpoint
from service.http.observation import BOUNDS_SECONDS, CALL_OUTCOMES, REASONS, Metrics
from service.http.openapi import responses
from service.served import Served

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


def exposition(here: Endpoint, *, of_all: bool = True) -> tuple[bytes, str]:
    """All counts in Prometheus's text format, and its content type.

    Of several HTTP processes they are the sums, or with `of_all` false those of this one.
    """
    # Not at the start: it takes 50 ms, and nothing else needs it.
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    from prometheus_client.registry import Collector

    class Everything(Collector):
        def collect(self) -> Iterator["Metric"]:
            own = chain(_requests(here.metrics), _queries(here), _cache(here), _release(here))
            shared = here.metrics.shared if of_all else None
            yield from own if shared is None else shared.added(own)

    registry = CollectorRegistry()
    registry.register(Everything())
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


def _requests(metrics: Metrics) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import HistogramMetricFamily

    yield _counted(
        "glocal_requests",
        "Requests, by kind and by the status of the answer.",
        ("kind", "status"),
        metrics.requests.items(),
    )
    sent = [((kind,), count) for kind, count in metrics.sent_bytes.items()]
    yield _counted("glocal_sent_bytes", "Bytes of bodies, as sent.", ("kind",), sent)
    found = HistogramMetricFamily(
        "glocal_request_seconds", "From the request's head to the answer's end.", labels=("kind",)
    )
    for kind, counts in metrics.durations.items():
        found.add_metric([kind], _cumulated(counts), metrics.seconds[kind])
    yield found


def _queries(here: Endpoint) -> "Iterator[Metric]":
    admission, pool = here.processes.admission, here.processes.pool
    yield _gauge("glocal_queries_running", "Queries that run.", admission.running)
    yield _gauge("glocal_queries_waiting", "Queries that wait for their turn.", admission.waiting)
    counts = [((reason,), here.metrics.unanswered_queries[reason]) for reason in REASONS]
    what = "Queries that were ended or refused, by reason."
    yield _counted("glocal_queries_unanswered", what, ("reason",), counts)
    calls = [((outcome,), here.metrics.service_calls[outcome]) for outcome in CALL_OUTCOMES]
    what = "Other endpoints asked for SERVICE, and refusals to ask, by outcome."
    yield _counted("glocal_service_calls", what, ("outcome",), calls)
    processes = len(pool.life.process_ids) if pool.life is not None else 0
    yield _gauge("glocal_query_processes", "Query processes, idle ones too.", processes)
    if isinstance(here, Served):
        count = here.explanations.count
        yield _gauge("glocal_explanations_running", "Explanations that are being made.", count)


def _cache(here: Endpoint) -> "Iterator[Metric]":
    counts = here.cache.counts
    by_outcome = [
        (("hit",), counts.hits),
        (("not-modified",), counts.not_modified),
        (("miss",), counts.misses),
    ]
    what = "Requests with an answer that can be kept, by how it was come by."
    yield _counted("glocal_cache_requests", what, ("outcome",), by_outcome)
    what = "Queries that were answered by another one that ran already."
    yield _counted("glocal_queries_joined", what, (), [((), counts.joined)])
    yield _gauge("glocal_cache_bytes", "What the kept answers take.", here.cache.size_bytes)
    yield _gauge("glocal_cache_answers", "Answers that are kept.", here.cache.count)


def _release(here: Endpoint) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import InfoMetricFamily

    said = {
        "release": here.release_hash,
        "version": here.version,
        "service_version": here.service_version,
    }
    yield InfoMetricFamily("glocal_release", "The release that is served.", said)
    what = "How often another release took the place of the one that was served."
    yield _counted("glocal_release_switches", what, (), [((), here.metrics.switches)])
    what = "How often another release was not served, since it is not whole."
    yield _counted("glocal_releases_refused", what, (), [((), here.metrics.refused_releases)])
    if here.request_log is not None:
        dropped = [((), here.request_log.dropped)]
        what = "Lines that nobody read in time."
        yield _counted("glocal_log_lines_dropped", what, (), dropped)


def _counted(
    name: str, what: str, labels: Sequence[str], counts: Iterable[tuple[Sequence[str], int]]
) -> "Metric":
    from prometheus_client.metrics_core import CounterMetricFamily

    found = CounterMetricFamily(name, what, labels=labels)
    for values, count in counts:
        found.add_metric(list(values), count)
    return found


def _gauge(name: str, what: str, value: float) -> "Metric":
    from prometheus_client.metrics_core import GaugeMetricFamily

    return GaugeMetricFamily(name, what, value)


def _cumulated(counts: Sequence[int]) -> list[tuple[str, float]]:
    bounds = [*(str(float(bound)) for bound in BOUNDS_SECONDS), "+Inf"]
    return [(bound, sum(counts[: at + 1])) for at, bound in enumerate(bounds)]


router = APIRouter(tags=["Operation"])

_FOR_NOW = {"Cache-Control": "no-store"}


@router.get(
    "/healthz",
    summary="Whether the service runs",
    responses=responses((JSON,)),
    response_class=Response,
)
async def health(here: Annotated[Endpoint, Depends(endpoint)]) -> Response:
    """The status, the release that is served, and how often another one has taken its place.

    If this does not come, start it again.
    """
    # `async`, so that it answers even when every thread is taken.
    return _state(here, "ok")


@router.get(
    "/readyz",
    summary="Whether the service can answer queries",
    responses=responses((JSON,), 503),
    response_class=Response,
)
async def readiness(here: Annotated[Endpoint, Depends(endpoint)]) -> Response:
    """The same once there are query processes, and a 503 while there are none.

    Nothing is answered before the release is open.
    """
    if here.processes.pool.life is None:
        raise QueryProcessesDown
    return _state(here, "ready")


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    responses=responses((TEXT,)),
    response_class=Response,
)
async def metrics(here: Annotated[Endpoint, Depends(endpoint)]) -> Response:
    """Requests, queries, the cache and the release, in Prometheus's text format."""
    body, content_type = exposition(here)
    return Response(body, headers={"Content-Type": content_type, **_FOR_NOW})


def _state(here: Endpoint, status: str) -> Response:
    state = {
        "status": status,
        "release": here.release_hash,
        "version": here.version,
        "switches": here.metrics.switches,
        "engine": here.engine,
    }
    return Response(write_json(state), media_type=JSON.media_type, headers=_FOR_NOW)
