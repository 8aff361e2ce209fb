import pytest
from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import AmbiguousName, KgError, UnknownName
from kg.linking.resolver import Resolver
from kg.linking.triple_terms import read_triple
from kg.namespaces import GLOCAL, ID, RDF, RDFS, XSD
from tests.kg.linking.conftest import store_of

TRIG = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; glocal:memberOf id:C40 ;
    skos:exactMatch wd:Q84 .
id:Lyon a glocal:City ; rdfs:label "Lyon"@en .
id:City rdfs:label "city"@en , "城市"@zh .
id:Occupying rdfs:label "occupying"@en , "占据"@zh .
id:C40 rdfs:label "C40"@en ; glocal:foundedOn "2005-10"^^xsd:gYearMonth ; skos:note "x"@en , "x" .
glocal:City rdfs:label "city"@en , "城市"@zh ; a owl:Class .
glocal:cityOf a owl:ObjectProperty ; rdfs:label "is a city of"@en .
glocal:occupies a owl:ObjectProperty ; rdfs:label "occupies"@en , "占据"@zh .
glocal:memberOf a owl:ObjectProperty . glocal:foundedOn a owl:DatatypeProperty .
glocal:startedOn a owl:DatatypeProperty .
ev:p1-claim { id:C40 glocal:startedOn "2006"^^xsd:gYear . }
"""
FOUNDED = Literal("2005-10", datatype=XSD["gYearMonth"])


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver.of(store_of(TRIG))


def test_the_terms_of_a_triple_are_read_by_their_places(resolver: Resolver) -> None:
    typed = read_triple(resolver, "伦敦", "rdf:type", "城市")
    labelled = read_triple(resolver, "id:London", "rdfs:label", '"London"@en')

    assert typed == Triple(ID["London"], RDF["type"], GLOCAL["City"])
    assert labelled == Triple(ID["London"], RDFS["label"], Literal("London", language="en"))
    assert read_triple(resolver, "Lyon", "占据", "London").predicate == GLOCAL["occupies"]


def test_a_literal_may_be_written_by_its_text_if_the_subject_has_just_one_such(
    resolver: Resolver,
) -> None:
    founded = read_triple(resolver, "C40", "foundedOn", "2005-10")
    claimed = read_triple(resolver, "C40", "glocal:startedOn", "2006")

    assert founded == Triple(ID["C40"], GLOCAL["foundedOn"], FOUNDED)
    assert claimed.object == Literal("2006", datatype=XSD["gYear"])


def test_an_entity_is_what_a_property_relates_although_a_class_has_its_name(
    resolver: Resolver,
) -> None:
    related = read_triple(resolver, "城市", "occupies", "city")
    with pytest.raises(AmbiguousName, match="id:City, glocal:City"):
        read_triple(resolver, "城市", "rdfs:label", '"城市"@zh')

    assert related == Triple(ID["City"], GLOCAL["occupies"], ID["City"])


@pytest.mark.parametrize(
    ("terms", "near"),
    [
        (("Lyon", "memberOff", "C40"), ["glocal:memberOf"]),
        (("Lyon", "占据了", "C40"), ["glocal:occupies"]),
        (("Lyon", "a city", "C40"), ["glocal:cityOf"]),
        (("伦敦", "xyz", "C40"), ["glocal:memberOf"]),
        (("Lyon", "xyz", "C40"), []),
    ],
)
def test_for_an_unknown_property_near_ones_are_named(
    resolver: Resolver, terms: tuple[str, str, str], near: list[str]
) -> None:
    with pytest.raises(UnknownName) as refused:
        read_triple(resolver, *terms)

    assert refused.value.near == near
    assert str(refused.value).startswith(f"Unknown property '{terms[1]}'.")


def test_a_number_is_one_as_in_turtle(resolver: Resolver) -> None:
    assert read_triple(resolver, "C40", "glocal:startedOn", "4").object == Literal(4)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (("id:London", "rdfs:label", "http://a b/"), "object: 'http://a b/' is not an IRI"),
        (("", "rdfs:label", "id:London"), "subject: '' is not an IRI: expected a name of 1 to"),
        (("id:London", "rdfs:label", '"open'), 'object: "open is not a literal; expected a lit'),
        (("id:London", "memberOf", "plain words"), "Unknown thing 'plain words'."),
        (
            ("C40", "foundedOn", "2005-11"),
            "Unknown thing '2005-11'. Remedy: for a literal, quotation marks: "
            '"2005-10"^^xsd:gYearMonth',
        ),
        (
            ("C40", "skos:note", "x"),
            'Unknown thing \'x\'. Remedy: for a literal, quotation marks: "x" or "x"@en',
        ),
        (
            ("London", "glocal:City", "id:C40"),
            "predicate: glocal:City is not a property; expected one. Did you mean: glocal:cityOf",
        ),
        (
            ("London", "Lyon", "id:C40"),
            "predicate: id:Lyon is not a property; expected one.",
        ),
    ],
)
def test_what_is_no_triple_is_refused(
    resolver: Resolver, terms: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(KgError) as refused:
        read_triple(resolver, *terms)

    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("name", ["Q84", "wd:Q84", "http://www.wikidata.org/entity/Q84"])
def test_an_item_of_wikidata_stands_for_its_entity_but_not_in_its_own_link(
    resolver: Resolver, name: str
) -> None:
    london, item = ID["London"], NamedNode("http://www.wikidata.org/entity/Q84")

    assert read_triple(resolver, name, "memberOf", "C40").subject == london
    assert read_triple(resolver, "C40", "memberOf", name).object == london
    assert read_triple(resolver, "London", "skos:exactMatch", "wd:Q84").object == item
