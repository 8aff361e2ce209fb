"""The sheets of a round, drawn from the project's own release."""

import csv
from pathlib import Path

import pytest

from kg.errors import MalformedInput
from kg.namespaces import expand
from kg.quality.rounds import write_sheets
from kg.quality.samples import Sampler
from kg.store.quad_store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(newest_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sheets of a round with two readers."""
    folder = tmp_path_factory.mktemp("quality") / "round-1"
    write_sheets(folder, Sampler(Store.open(newest_release), seed=7).draw(), ["a", "b"])
    return folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_readers_get_the_same_items_with_nothing_filled_in(folder: Path) -> None:
    assert rows(folder, "evidence-a") == rows(folder, "evidence-b")
    assert len(rows(folder, "evidence-a")) == 200
    assert {(row["faithful"], row["status"]) for row in rows(folder, "evidence-a")} == {("", "")}


def test_readers_see_neither_the_status_nor_a_name_that_tells_it(folder: Path) -> None:
    keys = {row["item"]: row for row in rows(folder, "evidence-key")}

    for row in rows(folder, "evidence-a"):
        key = keys[row["item"]]
        assert key["graph"].startswith(f"ev:{row['passage'].removeprefix('passage:')}-")
        assert key["graph"] not in "".join(row.values())
        assert "glocal:hasStatus" not in row["statements"]


def test_a_statement_is_shown_with_its_labels_and_qualifiers(
    folder: Path, newest_release: Path
) -> None:
    store = Store.open(newest_release)
    keys = {row["item"]: row["graph"] for row in rows(folder, "evidence-key")}
    row = next(row for row in rows(folder, "evidence-a") if "Quantifier" in row["qualifiers"])

    graph = expand(keys[row["item"]])
    said = {f"{one.predicate} {one.object}" for one in store.describe(graph)}
    for limit in row["qualifiers"].split(" ; "):
        predicate, value = (expand(name) for name in limit.split(" ", 1))
        assert f"{predicate} {value}" in said
    assert " . ".join(row["statements"].split(" . ")) == row["statements"]
    assert len(store.quads_of_graph(graph)) == len(row["statements"].split(" . "))


def test_no_rule_has_more_than_ten_derived_statements_and_none_only_repeats(folder: Path) -> None:
    names = [row["rule"] for row in rows(folder, "derived-a")]

    assert len(names) == 150
    assert max(map(names.count, names)) <= 10
    assert not [name for name in names if name.startswith(("cax-sco", "prp-inv", "prp-symp"))]


def test_the_same_seed_draws_the_same_and_another_one_differs(
    folder: Path, newest_release: Path, tmp_path: Path
) -> None:
    store = Store.open(newest_release)
    for seed in (7, 8):
        write_sheets(tmp_path / str(seed), Sampler(store, seed).draw(), ["a"])

    assert rows(tmp_path / "7", "evidence-a") == rows(folder, "evidence-a")
    assert rows(tmp_path / "8", "passages") != rows(folder, "passages")


def test_answers_are_never_overwritten(folder: Path) -> None:
    with pytest.raises(MalformedInput, match="expected an empty folder"):
        write_sheets(folder, [], ["a"])
