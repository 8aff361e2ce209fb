"""The W3C's three tests of a service description, which their manifest gives by name alone.

Source: SPARQL 1.1 Service Description, sections 2 and 3; the domains and ranges are those of its
vocabulary.
"""

import http.client
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import rdflib
from rdflib import RDF, Namespace, URIRef
from rdflib.term import Node

_SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_RDF: Final = "text/turtle, application/rdf+xml;q=0.9, application/n-triples;q=0.8"
_ANY: Final = ""
# Property -> the classes of its subjects and its objects; none where the vocabulary names none.
_ENDS: Final[Mapping[str, tuple[str, str]]] = {
    "endpoint": ("Service", _ANY),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", _ANY),
    "inputFormat": ("Service", _ANY),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", _ANY),
    "graph": ("NamedGraph", "Graph"),
}
_ABOVE: Final = {"Dataset": "GraphCollection"}
_INSTANCES: Final = {
    "SPARQL10Query": "Language",
    "SPARQL11Query": "Language",
    "SPARQL11Update": "Language",
    "DereferencesURIs": "Feature",
    "UnionDefaultGraph": "Feature",
    "RequiresDataset": "Feature",
    "EmptyGraphs": "Feature",
    "BasicFederatedQuery": "Feature",
}


def returns_rdf(endpoint: str) -> list[str]:
    """GET on the endpoint returns RDF."""
    return [] if len(_description(endpoint)) else ["the description is empty"]


def has_endpoint_triple(endpoint: str) -> list[str]:
    """The description contains a matching sd:endpoint triple."""
    found = set(_description(endpoint).objects(predicate=_SD.endpoint))
    return [] if URIRef(endpoint) in found else [f"no sd:endpoint is <{endpoint}>"]


def conforms_to_schema(endpoint: str) -> list[str]:
    """It uses the vocabulary as it is defined."""
    graph = _description(endpoint)
    wrong = [] if set(graph.subjects(RDF.type, _SD.Service)) else ["nothing is an sd:Service"]
    for subject, predicate, value in _triples(graph):
        if not predicate.startswith(_SD):
            continue
        ends = _ENDS.get(predicate.removeprefix(_SD))
        if ends is None:
            wrong.append(f"{predicate} is no property of the vocabulary")
            continue
        for node, name in zip((subject, value), ends, strict=True):
            classes = _classes(graph, node)
            if name and classes and name not in classes:
                wrong.append(f"{node} is in {', '.join(sorted(classes))}, but has to be a {name}")
    for named in graph.subjects(RDF.type, _SD.NamedGraph):
        names = list(graph.objects(named, _SD.name))
        if len(names) != 1 or not isinstance(names[0], URIRef):
            wrong.append(f"{named} is a named graph without exactly one name that is an IRI")
    return wrong


def _triples(graph: rdflib.Graph) -> Iterator[tuple[Node, str, Node]]:
    return ((subject, str(predicate), value) for subject, predicate, value in graph)


def _classes(graph: rdflib.Graph, node: Node) -> set[str]:
    """The vocabulary's classes that a node is said to be in."""
    types = map(str, graph.objects(node, RDF.type))
    given = {one.removeprefix(_SD) for one in types if one.startswith(_SD)}
    given |= {name for name in [_INSTANCES.get(str(node).removeprefix(_SD))] if name}
    return given | {_ABOVE[name] for name in given if name in _ABOVE}


def _description(endpoint: str) -> rdflib.Graph:
    place = urlsplit(endpoint)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request("GET", place.path, headers={"accept": _RDF})
        response = connection.getresponse()
        media_type = response.headers.get_content_type()
        return rdflib.Graph().parse(response.read(), format=media_type, publicID=endpoint)
    finally:
        connection.close()


DESCRIPTION_TESTS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "returns-rdf": returns_rdf,
    "has-endpoint-triple": has_endpoint_triple,
    "conforms-to-schema": conforms_to_schema,
}
