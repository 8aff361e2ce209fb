import pytest
from pyoxigraph import RdfFormat, parse

from kg.errors import MalformedParameter, UnknownName
from kg.names.resolution import resolve
from kg.namespaces import GLOCAL, ID, PREFIXES
from kg.store.quad_store import Store

TURTLE = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:altLabel "the Smoke"@en .
id:Lyon a glocal:City ; rdfs:label "Lyon"@en , "里昂"@zh ; skos:altLabel "Londinium"@en .
id:LondonGames rdfs:label "London 2012: the Games"@en ; skos:altLabel "London"@en .
id:Singapore rdfs:label "Singapore"@en ; skos:altLabel "Lion City"@en .
id:SingaporeState rdfs:label "Republic of Singapore"@en ; skos:altLabel "Lion City"@en .
glocal:memberOf rdfs:label "is a member of"@en .
"""


@pytest.fixture(scope="module")
def store() -> Store:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return Store.in_memory(parse(prefixes + TURTLE, format=RdfFormat.TURTLE))


@pytest.mark.parametrize(
    "name",
    [
        "London",
        "id:London",
        ID["London"].value,
        f"<{ID}London>",
        "伦敦",
        "倫敦",
        "london",
        "The Smoke",
    ],
)
def test_a_thing_is_found_by_iri_local_name_and_any_of_its_names(store: Store, name: str) -> None:
    assert resolve(store, name) == ID["London"]


def test_a_local_name_may_be_a_terms(store: Store) -> None:
    assert resolve(store, "memberOf") == GLOCAL["memberOf"]


def test_a_name_with_a_colon_is_no_curie(store: Store) -> None:
    assert resolve(store, "London 2012: the Games") == ID["LondonGames"]


def test_of_a_name_that_several_have_all_are_named(store: Store) -> None:
    with pytest.raises(MalformedParameter, match=r"would be: id:Singapore, id:SingaporeState$"):
        resolve(store, "lion city")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Londn", "No thing is called 'Londn'. Near: London"),
        ("伦墩", "No thing is called '伦墩'. Near: 伦敦."),
        ("id:Londn", "No thing is called 'id:Londn'. Near: id:London"),
        ("foo:London", "No prefix is called 'foo'"),
        ("", "No thing is called ''"),
    ],
)
def test_a_miss_says_what_is_near(store: Store, name: str, said: str) -> None:
    with pytest.raises(UnknownName) as refused:
        resolve(store, name)

    assert str(refused.value).startswith(said)
