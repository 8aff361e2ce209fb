"""A release that is made for several files of tests."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import store_of

LINKED = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:altLabel "LDN"@en ;
    skos:exactMatch wd:Q84 , <https://sws.geonames.org/2643743/> .
id:Singapore rdfs:label "Singapore"@en , "新加坡"@zh ; skos:closeMatch wd:Q334 .
id:SingaporeState rdfs:label "Republic of Singapore"@en ; skos:closeMatch wd:Q334 .
id:Games rdfs:label "Games"@en ; skos:narrowMatch wd:Q8577 .
glocal:City skos:closeMatch wd:Q515 .
"""
GRAPHS = """
ev:f a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p10.2 .
ev:c a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
"""
RELATED = f"""
ev:f {{ id:Bonn glocal:twinOf id:Oxford . }}
ev:c {{ id:Oxford glocal:rivals id:Bonn . id:Ghent glocal:rivals id:Bonn . }}
graph:derived-fact-r {{ id:Bonn glocal:near id:Aachen . }}
graph:asserted {{ id:Bonn glocal:twinOf id:Oxford . {GRAPHS} }}
{GRAPHS}
id:Bonn glocal:twinOf id:Oxford ; glocal:near id:Aachen ; rdfs:label "Bonn"@en , "波恩"@zh .
glocal:twinOf glocal:ofPattern id:Partnership ; rdfs:label "is twinned with"@en , "结好"@zh .
id:Ghent rdfs:label "Ghent"@en . id:Oxford rdfs:label "Oxford"@en .
"""
DEFINED = """
glocal:City a owl:Class ; rdfs:label "city"@en .
glocal:Local a owl:Class ; rdfs:label "local city"@en ; owl:equivalentClass [
    a owl:Class ; owl:intersectionOf ( glocal:City
    [ a owl:Restriction ; owl:onProperty glocal:at ; owl:hasValue id:C40 ] ) ] .
glocal:at a owl:ObjectProperty ; rdfs:label "acts at"@en .
"""
TRIG = f"""
{LINKED} {RELATED} {DEFINED} graph:ontology {{ {DEFINED} }}
id:C40 rdfs:label "C40 Cities"@en ; glocal:hosted id:London ~ id:Reifier .
"""


@pytest.fixture(scope="session")
def towns() -> Iterator[TestClient]:
    """Towns with links to other data sets, with neighbours, and with a class that is defined."""
    app = create_app(Settings(), store=store_of(TRIG))
    with TestClient(app, follow_redirects=False) as client:
        yield client
