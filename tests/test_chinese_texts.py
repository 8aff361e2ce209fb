"""Chinese prose has spaces around Latin letters and figures, names have none; claims have holders.

The rules stand in `kg/curated/CODEBOOK.md`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal

from kg.namespaces import expand_all
from kg.sources.folders import read_curated, read_ontology

ROOT = Path(__file__).parents[1]
PROSE = expand_all(
    "skos:note skos:editorialNote skos:scopeNote skos:changeNote skos:definition "
    "dcterms:description"
)
NAMES = expand_all("rdfs:label skos:altLabel dcterms:title glocal:postTitle glocal:section")
TABLES = (
    "service/pages/words.tsv",
    "service/pages/problems.tsv",
    "service/routes/interfaces.tsv",
    "kg/reasoning/axioms/phrases.tsv",
)
HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"
# A date or an amount reads as one Chinese word: 2005年10月, 20世纪70、80年代, 7000亿.
WORD = re.compile(r"(?:\d+[—–、至])*[\d.]+(?:年代?|代|月|日|世纪|万|亿)(?:\d+[月日])*")
MISSING = re.compile(f"{HAN}[A-Za-z0-9]|[A-Za-z0-9%]{HAN}")
# A Latin word in a name, as in "Cool Cities 一书", keeps its space; a number or "C40" has none.
NEEDLESS_IN_NAMES = re.compile(rf"{HAN} [A-Z0-9]+\b(?! [A-Z])|(?<![A-Za-z] )\b[A-Z0-9]+ {HAN}")


def prose_error(text: str) -> str | None:
    """Return where a space is missing, or stands within or beside a date, or else None."""
    if spaced := re.search(rf"{HAN} (?={WORD.pattern})|\d (?:年|月|日|世纪)|年 \d+月", text):
        return spaced[0]
    # The word's first character may need a space before it only after a Latin letter.
    missing = MISSING.search(WORD.sub("年", text))
    return missing[0] if missing else None


def curated_notes() -> list[str]:
    return [
        quad.object.value
        for quad in (*read_curated(), *read_ontology())
        if quad.predicate in PROSE
        and isinstance(quad.object, Literal)
        and quad.object.language == "zh"
    ]


def texts_of_tables() -> Iterator[str]:
    for path in TABLES:
        for line in (ROOT / path).read_text("utf-8").splitlines():
            key, *cells = line.split("\t")
            # The names of the months are put into dates.
            yield from cells if key != "months" else ()


def texts_of_queries() -> Iterator[str]:
    for path in (*ROOT.glob("queries/**/*.rq"), *ROOT.glob("ontology/rules/*.rq")):
        lines = path.read_text("utf-8").splitlines()
        yield from (line for line in lines if line.startswith("#"))


def test_prose_has_a_space_between_chinese_and_latin() -> None:
    texts = [*curated_notes(), *texts_of_tables(), *texts_of_queries()]

    assert len(texts) > 1000
    assert {text: error for text in texts if (error := prose_error(text))} == {}


def test_a_note_says_whose_view_it_is() -> None:
    assert [note for note in curated_notes() if re.search("据称|据说|有人认为", note)] == []


def test_names_stand_as_printed_without_such_spaces() -> None:
    names = {
        quad.object.value
        for quad in (*read_curated(), *read_ontology())
        if quad.predicate in NAMES
        and isinstance(quad.object, Literal)
        and quad.object.language == "zh"
    }

    assert "C40城市气候领导联盟" in names
    assert [name for name in names if NEEDLESS_IN_NAMES.search(name)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("C40 在伦敦的网页", None),
        ("C40在伦敦的网页", "0在"),
        ("引用Brenner的论文", "用B"),
        ("占 50%以上", "%以"),
        ("据2016年 GaWC 排名，第 6 位", None),
        ("据2016年GaWC 排名", "年G"),
        ("据 2016年的排名", "据 "),
        ("自2007 年起", "7 年"),
        ("20世纪70、80年代共7000亿美元", None),
    ],
)
def test_dates_and_amounts_read_as_chinese(text: str, wrong: str | None) -> None:
    assert prose_error(text) == wrong
