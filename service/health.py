"""/healthz, /readyz, /metrics: for those who run the service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from service.answers.formats import JSON, TEXT
from service.answers.serialization import write_json
from service.errors import QueryProcessesDown
from service.exposition import exposition
from service.http.endpoint import Endpoint, endpoint
from service.http.openapi import responses

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
