import pytest

from kg.errors import MalformedParameter
from kg.linking.resolver import Resolver
from kg.linking.thing_search import index_other_names, search_things
from kg.namespaces import shorten
from kg.store.saved_queries import SavedQuery
from tests.kg.linking.conftest import store_of

TRIG = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:exactMatch wd:Q84 ,
    <https://sws.geonames.org/2643743/> .
id:GreaterLondon rdfs:label "Greater London"@en ; skos:closeMatch wd:Q23306 .
id:C40 rdfs:label "C40 Cities Climate Leadership Group"@en , "C40城市气候领导联盟"@zh ;
    skos:altLabel "C40"@en .
id:MicheleAcuto rdfs:label "Michele Acuto"@en , "米凯利·阿库托"@zh .
id:Londinium owl:deprecated true ; rdfs:label "London"@en .
glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh .
glocal:memberOf a owl:ObjectProperty ; rdfs:label "is a member of"@en .
rule:r1 a glocal:Rule ; glocal:ruleSentence "Who founds a network is its member."@en .
passage:p10.2 a glocal:Passage ; dcterms:description "Presents social enterprise."@en .
"""
ASKED = SavedQuery(
    name="members-of-a-network",
    questions={"en": "Who is a member?", "zh": "谁是成员？"},
    text="",
    form="SELECT",
)
STORE = store_of(TRIG)
OTHERS = index_other_names(STORE, [ASKED])


def found(text: str) -> list[tuple[str, str]]:
    """The CURIE of each thing, and how it fits."""
    resolver = Resolver.of(STORE)
    things = search_things(resolver, [resolver.names.index, OTHERS], text)
    return [(shorten(one.iri.value), one.by.value) for one in things]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("London", ("id:London", "name")),
        ("伦敦", ("id:London", "name")),
        ("倫敦", ("id:London", "name")),
        ("Londn", ("id:London", "similar")),
        ("Greater Lndon", ("id:GreaterLondon", "similar")),
        ("迈克尔·阿库托", ("id:MicheleAcuto", "similar")),
        ("Mike Acuto", ("id:MicheleAcuto", "similar")),
        ("CCCLG", ("id:C40", "initials")),
        ("ccclg", ("id:C40", "initials")),
        ("climate", ("id:C40", "words")),
        ("leadership cities", ("id:C40", "words")),
        ("氣候", ("id:C40", "words")),
        ("leaders", ("id:C40", "words")),
        ("enterprises of the social", ("passage:p10.2", "words")),
        ("id:London", ("id:London", "identifier")),
        ("entity:London", ("id:London", "identifier")),
        ("https://w3id.org/glocal/id/London", ("id:London", "identifier")),
        ("http://127.0.0.1:8000/data/id/London.html", ("id:London", "identifier")),
        ("Q84", ("id:London", "identifier")),
        ("wd:Q84", ("id:London", "identifier")),
        ("https://www.wikidata.org/wiki/Q84", ("id:London", "identifier")),
        ("http://www.wikidata.org/entity/Q84", ("id:London", "identifier")),
        ("2643743", ("id:London", "identifier")),
        ("https://www.geonames.org/2643743/london.html", ("id:London", "identifier")),
        ("city", ("glocal:City", "name")),
        ("城市", ("glocal:City", "name")),
        ("glocal:memberOf", ("glocal:memberOf", "identifier")),
        ("network member", ("rule:r1", "words")),
        ("enterprise", ("passage:p10.2", "words")),
        ("p1", ("passage:p10.2", "words")),
        (
            "谁是成员",
            ("https://w3id.org/glocal/.well-known/sparql-examples#members-of-a-network", "name"),
        ),
    ],
)
def test_a_thing_is_found_by_what_people_type(text: str, first: tuple[str, str]) -> None:
    assert found(text)[0] == first


def test_the_thing_that_is_called_so_comes_first_then_those_whose_names_contain_it() -> None:
    assert found("london") == [("id:London", "name"), ("id:GreaterLondon", "words")]


def test_what_is_spelt_alike_is_found_only_if_nothing_bears_the_words() -> None:
    assert found("Greater") == [("id:GreaterLondon", "words")]
    assert found("Londn") == [("id:London", "similar")]
    assert found("Graeter") == [("id:GreaterLondon", "similar")]


def test_an_address_finds_that_thing_alone() -> None:
    assert found("id:London") == [("id:London", "identifier")]


def test_a_link_to_another_data_set_says_how_close_it_is() -> None:
    resolver = Resolver.of(STORE)

    [exact] = search_things(resolver, [resolver.names.index], "Q84")
    [close] = search_things(resolver, [resolver.names.index], "Q23306")

    assert [shorten(str(one.relation.value)) for one in (exact, close) if one.relation] == [
        "skos:exactMatch",
        "skos:closeMatch",
    ]
    assert exact.score > close.score


@pytest.mark.parametrize(
    "text", ["", "  ", "?!", "e", "xyzzyqq", "Atlantis", "Lodger", "Q999", "wd:Q999"]
)
def test_what_means_nothing_finds_nothing(text: str) -> None:
    assert found(text) == []


def test_a_text_that_is_no_name_is_refused() -> None:
    with pytest.raises(MalformedParameter, match="q: expected at most 500 characters, got 501"):
        found("x" * 501)
