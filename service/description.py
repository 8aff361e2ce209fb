"""The SPARQL 1.1 Service Description of an endpoint, as triples.

What is derived is stored, so the regime is simple entailment. The choice of `entailment` is told
in the vocabulary's own words: the address with `entailment=none` is a second service, whose
dataset lacks what is derived.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import ASSERTED, BASE, DCTERMS, PROV, RDF, RDFS, XSD, Namespace
from kg.store.dataset import Dataset
from kg.store.quad_store import Store
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS

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
