"""Mixes of twelve kinds of query, each with a value drawn from the data.

`$x` in a template is replaced by a value from the query for the template's domain. Every query ends
with a comment that makes its text unique, even where the data has few values. All queries read only
the default graph, so engines without named graphs give the same answers.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import QuerySolutions, Store

from benchmarks.load import get

_SEED: Final = 2026
ROWS: Final = "application/sparql-results+json"
TRIPLES: Final = "text/turtle"


@dataclass(frozen=True)
class Mix:
    """A mix of queries.

    `domains` maps a domain to a query that lists its values as ?x, `templates` maps a kind of query
    to its domain and template.
    """

    prefixes: str
    domains: Mapping[str, str]
    templates: Mapping[str, tuple[str, str]]

    def draw(self, store: Store, count: int) -> list[str]:
        """Return `count` queries of each kind, the kinds in turn; no two queries are the same.

        The same store gives the same queries.
        """
        generator = random.Random(_SEED)  # noqa: S311 (not used for security)
        values = {name: self._values(store, query) for name, query in self.domains.items()}
        queries: list[str] = []
        for _ in range(count):
            for domain, template in self.templates.values():
                text = template.replace("$x", generator.choice(values[domain]))
                queries.append(f"{self.prefixes}{text} # {len(queries)}")
        return queries

    def _values(self, store: Store, query: str) -> list[str]:
        solutions = store.query(self.prefixes + query)
        if not isinstance(solutions, QuerySolutions):
            raise TypeError(f"Expected a SELECT that lists the values of a domain, got: {query}")
        return [str(solution["x"]) for solution in solutions]


def requests(queries: list[str], path: str) -> list[bytes]:
    """Return each query as the bytes of a GET request to this path, which may have parameters."""
    mark = "&" if "?" in path else "?"
    return [
        get(
            f"{path}{mark}{urlencode({'query': query})}",
            Accept=TRIPLES if is_graph(query) else ROWS,
        )
        for query in queries
    ]


def is_graph(query: str) -> bool:
    """Return whether the query results in triples."""
    return "DESCRIBE" in query or "CONSTRUCT" in query


PAPER: Final = Mix(
    "PREFIX g: <https://w3id.org/glocal/ontology#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> ",
    {
        "thing": "SELECT DISTINCT ?x { ?x a ?t ; rdfs:label ?l FILTER(ISIRI(?x)) } ORDER BY ?x",
        "class": "SELECT DISTINCT ?x { ?s a ?x . ?x rdfs:label ?l } ORDER BY ?x",
        "page": "SELECT DISTINCT ?x { ?s g:page ?x } ORDER BY ?x",
        "word": "SELECT DISTINCT ?x { ?s rdfs:label ?l FILTER(LANG(?l) = 'en') "
        "BIND(LCASE(SUBSTR(STR(?l), 1, 4)) AS ?x) } ORDER BY ?x",
    },
    {
        "look-up": ("thing", "SELECT ?p ?o { $x ?p ?o }"),
        "2 joins": ("thing", "SELECT ?p ?o ?l { $x ?p ?o . ?o rdfs:label ?l }"),
        "3 joins": ("thing", "SELECT ?p ?o ?t ?l { $x ?p ?o . ?o a ?t . ?t rdfs:label ?l }"),
        "filter": ("page", "SELECT ?s ?n { ?s g:page ?n FILTER(?n > $x) }"),
        "group": ("class", "SELECT ?p (COUNT(?o) AS ?n) { ?s a $x ; ?p ?o } GROUP BY ?p"),
        "order": ("class", "SELECT ?s ?l { ?s a $x ; rdfs:label ?l } ORDER BY ?l ?s"),
        "optional": ("class", "SELECT ?s ?n { ?s a $x OPTIONAL { ?n g:foundedAt ?s } }"),
        "path": ("class", "SELECT ?t { $x rdfs:subClassOf+ ?t }"),
        "yes or no": ("thing", "ASK { ?s ?p $x . ?s a g:City }"),
        "DESCRIBE": ("thing", "DESCRIBE $x"),
        "CONSTRUCT": ("thing", "CONSTRUCT { ?s ?p $x } WHERE { ?s ?p $x }"),
        "text": ("word", "SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(STR(?l)), $x)) }"),
    },
)

GOVERNANCE: Final = Mix(
    "PREFIX g: <https://example.org/governance#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> ",
    {
        "city": "SELECT ?x { ?x a g:City } ORDER BY ?x",
        "network": "SELECT ?x { ?x a g:CityNetwork } ORDER BY ?x",
        "event": "SELECT ?x { ?x a g:Summit } ORDER BY ?x",
        "norm": "SELECT ?x { ?x a g:Treaty } ORDER BY ?x",
        "ranking": "SELECT ?x { ?x a g:Ranking } ORDER BY ?x",
        "region": "SELECT ?x { ?x a g:Region } ORDER BY ?x",
        "issue": "SELECT ?x { ?x a g:Issue } ORDER BY ?x",
    },
    {
        "look-up": ("city", "SELECT ?p ?o { $x ?p ?o }"),
        "2 joins": ("network", "SELECT ?c ?l { ?c g:memberOf $x ; rdfs:label ?l }"),
        "3 joins": (
            "norm",
            "SELECT ?c ?n ?i { ?c g:signs $x ; g:memberOf ?n . ?n g:addresses ?i }",
        ),
        "filter": (
            "network",
            "SELECT ?c ?n { ?c g:memberOf $x ; g:population ?n FILTER(?n > 15000000) }",
        ),
        "group": (
            "network",
            "SELECT ?i (COUNT(?e) AS ?n) { ?e g:organisedBy $x ; g:about ?i } GROUP BY ?i",
        ),
        "order": (
            "ranking",
            "SELECT ?c ?r { ?e g:inRanking $x ; g:ranks ?c ; g:rank ?r } ORDER BY ?r ?c",
        ),
        "optional": ("norm", "SELECT ?c ?t { ?c g:signs $x OPTIONAL { ?c g:twinnedWith ?t } }"),
        "path": ("region", "SELECT ?c { ?c g:partOf+ $x }"),
        "yes or no": ("city", "ASK { $x g:attends/g:heldIn/g:memberOf/g:addresses ?i }"),
        "DESCRIBE": ("event", "DESCRIBE $x"),
        "CONSTRUCT": (
            "city",
            "CONSTRUCT { $x g:meets ?c } WHERE { $x g:attends ?e . ?c g:attends ?e }",
        ),
        "text": (
            "network",
            'SELECT ?c ?l { ?c g:memberOf $x ; rdfs:label ?l FILTER(CONTAINS(LCASE(?l), "y7")) }',
        ),
    },
)
