"""Describe an endpoint, as triples in the SPARQL 1.1 Service Description vocabulary or as a page.

Derived triples are stored, so the entailment regime is simple entailment. The parameter
`entailment` is described within the vocabulary: the URL with `entailment=none` is a second
service, whose dataset lacks the derived triples. The page says how to query, which graphs there
are, and the limits.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg import namespaces
from kg.describe.description import literals
from kg.namespaces import ASSERTED, BASE, DCTERMS, DERIVED, EVIDENCE, PROV, RDF, RDFS, SD, VOID
from kg.store.dataset import QueryDataset
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.answers.formats import GRAPH_FORMATS, JSON_LD, RESULT_FORMATS, Format
from service.http.html import write_html
from service.settings import Settings

RULES: Final = NamedNode(f"{BASE}rules")
_ENTAILMENT: Final = namespaces.Namespace("http://www.w3.org/ns/entailment/")
# The engine has another IRI for JSON-LD; that of the other formats is the W3C's too.
_JSON_LD_IRI: Final = NamedNode("http://www.w3.org/ns/formats/JSON-LD")
_RELATED_PATHS: Final = ("rules", "catalog", ".well-known/void", ".well-known/sparql-examples")
_LABELS: Final = ("Glocal's SPARQL endpoint", "Glocal 的 SPARQL 端点")
_ASSERTED_LABELS: Final = (
    "Glocal's SPARQL endpoint, without derived triples",
    "Glocal 的 SPARQL 端点，不含推导所得",
)
_SCRATCH_LABELS: Final = (
    "SPARQL endpoint of a scratch store, in memory only",
    "临时存储的 SPARQL 端点，数据仅在内存中",
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
    service, asserted = NamedNode(endpoint), NamedNode(f"{endpoint}?entailment=none")
    sizes, graphs = store.triple_counts, store.named_graphs
    without_derived = QueryDataset(named=graphs).without_derived().named
    asserted_size, release = sizes.get(ASSERTED.value), str(store.manifest["hash"])
    triples = [
        *_capabilities(service, _LABELS, federates=federates),
        *_capabilities(asserted, _ASSERTED_LABELS, federates=federates),
        Triple(service, DCTERMS["relation"], asserted),
        *_dataset(service, f"{endpoint}#", graphs, sizes.get("default"), release),
        *_dataset(asserted, f"{endpoint}#asserted-", without_derived, asserted_size, release),
        *_graph_entries(endpoint, graphs, sizes),
        *_reasoning(endpoint),
    ]
    return sorted(triples, key=lambda triple: (triple.subject != service, str(triple)))


def describe_scratch_service(
    endpoint: str, sizes: Mapping[str, int], settings: Settings, takes_updates: bool
) -> list[Triple]:
    """Describe the endpoint of a scratch store at this URL.

    `sizes` are the numbers of triples by graph IRI; the default graph has the key `default`.
    """
    service, graphs = NamedNode(endpoint), [NamedNode(name) for name in sizes if name != "default"]
    federates = bool(settings.services)
    return [
        *_capabilities(service, _SCRATCH_LABELS, federates=federates, takes_updates=takes_updates),
        *_dataset(service, f"{endpoint}#", graphs, sizes["default"]),
        *_graph_entries(endpoint, graphs, sizes),
    ]


def _capabilities(
    service: NamedNode, labels: tuple[str, str], *, federates: bool, takes_updates: bool = False
) -> list[Triple]:
    """Describe languages, formats and entailment regime; `labels` are in English and Chinese."""
    english, chinese = labels
    values: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF["type"], SD["Service"]),
        *([(SD["feature"], SD["BasicFederatedQuery"])] if federates else ()),
        (SD["endpoint"], service),
        (SD["supportedLanguage"], SD["SPARQL11Query"]),
        *([(SD["supportedLanguage"], SD["SPARQL11Update"])] if takes_updates else ()),
        (SD["defaultEntailmentRegime"], _ENTAILMENT["Simple"]),
        (RDFS["label"], Literal(english, language="en")),
        (RDFS["label"], Literal(chinese, language="zh")),
        *((SD["resultFormat"], _format_iri(form)) for form in (*RESULT_FORMATS, *GRAPH_FORMATS)),
    ]
    return [Triple(service, predicate, value) for predicate, value in values]


def _format_iri(form: Format) -> NamedNode:
    return _JSON_LD_IRI if form == JSON_LD or form.syntax is None else NamedNode(form.syntax.iri)


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
    base = endpoint.rpartition("/")[0]
    return [
        *(
            Triple(NamedNode(endpoint), RDFS["seeAlso"], NamedNode(f"{base}/{name}"))
            for name in _RELATED_PATHS
        ),
        Triple(default, PROV["wasGeneratedBy"], reasoning),
        Triple(reasoning, RDF["type"], PROV["Activity"]),
        Triple(reasoning, RDFS["label"], Literal("derivation of all conclusions", language="en")),
        Triple(reasoning, RDFS["label"], Literal("推导全部结论", language="zh")),
        Triple(reasoning, PROV["used"], NamedNode(f"{endpoint}#asserted-default-graph")),
        Triple(reasoning, PROV["used"], RULES),
    ]


def _entry(endpoint: str, graph: NamedNode) -> NamedNode:
    """Return the IRI of a named graph's entry in the endpoint's datasets."""
    return NamedNode(f"{endpoint}#graph-{_in_fragment(graph)}")


def _in_fragment(graph: NamedNode) -> str:
    """Encode the IRI of a graph for a fragment (RFC 3986, section 3.5); no two become the same."""
    return quote(graph.value.removeprefix(BASE), safe="/?:@!$&'()*+,;=~")


def description_page(
    store: Store, settings: Settings, endpoint: str, queries: Iterable[SavedQuery] = ()
) -> bytes:
    """Write the page about the endpoint at this URL, with one of these queries as an example."""
    sizes, graphs, is_in = store.triple_counts, store.named_graphs, namespaces.is_in
    of_rules = f"{DERIVED.value}-"
    others = [graph for graph in graphs if not is_in(graph, of_rules, EVIDENCE)]
    return write_html(
        "sparql.html",
        endpoint=endpoint,
        example=example_query(queries),
        manifest=store.manifest,
        settings=settings,
        sizes={"default": sizes.get("default"), "asserted": sizes.get(ASSERTED.value)},
        formats={"SELECT, ASK": RESULT_FORMATS, "CONSTRUCT, DESCRIBE": GRAPH_FORMATS},
        others=[(graph, _labels(store, graph), sizes.get(graph.value)) for graph in others],
        folded={
            contents: [graph for graph in graphs if is_in(graph, namespace)]
            for contents, namespace in (
                ("of one piece of evidence each: a passage, a status, a holder", EVIDENCE),
                ("of what one rule derived from one status", of_rules),
            )
        },
    )


def _labels(store: Store, graph: NamedNode) -> list[Literal]:
    labels = literals(store, graph, RDFS["label"])
    return sorted(labels, key=lambda label: (label.language or "", label.value))


def example_query(queries: Iterable[SavedQuery]) -> str:
    """Return the shortest of these SELECT queries without parameters, or one for any data set."""
    texts = [query.text for query in queries if not query.parameters and query.form == "SELECT"]
    return min(texts, key=len, default=_COUNT_CLASSES)


def scratch_description_page(
    endpoint: str, sizes: Mapping[str, int], settings: Settings, takes_updates: bool
) -> bytes:
    """Write the page about the endpoint of a scratch store; for `sizes` see its description."""
    return write_html(
        "scratch-sparql.html",
        endpoint=endpoint,
        sizes=sizes,
        settings=settings,
        takes_updates=takes_updates,
    )
