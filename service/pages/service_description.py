"""The SPARQL 1.1 Service Description of an endpoint, as triples.

What is derived is stored, so the regime is simple entailment. The choice of `entailment` is told
in the vocabulary's own words: the address with `entailment=none` is a second service, whose
dataset lacks what is derived.

The service description for people: how to ask, which graphs there are, what the limits are.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import (
    ASSERTED,
    BASE,
    DCTERMS,
    DERIVED,
    GRAPH,
    PROV,
    RDF,
    RDFS,
    XSD,
    Namespace,
    shorten,
)
from kg.store.dataset import Dataset
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS
from service.http.html import door_page, query_field
from service.settings import Settings

RULES: Final = NamedNode(f"{BASE}rules")


SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_ENTAILMENT: Final = Namespace("http://www.w3.org/ns/entailment/")
_FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
_BESIDE: Final = ("rules", "catalog", ".well-known/void", ".well-known/sparql-examples")
_FORMAT_NAMES: Final = {
    "text/turtle": "Turtle",
    "application/ld+json": "JSON-LD",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF_XML",
    "application/trig": "TriG",
    "application/n-quads": "N-Quads",
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
}


def describe_service(store: Store, endpoint: str, *, federates: bool = False) -> list[Triple]:
    """What the endpoint at this address offers: language, formats, entailment, graphs, rules.

    Datasets and graphs get fragments of the endpoint as names, so that two descriptions of one
    release are equal triple by triple. It `federates` where SERVICE may ask somebody.
    """
    service, asserted = NamedNode(endpoint), NamedNode(f"{endpoint}?entailment=none")
    counted = store.sizes
    names = store.named_graphs
    without_derived = Dataset(named=names).asserted().named
    found = [
        *offers(
            service, ("Glocal's SPARQL endpoint", "Glocal 的 SPARQL 端点"), federates=federates
        ),
        *offers(
            asserted,
            (
                "Glocal's SPARQL endpoint, without what is derived",
                "Glocal 的 SPARQL 端点，不含推导所得",
            ),
            federates=federates,
        ),
        Triple(service, DCTERMS["relation"], asserted),
        Triple(service, SD["defaultDataset"], NamedNode(f"{endpoint}#dataset")),
        Triple(asserted, SD["defaultDataset"], NamedNode(f"{endpoint}#asserted-dataset")),
        *_dataset(store, endpoint, "", names, counted.get("default")),
        *_dataset(store, endpoint, "asserted-", without_derived, counted.get(ASSERTED.value)),
        *_reasoning(endpoint),
    ]
    for graph in names:
        # The name is one resource, its entry in these datasets another (SD, section 3.2.3).
        entry = entry_of(endpoint, graph)
        found.append(Triple(entry, RDF["type"], SD["NamedGraph"]))
        found.append(Triple(entry, SD["name"], graph))
        if graph.value in counted:
            contents = NamedNode(f"{endpoint}#contents-{_in_fragment(graph)}")
            found.append(Triple(entry, SD["graph"], contents))
            found.append(Triple(contents, RDF["type"], SD["Graph"]))
            found.append(Triple(contents, VOID["triples"], count_of(counted[graph.value])))
    return sorted(found, key=lambda triple: (triple.subject != service, str(triple)))


def offers(service: NamedNode, labels: tuple[str, str], *, federates: bool) -> list[Triple]:
    """What every endpoint here offers: language, formats, regime; its labels are en and zh."""
    feature = Triple(service, SD["feature"], SD["BasicFederatedQuery"])
    return [
        Triple(service, RDF["type"], SD["Service"]),
        *([feature] if federates else ()),
        Triple(service, SD["endpoint"], service),
        Triple(service, SD["supportedLanguage"], SD["SPARQL11Query"]),
        Triple(service, SD["defaultEntailmentRegime"], _ENTAILMENT["Simple"]),
        *(
            Triple(service, RDFS["label"], Literal(label, language=language))
            for label, language in zip(labels, ("en", "zh"), strict=True)
        ),
        *(
            Triple(service, SD["resultFormat"], _FORMATS[_FORMAT_NAMES[form.media_type]])
            for form in (*RESULT_FORMATS, *GRAPH_FORMATS)
        ),
    ]


def _dataset(
    store: Store, endpoint: str, prefix: str, graphs: Iterable[NamedNode], size: int | None
) -> list[Triple]:
    dataset = NamedNode(f"{endpoint}#{prefix}dataset")
    default = NamedNode(f"{endpoint}#{prefix}default-graph")
    found = [
        Triple(dataset, RDF["type"], SD["Dataset"]),
        Triple(dataset, DCTERMS["identifier"], Literal(str(store.release["hash"]))),
        Triple(dataset, SD["defaultGraph"], default),
        Triple(default, RDF["type"], SD["Graph"]),
        *(Triple(dataset, SD["namedGraph"], entry_of(endpoint, graph)) for graph in graphs),
    ]
    if size is not None:
        found.append(Triple(default, VOID["triples"], count_of(size)))
    return found


def _reasoning(endpoint: str) -> list[Triple]:
    """How the default graph came by what is derived: from what is asserted and from the rules."""
    default, reasoning = NamedNode(f"{endpoint}#default-graph"), NamedNode(f"{endpoint}#reasoning")
    beside = endpoint.rpartition("/")[0]
    return [
        *(
            Triple(NamedNode(endpoint), RDFS["seeAlso"], NamedNode(f"{beside}/{name}"))
            for name in _BESIDE
        ),
        Triple(default, PROV["wasGeneratedBy"], reasoning),
        Triple(reasoning, RDF["type"], PROV["Activity"]),
        Triple(reasoning, RDFS["label"], Literal("deriving all that follows", language="en")),
        Triple(reasoning, RDFS["label"], Literal("推导全部结论", language="zh")),
        Triple(reasoning, PROV["used"], NamedNode(f"{endpoint}#asserted-default-graph")),
        Triple(reasoning, PROV["used"], RULES),
    ]


def count_of(number: int) -> Literal:
    """A number of triples."""
    return Literal(str(number), datatype=XSD["integer"])


def entry_of(endpoint: str, graph: NamedNode) -> NamedNode:
    """The entry of a named graph in the endpoint's datasets."""
    return NamedNode(f"{endpoint}#graph-{_in_fragment(graph)}")


