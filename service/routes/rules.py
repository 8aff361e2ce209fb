"""/rules: the rules of the release, each with its sentence, status, source and location."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Literal, NamedNode, QueryTriples, Triple

from kg.namespaces import DCTERMS, GLOCAL, PROV, RDF, RULE
from kg.store.quad_store import Store
from service.answers.formats import HTML, TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import conditional_response
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import Router
from service.pages.service_description import RULES
from service.pages.terms import labels, path_of
from service.served import CurrentRelease

router = Router("Reasons")

_FORMATS: Final = (*TRIPLE_FORMATS, HTML)
_DESCRIBE_RULES: Final = f"""
PREFIX glocal: <{GLOCAL}>
CONSTRUCT {{ ?rule ?property ?value }} WHERE {{ ?rule a glocal:Rule ; ?property ?value }}
"""


@router.operation(
    "/rules",
    "List the rules",
    _FORMATS,
    what="A prov:Collection of all rules.",
    operation_id="listRules",
)
def rules(request: Request, release: CurrentRelease) -> Response:
    """List every rule by which the release was derived, even those that derive nothing in it.

    Each has its sentence in each language, its status unless neutral, its source, and the
    file where it is defined. The document of a rule, `/rule/…`, says the same.
    """
    choice = choose_format(request, _FORMATS)

    def body() -> bytes:
        triples = _describe_rules(release.store)
        if choice.format == HTML:
            return _write_page(triples, release.ontology_paths)
        return write_graph(triples, choice, release.context, root=RULES)

    return conditional_response(request, choice, body, "rules", *release.ontology_paths)


def _describe_rules(store: Store) -> list[Triple]:
    """Return the collection of all rules, then the release's triples about each, sorted."""
    results = store.query(_DESCRIBE_RULES)
    about = sorted(results, key=str) if isinstance(results, QueryTriples) else []
    rules = dict.fromkeys(one.subject for one in about if isinstance(one.subject, NamedNode))
    return [
        Triple(RULES, RDF["type"], PROV["Collection"]),
        *labels(RULES, "rules-of-release"),
        *(Triple(RULES, PROV["hadMember"], rule) for rule in rules),
        *about,
    ]


def _write_page(triples: Sequence[Triple], documents: Sequence[str]) -> bytes:
    values: dict[NamedNode, dict[object, list[object]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and triple.subject != RULES:
            values[triple.subject][triple.predicate].append(triple.object)
    rules = [_describe_rule(rule, about) for rule, about in values.items()]
    return write_html("rules.html", rules=rules, documents=documents)


def _describe_rule(rule: NamedNode, about: dict[object, list[object]]) -> dict[str, object]:
    """Return what the page shows of a rule; `about` has its values by predicate."""

    def texts(predicate: NamedNode) -> list[str]:
        return [getattr(value, "value", "") for value in about[predicate]]

    return {
        "name": rule.value.removeprefix(RULE),
        "path": path_of(rule),
        "status": "".join(texts(GLOCAL["hasStatus"])).removeprefix(GLOCAL) or "neutral",
        "sentences": [text for text in about[GLOCAL["ruleSentence"]] if isinstance(text, Literal)],
        "source": " ".join(texts(DCTERMS["description"])),
        "locations": texts(GLOCAL["definedAt"]),
    }
