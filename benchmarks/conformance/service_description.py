"""Implement the W3C's three tests of service descriptions, which have only names in the manifest.

Source: SPARQL 1.1 Service Description, sections 2 and 3, and the domains and ranges of its
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
# For each property, the classes of its subjects and objects, if the vocabulary names them.
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
_SUPERCLASSES: Final = {"Dataset": "GraphCollection"}
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
    """Check that GET on the endpoint returns RDF; return the errors."""
    return [] if len(_description(endpoint)) else ["the description is empty"]


def has_endpoint_triple(endpoint: str) -> list[str]:
    """Check that the description has an sd:endpoint triple for this endpoint; return the errors."""
    endpoints = set(_description(endpoint).objects(predicate=_SD.endpoint))
    return [] if URIRef(endpoint) in endpoints else [f"no sd:endpoint triple names <{endpoint}>"]


def conforms_to_schema(endpoint: str) -> list[str]:
    """Check that the description uses the vocabulary as defined; return the errors."""
    graph = _description(endpoint)
    errors = [] if set(graph.subjects(RDF.type, _SD.Service)) else ["there is no sd:Service"]
    for subject, predicate, value in _triples(graph):
        if not predicate.startswith(_SD):
            continue
        ends = _ENDS.get(predicate.removeprefix(_SD))
        if ends is None:
            errors.append(f"{predicate} is not a property of the vocabulary")
            continue
        for node, name in zip((subject, value), ends, strict=True):
            classes = _classes(graph, node)
            if name and classes and name not in classes:
                errors.append(f"{node}: expected a {name}, got {', '.join(sorted(classes))}")
    for named in graph.subjects(RDF.type, _SD.NamedGraph):
        names = list(graph.objects(named, _SD.name))
        if len(names) != 1 or not isinstance(names[0], URIRef):
            errors.append(f"the named graph {named} must have exactly one name, an IRI")
    return errors


def _triples(graph: rdflib.Graph) -> Iterator[tuple[Node, str, Node]]:
    return ((subject, str(predicate), value) for subject, predicate, value in graph)


def _classes(graph: rdflib.Graph, node: Node) -> set[str]:
    """Return the classes of the vocabulary that a node belongs to."""
    types = map(str, graph.objects(node, RDF.type))
    classes = {iri.removeprefix(_SD) for iri in types if iri.startswith(_SD)}
    classes |= {name for name in [_INSTANCES.get(str(node).removeprefix(_SD))] if name}
    return classes | {_SUPERCLASSES[name] for name in classes if name in _SUPERCLASSES}


def _description(endpoint: str) -> rdflib.Graph:
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    try:
        connection.request("GET", address.path, headers={"accept": _RDF})
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
