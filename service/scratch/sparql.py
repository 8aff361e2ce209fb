"""/sparql of a scratch store: the routes of a release, described with the updates that it takes.

See the SPARQL 1.1 Protocol, section 2.2.
"""

from typing import Final

from service.answers.formats import HTML
from service.answers.json_ld_types import ExpandedNode
from service.http import openapi
from service.http.openapi import DATASET_PARAMETERS, Router, describe_form, describe_parameter
from service.http.request import FORM_MEDIA_TYPE, UPDATE_MEDIA_TYPE
from service.routes import sparql
from service.routes.sparql import ANSWER, ANSWER_FORMATS, PAGE_PARAMETERS, QUERY_PARAMETER

_UPDATE: Final = describe_parameter("update", "A SPARQL Update request, instead of a query.")
_USING: Final = [
    {**describe_parameter(f"using-{name}", text), "schema": DATASET_PARAMETERS[0]["schema"]}
    for name, text in (
        ("graph-uri", "For an update: a graph to merge into the default graph of its patterns."),
        ("named-graph-uri", "For an update: a named graph of its patterns."),
    )
]
_WITHOUT_DERIVED: Final = [
    field for field in DATASET_PARAMETERS if field != openapi.ENTAILMENT_PARAMETER
]


def describe_routes(*, has_derived: bool) -> Router:
    """Return the routes; `entailment` is a parameter of those of a store with derived triples."""
    router = Router("SPARQL")
    dataset = DATASET_PARAMETERS if has_derived else _WITHOUT_DERIVED
    fields = (QUERY_PARAMETER, _UPDATE, *dataset, *_USING)
    body = {
        FORM_MEDIA_TYPE: describe_form("QueryOrUpdateForm", fields),
        sparql.QUERY_MEDIA_TYPE: sparql.QUERY_TEXT,
        UPDATE_MEDIA_TYPE: {"type": "string", "description": "A SPARQL Update request, in UTF-8."},
    }
    router.operation(
        "/sparql",
        "Run a SPARQL query sent in the address",
        (*ANSWER_FORMATS, HTML),
        sparql.GET_STATUSES,
        what=ANSWER,
        answer=list[ExpandedNode],
        parameters=[QUERY_PARAMETER, *dataset, *PAGE_PARAMETERS],
        operation_id="runQuery",
    )(sparql.ask_by_get)
    router.operation(
        "/sparql",
        "Run a SPARQL query or update sent in the body",
        (*ANSWER_FORMATS, HTML),
        (204, 303, 400, 401, 403, 406, 409, 413, 415, 429, 502, 503, 504),
        what=ANSWER,
        body=body,
        answer=list[ExpandedNode],
        parameters=[*dataset, *_USING],
        operation_id="postQuery",
        description="Run a SPARQL query or update, sent in a form or directly.\n\nIn HTML, the "
        "answer to a form stands at an address of its own, if the query fits into one.\nAn update "
        "is atomic: it is made completely or not at all. Once it is answered, every query "
        "sees\nit.",
        method="POST",
    )(sparql.ask_by_post)
    return router
