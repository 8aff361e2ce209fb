"""A release of a few statements of every status, and its pages as text without tags."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from pyoxigraph import NamedNode

from kg.describe.description import Describer
from kg.describe.glossary import Glossary
from kg.namespaces import BASE, GLOCAL, GRAPH
from kg.store.quad_store import Store
from service.answers.formats import GRAPH_FORMATS, HTML
from service.http.documents import documents_about
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.resource_page import ResourcePageWriter
from service.pages.things.term_axioms import TermAxioms
from tests.service.conftest import store_of

ENTITIES = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:altLabel "Greater <London>"@en ;
    skos:exactMatch wd:Q84 ; glocal:mentionedIn passage:p10.2 .
id:C40 rdfs:label "C40"@en , "C40"@zh . id:Paris rdfs:label "Paris"@en , "巴黎"@zh .
id:Doe rdfs:label "J. Doe"@en . id:Pattern rdfs:label "city pattern"@en , "城市格局"@zh .
id:Mode rdfs:label "friendly mode"@en . passage:p10.2 glocal:page 10 ; glocal:paragraph "2" .
passage:p10.n1 glocal:page 10 ; glocal:paragraph "n1" ; glocal:noteTo passage:p10.2 .
passage:p10.h1 glocal:page 10 ; glocal:paragraph "h1" .
passage:p10.3 glocal:page 10 ; glocal:lastPage 11 ; glocal:paragraph "3" .
glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh .
glocal:memberOf rdfs:label "is a member of"@en .
glocal:foundedAt rdfs:label "was founded at"@en , "在……创立"@zh . glocal:Fact rdfs:label "fact"@en .
glocal:near a owl:SymmetricProperty ; rdfs:label "is near"@en .
glocal:bare rdfs:label "is somehow related to"@en .
glocal:subject rdfs:label "is about"@en . glocal:value rdfs:label "has value"@en .
glocal:Observation glocal:describesThrough glocal:subject .
glocal:bare glocal:ofPattern id:Pattern . glocal:friendly glocal:ofMode id:Mode .
glocal:memberOf rdfs:subPropertyOf glocal:bare .
rule:r a glocal:Rule ; glocal:ruleSentence "Near is near."@en ; glocal:definedAt "rules/r.rq" .
id:Hakim a glocal:City , glocal:Person ; rdfs:label "حكيم"@ar .
glocal:Person rdfs:label "person"@en , "人"@zh .
"""
HELD = """
id:C40 glocal:foundedAt id:London . id:London glocal:memberOf id:C40 .
id:obs a qb:Observation ; glocal:subject id:London ; glocal:value 7.5 .
"""
DERIVED = """
id:London glocal:bare id:C40 , id:Paris ; glocal:friendly id:C40 ; glocal:near id:Paris .
id:Paris glocal:near id:London .
"""
CLAIMED = "id:London glocal:rules id:Paris . "
TRIG = f"""
{ENTITIES} {HELD} {DERIVED}
ev:p10.2-fact {{ {HELD} }}
ev:p10.2-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p10.2 .
graph:derived {{ {DERIVED} }}
graph:derived-fact-r {{ {DERIVED} }}
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
ev:p10.2-claim-Doe {{ {CLAIMED} }}
ev:p10.2-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p10.2 .
graph:meta {{
    ev:p10.2-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
}}
"""

Page = Callable[..., str]


def terms_of(store: Store) -> Callable[[Language], TermWriter]:
    return lambda language: TermWriter(store, language)


def axioms_of(store: Store) -> Callable[[], TermAxioms]:
    """Return what gives the axioms of the ontology of a store, which has no files."""
    return lambda: TermAxioms(Glossary(store.quads_of_graph(GRAPH["ontology"]), GLOCAL), {})


@pytest.fixture(scope="session")
def small() -> Store:
    return store_of(TRIG)


@pytest.fixture(scope="session")
def page(small: Store) -> Page:
    """The page about what has this path, as HTML."""
    pages = ResourcePageWriter(
        small, Describer(small), terms_of(small), axioms_of(small), {"rules/r.rq"}
    )

    def write(path: str, language: str = "en", *, is_asked: bool = False) -> str:
        iri = NamedNode(BASE + path)
        about = documents_about(small, iri, path, (*GRAPH_FORMATS, HTML), stem=f"/data/{path}")
        return pages.page(about, iri, Language(language, is_asked), "http://host/").decode()

    return write


@pytest.fixture(scope="session")
def text_of() -> Callable[[str, str], str]:
    """The text of the part of a page that has this id, on one line."""

    def strip(html: str, name: str) -> str:
        _, mark, rest = html.partition(f'<section id="{name}">')
        assert mark, f"there is no part {name}"
        part = rest.partition("</section>")[0]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())

    return strip
