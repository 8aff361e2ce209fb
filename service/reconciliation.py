"""/reconcile: tables of names against the release, as OpenRefine asks (Reconciliation API 0.2)."""

import json
import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import LimitExceeded
from kg.linking.reconciliation_batches import Limits, read_batch, read_extension
from service.answers.formats import JSON
from service.errors import ContentTooLarge, MissingParameter
from service.http.openapi import Responses, parameter, responses
from service.http.request import FORM, Pairs, in_address, media_type_of, pairs_of, read_body, single
from service.manifest import manifest
from service.served import Served, served

router = APIRouter(prefix="/reconcile", tags=["Reconciliation"])

LIMITS: Final = Limits()
# A batch at the limits, of names of usual length, in percent-encoded Chinese.
_MOST_BYTES: Final = 4_000_000
_QUERIES: Final = parameter("queries", "A batch of queries by name, in JSON.")
_EXTEND: Final = parameter("extend", "Entities and properties whose values are asked, in JSON.")
_JSON: Final[Responses] = responses((JSON,), 400, 404, 413)


async def posted(request: Request) -> Pairs:
    """The fields of the form; a FastAPI dependency."""
    media_type_of(request, [FORM])
    return pairs_of(await read_body(request, _MOST_BYTES), "the body")


@router.get(
    "",
    summary="The manifest of the reconciliation service",
    responses=_JSON,
    response_class=Response,
    openapi_extra={"parameters": [_QUERIES, _EXTEND]},
)
def reconcile_by_address(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Without parameters the manifest; with `queries` or `extend` what POST answers to them."""
    pairs = in_address(request)
    if not any(name in ("queries", "extend") for name, _ in pairs):
        base = str(request.base_url).rstrip("/")
        return write(manifest(here, base, batch_size=LIMITS.queries))
    return write(_answer(here, pairs))


@router.post(
    "",
    summary="Reconcile a batch of names, or extend entities",
    responses=responses((JSON,), 400, 413, 415),
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "queries": {"type": "string", "description": _QUERIES["description"]},
                            "extend": {"type": "string", "description": _EXTEND["description"]},
                        },
                    }
                }
            },
        }
    },
)
def reconcile(
    pairs: Annotated[Pairs, Depends(posted)], here: Annotated[Served, Depends(served)]
) -> Response:
    """Candidates for each query by score (0 to 100), or the values of properties of entities.

    `match` is true where one entity alone, of the types asked for and with the property values
    given, bears exactly this name but for case, punctuation and Chinese script.
    """
    return write(_answer(here, pairs))


def _answer(here: Served, pairs: Pairs) -> dict[str, Any]:
    queries, extend = single(pairs, "queries"), single(pairs, "extend")
    if (queries is None) == (extend is None):
        raise MissingParameter("queries", "right would be queries or extend, one of the two")
    reconciler = here.reconciler
    try:
        if extend is not None:
            return reconciler.extend(read_extension(extend, reconciler.vocabulary, LIMITS))
        batch = read_batch(queries or "", reconciler.vocabulary, LIMITS)
    except LimitExceeded as error:
        raise ContentTooLarge(int(error.allowed), error.limit) from error
    allowed = here.settings.max_query_seconds
    end, found = time.monotonic() + allowed, {}
    for name, question in batch.items():
        if time.monotonic() > end:
            raise LimitExceeded("seconds for a batch", allowed, "Ask in smaller batches.")
        found[name] = {"result": reconciler.reconcile(question)}
    return found


def write(content: dict[str, Any]) -> Response:
    """The answer in JSON."""
    # On one line: that is written four times as fast, and programs alone read it.
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, media_type=JSON.media_type)
