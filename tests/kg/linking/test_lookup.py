from pathlib import Path

import pytest

from kg.errors import MalformedFile, MalformedParameter, UnknownName
from kg.linking.lookup import LookupMatch, look_up, suggest_links
from kg.linking.name_index import NameIndex
from kg.linking.resolver import Resolver, ThingNames
from kg.namespaces import ID, shorten
from kg.store.quad_store import Store


def found(store: Store, by: str, value: str) -> list[tuple[str, str]]:
    """The resources with their relations."""
    hits = look_up(Resolver.of(store), by, value)
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
    (hit,) = look_up(Resolver.of(linked), "wikidata", "Q8577")

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
    ],
)
def test_what_is_not_there_says_what_is_near(
    linked: Store, by: str, value: str, near: list[str]
) -> None:
    with pytest.raises(UnknownName) as caught:
        found(linked, by, value)

    assert caught.value.near[: len(near)] == near


def test_a_number_is_not_like_another_one(linked: Store) -> None:
    with pytest.raises(UnknownName, match=r"^Unknown entity 'Q2330'\.$"):
        found(linked, "wikidata", "Q2330")


@pytest.mark.parametrize(
    ("by", "value"), [("wikidata", "Q0"), ("geonames", "Q84"), ("label", " "), ("alias", "x" * 501)]
)
def test_what_can_be_no_identifier_or_name_is_refused(linked: Store, by: str, value: str) -> None:
    with pytest.raises(MalformedParameter, match="expected "):
        found(linked, by, value)


def test_the_names_are_not_read_for_an_identifier(linked: Store) -> None:
    def names() -> NameIndex:
        raise AssertionError

    resolver = Resolver(linked, ThingNames(linked, names))

    assert look_up(resolver, "wikidata", "Q84")
    assert look_up(resolver, "iri", "id:London") == [LookupMatch(ID["London"], "iri")]


def suggested(
    folder: Path, text: str, store: Store, name: str = "names.csv"
) -> list[tuple[int, str, str, bool]]:
    """Line, name, entity and match of each suggestion."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    found = suggest_links(path, NameIndex.from_store(store), max_candidates=1)
    return [
        (one.line, one.name, one.candidate.entity.local_name, one.candidate.is_match)
        if one.candidate
        else (one.line, one.name, "", False)
        for one in found
    ]


def test_each_row_gets_the_best_of_all_its_names(linked: Store, tmp_path: Path) -> None:
    table = "id,zh,en,aliases\n1,伦敦,,\n2,,Londn,\n3,,Unknown,x|London\n4,雷克雅未克,,\n"

    assert suggested(tmp_path, table, linked) == [
        (2, "伦敦", "London", True),
        (3, "Londn", "London", False),
        (4, "Unknown", "London", True),
        (5, "雷克雅未克", "", False),
    ]


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("names.csv", 'name\nLondon\n"Paris, Texas"\n', 2),
        ("names.csv", 'London\n"Paris, Texas"\n', 1),
        ("names.csv", 'country,Name\nGB,London\nUS,"Paris, Texas"\n', 2),
        ("names.tsv", "country\tname\nGB\tLondon\nUS\tParis, Texas\n", 2),
        ("names.txt", "London\nParis, Texas\n", 1),
        ("names.txt", "\ufeffname\r\nLondon\r\nParis, Texas\r\n", 2),
    ],
)
def test_a_column_of_names_is_enough(
    linked: Store, tmp_path: Path, file: str, text: str, line: int
) -> None:
    assert suggested(tmp_path, text, linked, file) == [
        (line, "London", "London", True),
        (line + 1, "Paris, Texas", "", False),
    ]


def test_names_of_one_row_that_mean_two_entities_are_certain_of_none(
    linked: Store, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    path.write_text("en,aliases\nLondon,Games\n", encoding="utf-8")

    found = suggest_links(path, NameIndex.from_store(linked))

    assert {one.candidate.entity.local_name for one in found if one.candidate} >= {
        "London",
        "Games",
    }
    assert not any(one.candidate.is_match for one in found if one.candidate)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "no column of names"),
        ("id,city\n1,London\n", 1, "no column of names"),
        ("en,zh\nLondon\n", 2, "the row has more or fewer cells than the header"),
        ("en\nLondon,伦敦\n", 2, "the row has more or fewer cells than the header"),
        ("en\nLondon\n  \n", 3, "the row has no name or one too long"),
        (f"en\n{'x' * 200_000}\n", 2, "field larger than field limit (131072)"),
        (f"en\n{'x' * 501}\n", 2, "the row has no name or one too long"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(
    linked: Store, tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(MalformedFile) as caught:
        suggested(tmp_path, text, linked)

    assert (caught.value.line, caught.value.reason) == (line, reason)
