"""Describe an endpoint, as triples in the SPARQL 1.1 Service Description vocabulary or as a page.

Derived triples are stored, so the entailment regime is simple entailment. The parameters
`entailment` and `view` are described within the vocabulary: the URL with `entailment=none` is a
second service, whose dataset lacks the derived triples, and those with a view are services with
other default graphs. So are those with a `world`, of which only the holder or status is described.
The page says how to query, which graphs and worlds there are, and the limits.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg import namespaces
from kg.describe.description import literals
from kg.namespaces import (
    ASSERTED,
    BASE,
    DCTERMS,
    DERIVED,
    GRAPH,
    PROV,
    RDF,
    RDFS,
    SD,
    SH,
    VOID,
    XSD,
)
from kg.reasoning.regimes.names import PROFILE_IRIS, REGIME_IRIS, RegimeName
from kg.reasoning.upkeep.entailment import DERIVED as DERIVED_HERE
from kg.sparql.dataset import QueryDataset
from kg.statuses import DEFAULT_VIEW, VIEWS, Base, Standing
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from kg.store.views import graph_of_base
from service.answers.formats import GRAPH_FORMATS, JSON_LD, RESULT_FORMATS
from service.http.negotiation import LANGUAGES
from service.pages.terms import labels, read_words
from service.settings import Settings

RULES: Final = NamedNode(f"{BASE}rules")
_ENTAILMENT: Final = namespaces.Namespace("http://www.w3.org/ns/entailment/")
# The engine has another IRI for JSON-LD; that of the other formats is the W3C's too.
_JSON_LD_IRI: Final = "http://www.w3.org/ns/formats/JSON-LD"
_FORMAT_IRIS: Final = [
    NamedNode(_JSON_LD_IRI if form == JSON_LD or form.syntax is None else form.syntax.iri)
    for form in (*RESULT_FORMATS, *GRAPH_FORMATS)
]
_RELATED_PATHS: Final = ("rules", "catalog", ".well-known/void", ".well-known/sparql-examples")
# Graphs that the page only counts: what they contain, the beginning of their names, and the path of
# the list that has them.
_MANY: Final = (
    ("evidence", namespaces.EVIDENCE, "/evidence"),
    ("derived", f"{DERIVED.value}-", "/graph"),
    ("follows", f"{GRAPH}follows-from-", "/graph"),
)
# What the engine answers otherwise than the standard says, as the W3C's tests and random queries
# show (benchmarks/conformance): the ends of keys of words.
_TAG: Final = re.compile(r"</?code>")
DIFFERENCES: Final = (
    *("graph", "minus", "negated", "reuse", "nested", "concat", "bnode", "number"),
)
# An example query for any data set.
_COUNT_CLASSES: Final = """SELECT ?class (COUNT(?thing) AS ?things) WHERE {
    ?thing a ?class .
} GROUP BY ?class ORDER BY DESC(?things)"""


def describe_service(store: Store, endpoint: str, *, federates: bool = False) -> list[Triple]:
    """Describe the endpoint of a release at this URL: language, formats, entailment, graphs, rules.

    `federates` says whether SERVICE may call other endpoints. Datasets and graphs are named by
    fragments of the URL, so that two descriptions of one release have the same triples.
    """
    service, graphs, sizes = NamedNode(endpoint), store.named_graphs, store.triple_counts
    without_derived, release = QueryDataset(named=graphs).without_derived(), store.manifest["hash"]
    # The parameters and the name of each service, its graphs, and the size of its default graph.
    services = [
        ("", "", graphs, sizes.get("default")),
        ("?entailment=none", "asserted", without_derived.named, sizes.get(ASSERTED.value)),
    ]
    for view, base in VIEWS.items():
        if base != DEFAULT_VIEW.base:
            services.append((f"?view={view}", view, graphs, _view_sizes(store, sizes).get(view)))
    triples = [*_worlds(store, service), *_graph_entries(endpoint, graphs, sizes)]
    triples += _reasoning(endpoint)
    for parameters, name, shown, size in services:
        described, prefix = NamedNode(endpoint + parameters), f"{endpoint}#{name and f'{name}-'}"
        triples += labels(described, f"endpoint-{name}".removesuffix("-"))
        triples += _capabilities(described, federates=federates)
        triples += _dataset(described, prefix, shown, size, release)
        triples += [Triple(service, DCTERMS["relation"], described)] if parameters else []
    return sorted(triples, key=lambda triple: (triple.subject != service, str(triple)))


def _view_sizes(store: Store, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the number of triples in the default graph of each view, if it is known."""
    stored = sizes.get("default")
    if stored is None:
        return {}
    changes = {view: store.views.change(Standing(base)) for view, base in VIEWS.items()}
    return {
        view: stored + len(change.added) - len(change.removed) for view, change in changes.items()
    }


