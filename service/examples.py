"""/.well-known/sparql-examples: every saved query, for SPARQL editors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Triple

from kg.release.examples import EXAMPLES, describe_examples
from service.answers.formats import TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.http.request import base_of
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])


@router.get(
    "/.well-known/sparql-examples",
    summary="The saved queries, for SPARQL editors",
    responses=responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def sparql_examples(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each as `sh:SPARQLExecutable`, with its question in English and Chinese.

    Those of `/queries`, and those that ask other endpoints too. They are no part of the release,
    whose hash they would change; the service description has them, where editors look.
    """
    choice, base = choose(request, TRIPLE_FORMATS), base_of(request)
    texts = [query.text for query in here.every_query]
    return answer(
        request,
        choice,
        lambda: write_graph(examples(here, base), choice, here.context, root=EXAMPLES),
        tag=tag_of(here, choice, "examples", base, *texts),
    )


def examples(here: Served, base: str) -> list[Triple]:
    """The examples, to be asked of the endpoint of the service at this address."""
    return describe_examples(here.every_query, here.store, NamedNode(f"{base}sparql"))
