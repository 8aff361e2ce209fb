import re
from collections.abc import Callable

import pytest
from pyoxigraph import DefaultGraph, Quad

from kg.content import own_content
from kg.describe.glossary import Glossary
from kg.namespaces import GLOCAL, GRAPH
from kg.sources.folders import read_ontology
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.dataset_summary import PropertyUse
from service.pages.ontology_files import read_ontology_files
from service.pages.ontology_page import OntologyPageWriter
from service.pages.things.term_axioms import Files
from service.routes.ontology import about_ontology
from tests.service.conftest import store_of

Text = Callable[[str, str], str]
ONTOLOGY = read_ontology()
USES = {
    GLOCAL["memberOf"]: PropertyUse(
        14,
        GLOCAL["City"],
        [GLOCAL["CityNetworkAlliance"], GLOCAL["Organization"], GLOCAL["State"]],
    )
}


def writer(store: Store, files: Files) -> OntologyPageWriter:
    glossary = Glossary(store.quads_of_graph(GRAPH["ontology"]), GLOCAL)
    return OntologyPageWriter(store, glossary, files, lambda: USES)


def page_of(turtle: str) -> str:
    store = store_of(f"{turtle} graph:ontology {{ {turtle} }}")
    return writer(store, {}).page(about_ontology(store), Language("en", False)).decode()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The page about the project's own ontology, by language."""
    holding = [Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in ONTOLOGY]
    store = Store.in_memory([*ONTOLOGY, *holding])
    written = writer(store, read_ontology_files(own_content().ontology))
    return {
        language: written.page(about_ontology(store), Language(language, False)).decode()
        for language in ("en", "zh")
    }


def term(html: str, name: str) -> str:
    """Return the text about a term, on one line."""
    part = html.partition(f'<tr id="{name}">')[2].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_every_term_is_an_anchor_and_every_anchor_that_is_linked_is_there(
    pages: dict[str, str],
) -> None:
    html = pages["en"]
    anchors = re.findall(r' id="([^"]+)"', html)
    terms = {one.value.removeprefix(GLOCAL) for one in Glossary(ONTOLOGY, GLOCAL).terms}

    assert len(anchors) == len(set(anchors))
    assert {"GlobalCity", "foundedAt", "Fact"} <= terms <= set(anchors)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(anchors)


def test_every_term_leads_to_its_own_page(pages: dict[str, str]) -> None:
    terms = {one.value.removeprefix(GLOCAL) for one in Glossary(ONTOLOGY, GLOCAL).terms}

    assert set(re.findall(r'href="/data/ontology/([^"]+)"', pages["en"])) == terms


def test_a_hierarchy_shows_a_term_below_the_nearest_alone_and_ends_in_a_circle() -> None:
    about = "glocal:%s a owl:Class ; rdfs:subClassOf %s . "
    order = {"B": "glocal:A", "C": "glocal:A , glocal:B , glocal:D", "D": "glocal:C"}
    page = page_of("glocal:A a owl:Class . " + "".join(about % pair for pair in order.items()))

    part = page.partition('<section id="part-classes">')[2].partition("</section>")[0]
    link = r'<a href="/data/ontology/(\w)">glocal:\w</a>|\s'
    shown = re.sub(link, r"\1", part.partition("</h2>")[2])
    shown = shown.partition("</p>")[2].removeprefix('<divclass="tree">').removesuffix("</details>")
    tree = "<ul><li>A<ul><li>B<ul><li>C<ul><li>D</li></ul></li></ul></li></ul></li></ul>"
    assert shown == f"{tree}</div>"


def test_markup_in_names_and_definitions_is_text() -> None:
    page = page_of(
        'glocal:A a owl:Class ; rdfs:label "<script>"@en , "{{ 1 + 1 }}"@zh ; '
        'skos:definition "a & <b>"@en .'
    )

    assert '<th scope="row"><a href="/data/ontology/A">&lt;script&gt;</a>' in page
    assert "<td>a &amp; &lt;b&gt; </td>" in page
    assert "{{ 1 + 1 }}" in page
    assert "<script>" not in page


def test_a_class_has_both_labels_its_definition_and_the_number_of_its_members() -> None:
    page = page_of(
        "id:London a glocal:City . id:Paris a glocal:City . "
        'glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh ; '
        'skos:definition "A large settlement."@en , "大型聚落。"@zh .'
    )

    assert term(page, "City") == "city 城市 glocal:City A large settlement. 2"
    assert page.count('<a href="/classes/City">2</a>') == 2