def _in_fragment(graph: NamedNode) -> str:
    """The graph's name as a part of a fragment (RFC 3986, section 3.5), another for each graph."""
    return quote(graph.value.removeprefix(BASE), safe="/?:@!$&'()*+,;=~")


_BODY: Final = """<h1>The SPARQL endpoint</h1>
{field}
<p><code>{endpoint}</code> answers SPARQL 1.1 queries by GET and POST, as the SPARQL 1.1 Protocol
says. For programs, this description is at the same address in RDF:
<a href="?format=ttl">Turtle</a>, <a href="?format=jsonld">JSON-LD</a>, with
<a href="void">statistics</a> of classes and properties and the saved questions as
<a href=".well-known/sparql-examples">examples</a>. All of it can be taken away in
<a href="dumps">one file</a>. Release {release}, version
{version}.</p>
<h2>What is asked</h2>
<p>The default graph holds {default} triples: all that is asserted and all that is derived from it
by the <a href="rules">rules</a>. With <code>entailment=none</code> what is derived is left out,
and {asserted} triples are asked. <code>default-graph-uri</code> and <code>named-graph-uri</code>
stand instead of the query's own <code>FROM</code> and <code>FROM NAMED</code>. Relative IRIs are
resolved against the endpoint. Nothing can be changed, and nothing is fetched.
{services}</p>
<h2>In which forms it is answered</h2>
<p>By <code>Accept</code>, or by <code>format</code> in the address.</p>
<table>{formats}</table>
<h2>Limits</h2>
<table>{limits}</table>
<h2>Named graphs</h2>
<table><tr><th>graph<th>what it holds<th>triples</tr>
{graphs}</table>
{others}"""


