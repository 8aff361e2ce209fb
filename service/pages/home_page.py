"""The front page: what this is, examples, how to read the statuses, numbers, a map, ways in."""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from kg.content import Content, english
from kg.describe.description import withdrawn_iris
from kg.namespaces import DCTERMS, DERIVED, EVIDENCE, ID, RDF, is_in
from kg.statuses import Status
from kg.store.quad_store import Store
from service.pages.dataset_summary import DatasetSummary
from service.pages.terms import TermWriter
from service.pages.world_map import NARROW, WIDE, draw_map, find_kinds, find_places

# Each kind of reader, by the key of the words, with the parts that they may want first.
_READERS: Final[Mapping[str, Sequence[str]]] = {
    "reader": ("/queries", "/disagreements", "/search"),
    "semantic": ("/sparql", "/ontology", "/rules"),
    "linker": ("/search", "/links", "/links#openrefine"),
    "programmer": ("/data#api", "/openapi.json", "/llms.txt"),
}


def write_home_page(
    terms: TermWriter,
    store: Store,
    summary: DatasetSummary,
    *,
    content: Content,
    version: str,
    questions: int,
    examples: str,
) -> bytes:
    """Write the front page; `examples` are those of `FrontExamplesJob`, or empty."""
    places = find_places(store)
    names = [terms.label(place.iri).value for place in places]
    counts = store.manifest.get("counts", {}).get("evidence", {})
    return terms.write_page(
        "home.html",
        title=_in_language(content.title, terms.language).value,
        name_of_all=_in_language(content.title, terms.language),
        abstract=_in_language(content.summary, terms.language),
        path="/",
        summary=summary,
        version=version,
        totals={name: count for name, count in _totals(store, questions).items() if count},
        examples=Markup(examples),  # noqa: S704 - written by a template that escapes
        statuses=[
            (status.iri, status.value, counts.get(status.value, 0))
            for status in Status
            if any(store.triples(status.iri))
        ],
        sources=[
            (source, [one.object for one in store.triples(source, DCTERMS["creator"])])
            for source in summary.texts("source")
            if isinstance(source, NamedNode)
        ],
        maps=[draw_map(places, names, letter) for letter in (WIDE, NARROW)],
        kinds=find_kinds(store, places),
        things=[(place.iri, name) for place, name in zip(places, names, strict=True)],
        readers=_READERS,
    )


def _in_language(texts: Mapping[str, str], language: str) -> Literal:
    """Return the text in a language, or else the English one."""
    found = language if language in texts else "en"
    return Literal(texts[found] if found in texts else english(texts), language=found)


def _totals(store: Store, questions: int) -> dict[str, int]:
    """Return the numbers of the release; 0 for what was not counted."""
    counts, rules = store.manifest.get("counts", {}), store.manifest.get("rules", {})
    typed, withdrawn = store.triples(predicate=RDF["type"]), withdrawn_iris(store)
    sizes, evidence = counts.get("graphs", {}), counts.get("evidence", {})
    graphs = [name for name in store.named_graphs if is_in(name, EVIDENCE)]
    return {
        "things": len({one.subject for one in typed if is_in(one.subject, ID)} - withdrawn),
        "evidence": sum(evidence.values()),
        "asserted": sum(1 for _ in store.quads_of_graphs(graphs)),
        "derived": sizes.get(DERIVED.value, 0),
        "rules": rules.get("axioms", 0) + rules.get("files", 0),
        "questions": questions,
    }
