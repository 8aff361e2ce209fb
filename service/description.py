"""The SPARQL 1.1 Service Description of an endpoint, as triples."""

from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import DCTERMS, RDF, RDFS, XSD, Namespace
from kg.store import Store
from service.formats import GRAPH_FORMATS, RESULT_FORMATS

SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
_VOID: Final = Namespace("http://rdfs.org/ns/void#")
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


def describe_service(store: Store, endpoint: str) -> list[Triple]:
    """What the endpoint at this address offers: language, formats, graphs.

    Dataset and graphs get fragments of the endpoint as names, so that two descriptions of one
    release are equal triple by triple.
    """
    service = NamedNode(endpoint)
    dataset, default = NamedNode(f"{endpoint}#dataset"), NamedNode(f"{endpoint}#default-graph")
    found = [
        Triple(service, RDF["type"], SD["Service"]),
        Triple(service, SD["endpoint"], service),
        Triple(service, SD["supportedLanguage"], SD["SPARQL11Query"]),
        Triple(service, RDFS["label"], Literal("Glocal's SPARQL endpoint", language="en")),
        Triple(service, RDFS["label"], Literal("Glocal 的 SPARQL 端点", language="zh")),
        Triple(service, SD["defaultDataset"], dataset),
        *(
            Triple(service, SD["resultFormat"], _FORMATS[_FORMAT_NAMES[form.media_type]])
            for form in (*RESULT_FORMATS, *GRAPH_FORMATS)
        ),
        Triple(dataset, RDF["type"], SD["Dataset"]),
        Triple(dataset, DCTERMS["identifier"], Literal(str(store.release["hash"]))),
        Triple(dataset, SD["defaultGraph"], default),
        Triple(default, RDF["type"], SD["Graph"]),
    ]
    count = store.release.get("counts", {}).get("graphs", {}).get("default")
    if count is not None:
        amount = Literal(str(count), datatype=XSD["integer"])
        found.append(Triple(default, _VOID["triples"], amount))
    for graph in store.named_graphs:
        # The name is one resource, its entry in this dataset another (SD, section 3.2.3).
        entry = NamedNode(f"{endpoint}#graph-{graph.value.rpartition('/')[2]}")
        found.append(Triple(dataset, SD["namedGraph"], entry))
        found.append(Triple(entry, RDF["type"], SD["NamedGraph"]))
        found.append(Triple(entry, SD["name"], graph))
    return sorted(found, key=lambda triple: (triple.subject != service, str(triple)))
