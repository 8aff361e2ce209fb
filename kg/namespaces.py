"""The namespaces, prefixes and fixed IRIs of the project; the only place that defines them.

A content other than the project's may have other names: see `BASE_VARIABLE`.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeGuard

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, UnknownName

# A process has one content, whose names begin with one IRI: constants, which every module shares.
# These variables of the environment have the values of a content other than the project's.
BASE_VARIABLE: Final = "GLOCAL_BASE_IRI"
SOURCE_VARIABLE: Final = "GLOCAL_SOURCE_NAME"
BASE: Final = os.environ.get(BASE_VARIABLE) or "https://w3id.org/glocal/"
SOURCE_NAME: Final = os.environ.get(SOURCE_VARIABLE) or "wang"


def is_base_iri(text: str) -> bool:
    """Return whether names can begin with this text: an absolute IRI that ends in a slash."""
    return re.fullmatch(r"https?://[^\s<>\"{}|\\^`#?]+/", text) is not None


if not is_base_iri(BASE):
    raise MalformedParameter(BASE_VARIABLE, f"'{BASE}' is not an http(s) IRI that ends in a slash")


class Namespace(str):
    """A namespace IRI; ``GLOCAL["Fact"]`` is the IRI of the local name ``Fact``."""

    __slots__ = ()

    @lru_cache(maxsize=4096)  # noqa: B019 - namespaces are constants
    def __getitem__(self, local_name: object) -> NamedNode:  # type: ignore[override]
        return NamedNode(f"{self}{local_name}")


GLOCAL: Final = Namespace(f"{BASE}ontology#")
ID: Final = Namespace(f"{BASE}id/")
SOURCE: Final = Namespace(f"{BASE}source/")
PASSAGE: Final = Namespace(f"{SOURCE}{SOURCE_NAME}/")
EVIDENCE: Final = Namespace(f"{BASE}evidence/")
GRAPH: Final = Namespace(f"{BASE}graph/")
RULE: Final = Namespace(f"{BASE}rule/")
CONTRADICTION: Final = Namespace(f"{BASE}contradiction/")
# Parts of the descriptions of a release.
ABOUT: Final = Namespace(f"{BASE}void#")
CATALOGUE: Final = Namespace(f"{BASE}catalog#")
EXAMPLE: Final = Namespace(f"{BASE}.well-known/sparql-examples#")
NANOPUB: Final = Namespace(f"{BASE}nanopub/")

RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA: Final = Namespace("https://schema.org/")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
ORG: Final = Namespace("http://www.w3.org/ns/org#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
QB: Final = Namespace("http://purl.org/linked-data/cube#")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
VOID_EXT: Final = Namespace("http://ldf.fi/void-ext#")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
SPEX: Final = Namespace("https://purl.expasy.org/sparql-examples/ontology#")
HYDRA: Final = Namespace("http://www.w3.org/ns/hydra/core#")
NP: Final = Namespace("http://www.nanopub.org/nschema#")

ONTOLOGY: Final = NamedNode(f"{BASE}ontology")
ASSERTED: Final = GRAPH["asserted"]
DERIVED: Final = GRAPH["derived"]
WITHDRAWN: Final = GRAPH["withdrawn"]

PREFIXES: Final[Mapping[str, str]] = {
    "glocal": GLOCAL,
    "id": ID,
    "passage": PASSAGE,
    "ev": EVIDENCE,
    "graph": GRAPH,
    "rule": RULE,
    "contradiction": CONTRADICTION,
    "bibo": "http://purl.org/ontology/bibo/",
    "cito": "http://purl.org/spar/cito/",
    "dcterms": DCTERMS,
    "fabio": "http://purl.org/spar/fabio/",
    "foaf": FOAF,
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "qb": QB,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "void": VOID,
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "xsd": XSD,
}
# Local names that a CURIE in SPARQL may have without escapes.
_LOCAL_NAME: Final = re.compile(r"[\w](?:[\w.-]*[\w-])?")
# For the descriptions of a release.
DESCRIBING_PREFIXES: Final[Mapping[str, str]] = {
    **PREFIXES,
    "about": ABOUT,
    "catalog": CATALOGUE,
    "dcat": DCAT,
    "example": EXAMPLE,
    "hydra": HYDRA,
    "nanopub": NANOPUB,
    "np": NP,
    "sd": SD,
    "spdx": SPDX,
    "spex": SPEX,
    "void-ext": VOID_EXT,
}


def expand(name: str) -> NamedNode:
    """Parse an IRI, `<IRI>` or CURIE; raise UnknownName for its prefix, else MalformedParameter."""
    prefix, colon, local_name = name.partition(":")
    if name.startswith("<") and name.endswith(">"):
        iri = name[1:-1]
    elif colon and local_name.startswith("//"):
        iri = name
    elif colon and prefix in PREFIXES:
        iri = PREFIXES[prefix] + local_name
    else:
        raise UnknownName(prefix, list(PREFIXES), kind="prefix")
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise MalformedParameter(name, f"not an IRI: {error}") from error


def expand_all(names: str) -> tuple[NamedNode, ...]:
    """Parse IRIs and CURIEs that are separated by spaces; for errors see `expand`.

    >>> expand_all("rdf:type rdfs:label")[1].value
    'http://www.w3.org/2000/01/rdf-schema#label'
    """
    return tuple(expand(name) for name in names.split())


def is_in(term: object, *namespaces: str) -> TypeGuard[NamedNode]:
    """Return whether the term is an IRI in one of the namespaces."""
    return isinstance(term, NamedNode) and term.value.startswith(namespaces)


def shorten(iri: str) -> str:
    """Return the CURIE of an IRI, or the IRI itself if no prefix matches."""
    matches = [(space, prefix) for prefix, space in PREFIXES.items() if iri.startswith(space)]
    if not matches:
        return iri
    space, prefix = max(matches, key=lambda pair: len(pair[0]))
    return f"{prefix}:{iri.removeprefix(space)}"


def write_iri(iri: str) -> str:
    """Return the CURIE of an IRI if it has one that SPARQL can read, and else `<IRI>`.

    >>> write_iri("http://www.w3.org/2000/01/rdf-schema#label"), write_iri("https://x.org/a/")
    ('rdfs:label', '<https://x.org/a/>')
    """
    short = shorten(iri)
    _, _, local_name = short.partition(":")
    return short if short != iri and _LOCAL_NAME.fullmatch(local_name) else f"<{iri}>"
