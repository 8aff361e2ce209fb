import re
from collections.abc import Callable

import pytest
from pyoxigraph import DefaultGraph, Quad

from kg.content import own_content
from kg.describe.glossary import Glossary
from kg.namespaces import GLOCAL
from kg.sources.folders import read_ontology
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.ontology_files import read_ontology_files
from service.pages.ontology_page import OntologyPageWriter
from service.routes.ontology import about_ontology
from tests.service.conftest import store_of

Text = Callable[[str, str], str]
ONTOLOGY = read_ontology()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The page about the project's own ontology, by language."""
    holding = [Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in ONTOLOGY]
    store = Store.in_memory([*ONTOLOGY, *holding])
    written = OntologyPageWriter(store, read_ontology_files(own_content().ontology))
    return {
        language: written.page(about_ontology(store), Language(language, False)).decode()
        for language in ("en", "zh")
    }


def term(html: str, name: str) -> str:
    """Return the text about a term, on one line."""
    part = html.partition(f'<article id="{name}">')[2].partition("</article>")[0]
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


def test_a_hierarchy_shows_a_term_below_the_nearest_alone_and_ends_in_a_circle() -> None:
    about = "glocal:%s a owl:Class ; rdfs:subClassOf %s . "
    order = {"B": "glocal:A", "C": "glocal:A , glocal:B , glocal:D", "D": "glocal:C"}
    turtle = "glocal:A a owl:Class . " + "".join(about % pair for pair in order.items())
    store = store_of(f"graph:ontology {{ {turtle} }}")
    page = OntologyPageWriter(store, {}).page(about_ontology(store), Language("en", False))

    part = page.decode().partition('<section id="part-classes">')[2].partition("</section>")[0]
    shown = re.sub(r"<a href=.#(\w).>[^<]*</a>|\s", r"\1", part.partition("</h2>")[2])
    shown = shown.partition("</p>")[2].removeprefix('<divclass="tree">').removesuffix("</div>")
    assert shown == "<ul><li>A<ul><li>B<ul><li>C<ul><li>D</li></ul></li></ul></li></ul></li></ul>"


def test_markup_in_names_and_definitions_is_text() -> None:
    store = store_of(
        'graph:ontology { glocal:A a owl:Class ; rdfs:label "<script>"@en ; '
        'skos:definition "a & <b>"@en ; skos:example "{{ 1 + 1 }}"@en . }'
    )
    page = OntologyPageWriter(store, {}).page(about_ontology(store), Language("en", False)).decode()

    assert "<h3>&lt;script&gt;</h3>" in page
    assert "<p>a &amp; &lt;b&gt;</p>" in page
    assert "{{ 1 + 1 }}" in page
    assert "<script" not in page


def test_a_class_is_told_with_labels_definitions_place_and_meaning(pages: dict[str, str]) -> None:
    told = term(pages["en"], "CapabilityActor")

    assert told.startswith(
        "capability-supporting city 提供能力支持的城市 "
        "glocal:CapabilityActor · class · members: 0 A global city"
    )
    assert "Broader global city capability-supporting city in the wide reading" in told
    kind = "Subclass of ( is of kind value id:GlobalCity )"
    assert kind in term(pages["en"], "GlobalCity")
    assert "If X is a global city and X has policy W and W is a policy" in told


def test_a_property_is_told_with_domain_chain_and_characteristics(pages: dict[str, str]) -> None:
    assert "Domain state" in term(pages["en"], "withdrewFrom")
    assert "Follows from the chain" in term(pages["en"], "contributedToFoundingOf")
    assert "Characteristics transitive" in term(pages["en"], "hasPart")


def test_the_page_speaks_the_language_that_was_chosen(pages: dict[str, str]) -> None:
    told = term(pages["zh"], "CapabilityActor")

    assert '<html lang="zh" dir="ltr">' in pages["zh"]
    assert told.startswith(
        "提供能力支持的城市 capability-supporting city glocal:CapabilityActor · 类 · 成员：0"
    )
    assert "若甲属“全球城市”，且甲“奉行的政策为”乙，且乙属“政策”" in told


def test_the_header_and_the_modules_stand_at_the_top(pages: dict[str, str], text_of: Text) -> None:
    about, modules = text_of(pages["en"], "part-about"), text_of(pages["en"], "part-modules")

    assert "IRI https://w3id.org/glocal/ontology Title Glocal ontology" in about
    assert "Version IRI https://w3id.org/glocal/ontology/1.0.0" in about
    assert "Licence https://creativecommons.org/licenses/by/4.0/" in about
    for name in ("actors", "core", "dimensions", "norms", "patterns"):
        assert f'id="part-module-{name}"' in pages["en"]
        assert name in modules


def test_alignments_and_the_lack_of_deprecated_terms_are_told(
    pages: dict[str, str], text_of: Text
) -> None:
    assert "W3C Organization Ontology" in text_of(pages["en"], "part-alignments")
    assert text_of(pages["en"], "part-deprecated") == "Deprecated terms None so far."
    assert "Subclass of: org:FormalOrganization" in term(pages["en"], "University")


def test_the_page_is_no_larger_than_what_a_telephone_loads_in_a_moment(
    pages: dict[str, str],
) -> None:
    assert 100_000 < len(pages["en"].encode()) < 400_000
