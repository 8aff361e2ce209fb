"""A few entities with properties of every kind."""

import pytest
from pyoxigraph import RdfFormat, parse

from kg.names.index import NameIndex
from kg.namespaces import PREFIXES
from kg.reconciliation.reconciler import Reconciler
from kg.store.quad_store import Store

GRAPH = """
glocal:City rdfs:label "city"@en , "城市"@zh ; skos:definition "A large settlement."@en ;
    rdfs:subClassOf glocal:Agent .
glocal:Agent rdfs:label "agent"@en .
glocal:cityOf rdfs:label "is a city of"@en .
id:London a glocal:City , glocal:Agent ; rdfs:label "London"@en , "伦敦"@zh ;
    glocal:cityOf id:UnitedKingdom ; glocal:share 1.4 ; glocal:rank 2 ;
    skos:exactMatch wd:Q84 ; glocal:seen "2019-01-01T00:00:00Z"^^xsd:dateTime ;
    glocal:count "many"^^xsd:integer .
id:Leeds a glocal:City , glocal:Agent ; rdfs:label "Leeds"@en ; glocal:cityOf id:UnitedKingdom ;
    glocal:share 14 .
id:UnitedKingdom a glocal:Agent , owl:NamedIndividual ; rdfs:label "United Kingdom"@en , "英国"@zh .
graph:asserted { id:London a glocal:City . id:Leeds a glocal:City . }
"""


@pytest.fixture(scope="session")
def reconciler() -> Reconciler:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    store = Store.in_memory(parse(prefixes + GRAPH, format=RdfFormat.TRIG))
    return Reconciler(store, NameIndex.of(store))
