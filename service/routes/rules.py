"""/rules: the rules of the release, each with its sentence, status, source and location."""

from typing import Final

from fastapi import Request, Response
from pyoxigraph import NamedNode, QueryTriples, Triple

from kg.namespaces import GLOCAL, PROV, RDF
from kg.store.quad_store import Store
from service.answers.formats import HTML, TRIPLE_FORMATS, Choice
from service.answers.serialization import write_graph
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router
from service.pages.page_or_document import send_page_or_document
from service.pages.rules_page import write_rules_page
from service.pages.service_description import RULES
from service.pages.terms import TermWriter, labels
from service.served import CurrentRelease

router = Router("Reasons")

_DESCRIBE_RULES: Final = f"""
PREFIX glocal: <{GLOCAL}>
CONSTRUCT {{ ?rule ?property ?value }} WHERE {{ ?rule a glocal:Rule ; ?property ?value }}
"""


@router.operation(
    "/rules",
    "List the rules",
    (*TRIPLE_FORMATS, HTML),
    what="A prov:Collection of all rules.",
    parameters=[FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="listRules",
)
def rules(request: Request, release: CurrentRelease) -> Response:
    """List every rule by which the release was derived, even those that derive nothing in it.

    Each has its sentence in each language, its status unless neutral, its source, and the
    file where it is defined. The document of a rule, `/rule/…`, says the same.
    """

    def write(choice: Choice) -> bytes:
        return write_graph(_describe_rules(release.store), choice, release.context, root=RULES)

    def write_page(terms: TermWriter) -> bytes:
        return write_rules_page(terms, _describe_rules(release.store), release.ontology_paths)

    parts = ("rules", *release.ontology_paths)
    return send_page_or_document(request, TRIPLE_FORMATS, write, write_page, *parts)


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
