"""/rules: the rules of the release, each with its sentence, status, source and location."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from pyoxigraph import Literal, NamedNode, QueryTriples, Triple

from kg.namespaces import DCTERMS, GLOCAL, PROV, RDF, RDFS, RULE
from kg.store.quad_store import Store
from service.answers.formats import HTML, TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import conditional_response, entity_tag
from service.http.html import write_page_with_home_link
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, describe_responses
from service.pages.service_description import RULES
from service.pages.terms import path_of, place_link
from service.served import CurrentRelease

router = APIRouter(tags=["Reasons"], default_response_class=Response)

_FORMATS: Final = (*TRIPLE_FORMATS, HTML)
_DESCRIBE_RULES: Final = f"""
PREFIX glocal: <{GLOCAL}>
CONSTRUCT {{ ?rule ?property ?value }} WHERE {{ ?rule a glocal:Rule ; ?property ?value }}
"""
_BODY: Final = """<h1>Rules</h1>
<p>All {count} rules by which the release was derived, from axioms and from rule files. What a
rule derives is as weak as the weakest of its premises and the rule itself; a neutral rule has no
status of its own.</p>
<dl>{rules}</dl>"""


@router.get(
    "/rules",
    summary="List the rules",
    responses=describe_responses(_FORMATS, 304, 406, what="A prov:Collection of all rules."),
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
def rules(request: Request, release: CurrentRelease) -> Response:
    """List every rule by which the release was derived, even those that derive nothing in it.

    Each has its sentence in English and Chinese, its status unless neutral, its source, and the
    file where it is defined. The document of a rule, `/rule/…`, says the same.
    """
    choice = choose_format(request, _FORMATS)

    def body() -> bytes:
        triples = _describe_rules(release.store)
        if choice.format == HTML:
            return _write_page(triples, release.ontology_paths)
        return write_graph(triples, choice, release.context, root=RULES)

    tag = entity_tag(release, choice, "rules", *release.ontology_paths)
    return conditional_response(request, choice, body, tag=tag)


def _describe_rules(store: Store) -> list[Triple]:
    """Return the collection of all rules, then the release's triples about each, sorted."""
    results = store.query(_DESCRIBE_RULES)
    about = sorted(results, key=str) if isinstance(results, QueryTriples) else []
    rules = dict.fromkeys(
        triple.subject for triple in about if isinstance(triple.subject, NamedNode)
    )
    return [
        Triple(RULES, RDF["type"], PROV["Collection"]),
        Triple(RULES, RDFS["label"], Literal("the rules of this release", language="en")),
        Triple(RULES, RDFS["label"], Literal("本发布版的推理规则", language="zh")),
        *(Triple(RULES, PROV["hadMember"], rule) for rule in rules),
        *about,
    ]


def _write_page(triples: Sequence[Triple], documents: Sequence[str]) -> bytes:
    by_rule: dict[NamedNode, dict[object, list[Triple]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and triple.subject != RULES:
            by_rule[triple.subject][triple.predicate].append(triple)
    entries = [_write_entry(rule, about, documents) for rule, about in by_rule.items()]
    body = _BODY.format(count=len(entries), rules="\n".join(entries))
    return write_page_with_home_link("Rules", body)


def _write_entry(
    rule: NamedNode, about: dict[object, list[Triple]], documents: Sequence[str]
) -> str:
    """Write the entry of one rule; `about` has its triples by predicate."""

    def texts(predicate: NamedNode) -> list[str]:
        return [getattr(triple.object, "value", "") for triple in about.get(predicate, ())]

    sentences = [
        f'<span lang="{escape(triple.object.language or "")}">{escape(triple.object.value)}</span>'
        for triple in about.get(GLOCAL["ruleSentence"], ())
        if isinstance(triple.object, Literal)
    ]
    status = "".join(texts(GLOCAL["hasStatus"])).removeprefix(GLOCAL) or "neutral"
    places = " ".join(place_link(place, documents) for place in texts(GLOCAL["definedAt"]))
    source = escape(" ".join(texts(DCTERMS["description"])))
    name = escape(rule.value.removeprefix(RULE))
    return (
        f'<dt id="{name}"><a href="{escape(path_of(rule))}">{name}</a> <b>{escape(status)}</b></dt>'
        f"<dd>{' '.join(sentences)}<small>{source} {places}</small></dd>"
    )
