"""A few entities: with links, with shared names, and with properties of every kind."""

import pytest
from pyoxigraph import RdfFormat, parse

from kg.linking.name_index import NameIndex
from kg.linking.reconciler import Reconciler
from kg.namespaces import PREFIXES
from kg.store.quad_store import Store


def store_of(trig: str) -> Store:
    """A store in memory of TriG without prefix declarations."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return Store.in_memory(parse(prefixes + trig, format=RdfFormat.TRIG))


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
    return store_of(LINKED)


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
    return NameIndex.from_store(store_of(NAMES))


GRAPH = """
glocal:City rdfs:label "city"@en , "城市"@zh ; skos:definition "A large settlement."@en ;
    rdfs:subClassOf glocal:Agent .
glocal:Agent rdfs:label "agent"@en .
glocal:cityOf rdfs:label "is a city of"@en .
id:London a glocal:City , glocal:Agent ; rdfs:label "London"@en , "伦敦"@zh ;
    glocal:cityOf id:UnitedKingdom ; glocal:share 1.4 ; glocal:rank 2 ;
    skos:exactMatch wd:Q84 ; glocal:seen "2019-01-01T00:00:00Z"^^xsd:dateTime ;
    glocal:count "many"^^xsd:integer ;
    dcterms:description "capital of the United Kingdom."@en , "英国首都。"@zh .
id:Leeds a glocal:City , glocal:Agent ; rdfs:label "Leeds"@en ; glocal:cityOf id:UnitedKingdom ;
    glocal:share 14 .
id:UnitedKingdom a glocal:Agent , owl:NamedIndividual ; rdfs:label "United Kingdom"@en , "英国"@zh .
graph:asserted { id:London a glocal:City . id:Leeds a glocal:City . }
"""


@pytest.fixture(scope="session")
def reconciler() -> Reconciler:
    store = store_of(GRAPH)
    return Reconciler(store, NameIndex.from_store(store))
