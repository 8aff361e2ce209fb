from kg.namespaces import GLOCAL, OWL, XSD
from kg.release.void import void_description
from service.pages.dataset_summary import DatasetSummary, PropertyUse
from tests.service.conftest import store_of

TRIG = """
id:London a owl:NamedIndividual , glocal:City , glocal:Agent ; glocal:memberOf id:C40 .
id:Paris a owl:NamedIndividual , glocal:City , glocal:Agent ; glocal:memberOf id:C40 , id:UN .
id:Ann a owl:NamedIndividual , glocal:Agent ; glocal:likes id:Paris .
id:Paris glocal:likes id:London ; glocal:founded "0052"^^xsd:gYear .
id:C40 a owl:NamedIndividual , glocal:Network . id:UN a owl:NamedIndividual , glocal:Union .
"""


def test_a_use_has_the_smallest_class_of_all_subjects_and_the_classes_of_objects() -> None:
    uses = DatasetSummary(void_description(store_of(TRIG))).uses

    assert uses[GLOCAL["memberOf"]] == PropertyUse(
        3, GLOCAL["City"], [GLOCAL["Network"], GLOCAL["Union"]]
    )
    assert uses[GLOCAL["founded"]] == PropertyUse(1, GLOCAL["City"], [XSD["gYear"]])


def test_a_class_of_some_of_the_subjects_alone_is_no_domain() -> None:
    likes = DatasetSummary(void_description(store_of(TRIG))).uses[GLOCAL["likes"]]

    assert (likes.triples, likes.domain) == (2, GLOCAL["Agent"])


def test_the_classes_of_a_property_begin_with_that_of_most_of_its_triples() -> None:
    classes_of = DatasetSummary(void_description(store_of(TRIG))).classes_of

    individual = OWL["NamedIndividual"]
    assert classes_of[GLOCAL["memberOf"]] == [individual, GLOCAL["Agent"], GLOCAL["City"]]
    assert classes_of[GLOCAL["likes"]] == [individual, GLOCAL["Agent"], GLOCAL["City"]]


def test_what_a_citation_needs_makes_the_same_citation_elsewhere() -> None:
    dataset = """
<https://w3id.org/glocal/void#dataset> dcterms:title "Cities"@en ; dcterms:creator id:Ann ;
    dcterms:issued "2026-11-25"^^xsd:date ; void:triples 7 . id:Ann foaf:name "Ann"@en .
"""
    told = DatasetSummary([quad.triple for quad in store_of(dataset).quads()])

    again = DatasetSummary(told.cited)
    for name in ("title", "creator", "issued", "license"):
        assert again.texts(name) == told.texts(name)
    assert [name.value for name in again.creator_names] == ["Ann"]
    assert (told.totals, again.totals) == ({"triples": 7}, {})
