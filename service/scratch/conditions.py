"""If-Match and If-None-Match of a change (RFC 9110, section 13.1)."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

from fastapi import Request
from pyoxigraph import DefaultGraph, NamedNode

from service.answers.formats import GRAPH_FORMATS, VERSIONS, Choice
from service.errors import PreconditionFailed
from service.http.conditional import holds, tag_of
from service.http.kept_answers import uncoded
from service.queries.messages import Demand
from service.scratch.store import Scratch

Graph = NamedNode | DefaultGraph | None
_FORMATS: Final = [
    (form, media_type) for form in GRAPH_FORMATS for media_type in (form.media_type, *form.aliases)
]


def tag_of_graph(
    here: Scratch,
    choice: Choice,
    graph: Graph,
    options: Mapping[str, str | bool] = MappingProxyType({}),
) -> str:
    """The entity tag of a graph in the present state, in this form; with none, of all graphs."""
    return tag_of(here, choice, "graph", str(graph), choice.version, *map(str, options.items()))


def demand_of(request: Request) -> Demand:
    """What `*` in these headers demands, which only the writing process can tell."""
    if _said(request, "if-match") == "*":
        return Demand.PRESENT
    return Demand.ABSENT if _said(request, "if-none-match") == "*" else Demand.NOTHING


def check_tags(request: Request, here: Scratch, graph: Graph) -> None:
    """Let pass a change of what its client has seen; called when no other change can come between.

    A tag says which state it was made of, in whichever form and content coding.

    Raises:
        PreconditionFailed: it has seen another state, or names this one in If-None-Match.
    """
    wanted, unwanted = _said(request, "if-match"), _said(request, "if-none-match")
    if wanted not in ("", "*") and not _is_present(wanted, here, graph):
        raise PreconditionFailed("the store was changed since that entity tag was given")
    if unwanted not in ("", "*") and _is_present(unwanted, here, graph):
        raise PreconditionFailed("the store is as it was when that entity tag was given")


def _is_present(tags: str, here: Scratch, graph: Graph) -> bool:
    """Whether one of these tags is of the present state; weak ones are of none."""
    strong = ",".join(one for one in tags.split(",") if not one.strip().startswith("W/"))
    held = uncoded(strong)
    return any(
        holds(held, tag_of_graph(here, Choice(form, media_type, version), graph))
        for (form, media_type), version in product(_FORMATS, ("", *VERSIONS))
    )


def _said(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name)).strip()
