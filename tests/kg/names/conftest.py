"""A few names, some of them shared."""

import pytest
from pyoxigraph import RdfFormat, parse

from kg.names.index import NameIndex
from kg.namespaces import PREFIXES
from kg.store.quad_store import Store

NAMES = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh .
id:Singapore a glocal:City ; rdfs:label "Singapore"@en , "新加坡"@zh .
id:SingaporeState a glocal:State ; rdfs:label "Republic of Singapore"@en , "新加坡共和国"@zh ;
    skos:altLabel "Singapore"@en , "新"@zh .
id:UNESCO a glocal:Organization ;
    rdfs:label "United Nations Educational, Scientific and Cultural Organization"@en ,
        "联合国教科文组织"@zh ;
    skos:altLabel "UNESCO"@en .
id:WashingtonDC a glocal:City ; rdfs:label "Washington, D.C."@en , "华盛顿"@zh .
id:LosAngeles a glocal:City ; rdfs:label "Los Angeles"@en , "洛杉矶"@zh .
glocal:City rdfs:label "city"@en .
"""


@pytest.fixture(scope="module")
def index() -> NameIndex:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return NameIndex.of(Store.in_memory(parse(prefixes + NAMES, format=RdfFormat.TRIG)))
