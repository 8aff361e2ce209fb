"""Describe an endpoint, as triples in the SPARQL 1.1 Service Description vocabulary or as a page.

Derived triples are stored, so the entailment regime is simple entailment. The parameter
`entailment` is described within the vocabulary: the URL with `entailment=none` is a second
service, whose dataset lacks the derived triples. The page says how to query, which graphs there
are, and the limits.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import literals
from kg.namespaces import (
    ASSERTED,
    BASE,
    DCTERMS,
    DERIVED,
    EVIDENCE,
    PROV,
    RDF,
    RDFS,
    SD,
    VOID,
    Namespace,
    is_in,
    shorten,
)
from kg.store.dataset import QueryDataset
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.answers.formats import GRAPH_FORMATS, JSON_LD, RESULT_FORMATS, Format
from service.http.html import query_field, write_page_with_home_link
from service.settings import Settings

RULES: Final = NamedNode(f"{BASE}rules")
_ENTAILMENT: Final = Namespace("http://www.w3.org/ns/entailment/")
# The engine has another IRI for JSON-LD; that of the other formats is the W3C's too.
_JSON_LD_IRI: Final = NamedNode("http://www.w3.org/ns/formats/JSON-LD")
_RELATED_PATHS: Final = ("rules", "catalog", ".well-known/void", ".well-known/sparql-examples")
_LABELS: Final = ("Glocal's SPARQL endpoint", "Glocal 的 SPARQL 端点")
_ASSERTED_LABELS: Final = (
    "Glocal's SPARQL endpoint, without derived triples",
    "Glocal 的 SPARQL 端点，不含推导所得",
)
_BODY: Final = """<h1>The SPARQL endpoint</h1>
{field}
<p><code>{endpoint}</code> answers SPARQL 1.1 queries by GET and POST, as defined by the
SPARQL 1.1 Protocol. For programs, this description is available at the same address as RDF:
<a href="?format=ttl">Turtle</a>, <a href="?format=jsonld">JSON-LD</a>, with
<a href="void">statistics</a> of classes and properties and the saved questions as
<a href=".well-known/sparql-examples">examples</a>. All of the data can be downloaded as
<a href="dumps">one file</a>. Release {release}, version
{version}.</p>
<h2>Dataset</h2>
<p>The default graph holds {default} triples: all that are asserted and all that are derived from
them by the <a href="rules">rules</a>. With <code>entailment=none</code> the derived triples are
left out, and {asserted} triples remain. <code>default-graph-uri</code> and
<code>named-graph-uri</code> replace the query's own <code>FROM</code> and
<code>FROM NAMED</code>. Relative IRIs are resolved against the URL of the endpoint. Nothing can be
changed, and no other data is fetched.
{services}</p>
<h2>Result formats</h2>
<p>Chosen by the <code>Accept</code> header, or by the parameter <code>format</code>.</p>
<table>{formats}</table>
<h2>Limits</h2>
<table>{limits}</table>
<h2>Named graphs</h2>
<table><tr><th>graph<th>contents<th>triples</tr>
{graphs}</table>
{others}"""


def describe_service(store: Store, endpoint: str, *, federates: bool = False) -> list[Triple]:
    """Describe the endpoint at this URL: language, formats, entailment, graphs and rules.

    `federates` says whether SERVICE may call other endpoints. Datasets and graphs are named by
    fragments of the URL, so that two descriptions of one release have the same triples.
    """
    service, asserted = NamedNode(endpoint), NamedNode(f"{endpoint}?entailment=none")
    sizes, graphs = store.triple_counts, store.named_graphs
    without_derived = QueryDataset(named=graphs).without_derived().named
    triples = [
        *describe_capabilities(service, _LABELS, federates=federates),
        *describe_capabilities(asserted, _ASSERTED_LABELS, federates=federates),
        Triple(service, DCTERMS["relation"], asserted),
        Triple(service, SD["defaultDataset"], NamedNode(f"{endpoint}#dataset")),
        Triple(asserted, SD["defaultDataset"], NamedNode(f"{endpoint}#asserted-dataset")),
        *_dataset(store, endpoint, "", graphs, sizes.get("default")),
        *_dataset(store, endpoint, "asserted-", without_derived, sizes.get(ASSERTED.value)),
        *_reasoning(endpoint),
    ]
    for graph in graphs:
        # A graph and its entry in a dataset are two resources (SD, section 3.2.3).
        entry = graph_entry(endpoint, graph)
        triples.append(Triple(entry, RDF["type"], SD["NamedGraph"]))
        triples.append(Triple(entry, SD["name"], graph))
        if graph.value in sizes:
            contents = NamedNode(f"{endpoint}#contents-{_in_fragment(graph)}")
            triples.append(Triple(entry, SD["graph"], contents))
            triples.append(Triple(contents, RDF["type"], SD["Graph"]))
            triples.append(Triple(contents, VOID["triples"], Literal(sizes[graph.value])))
    return sorted(triples, key=lambda triple: (triple.subject != service, str(triple)))


def describe_capabilities(
    service: NamedNode, labels: tuple[str, str], *, federates: bool
) -> list[Triple]:
    """Describe the language, formats and entailment regime that every endpoint here offers.

    `labels` are in English and in Chinese; `federates` says whether SERVICE may call other
    endpoints.
    """
    feature = Triple(service, SD["feature"], SD["BasicFederatedQuery"])
    english, chinese = labels
    return [
        Triple(service, RDF["type"], SD["Service"]),
        *([feature] if federates else ()),
        Triple(service, SD["endpoint"], service),
        Triple(service, SD["supportedLanguage"], SD["SPARQL11Query"]),
        Triple(service, SD["defaultEntailmentRegime"], _ENTAILMENT["Simple"]),
        Triple(service, RDFS["label"], Literal(english, language="en")),
        Triple(service, RDFS["label"], Literal(chinese, language="zh")),
        *(
            Triple(service, SD["resultFormat"], _format_iri(form))
            for form in (*RESULT_FORMATS, *GRAPH_FORMATS)
            if form.syntax is not None
        ),
    ]


def _format_iri(form: Format) -> NamedNode:
    return _JSON_LD_IRI if form == JSON_LD or form.syntax is None else NamedNode(form.syntax.iri)


def _dataset(
    store: Store, endpoint: str, prefix: str, graphs: Iterable[NamedNode], size: int | None
) -> list[Triple]:
    dataset = NamedNode(f"{endpoint}#{prefix}dataset")
    default = NamedNode(f"{endpoint}#{prefix}default-graph")
    triples = [
        Triple(dataset, RDF["type"], SD["Dataset"]),
        Triple(dataset, DCTERMS["identifier"], Literal(str(store.manifest["hash"]))),
        Triple(dataset, SD["defaultGraph"], default),
        Triple(default, RDF["type"], SD["Graph"]),
        *(Triple(dataset, SD["namedGraph"], graph_entry(endpoint, graph)) for graph in graphs),
    ]
    if size is not None:
        triples.append(Triple(default, VOID["triples"], Literal(size)))
    return triples


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


def graph_entry(endpoint: str, graph: NamedNode) -> NamedNode:
    """Return the IRI of a named graph's entry in the endpoint's datasets."""
    return NamedNode(f"{endpoint}#graph-{_in_fragment(graph)}")


def _in_fragment(graph: NamedNode) -> str:
    """Encode the IRI of a graph for a fragment (RFC 3986, section 3.5); no two become the same."""
    return quote(graph.value.removeprefix(BASE), safe="/?:@!$&'()*+,;=~")


def description_page(
    store: Store, settings: Settings, endpoint: str, queries: Iterable[SavedQuery] = ()
) -> bytes:
    """Write the page about the endpoint at this URL, with one of these queries as an example."""
    counts, graphs = store.triple_counts, store.named_graphs
    of_rules, of_evidence = f"{DERIVED.value}-", EVIDENCE
    derived = [graph for graph in graphs if is_in(graph, of_rules)]
    evidence = [graph for graph in graphs if is_in(graph, of_evidence)]
    others = [graph for graph in graphs if not is_in(graph, of_rules, of_evidence)]
    formats = {"SELECT, ASK": RESULT_FORMATS, "CONSTRUCT, DESCRIBE": GRAPH_FORMATS}
    body = _BODY.format(
        field=query_field(queries),
        endpoint=escape(endpoint),
        release=escape(str(store.manifest["hash"])[:16]),
        version=escape(str(store.manifest["version"])),
        default=_number(counts.get("default")),
        asserted=_number(counts.get(ASSERTED.value)),
        services=federation_note(settings),
        formats=_rows({forms: _listed_formats(several) for forms, several in formats.items()}),
        limits=_rows(_limits(settings)),
        graphs="\n".join(_row(store, graph, counts.get(graph.value)) for graph in others),
        others=_listed("of one piece of evidence each: a passage, a status, a holder", evidence)
        + _listed("of what one rule derived from one status", derived),
    )
    return write_page_with_home_link("The SPARQL endpoint", body)


def _rows(cells: Mapping[str, str]) -> str:
    return "".join(f"<tr><th>{name}<td>{value}</tr>" for name, value in cells.items())


def _listed_formats(formats: Iterable[Format]) -> str:
    return ", ".join(f"<code>{form.name}</code> ({form.media_type})" for form in formats)


def federation_note(settings: Settings) -> str:
    """Return, as HTML, which endpoints SERVICE may call and within which limits."""
    if not settings.services:
        return "<code>SERVICE</code> is refused: no other endpoint may be called."
    listed = ", ".join(f"<code>{escape(entry)}</code>" for entry in settings.services)
    return (
        f"<code>SERVICE</code> may call {listed}: up to {settings.max_service_calls:,} calls per "
        f"query, {settings.max_service_seconds:g} s per call and "
        f"{settings.max_service_seconds_per_query:g} s in total, "
        f"{settings.max_service_rows:,} rows and {settings.max_service_mebibytes:,} MiB in total."
    )


def _limits(settings: Settings) -> dict[str, str]:
    return {
        "time per query": f"{settings.max_query_seconds:g} s",
        "memory per query": f"{settings.max_query_mebibytes:,} MiB",
        "query length": f"{settings.max_query_characters:,} characters",
        "URL length": f"{settings.max_address_characters:,} characters",
        "result size": f"{settings.max_result_rows:,} rows or triples, "
        f"{settings.max_result_mebibytes:,} MiB",
        "concurrent queries": f"{settings.max_running_queries:,}, "
        f"{settings.max_running_queries_per_client:,} of them per client",
    }


def _row(store: Store, graph: NamedNode, size: int | None) -> str:
    labels = literals(store, graph, RDFS["label"])
    contents = "<br>".join(
        f'<span lang="{escape(label.language or "")}">{escape(label.value)}</span>'
        for label in sorted(labels, key=lambda label: (label.language or "", label.value))
    )
    count = "" if size is None else f"{size:,}"
    return f'<tr><td>{_link(graph)}<td>{contents}<td class="number">{count}</tr>'


def _listed(contents: str, graphs: Sequence[NamedNode]) -> str:
    if not graphs:
        return ""
    items = "".join(f"<li>{_link(graph)}" for graph in graphs)
    summary = f"<summary>Graphs {contents}: {len(graphs):,}</summary>"
    return f'<details>{summary}<ul class="columns">{items}</ul></details>\n'


def _link(graph: NamedNode) -> str:
    address = f"graphs?graph={quote(graph.value, safe='')}"
    return f'<a href="{escape(address)}">{escape(shorten(graph.value))}</a>'


def _number(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"
