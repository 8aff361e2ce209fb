"""The vocabularies that only the description of a release speaks, and their prefixes."""

from collections.abc import Mapping
from typing import Final

from kg.namespaces import BASE, PREFIXES, Namespace

VOID_EXT: Final = Namespace("http://ldf.fi/void-ext#")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
SPEX: Final = Namespace("https://purl.expasy.org/sparql-examples/ontology#")
NP: Final = Namespace("http://www.nanopub.org/nschema#")

# What is described here is named by fragments of the documents that describe it.
ABOUT: Final = Namespace(f"{BASE}void#")
CATALOGUE: Final = Namespace(f"{BASE}catalog#")
EXAMPLE: Final = Namespace(f"{BASE}.well-known/sparql-examples#")
NANOPUB: Final = Namespace(f"{BASE}nanopub/")

DESCRIBING_PREFIXES: Final[Mapping[str, str]] = {
    **PREFIXES,
    "about": ABOUT,
    "catalog": CATALOGUE,
    "dcat": DCAT,
    "example": EXAMPLE,
    "nanopub": NANOPUB,
    "np": NP,
    "sd": SD,
    "spdx": SPDX,
    "spex": SPEX,
    "void-ext": VOID_EXT,
}