def _worlds(store: Store, service: NamedNode) -> Iterator[Triple]:
    """Describe the endpoint in each world: its name, and whose claims or which status it adds."""
    for name, world in store.views.worlds.items():
        in_world = NamedNode(f"{service.value}?world={quote(name)}")
        yield Triple(service, DCTERMS["relation"], in_world)
        yield Triple(in_world, RDF["type"], SD["Service"])
        yield Triple(in_world, SD["endpoint"], in_world)
        yield Triple(in_world, DCTERMS["identifier"], Literal(name))
        yield Triple(in_world, DCTERMS["subject"], world.holder or world.status.iri)


def describe_scratch_service(
    endpoint: str,
    sizes: Mapping[str, int],
    settings: Settings,
    takes_updates: bool,
    regime: RegimeName | None = None,
    prefixes: Mapping[str, str] = MappingProxyType({}),
) -> list[Triple]:
    """Describe the endpoint of a scratch store at this URL.

    `sizes` are the numbers of triples by graph IRI; the default graph has the key `default`. With a
    regime, `?entailment=none` is a second service without it, which lacks the derived triples. The
    prefixes, which queries need not declare, are declared as in SHACL (section 5.2.1).
    """
    service, graphs = NamedNode(endpoint), [NamedNode(name) for name in sizes if name != "default"]
    capabilities = partial(
        _capabilities, federates=bool(settings.services), takes_updates=takes_updates
    )
    described = [
        *capabilities(service, regime=regime),
        *labels(service, "endpoint-scratch"),
        *_dataset(service, f"{endpoint}#", graphs, sizes["default"]),
        *_graph_entries(endpoint, graphs, sizes),
        *_declare(service, prefixes),
    ]
    if regime is None:
        return described
    without, derived = NamedNode(f"{endpoint}?entailment=none"), sizes.get(DERIVED_HERE.value, 0)
    asserted = [graph for graph in graphs if graph != DERIVED_HERE]
    size, prefix = sizes["default"] - derived, f"{endpoint}#asserted-"
    return [
        *described,
        Triple(service, DCTERMS["relation"], without),
        *capabilities(without),
        *_dataset(without, prefix, asserted, size),
        # The derived graph is marked by its origin.
        Triple(
            _entry(endpoint, DERIVED_HERE),
            PROV["wasDerivedFrom"],
            NamedNode(f"{prefix}default-graph"),
        ),
    ]


def _declare(service: NamedNode, prefixes: Mapping[str, str]) -> Iterator[Triple]:
    for name, namespace in prefixes.items():
        declaration = NamedNode(f"{service.value}#prefix-{quote(name, safe='')}")
        yield Triple(service, SH["declare"], declaration)
        yield Triple(declaration, SH["prefix"], Literal(name))
        yield Triple(declaration, SH["namespace"], Literal(namespace, datatype=XSD["anyURI"]))


def _capabilities(
    service: NamedNode,
    *,
    federates: bool,
    takes_updates: bool = False,
    regime: RegimeName | None = None,
) -> list[Triple]:
    """Describe languages, formats and entailment regime."""
    profile = PROFILE_IRIS.get(regime) if regime else None
    values: list[tuple[NamedNode, NamedNode]] = [
        (RDF["type"], SD["Service"]),
        *([(SD["feature"], SD["BasicFederatedQuery"])] if federates else ()),
        (SD["endpoint"], service),
        (SD["supportedLanguage"], SD["SPARQL11Query"]),
        *([(SD["supportedLanguage"], SD["SPARQL11Update"])] if takes_updates else ()),
        (SD["defaultEntailmentRegime"], REGIME_IRIS[regime] if regime else _ENTAILMENT["Simple"]),
        *([(SD["defaultSupportedEntailmentProfile"], profile)] if profile else ()),
        *((SD["resultFormat"], iri) for iri in _FORMAT_IRIS),
    ]
    return [
        *(Triple(service, predicate, value) for predicate, value in values),
        *(Triple(service, RDFS["comment"], text) for text in _differences()),
    ]


@cache
def _differences() -> tuple[Literal, ...]:
    """Return where answers differ from the standard, in each language."""
    return tuple(
        Literal(_TAG.sub("", read_words(tag)[f"endpoint-differs-{key}"]), language=tag)
        for tag in LANGUAGES
        for key in DIFFERENCES
    )


def _dataset(
    service: NamedNode,
    prefix: str,
    graphs: Iterable[NamedNode],
    size: int | None,
    release: str = "",
) -> list[Triple]:
    """Describe the default dataset of a service; its own resources have IRIs with this prefix.

    `size` is that of the default graph, `release` the hash of the release that the data is from.
    """
    endpoint = prefix.partition("#")[0]
    dataset, default = NamedNode(f"{prefix}dataset"), NamedNode(f"{prefix}default-graph")
    return [
        Triple(service, SD["defaultDataset"], dataset),
        Triple(dataset, RDF["type"], SD["Dataset"]),
        *([Triple(dataset, DCTERMS["identifier"], Literal(release))] if release else []),
        Triple(dataset, SD["defaultGraph"], default),
        Triple(default, RDF["type"], SD["Graph"]),
        *([] if size is None else [Triple(default, VOID["triples"], Literal(size))]),
        *(Triple(dataset, SD["namedGraph"], _entry(endpoint, graph)) for graph in graphs),
    ]


