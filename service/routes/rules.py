"""/rules: what the release was derived by, each rule with sentence, status, source and place."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import Literal, NamedNode, QueryTriples, Triple

from kg.namespaces import DCTERMS, GLOCAL, PROV, RDF, RDFS, RULE
from kg.store.quad_store import Store
from service.answers.formats import HTML, TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
from service.http.html import door_page
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.pages.service_description import RULES
from service.pages.terms import address, place_link
from service.served import Served, served

router = APIRouter(tags=["Reasons"])

_FORMATS: Final = (*TRIPLE_FORMATS, HTML)
_ABOUT_RULES: Final = f"""
PREFIX glocal: <{GLOCAL}>
CONSTRUCT {{ ?rule ?property ?value }} WHERE {{ ?rule a glocal:Rule ; ?property ?value }}
"""
_BODY: Final = """<h1>Rules</h1>
<p>All {count} rules that the release was derived by, from axioms and from rule files. A neutral
rule weakens nothing; any other lends its status to what it derives.</p>
<dl>{rules}</dl>"""


@router.get(
    "/rules",
    summary="The rules",
    responses=responses(_FORMATS, 304, 406, what="A prov:Collection of all rules."),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def rules(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Every rule that the release was derived by, also those that derive nothing in it.

    Each with its sentence in English and Chinese, its status unless it is neutral, its source,
    and the place where it is written. The same stands in its own document, `/rule/…`.
    """
    choice = choose(request, _FORMATS)

    def body() -> bytes:
        about = describe_rules(here.store)
        if choice.format == HTML:
            return _page(about, here.documents)
        return write_graph(about, choice, here.context, root=RULES)

    return answer(request, choice, body, tag=tag_of(here, choice, "rules", *here.documents))


def describe_rules(store: Store) -> list[Triple]:
    """The collection of all rules, and then all that the release says of each, by name."""
    found = store.query(_ABOUT_RULES)
    about = sorted(found, key=str) if isinstance(found, QueryTriples) else []
    names = dict.fromkeys(one.subject for one in about if isinstance(one.subject, NamedNode))
    return [
        Triple(RULES, RDF["type"], PROV["Collection"]),
        Triple(RULES, RDFS["label"], Literal("the rules of this release", language="en")),
        Triple(RULES, RDFS["label"], Literal("本发布版的推理规则", language="zh")),
        *(Triple(RULES, PROV["hadMember"], name) for name in names),
        *about,
    ]


def _page(about: Sequence[Triple], documents: Sequence[str]) -> bytes:
    said: dict[NamedNode, dict[object, list[Triple]]] = defaultdict(lambda: defaultdict(list))
    for triple in about:
        if isinstance(triple.subject, NamedNode) and triple.subject != RULES:
            said[triple.subject][triple.predicate].append(triple)
    listed = [_listed(rule, values, documents) for rule, values in said.items()]
    body = _BODY.format(count=len(listed), rules="\n".join(listed))
    return door_page("Rules", body)


def _listed(rule: NamedNode, about: dict[object, list[Triple]], documents: Sequence[str]) -> str:
    def texts(predicate: NamedNode) -> list[str]:
        return [getattr(one.object, "value", "") for one in about.get(predicate, ())]

    sentences = [
        f'<span lang="{escape(one.object.language or "")}">{escape(one.object.value)}</span>'
        for one in about.get(GLOCAL["ruleSentence"], ())
        if isinstance(one.object, Literal)
    ]
    status = "".join(texts(GLOCAL["hasStatus"])).removeprefix(GLOCAL) or "neutral"
    places = " ".join(place_link(place, documents) for place in texts(GLOCAL["definedAt"]))
    source = escape(" ".join(texts(DCTERMS["description"])))
    name = escape(rule.value.removeprefix(RULE))
    return (
        f'<dt id="{name}"><a href="{escape(address(rule))}">{name}</a> <b>{escape(status)}</b></dt>'
        f"<dd>{' '.join(sentences)}<small>{source} {places}</small></dd>"
    )
