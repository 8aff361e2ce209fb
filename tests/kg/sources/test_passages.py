"""Passages against the text they were read in."""

from hashlib import sha256
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from kg.errors import MalformedFile, MalformedInput
from kg.sources.passages import PassageStatus, verify_passages

TEXT = "全球城市\n第一段。\n\n第二段，更长。 第三段。\n"
PASSAGES = ["第一段。", "第二段，更长。", "第三段。"]
PREFIXES = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> ."
    "@prefix passage: <https://w3id.org/glocal/source/wang/> ."
)


def quads() -> list[Quad]:
    turtle = "".join(
        f"passage:p{number} glocal:offset {TEXT.index(passage)} ; glocal:length {len(passage)} ;"
        f' glocal:sha256 "{sha256(passage.encode()).hexdigest()}" .\n'
        for number, passage in enumerate(PASSAGES, 1)
    )
    lost = "passage:p0 glocal:isLost true ."
    return list(parse(PREFIXES + turtle + lost, format=RdfFormat.TURTLE))


def verified(folder: Path, text: str) -> list[tuple[PassageStatus, int | None, int | None]]:
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return [(one.status, one.offset, one.found_at) for one in verify_passages(path, quads())]


LOST = (PassageStatus.LOST, None, None)


def test_every_passage_is_where_the_graph_says(tmp_path: Path) -> None:
    found = PassageStatus.FOUND

    assert verified(tmp_path, TEXT) == [LOST, (found, 5, 5), (found, 11, 11), (found, 19, 19)]


def test_a_shifted_text_tells_where_each_passage_is(tmp_path: Path) -> None:
    moved = PassageStatus.MOVED

    assert verified(tmp_path, "前言" + TEXT) == [
        LOST,
        (moved, 5, 7),
        (moved, 11, 13),
        (moved, 19, 21),
    ]


def test_a_changed_passage_is_missing_and_the_others_are_found(tmp_path: Path) -> None:
    assert verified(tmp_path, TEXT.replace("更长", "更短")) == [
        LOST,
        (PassageStatus.FOUND, 5, 5),
        (PassageStatus.MISSING, 11, None),
        (PassageStatus.FOUND, 19, 19),
    ]


def test_another_text_holds_none_of_the_passages(tmp_path: Path) -> None:
    results = verified(tmp_path, "Nothing of the kind.\n")

    assert [where for where, _, _ in results] == [PassageStatus.LOST, *[PassageStatus.MISSING] * 3]


def test_a_result_says_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("前" + TEXT.replace("更长", "更短"), encoding="utf-8")

    assert [(str(one), one.is_consistent) for one in verify_passages(path, quads())] == [
        ("passage:p0: lost, as recorded.", True),
        ("passage:p1: expected at 5, found at 6.", False),
        ("passage:p2: expected at 11, not found.", False),
        ("passage:p3: expected at 19, found at 20.", False),
    ]


def test_a_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"first\n" + TEXT.encode("gb18030"))

    with pytest.raises(MalformedFile, match=r":2:2: not UTF-8"):
        verify_passages(path, quads())


def test_a_text_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match="cannot be read: No such file"):
        verify_passages(tmp_path / "text.txt", quads())


@pytest.mark.parametrize("marks", ['glocal:offset "x" ; glocal:length 2', "glocal:offset 1"])
def test_a_passage_without_numbers_is_refused(tmp_path: Path, marks: str) -> None:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    turtle = f'passage:p4 glocal:sha256 "0" ; {marks} .'

    with pytest.raises(
        MalformedInput, match="passage:p4 has a hash, but no integer offset or length"
    ):
        verify_passages(path, list(parse(PREFIXES + turtle, format=RdfFormat.TURTLE)))
