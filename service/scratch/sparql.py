"""/sparql of a scratch store: the routes of a release, described with the updates that it takes.

See the SPARQL 1.1 Protocol, section 2.2.
"""

from typing import Final

from service.answers.formats import HTML
from service.http.openapi import (
    DATASET_PARAMETERS,
    ENTAILMENT_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.request import FORM_MEDIA_TYPE, UPDATE_MEDIA_TYPE
from service.routes.sparql import (
    ANSWER,
    ANSWER_FORMATS,
    GET_STATUSES,
    QUERY_MEDIA_TYPE,
    QUERY_PARAMETER,
    QUERY_TEXT,
    ask_by_get,
    ask_by_post,
)

router = Router("SPARQL")

_UPDATE: Final = describe_parameter("update", "A SPARQL Update request, instead of a query.")
_USING: Final = [
    {**describe_parameter(f"using-{name}", text), "schema": DATASET_PARAMETERS[0]["schema"]}
    for name, text in (
        ("graph-uri", "For an update: a graph to merge into the default graph of its patterns."),
        ("named-graph-uri", "For an update: a named graph of its patterns."),
    )
]
_DATASET: Final = [field for field in DATASET_PARAMETERS if field != ENTAILMENT_PARAMETER]
_FORM: Final = {
    "type": "object",
    "properties": {
        field["name"]: field["schema"] for field in (QUERY_PARAMETER, _UPDATE, *_DATASET, *_USING)
    },
}
_BODY: Final = {
    FORM_MEDIA_TYPE: _FORM,
    QUERY_MEDIA_TYPE: QUERY_TEXT,
    UPDATE_MEDIA_TYPE: {"type": "string", "description": "A SPARQL Update request, in UTF-8."},
}

router.operation(
    "/sparql",
    "Run a SPARQL query sent in the address",
    (*ANSWER_FORMATS, HTML),
    GET_STATUSES,
    what=ANSWER,
    parameters=[QUERY_PARAMETER, *_DATASET],
)(ask_by_get)
router.operation(
    "/sparql",
    "Run a SPARQL query or update sent in the body",
    ANSWER_FORMATS,
    (204, 400, 401, 403, 406, 409, 413, 415, 502, 503, 504),
    what=ANSWER,
    body=_BODY,
    parameters=[*_DATASET, *_USING],
    description="Run a SPARQL query or update, sent in a form or directly.\n\nAn update is atomic: "
    "it is made completely or not at all. Once it is answered, every query sees\nit.",
    method="POST",
)(ask_by_post)
