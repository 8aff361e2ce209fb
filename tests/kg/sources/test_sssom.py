"""SSSOM mapping files read into quads."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedFile
from kg.namespaces import GRAPH, ID, SKOS
from kg.sources.lines import find_line
from kg.sources.sssom import read_mappings

HEAD = (
    "# curie_map:\n#   places: https://example.org/places/\n# license: https://example.org/l\n"
    "subject_id\tpredicate_id\tobject_id\tpredicate_modifier\tmapping_justification\n"
)
BY_HAND = "semapv:ManualMappingCuration"


def mappings(folder: Path, rows: str, head: str = HEAD) -> Path:
    path = folder / "places.sssom.tsv"
    path.write_text(head + rows, encoding="utf-8")
    return path


def test_curies_are_expanded_by_the_file_and_by_the_project(tmp_path: Path) -> None:
    path = mappings(tmp_path, f"id:Lyon\tskos:exactMatch\tplaces:123/\t\t{BY_HAND}\n")

    assert read_mappings(path, graph=GRAPH["links"]) == [
        Quad(
            ID["Lyon"],
            SKOS["exactMatch"],
            NamedNode("https://example.org/places/123/"),
            GRAPH["links"],
        )
    ]


def test_a_row_that_denies_a_mapping_is_left_out(tmp_path: Path) -> None:
    path = mappings(tmp_path, f"id:Lyon\tskos:exactMatch\tplaces:123\tNot\t{BY_HAND}\n")

    assert read_mappings(path) == []


def test_the_line_of_a_mapping_is_the_line_of_its_row(tmp_path: Path) -> None:
    row = f"id:{{}}\tskos:exactMatch\tplaces:1\t\t{BY_HAND}\n"
    path = mappings(tmp_path, row.format("Lyon") + row.format("Paris"))

    assert find_line(path, ID["Paris"], SKOS["exactMatch"]) == 6


@pytest.mark.parametrize(
    ("row", "line", "column", "reason"),
    [
        ("id:Lyon\tskos:exactMatch\n", 5, 1, "2 columns where the header has 5"),
        (f"id:Lyon\tskos:exactMatch\tgn:1\t\t{BY_HAND}\n", 5, 25, "invalid object_id"),
        (f"\tskos:exactMatch\tplaces:1\t\t{BY_HAND}\n", 5, 1, "invalid subject_id"),
        (f"id:L n\tskos:exactMatch\tplaces:1\t\t{BY_HAND}\n", 5, 1, "invalid subject_id"),
        ("id:Lyon\tskos:exactMatch\tplaces:1\t\t\n", 5, 35, "the mapping has no justification"),
    ],
)
def test_a_bad_row_is_refused_with_line_and_column(
    tmp_path: Path, row: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(MalformedFile) as caught:
        read_mappings(mappings(tmp_path, row))

    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason.startswith(reason)


def test_a_line_is_what_ends_in_a_line_feed(tmp_path: Path) -> None:
    row = f"id:{{}}\tskos:exactMatch\tplaces:1\t\t{BY_HAND}{{}}\r\n"
    path = mappings(tmp_path, row.format("Lyon", "\u2028") + row.format("Paris", ""))

    assert find_line(path, ID["Paris"]) == 6


ITEMS = HEAD.replace("https://example.org/places/", "http://www.wikidata.org/entity/")
LYON = "id:Lyon\tskos:exactMatch\t"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "subject_id\tmapping_justification\n",
            ":1:1: no column predicate_id, object_id",
        ),
        (HEAD.encode() + b"id:Qu\xe9bec\t", ":5:6: not UTF-8"),
        (HEAD, r":4:1: the file has no mappings\. Expected: "),
        *(
            (
                f"{ITEMS}{LYON}places:{identifier}\t\t{BY_HAND}\n",
                f":5:25: wikidata: '{identifier}' is not a valid identifier",
            )
            for identifier in ("Q0", "Q084", "P31", "84", "q84")
        ),
        (
            f"{HEAD}{LYON}places:1\t\tsemapv:Manual\n",
            "'semapv:Manual' is not a justification",
        ),
        (
            f"{HEAD}{LYON}id:Paris\t\t{BY_HAND}\n",
            "id:Lyon is matched to id:Paris, our own",
        ),
    ],
)
def test_a_file_that_has_no_mappings_or_wrong_ones_is_refused(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    path = tmp_path / "a.sssom.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(MalformedFile, match=reason):
        read_mappings(path)


def test_an_entity_with_two_items_is_refused_with_both_lines(tmp_path: Path) -> None:
    row = f"id:Lyon\tskos:{{}}\tplaces:{{}}\t\t{BY_HAND}\n"
    path = mappings(
        tmp_path, row.format("exactMatch", "Q1") + row.format("closeMatch", "Q2"), ITEMS
    )

    with pytest.raises(MalformedFile) as caught:
        read_mappings(path)

    assert (caught.value.line, caught.value.column) == (6, 25)
    assert caught.value.reason == "id:Lyon is matched to two things: line 5 has wd:Q1"


def test_what_is_broader_or_narrower_may_be_more_than_one(tmp_path: Path) -> None:
    row = f"id:Lyon\tskos:{{}}\tplaces:{{}}\t\t{BY_HAND}\n"
    rows = row.format("exactMatch", "Q1") + row.format("narrowMatch", "Q2")
    path = mappings(tmp_path, rows + row.format("narrowMatch", "Q3"), ITEMS)

    assert len(read_mappings(path)) == 3


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("confidence", "9.9", "the confidence '9.9' is not between 0 and 1"),
        ("confidence", "nan", "the confidence 'nan' is not between 0 and 1"),
        ("mapping_date", "2026-13-45", "the mapping date '2026-13-45' is not a day"),
        ("mapping_date", "20261125", "the mapping date '20261125' is not a day"),
        ("confidense", "0.9", "unknown column 'confidense'"),
        ("object_id", "places:2", "the column object_id is there twice"),
    ],
)
def test_a_cell_or_column_that_says_nothing_is_refused(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    head = HEAD.replace("\tmapping_justification", f"\tmapping_justification\t{column}")
    path = mappings(tmp_path, f"id:Lyon\tskos:exactMatch\tplaces:1\t\t{BY_HAND}\t{cell}\n", head)

    with pytest.raises(MalformedFile) as caught:
        read_mappings(path)
    assert caught.value.reason == reason


@pytest.mark.parametrize("confidence", ["", "0", "0.95", "1", "1.0"])
def test_a_confidence_between_0_and_1_is_accepted(tmp_path: Path, confidence: str) -> None:
    head = HEAD.replace("\tmapping_justification", "\tmapping_justification\tconfidence")
    row = f"id:Lyon\tskos:exactMatch\tplaces:1\t\t{BY_HAND}\t{confidence}\n"

    assert len(read_mappings(mappings(tmp_path, row, head))) == 1
