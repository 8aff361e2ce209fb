import pytest

from kg.linking.name_index import NameIndex
from kg.linking.name_search import NameQuery, find_candidates, find_misspelt, near_names
from kg.namespaces import GLOCAL, ID


def found(index: NameIndex, name: str, **wanted: object) -> list[tuple[str, float, bool]]:
    """Local name, score and match of each candidate."""
    asked = NameQuery(name, **wanted)  # type: ignore[arg-type]
    return [
        (one.entity.local_name, one.score, one.is_match) for one in find_candidates(index, asked)
    ]


@pytest.mark.parametrize(
    ("name", "entity", "score"),
    [
        ("London", "London", 100),
        ("倫敦", "London", 100),
        ("unesco", "UNESCO", 98),
        ("Washington DC", "WashingtonDC", 100),
        ("id:London", "London", 100),
        ("https://w3id.org/glocal/id/London", "London", 100),
    ],
)
def test_the_one_that_is_called_so_is_a_match(
    index: NameIndex, name: str, entity: str, score: float
) -> None:
    assert found(index, name)[0] == (entity, score, True)


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Los Angeles (LA)", "LosAngeles"),
        ("Angeles, Los", "LosAngeles"),
        ("Singapore (Republic of)", "SingaporeState"),
        ("联合国教科文组织（UNESCO）", "UNESCO"),
        ("the Washington DC", "WashingtonDC"),
        ("United Nations Educational, Scientific and Cultural Organisation", "UNESCO"),
    ],
)
def test_the_ways_to_write_a_name_with_its_abbreviation_or_turned_around_are_matches(
    index: NameIndex, name: str, entity: str
) -> None:
    first = found(index, name)[0]

    assert (first[0], first[2]) == (entity, True)


@pytest.mark.parametrize(
    "name", ["Los Angeles (Chile)", "Los Angeles, Chile", "London (UNESCO)", "Singapore (LA)"]
)
def test_what_follows_a_name_may_make_it_that_of_another_thing(index: NameIndex, name: str) -> None:
    assert not any(is_match for _, _, is_match in found(index, name))


def test_a_name_of_two_matches_neither_and_the_label_goes_first(index: NameIndex) -> None:
    assert found(index, "Singapore")[:2] == [
        ("Singapore", 100, False),
        ("SingaporeState", 98, False),
    ]


def test_a_type_decides_between_two_of_one_name(index: NameIndex) -> None:
    state = frozenset({GLOCAL["State"].value})

    assert found(index, "Singapore", types=state) == [("SingaporeState", 98, True)]
    # Nothing is certain that is of another type than asked for.
    softly = found(index, "London", types=state, strictness="should")
    assert softly[0] == ("London", 70, False)
    assert found(index, "London", types=state) == []


def test_all_types_are_asked_for_where_strictness_is_all(index: NameIndex) -> None:
    both = frozenset({GLOCAL["City"].value, GLOCAL["State"].value})

    assert found(index, "London", types=both, strictness="any")[0][0] == "London"
    assert found(index, "London", types=both, strictness="all") == []


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Lodnon", "London"),
        ("Los Ángeles", "LosAngeles"),
        ("Singapore Republic", "SingaporeState"),
        ("联合国教科文", "UNESCO"),
    ],
)
def test_what_is_nearly_called_so_comes_first_and_is_no_match(
    index: NameIndex, name: str, entity: str
) -> None:
    first = found(index, name)[0]

    assert (first[0], first[2]) == (entity, False)
    assert 50 <= first[1] < 100


def test_one_character_is_no_match(index: NameIndex) -> None:
    assert found(index, "新")[0] == ("SingaporeState", 98, False)


@pytest.mark.parametrize(
    "name",
    # The last ones share letters, a character, small parts or the initials with a name.
    ["", "…", "Reykjavík", "雷克雅未克", "Lonely", "伦理", "London Stock Exchange", "l/a"],
)
def test_a_stranger_has_no_candidate(index: NameIndex, name: str) -> None:
    assert found(index, name) == []


def test_initials_find_a_name_and_are_no_match(index: NameIndex) -> None:
    assert found(index, "RS")[0] == ("SingaporeState", 85, False)
    assert find_candidates(index, NameQuery("LA"))[0].reason == "initials of 'Los Angeles'"


def test_a_part_of_a_name_is_a_candidate_if_it_is_much_of_it(index: NameIndex) -> None:
    assert found(index, "Angeles") == [("LosAngeles", 85.7, False)]
    assert found(index, "Singapore Rep")[0][0] == "Singapore"
    assert found(index, "London City") == [("London", 84.9, False)]
    assert found(index, "联合国") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("伦墩", [("London", "伦敦")]),
        ("Lodnon", [("London", "London")]),
        ("Loondn", [("London", "London")]),
        # One error in a word of a name.
        ("Angeels", [("LosAngeles", "Los Angeles")]),
        ("Repblic", [("SingaporeState", "Republic of Singapore")]),
        ("Singapur", [("Singapore", "Singapore"), ("SingaporeState", "Singapore")]),
    ],
)
def test_a_name_is_found_where_it_is_misspelt(
    index: NameIndex, text: str, names: list[tuple[str, str]]
) -> None:
    hints = find_misspelt(index, text)

    assert [(one.entity.local_name, one.name.text) for one in hints] == names


@pytest.mark.parametrize("text", ["", "London", "Lawn", "Conducting", "伦理", "华沙", "Reykjavík"])
def test_a_name_of_something_else_is_no_misspelling(index: NameIndex, text: str) -> None:
    assert find_misspelt(index, text) == []


def test_misspelt_names_may_be_those_of_some_things_only(index: NameIndex) -> None:
    states = {ID["SingaporeState"]}

    assert [one.entity.local_name for one in find_misspelt(index, "Singapur", states)] == [
        "SingaporeState"
    ]
    assert find_misspelt(index, "Lodnon", states) == []


def test_near_names_have_the_words_or_else_are_spelt_alike(index: NameIndex) -> None:
    assert near_names(index, "Angeles") == ["Los Angeles"]
    assert near_names(index, "Londn") == ["London"]
    assert near_names(index, "London City") == ["London"]
    assert near_names(index, "Nobody") == []
    assert near_names(index, "Londn", {ID["Singapore"]}) == []


def test_a_candidate_says_why(index: NameIndex) -> None:
    exact, like = find_candidates(index, NameQuery("Singapore"))[:2]

    assert exact.reason == "label 'Singapore'"
    assert like.reason == "other name 'Singapore'"
    near = find_candidates(index, NameQuery("Singapur"))[0]
    assert near.reason == "like its label 'Singapore' (82 of 100)"


def test_classes_are_no_entities(index: NameIndex) -> None:
    assert found(index, "city") == []
