import pytest

from kg.errors import MalformedParameter, UnknownName
from kg.links.lookup import look_up
from kg.names.index import NameIndex
from kg.namespaces import shorten
from kg.store.quad_store import Store


def found(store: Store, by: str, value: str) -> list[tuple[str, str]]:
    """The resources with their relations."""
    hits = look_up(store, lambda: NameIndex.of(store), by, value)
    return [(shorten(one.iri.value), one.relation) for one in hits]


def test_an_exact_match_goes_before_a_close_one(linked: Store) -> None:
    assert found(linked, "wikidata", "Q84") == [("id:London", "skos:exactMatch")]
    assert found(linked, "geonames", "2643743") == [("id:London", "skos:exactMatch")]


def test_several_close_matches_are_all_found(linked: Store) -> None:
    assert found(linked, "wikidata", "Q334") == [
        ("id:Singapore", "skos:closeMatch"),
        ("id:SingaporeState", "skos:closeMatch"),
    ]


def test_a_narrower_thing_is_found_and_is_not_the_same(linked: Store) -> None:
    (hit,) = look_up(linked, lambda: NameIndex.of(linked), "wikidata", "Q8577")

    assert (hit.relation, hit.is_same) == ("skos:narrowMatch", False)


def test_an_alias_is_any_name_and_a_label_the_chief_one(linked: Store) -> None:
    assert found(linked, "label", "singapore") == [("id:Singapore", "label")]
    assert found(linked, "alias", "Singapore") == [
        ("id:Singapore", "label"),
        ("id:SingaporeState", "alias"),
    ]
    assert found(linked, "label", "倫敦") == [("id:London", "label")]


@pytest.mark.parametrize(
    ("by", "value", "near"),
    [
        ("label", "Londn", ["London"]),
        ("alias", "Singapur", ["Singapore"]),
        ("wikidata", "Q2330", ["Q23306", "Q334"]),
    ],
)
def test_what_is_not_there_says_what_is_near(
    linked: Store, by: str, value: str, near: list[str]
) -> None:
    with pytest.raises(UnknownName) as caught:
        found(linked, by, value)

    assert caught.value.near[: len(near)] == near


@pytest.mark.parametrize(
    ("by", "value"), [("wikidata", "Q0"), ("geonames", "Q84"), ("label", " "), ("alias", "x" * 501)]
)
def test_what_can_be_no_identifier_or_name_is_refused(linked: Store, by: str, value: str) -> None:
    with pytest.raises(MalformedParameter, match="right would be"):
        found(linked, by, value)


def test_the_names_are_not_read_for_an_identifier(linked: Store) -> None:
    def names() -> NameIndex:
        raise AssertionError

    assert look_up(linked, names, "wikidata", "Q84")