def _graph_entries(
    endpoint: str, graphs: Iterable[NamedNode], sizes: Mapping[str, int]
) -> Iterator[Triple]:
    """Describe named graphs; a graph and its entry in a dataset are two resources (SD, 3.2.3)."""
    for graph in graphs:
        entry = _entry(endpoint, graph)
        yield Triple(entry, RDF["type"], SD["NamedGraph"])
        yield Triple(entry, SD["name"], graph)
        if graph.value in sizes:
            contents = NamedNode(f"{endpoint}#contents-{_in_fragment(graph)}")
            yield Triple(entry, SD["graph"], contents)
            yield Triple(contents, RDF["type"], SD["Graph"])
            yield Triple(contents, VOID["triples"], Literal(sizes[graph.value]))


def _reasoning(endpoint: str) -> list[Triple]:
    """State that the default graph was generated from the asserted triples and the rules."""
    default, reasoning = NamedNode(f"{endpoint}#default-graph"), NamedNode(f"{endpoint}#reasoning")
    service, base = NamedNode(endpoint), endpoint.rpartition("/")[0]
    return [
        *(Triple(service, RDFS["seeAlso"], NamedNode(f"{base}/{path}")) for path in _RELATED_PATHS),
        Triple(default, PROV["wasGeneratedBy"], reasoning),
        Triple(reasoning, RDF["type"], PROV["Activity"]),
        *labels(reasoning, "derivation"),
        Triple(reasoning, PROV["used"], NamedNode(f"{endpoint}#asserted-default-graph")),
        Triple(reasoning, PROV["used"], RULES),
    ]


def _entry(endpoint: str, graph: NamedNode) -> NamedNode:
    """Return the IRI of a named graph's entry in the endpoint's datasets."""
    return NamedNode(f"{endpoint}#graph-{_in_fragment(graph)}")


def _in_fragment(graph: NamedNode) -> str:
    """Encode the IRI of a graph for a fragment (RFC 3986, section 3.5); no two become the same."""
    return quote(graph.value.removeprefix(BASE), safe="/?:@!$&'()*+,;=~")


def endpoint_facts(store: Store, settings: Settings, endpoint: str) -> Mapping[str, Any]:
    """Return what a page says about the endpoint at this URL, graphs with all their labels."""
    graphs, is_in = store.named_graphs, namespaces.is_in
    # Counting takes a second, in which somebody waits for the page.
    sizes: Mapping[str, int] = store.manifest.get("counts", {}).get("graphs", {})
    sizes = sizes or store.triple_counts
    of_bases = {graph_of_base(base, is_derived=True) for base in Base}
    spaces = [space for _, space, _ in _MANY]
    others = [graph for graph in graphs if graph in of_bases or not is_in(graph, *spaces)]
    counts = Counter(
        contents
        for graph in set(graphs).difference(others)
        for contents, space, _ in _MANY
        if is_in(graph, space)
    )
    return {
        **_facts(settings, endpoint),
        "sizes": {"default": sizes.get("default"), "asserted": sizes.get(ASSERTED.value)},
        "views": {**dict.fromkeys(VIEWS), **_view_sizes(store, sizes)},
        "graphs": [
            (graph, literals(store, graph, RDFS["label"]), sizes.get(graph.value))
            for graph in others
        ],
        "many": [(contents, path, counts[contents]) for contents, _, path in _MANY],
    }


def scratch_endpoint_facts(
    endpoint: str, sizes: Mapping[str, int], settings: Settings, takes_updates: bool
) -> Mapping[str, Any]:
    """Return what a page says about the endpoint of a scratch store; for `sizes` see above."""
    graphs = [(graph, (), count) for graph, count in sizes.items()]
    return {**_facts(settings, endpoint), "takes_updates": takes_updates, "graphs": graphs}


def _facts(settings: Settings, endpoint: str) -> dict[str, object]:
    """Return the facts about any endpoint; the names of limits end in their units."""
    return {
        "address": endpoint,
        "settings": settings,
        "takes_updates": False,
        "views": {},
        "many": (),
        "differences": DIFFERENCES,
        "formats": {"SELECT, ASK": RESULT_FORMATS, "CONSTRUCT, DESCRIBE": GRAPH_FORMATS},
        "limits": {
            "seconds": settings.max_query_seconds,
            "memory": settings.max_query_mebibytes,
            "query": settings.max_query_characters,
            "address": settings.max_address_characters,
            "rows": settings.max_result_rows,
            "bytes": settings.max_result_mebibytes,
            "running": settings.max_running_queries,
            "running-per-client": settings.max_running_queries_per_client,
        },
    }


def example_query(queries: Iterable[SavedQuery]) -> str:
    """Return the shortest of these SELECT queries without parameters, or one for any data set."""
    texts = [query.query for query in queries if not query.parameters and query.form == "SELECT"]
    return min(texts, key=len, default=_COUNT_CLASSES)