def test_a_property_has_the_classes_that_it_connects_the_broadest_alone_and_its_use(
    pages: dict[str, str],
) -> None:
    told = term(pages["en"], "memberOf")

    assert told.startswith("is a member of 是……的成员 glocal:memberOf Relates ")
    assert told.endswith(" city organisation , state 14")


def test_the_properties_of_a_pattern_stand_together(pages: dict[str, str], text_of: Text) -> None:
    patterned = text_of(pages["en"], "part-properties").partition("Glocal: actors")[0]

    assert "stands in an actor-space relation to" in patterned
    assert "is a member of" not in patterned


def test_fixed_values_stand_with_their_class(pages: dict[str, str]) -> None:
    part = pages["en"].partition('<section id="part-individuals">')[2].partition("</section>")[0]
    told = " ".join(re.sub(r"<[^>]+>", " ", part).split())

    assert "quantifier 7 all of them few of them many of them most of them" in told
    assert '<span class="chip status-Thesis">' in part.partition(">status</a>")[2]


def test_a_deprecated_term_names_what_to_use_instead() -> None:
    page = page_of(
        "glocal:Old a owl:Class ; owl:deprecated true ; dcterms:isReplacedBy glocal:New . "
        'glocal:New a owl:Class ; rdfs:label "new"@en .'
    )

    assert term(page, "Old") == "glocal:Old glocal:Old deprecated → new"


def test_the_page_speaks_the_language_that_was_chosen(pages: dict[str, str]) -> None:
    told = term(pages["zh"], "CapabilityActor")

    assert '<html lang="zh" dir="ltr">' in pages["zh"]
    assert told.startswith("提供能力支持的城市 capability-supporting city glocal:CapabilityActor ")


def test_the_header_and_the_modules_are_told(pages: dict[str, str], text_of: Text) -> None:
    about, modules = text_of(pages["en"], "part-about"), text_of(pages["en"], "part-modules")

    assert about.startswith("Latest version https://w3id.org/glocal/ontology version IRI ")
    assert "version IRI https://w3id.org/glocal/ontology/1.0.0 version 1.0.0 issued on " in about
    assert "created by The Glocal maintainers licence https://creativecommons.org/" in about
    assert "Prefix and namespace PREFIX glocal: <https://w3id.org/glocal/ontology#>" in about
    assert "Turtle · JSON-LD · N-Triples · RDF/XML" in about
    assert "More about the ontology title Glocal ontology" in about
    chinese = text_of(pages["zh"], "part-about")
    assert "版本 IRI https://w3id.org/glocal/ontology/1.0.0 版本 1.0.0" in chinese
    assert "引用格式 Glocal 维护者" in chinese
    for name in ("actors", "core", "dimensions", "norms", "patterns"):
        assert f'id="part-module-{name}"' in pages["en"]
        assert name in modules


def test_the_curators_have_their_name_in_the_language_of_the_page() -> None:
    names = 'id:GlocalMaintainers rdfs:label "the Glocal maintainers"@en , "Glocal 维护者"@zh .'
    about = '<https://w3id.org/glocal/ontology> dcterms:creator "The Glocal maintainers" .'
    store = store_of(f"{names} graph:ontology {{ {about} }}")
    pages = writer(store, {})
    chinese, english = (
        pages.page(about_ontology(store), Language(tag, False)).decode() for tag in ("zh", "en")
    )

    assert "<dd>Glocal 维护者</dd>" in chinese
    assert "<dd>The Glocal maintainers</dd>" in english


def test_a_header_without_a_prefix_has_none() -> None:
    page = page_of('<https://w3id.org/glocal/ontology> dcterms:title "Small"@en .')

    assert '<section id="part-about">' in page
    assert "PREFIX" not in page


def test_alignments_shapes_and_the_lack_of_deprecated_terms_are_told(
    pages: dict[str, str], text_of: Text
) -> None:
    assert "W3C Organization Ontology" in text_of(pages["en"], "part-alignments")
    assert '<a href="/ontology/shapes/facts.ttl">What a curated fact must have</a>' in pages["en"]
    assert text_of(pages["en"], "part-deprecated") == "Deprecated terms None so far."


def test_the_page_is_no_larger_than_what_a_telephone_loads_in_a_moment(
    pages: dict[str, str],
) -> None:
    assert 100_000 < len(pages["en"].encode()) < 400_000
