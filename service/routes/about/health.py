"""/healthz, /readyz and /metrics: the state of the service, for its operators."""

from typing import Literal

from fastapi import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.answers.formats import JSON, TEXT
from service.answers.json_types import ServiceState
from service.answers.serialization import write_json
from service.errors import QueryProcessesDown, ReleaseNotVerified
from service.http.conditional import NOT_STORED
from service.http.endpoint import CurrentEndpoint, Endpoint
from service.http.openapi import Router

router = Router("Operation")


@router.operation(
    "/healthz",
    "Whether the service is running",
    (JSON,),
    (),
    answer=ServiceState,
    operation_id="getHealth",
)
async def health(endpoint: CurrentEndpoint) -> Response:
    """The status and the release that is served; how many others replaced it or were refused.

    If there is no answer, restart the service.
    """
    # `async`, so that it answers even when every thread is taken.
    return _send_state(endpoint, "ok")


@router.operation(
    "/readyz",
    "Whether the service can answer queries",
    (JSON,),
    (503,),
    answer=ServiceState,
    operation_id="getReadiness",
)
async def readiness(endpoint: CurrentEndpoint) -> Response:
    """The same as `/healthz`, or a 503 while the service should get no requests.

    So it is while there are no query processes, while the files of a large release are being
    verified, and once they were refused. There is no answer at all before the release is open.
    """
    integrity = endpoint.integrity
    if integrity.refusal is not None:
        raise integrity.refusal
    if not integrity.is_verified:
        raise ReleaseNotVerified
    if endpoint.processes.pool.parent is None:
        raise QueryProcessesDown
    return _send_state(endpoint, "ready")


@router.operation("/metrics", "Metrics for Prometheus", (TEXT,), (), operation_id="getMetrics")
async def metrics(endpoint: CurrentEndpoint) -> Response:
    """Metrics of requests, queries, cache and release in Prometheus's text format."""
    headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, **NOT_STORED}
    return Response(endpoint.metrics.write(endpoint), headers=headers)


def _send_state(endpoint: Endpoint, status: Literal["ok", "ready"]) -> Response:
    state: ServiceState = {
        "status": status,
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "switches": endpoint.metrics.value("glocal_release_switches_total"),
        "refused": endpoint.metrics.value("glocal_releases_refused_total"),
        "engine": endpoint.engine,
    }
    return Response(write_json(state), media_type=JSON.media_type, headers=NOT_STORED)
