from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from kg.linking.link_files import check_links
from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS

HEAD = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
CURATED = [
    Quad(ID["Singapore"], RDF["type"], GLOCAL["GlobalCity"]),
    Quad(ID["SingaporeState"], RDF["type"], GLOCAL["State"]),
]
ONTOLOGY = [
    Quad(GLOCAL["GlobalCity"], RDFS["subClassOf"], GLOCAL["City"]),
    Quad(GLOCAL["City"], OWL["disjointWith"], GLOCAL["State"]),
]


def checked(folder: Path, **files: str) -> tuple[list[tuple[str, int | None, str]], list[str]]:
    """Rule, line and message of each finding; the notes. Rows are `subject predicate object`."""
    for name, rows in files.items():
        lines = [
            f"id:{row.replace(' ', chr(9))}\tsemapv:ManualMappingCuration\n"
            for row in rows.splitlines()
        ]
        (folder / f"{name}.sssom.tsv").write_text(HEAD + "".join(lines), encoding="utf-8")
    report = check_links(folder, CURATED, ONTOLOGY)
    return [(one.rule, one.line, one.message) for one in report.findings], report.notes


def test_links_one_to_one_are_right(tmp_path: Path) -> None:
    rows = "London skos:exactMatch wd:Q84\nParis skos:exactMatch wd:Q90"

    assert checked(tmp_path, a=rows) == ([], [])


@pytest.mark.parametrize(
    ("rows", "rule", "line", "message"),
    [
        (
            "Singapore skos:exactMatch wd:Q334\nSingaporeState skos:closeMatch wd:Q334",
            "one-to-many",
            2,
            "wd:Q334 is an exact match but is linked to several entities: "
            "id:Singapore, id:SingaporeState, although glocal:City and glocal:State are disjoint.",
        ),
        (
            "London skos:exactMatch wd:Q84\nLondon skos:relatedMatch wd:Q84",
            "duplicate",
            3,
            "The same pair is already linked in a.sssom.tsv:2.",
        ),
        (
            "London owl:sameAs wd:Q84",
            "same-as",
            2,
            "owl:sameAs would make every statement about one true of the other.",
        ),
        (
            "London skos:exactMatch wd:Q84\nLondon skos:closeMatch wd:Q23306",
            "malformed-links",
            3,
            "id:London is matched to two things: line 2 has wd:Q84.",
        ),
        (
            "London skos:exactMatch wd:Q084",
            "malformed-links",
            2,
            "wikidata: 'Q084' is not a valid identifier; "
            "expected Q and a number without leading zeros, such as Q84.",
        ),
    ],
)
def test_what_is_wrong_is_found_with_its_line(
    tmp_path: Path, rows: str, rule: str, line: int, message: str
) -> None:
    findings, _ = checked(tmp_path, a=rows)

    assert findings == [(rule, line, message)]


def test_two_files_may_not_give_an_entity_two_items(tmp_path: Path) -> None:
    findings, _ = checked(
        tmp_path, a="London skos:exactMatch wd:Q84", b="London skos:closeMatch wd:Q23306"
    )

    assert findings == [
        ("two-things", 2, "id:London is matched to another thing in a.sssom.tsv:2.")
    ]


def test_an_item_and_a_place_of_one_entity_are_right(tmp_path: Path) -> None:
    rows = "London skos:exactMatch wd:Q84"
    places = "London skos:exactMatch https://sws.geonames.org/2643743/"

    assert checked(tmp_path, a=rows, b=places) == ([], [])


def test_what_is_close_to_several_is_noted_with_their_disjoint_classes(tmp_path: Path) -> None:
    rows = "Singapore skos:closeMatch wd:Q334\nSingaporeState skos:closeMatch wd:Q334"

    assert checked(tmp_path, a=rows) == (
        [],
        [
            "wd:Q334 is a close match of several entities: id:Singapore, id:SingaporeState, "
            "although glocal:City and glocal:State are disjoint."
        ],
    )


def test_labels_are_those_of_the_entity_and_days_are_past(tmp_path: Path) -> None:
    head = HEAD.replace("\n", "\tsubject_label\tmapping_date\n")
    cells = "id:Singapore\tskos:exactMatch\twd:Q334\tsemapv:ManualMappingCuration"
    path = tmp_path / "a.sssom.tsv"
    path.write_text(f"{head}{cells}\tJohor\t2027-01-02\n", encoding="utf-8")
    label = Quad(ID["Singapore"], RDFS["label"], Literal("Singapore", language="en"))

    report = check_links(tmp_path, [*CURATED, label], ONTOLOGY, today=date(2027, 1, 1))

    assert [(one.line, one.message, one.expected) for one in report.findings] == [
        (2, "id:Singapore does not have the label 'Johor'.", "'Singapore'."),
        (
            2,
            "id:Singapore was matched on 2027-01-02, in the future.",
            "a date no later than today, 2027-01-01.",
        ),
    ]