def page(
    store: Store, settings: Settings, endpoint: str, queries: Iterable[SavedQuery] = ()
) -> bytes:
    """The page about the endpoint at this address, with one of these queries to begin with."""
    counts = store.sizes
    derived, evidence, named = _sorted_out(store.named_graphs)
    body = _BODY.format(
        field=query_field(queries),
        endpoint=escape(endpoint),
        release=escape(str(store.release["hash"])[:16]),
        version=escape(str(store.release["version"])),
        default=_number(counts.get("default")),
        asserted=_number(counts.get(GRAPH["asserted"].value)),
        services=about_services(settings),
        formats="".join(_formats()),
        limits="".join(
            f"<tr><th>{what}<td>{value}</tr>" for what, value in _limits(settings).items()
        ),
        graphs="\n".join(_row(store, graph, counts.get(graph.value)) for graph in named),
        others=_listed("by one piece of evidence each: a passage, a status, a holder", evidence)
        + _listed("with what one rule has derived from one status", derived),
    )
    return door_page("The SPARQL endpoint", body)


def _sorted_out(
    graphs: Iterable[NamedNode],
) -> tuple[list[NamedNode], list[NamedNode], list[NamedNode]]:
    """Those of one rule, those of one piece of evidence, and the others."""
    derived: list[NamedNode] = []
    evidence: list[NamedNode] = []
    named: list[NamedNode] = []
    for graph in graphs:
        if graph.value.startswith(f"{DERIVED.value}-"):
            derived.append(graph)
        elif graph.value.startswith(f"{BASE}evidence/"):
            evidence.append(graph)
        else:
            named.append(graph)
    return derived, evidence, named


def _formats() -> Iterator[str]:
    for what, formats in (("rows, yes or no", RESULT_FORMATS), ("triples", GRAPH_FORMATS)):
        names = ", ".join(f"<code>{one.name}</code> ({one.media_type})" for one in formats)
        yield f"<tr><th>{what}<td>{names}</tr>"


def about_services(settings: Settings) -> str:
    """Whom SERVICE may ask, and within which limits, as HTML."""
    if not settings.services:
        return "<code>SERVICE</code> is refused: no other endpoint may be asked."
    listed = ", ".join(f"<code>{escape(one)}</code>" for one in settings.services)
    return (
        f"<code>SERVICE</code> may ask {listed}: up to {settings.max_service_calls:,} times in one "
        f"query, for {settings.max_service_seconds:g} s each and "
        f"{settings.max_service_seconds_per_query:g} s in all, {settings.max_service_rows:,} rows "
        f"and {settings.max_service_mebibytes:,} MiB in all."
    )


def _limits(settings: Settings) -> dict[str, str]:
    return {
        "time of a query": f"{settings.max_query_seconds:g} s",
        "memory of a query": f"{settings.max_query_mebibytes:,} MiB",
        "length of a query": f"{settings.max_query_characters:,} characters",
        "length of an address": f"{settings.max_address_characters:,} characters",
        "a result": f"{settings.max_result_rows:,} rows or triples, "
        f"{settings.max_result_mebibytes:,} MiB",
        "queries at once": f"{settings.max_running_queries:,}, "
        f"{settings.max_running_queries_per_client:,} of them for one client",
    }


def _row(store: Store, graph: NamedNode, size: int | None) -> str:
    labels = [
        one.object
        for one in store.describe(graph)
        if one.predicate == RDFS["label"] and isinstance(one.object, Literal)
    ]
    said = "<br>".join(
        f'<span lang="{escape(label.language or "")}">{escape(label.value)}</span>'
        for label in sorted(labels, key=lambda label: label.language or "")
    )
    count = "" if size is None else f"{size:,}"
    return f'<tr><td>{_link(graph)}<td>{said}<td class="number">{count}</tr>'


def _listed(what: str, graphs: Sequence[NamedNode]) -> str:
    if not graphs:
        return ""
    items = "".join(f"<li>{_link(graph)}" for graph in graphs)
    summary = f"<summary>Graphs {what}: {len(graphs):,}</summary>"
    return f'<details>{summary}<ul class="columns">{items}</ul></details>\n'


def _link(graph: NamedNode) -> str:
    address = f"graphs?graph={quote(graph.value, safe='')}"
    return f'<a href="{escape(address)}">{escape(shorten(graph.value))}</a>'


def _number(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"
