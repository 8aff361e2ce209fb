"""Entities with links of every kind."""

import pytest
from pyoxigraph import RdfFormat, parse

from kg.namespaces import PREFIXES
from kg.store.quad_store import Store

LINKED = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:exactMatch wd:Q84 ,
    <https://sws.geonames.org/2643743/> .
id:GreaterLondon rdfs:label "Greater London"@en ; skos:closeMatch wd:Q84 , wd:Q23306 .
id:Singapore a glocal:City ; rdfs:label "Singapore"@en ; skos:closeMatch wd:Q334 .
id:SingaporeState a glocal:State ; rdfs:label "Republic of Singapore"@en ;
    skos:altLabel "Singapore"@en ; skos:closeMatch wd:Q334 .
id:Games rdfs:label "Games"@en ; skos:narrowMatch wd:Q8577 .
"""


@pytest.fixture(scope="module")
def linked() -> Store:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return Store.in_memory(parse(prefixes + LINKED, format=RdfFormat.TRIG))
