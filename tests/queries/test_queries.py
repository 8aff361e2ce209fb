"""The saved questions: each has its exact rows, and says in two languages what it asks."""

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from pyoxigraph import NamedNode, QuerySolutions

from kg.content import own_content
from kg.linking.resolver import Resolver
from kg.namespaces import shorten
from kg.sparql.paging import ALL_ROWS, Page
from kg.statuses import VIEWS
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery, read_queries

EXPECTED: Final = Path(__file__).parent
NAMES: Final = sorted(path.stem for path in own_content().queries.glob("*.rq"))

# The examples of the values that questions ask for.
SAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    name: {key: one.example for key, one in query.parameters.items()}
    for name, query in read_queries().items()
    if query.parameters
}


@pytest.fixture(scope="module")
def queries() -> dict[str, SavedQuery]:
    return read_queries()


def table(
    query: SavedQuery, store: Store, values: Mapping[str, str], page: Page = ALL_ROWS
) -> list[list[str]]:
    """The columns, then the rows: IRIs as CURIEs, literals without language and datatype."""
    results = query.run(store, query.bind(values, Resolver.of(store).read_value), page=page)
    assert isinstance(results, QuerySolutions)
    columns = [variable.value for variable in results.variables]
    return [columns, *([cell(row[column]) for column in columns] for row in results)]


def cell(term: Any) -> str:
    """A term as it stands in the table; nothing where the variable is unbound."""
    if term is None:
        return ""
    return shorten(term.value) if isinstance(term, NamedNode) else str(term.value)


def expected(name: str) -> list[list[str]]:
    """The table that stands beside this test."""
    with (EXPECTED / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_every_question_has_a_table_and_every_table_a_question() -> None:
    assert sorted(path.stem for path in EXPECTED.glob("*.csv")) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_question_has_exactly_these_rows_in_this_order(
    name: str, queries: dict[str, SavedQuery], store: Store
) -> None:
    assert table(queries[name], store, SAMPLES.get(name, {})) == expected(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_a_question_with_its_values_in_its_text_has_the_same_rows(
    name: str, queries: dict[str, SavedQuery], store: Store
) -> None:
    query = queries[name]
    bound = query.bind(SAMPLES[name], Resolver.of(store).read_value)

    text = replace(query, text=query.query_with(bound)).run(store, {})

    asked = query.run(store, bound)
    assert isinstance(text, QuerySolutions)
    assert isinstance(asked, QuerySolutions)
    rows = [[*map(str, row)] for row in text]
    assert rows == [[*map(str, row)] for row in asked]
    assert rows


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[::5])
def test_the_pages_of_a_question_have_each_of_its_rows_once(
    name: str, queries: dict[str, SavedQuery], store: Store
) -> None:
    _, *rows = expected(name)
    # Three pages, the last of them not full.
    size = len(rows) // 3 + 1
    pages = [
        table(queries[name], store, SAMPLES.get(name, {}), Page(size, size * number))[1:]
        for number in range(4)
    ]

    assert sorted(row for page in pages for row in page) == sorted(rows)
    assert [len(page) for page in pages] == [
        min(size, max(0, len(rows) - size * number)) for number in range(4)
    ]


# Rows in each view, as in README.md.
IN_EACH_VIEW: Final[Mapping[str, tuple[int, int, int]]] = {
    "cities-that-stand-in-for-their-state": (0, 0, 3),
    "critiques-that-reach-scholars": (0, 0, 22),
    "years-from-one-founding-to-the-next": (1, 2, 3),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_EACH_VIEW)
def test_a_question_has_the_rows_that_each_view_carries(
    name: str, queries: dict[str, SavedQuery], store: Store
) -> None:
    views = [store.views.parse(view, None) for view in VIEWS]
    results = [list(queries[name].run(store, {}, view=view)) for view in views]

    assert tuple(map(len, results)) == IN_EACH_VIEW[name]


@pytest.mark.slow
def test_who_is_inside_the_boundary_is_a_hypothesis_over_readings(
    queries: dict[str, SavedQuery], store: Store
) -> None:
    query = queries["cities-inside-the-boundary-of-participation"]
    names = [("readings", "hypotheses"), ("readings", None), ("paper", "hypotheses")]
    inside, *others = (query.run(store, {}, view=store.views.parse(*each)) for each in names)

    assert (query.view, query.world) == ("readings", "hypotheses")
    assert len(list(inside)) == 6
    assert not any(map(list, others))


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_asked_in_english_and_in_chinese(
    name: str, queries: dict[str, SavedQuery]
) -> None:
    question = queries[name].questions

    assert set(question) == {"en", "zh"}
    assert [*queries[name].columns["zh"]] == [*queries[name].columns["en"]] == expected(name)[0]
    assert re.fullmatch(r"[A-Z][\x20-\x7e]+\?", question["en"])
    assert re.fullmatch(r"[\u4e00-\u9fff][\u3000-\u9fff\uff00-\uffef]+[?。？]", question["zh"])


@pytest.mark.parametrize("name", NAMES)
def test_a_question_returns_its_parameters_and_orders_its_rows(
    name: str, queries: dict[str, SavedQuery]
) -> None:
    query = queries[name]

    assert query.form == "SELECT"
    assert set(query.parameters) <= set(expected(name)[0])
    assert "\nORDER BY " in query.text


def test_a_city_without_a_ground_in_the_paper_is_not_inside_the_boundary() -> None:
    inside = {row[0] for row in expected("cities-inside-the-boundary-of-participation")[1:]}

    assert inside.isdisjoint({"id:Tokyo", "id:Singapore", "id:Paris", "id:Shanghai"})


def test_what_is_no_network_has_no_members(queries: dict[str, SavedQuery], store: Store) -> None:
    columns_and_rows = table(queries["members-of-a-network"], store, {"network": "id:London"})

    assert columns_and_rows == [expected("members-of-a-network")[0]]


def test_what_is_only_planned_is_found_by_its_evidence_alone(
    queries: dict[str, SavedQuery], store: Store
) -> None:
    planned = {
        "subject": "id:UnitedStates",
        "predicate": "glocal:contemplatesWithdrawalFrom",
        "object": "id:IranNuclearDeal",
    }

    rows = table(queries["evidence-of-a-statement"], store, planned)[1:]

    assert rows == [[*planned.values(), "glocal:Plan", "", "passage:p02.2", "2"]]
