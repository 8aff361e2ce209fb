from kg.describe.classes import ClassTree
from kg.describe.facets import FacetIndex
from kg.namespaces import GLOCAL, ID, PASSAGE, SKOS
from service.http.negotiation import LANGUAGES, Language
from service.pages.listing import Lister, class_address, spell
from service.pages.terms import TermWriter
from tests.service.conftest import store_of

STORE = store_of("""
graph:ontology { glocal:City a owl:Class . }
glocal:City a owl:Class ; rdfs:label "city"@en .
id:A a glocal:City ; rdfs:label "zebra"@en , "北"@zh ;
    dcterms:description "A."@en , "A long one."@en .
id:B a glocal:City ; rdfs:label "Apple"@en , "上"@zh .
id:C a glocal:City , glocal:Other ; rdfs:label "älter"@en , "阿"@zh .
passage:p1 a glocal:Passage ; glocal:page 1 ; glocal:paragraph "2" .
ev:f { id:A glocal:supports id:B . }
ev:f a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p1 .
""")
A, B, C = ID["A"], ID["B"], ID["C"]


def lister(*, has_facets: bool = True) -> Lister:
    terms = {tag: TermWriter(STORE, Language(tag, is_explicit=False)) for tag in LANGUAGES}
    facets = FacetIndex.from_store(STORE, 10) if has_facets else None
    return Lister(STORE, ClassTree(STORE), facets, {}, terms)


def test_things_are_in_the_order_of_the_language_and_chinese_by_pronunciation() -> None:
    assert lister().sort_by_label([A, B, C], "zh") == [C, A, B]
    assert lister().sort_by_label([A, B], "en") == [B, A]


def test_a_thing_is_described_by_its_shortest_texts() -> None:
    assert lister().describe(A) == {
        "id": A.value,
        "href": "/id/A",
        "kind": "thing",
        "label": {"en": "zebra", "zh": "北"},
        "description": {"en": "A."},
        "type": ["City"],
        "stated": [],
        "statements": {"Fact": 1},
    }


def test_what_has_no_label_has_the_name_that_pages_generate() -> None:
    described = lister().describe(PASSAGE["p1"])

    assert described["kind"] == "passage"
    assert described["label"] == {"en": "page 1, paragraph 2", "zh": "第 1 页第 2 段"}


def test_a_class_filters_like_any_other_facet() -> None:
    things, counts = lister().filter([A, B, C], {"type": {GLOCAL["Other"]: "Other"}}, by_type=True)

    assert things == [C]
    # What another class would find.
    assert counts["type"] == {GLOCAL["City"]: 3, GLOCAL["Other"]: 1}
    # The members of one class are not filtered by another.
    assert lister().filter([A, C], {"type": {GLOCAL["Other"]: "Other"}}).things == [A, C]


def test_a_facet_lists_what_was_chosen_even_if_it_finds_nothing() -> None:
    chosen = {"status": {GLOCAL["Claim"]: "主张"}}
    things, counts = lister().filter([A, B, C], chosen)

    [status] = lister().list_facets(counts, chosen) or ()

    assert things == []
    assert [(one["value"], one["count"], one["selected"]) for one in status["values"]] == [
        ("Fact", 2, False),
        ("主张", 0, True),
    ]


def test_without_facets_things_are_only_listed() -> None:
    plain = lister(has_facets=False)

    assert plain.filter([A, B], {}) == ([A, B], {})
    assert plain.list_facets({}, {}) is None
    assert plain.describe(A)["statements"] == {}


def test_values_and_classes_are_written_without_their_usual_namespace() -> None:
    assert spell("status", GLOCAL["Claim"]) == "Claim"
    assert spell("holder", GLOCAL["Claim"]) == "glocal:Claim"
    assert class_address(GLOCAL["City"]) == "/classes/City"
    assert class_address(SKOS["Concept"]) == "/classes/skos:Concept"
