"""The front page of any data: what it consists of, examples, and ways to ask."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from service.excerpts.overview import Overview
from service.pages.data.terms import DataTerms

# Classes and properties that are not folded away.
_SHOWN_FIRST: Final = 24
# In the order of their size.
_QUERIES: Final = {
    "own-query-classes": """SELECT ?class (COUNT(?thing) AS ?things) WHERE {
    ?thing a ?class .
}
GROUP BY ?class
ORDER BY DESC(?things)""",
    "own-query-things": """SELECT ?subject ?predicate ?object WHERE {
    ?subject ?predicate ?object .
}
LIMIT 100""",
}


def write_home_page(
    terms: DataTerms,
    overview: Overview,
    *,
    interfaces: Mapping[str, Mapping[str, str]],
    without_link: tuple[str, ...],
    takes_updates: bool,
) -> bytes:
    """Write the front page; `interfaces` has a text in each language for each path."""
    terms = terms.knowing(overview.names)
    classes, properties = overview.own_classes, overview.own_properties
    triples, graphs = overview.triples, overview.graphs or {}
    totals = {"triples": triples, "classes": len(classes), "properties": len(properties)}
    return terms.write_page(
        "data-home.html",
        title=terms.site,
        path="/",
        place="explore",
        totals={name: count for name, count in totals.items() if count},
        is_empty=triples == 0,
        takes_updates=takes_updates,
        classes=None if overview.classes is None else [*classes.items()],
        properties=None if overview.properties is None else [*properties.items()],
        schema_terms=[*overview.schema_terms.items()],
        graphs=[(graph, count) for graph, count in graphs.items() if graph is not None],
        examples=overview.examples,
        prefixes=_used_prefixes(terms, overview),
        queries=[(key, f"/sparql?{urlencode({'query': text})}") for key, text in _QUERIES.items()],
        shown_first=_SHOWN_FIRST,
        interfaces=interfaces,
        without_link=without_link,
    )


def _used_prefixes(terms: DataTerms, overview: Overview) -> dict[str, str]:
    """Return the prefixes of the terms that the page shows, in their order."""
    shown: list[Any] = [*(overview.classes or ()), *(overview.properties or ()), *overview.examples]
    curies = (terms.curie(term.value) for term in shown if isinstance(term, NamedNode))
    used = {curie.partition(":")[0] for curie in curies if "://" not in curie}
    return {name: namespace for name, namespace in terms.prefixes.items() if name in used}
