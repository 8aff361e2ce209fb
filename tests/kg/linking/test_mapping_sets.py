"""Mapping sets are merged so that an SSSOM library reads of each mapping what its file said."""

from pathlib import Path

import pytest
import sssom_pydantic
from pyoxigraph import Literal, NamedNode

from kg.content import own_content
from kg.linking.mapping_sets import MappingSet, merge
from kg.namespaces import ID

HEAD = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment"
ROW = "id:{}\tskos:exactMatch\tx:{}\tsemapv:ManualMappingCuration\t{}"
PREFIXES = """\
#curie_map:
#  x: https://example.org/{}/
#  id: https://w3id.org/glocal/id/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
"""
FILES = sorted(own_content().links.glob("*.sssom.tsv"))


def text_of(place: str, *rows: str, said: str = "") -> str:
    return f"{PREFIXES.format(place)}{said}{HEAD}\n" + "".join(f"{row}\n" for row in rows)


def test_a_set_has_its_metadata_its_prefixes_and_its_rows() -> None:
    said = '#license: https://example.org/l\n# mapping_set_title: "To: x"\n'

    links = MappingSet.parse(text_of("a", ROW.format("Lyon", 1, "Not 2."), said=said))

    assert links.metadata == {"license": "https://example.org/l", "mapping_set_title": "To: x"}
    assert links.term("x:1") == NamedNode("https://example.org/a/1")
    assert links.term("id:Lyon") == ID["Lyon"]
    assert [row["comment"] for row in links.rows] == ["Not 2."]


def test_a_comment_is_told_in_each_language_that_it_is_written_in() -> None:
    row = {"comment": "Not 2.", "other": "source=x|comment_zh=并非 2。|comment_fr=Pas 2."}

    assert MappingSet.comments(row, "en") == [
        Literal("Not 2.", language="en"),
        Literal("并非 2。", language="zh"),
        Literal("Pas 2.", language="fr"),
    ]
    assert MappingSet.comments({"comment": "", "other": ""}, "en") == []


def test_what_sets_share_stays_metadata_and_the_rest_becomes_columns() -> None:
    shared = "#license: https://example.org/l\n"
    files = [
        text_of("a", ROW.format("Lyon", 1, ""), said=f"{shared}#object_source: x:one\n"),
        text_of("a", ROW.format("Paris", 2, "Not 3."), said=f"{shared}#object_source: x:two\n"),
    ]

    merged = merge([*map(MappingSet.parse, files)], "https://example.org/all", "All: both")

    assert merged.metadata == {
        "license": "https://example.org/l",
        "mapping_set_id": "https://example.org/all",
        "mapping_set_title": "All: both",
    }
    assert merged.write().splitlines()[-3:] == [
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\tobject_source\tcomment",
        "id:Lyon\tskos:exactMatch\tx:1\tsemapv:ManualMappingCuration\tx:one\t",
        "id:Paris\tskos:exactMatch\tx:2\tsemapv:ManualMappingCuration\tx:two\tNot 3.",
    ]
    assert MappingSet.parse(merged.write()).metadata == merged.metadata


def test_a_library_reads_from_the_merged_files_what_it_reads_from_each(tmp_path: Path) -> None:
    sets = [MappingSet.parse(path.read_text("utf-8")) for path in FILES]
    path = tmp_path / "all.sssom.tsv"
    path.write_text(merge(sets, "https://example.org/all", "All: links").write(), "utf-8")

    mappings, _, mapping_set = sssom_pydantic.read(path)

    assert mappings == [one for file in FILES for one in sssom_pydantic.read(file).mappings]
    assert (str(mapping_set.id), mapping_set.title) == ("https://example.org/all", "All: links")
    assert [str(source).rpartition("/")[2] for source in mapping_set.source or ()] == [
        "geonames",
        "wikidata",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_lost_when_a_file_is_written_again(path: Path) -> None:
    links = MappingSet.parse(path.read_text("utf-8"))

    assert MappingSet.parse(links.write()) == links


def test_without_link_files_the_merged_set_is_empty() -> None:
    assert merge([], "https://example.org/all", "None").rows == []
