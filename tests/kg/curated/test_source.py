"""The passages of the paper agree with themselves; `glocal verify` holds them against the text."""

import re
from collections import defaultdict

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.content import own_content
from kg.namespaces import DCTERMS, GLOCAL, PREFIXES, RDF
from kg.sources.folders import read_curated

LOST = ["p01.ma", "p01.mb", "p08.m2", "p09.m1", "p09.m2", "p09.m3", "p09.m4"]
CONTINUED = {
    "p01.2": "p02.1",
    "p04.3": "p05.1",
    "p05.2": "p06.1",
    "p06.3": "p07.1",
    "p08.2": "p09.1",
    "p09.5": "p10.1",
    "p10.3": "p11.1",
    "p12.3": "p13.1",
    "p13.3": "p14.1",
    "p14.3": "p15.1",
    "p15.3": "p16.1",
    "p16.1": "p17.1",
}

Passages = dict[str, dict[str, list[NamedNode | Literal]]]


def local(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]


@pytest.fixture(scope="module")
def passages() -> Passages:
    """Local name -> local name of a property -> its values."""
    found: Passages = defaultdict(lambda: defaultdict(list))
    path = own_content().curated / "source" / "wang.ttl"
    for quad in parse(path=path, format=RdfFormat.TURTLE):
        name = quad.subject.value.removeprefix(PREFIXES["passage"])
        found[name][local(quad.predicate.value)].append(quad.object)
    return found


def in_print_order(passages: Passages) -> list[tuple[int, int, str]]:
    """Offset, length and name of each passage whose text is there, by offset."""
    return sorted(
        (int(values["offset"][0].value), int(values["length"][0].value), name)
        for name, values in passages.items()
        if "offset" in values
    )


def test_the_paper_has_125_passages_of_which_seven_are_lost(passages: Passages) -> None:
    lost = [name for name, values in passages.items() if "isLost" in values]

    assert len(passages) == 125
    assert sorted(lost) == LOST
    assert all(passages[name]["isLost"] == [Literal(True)] for name in lost)


def test_a_hash_is_a_sha256_and_belongs_to_one_passage(passages: Passages) -> None:
    hashes = [values["sha256"][0].value for values in passages.values() if "sha256" in values]

    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in hashes)
    assert len(set(hashes)) == len(hashes) == 118


def test_every_page_has_passages(passages: Passages) -> None:
    pages = {int(values["page"][0].value) for values in passages.values() if "offset" in values}

    assert pages == set(range(1, 19))


def test_the_page_of_every_passage_is_that_of_the_print(passages: Passages) -> None:
    path = own_content().curated / "pages.csv"
    starts = [tuple(map(int, line.split(","))) for line in path.read_text().splitlines()[1:]]
    for offset, length, name in in_print_order(passages):
        found = [int(passages[name][key][0].value) for key in ("page", "filePage")]
        last = [int(value.value) for value in passages[name].get("lastPage", [])]
        first, file_page = max(one[:2] for one in starts if one[2] <= offset)
        end = max(page for page, _, start in starts if start < offset + length)

        assert (name, *found) == (name, first, file_page)
        assert last == ([end] if end > first else []), name


def test_the_file_joins_two_pages_of_the_print_within_one_passage(passages: Passages) -> None:
    over = {name for name, values in passages.items() if "lastPage" in values}
    shift = {
        name: int(values["page"][0].value) - int(values["filePage"][0].value)
        for name, values in passages.items()
    }
    paragraphs = [passages[f"p09.{mark}"]["paragraph"][0].value for mark in "2345"]

    assert over == {"p09.2"}
    first_set = {"p09.1", "p09.2", "p09.m1", "p09.m2", "p09.m3", "p09.m4"}
    assert {name for name in shift if name < "p10" and shift[name] == 0} == {
        *(name for name in shift if name < "p09"),
        *first_set,
    }
    assert {shift[name] for name in shift if name > "p10"} == {1}
    assert paragraphs == ["2", "2", "3", "4"]


def test_notes_stand_below_the_body_of_their_page(passages: Passages) -> None:
    by_page: dict[str, list[bool]] = defaultdict(list)
    for *_, name in in_print_order(passages):
        by_page[passages[name]["page"][0].value].append(".n" in name)

    assert all(are_notes == sorted(are_notes) for are_notes in by_page.values())


def test_the_page_of_the_file_and_the_paragraph_make_up_the_name(passages: Passages) -> None:
    for name, values in passages.items():
        page, paragraph = values["filePage"][0], values["paragraph"][0]
        # The paragraphs of page 10 are counted anew, after the end of p09.2.
        is_counted_anew = name in {"p09.3", "p09.4", "p09.5"}
        mark = int(paragraph.value) + 1 if is_counted_anew else paragraph.value
        assert f"p{int(page.value):02}.{mark}" == name


def test_no_two_passages_share_a_description(
    passages: Passages,
) -> None:
    described = [value.value for values in passages.values() for value in values["description"]]

    assert len(set(described)) == len(described) == 250


def test_every_note_belongs_to_a_body_passage_of_its_page(passages: Passages) -> None:
    for name, values in passages.items():
        is_note = name[4] in "nm"
        assert ("noteTo" in values) == is_note, name
        for body in values.get("noteTo", []):
            body_name = body.value.removeprefix(PREFIXES["passage"])
            assert body_name in passages
            assert body_name[:3] == name[:3]
            assert body_name[4] in "t123456789", name


def test_a_paragraph_continues_in_the_first_one_of_the_next_page(passages: Passages) -> None:
    continued = {
        name: target.value.removeprefix(PREFIXES["passage"])
        for name, values in passages.items()
        for target in values.get("continuesIn", [])
    }

    assert continued == CONTINUED


def test_every_passage_is_typed_and_in_the_paper() -> None:
    typed, placed = set(), set()
    for quad in parse(path=own_content().curated / "source" / "wang.ttl", format=RdfFormat.TURTLE):
        if quad.predicate == RDF["type"] and quad.object == GLOCAL["Passage"]:
            typed.add(quad.subject)
        if quad.predicate == GLOCAL["inSource"]:
            placed.add((quad.subject, local(quad.object.value)))

    assert placed == {(subject, "ThePaper") for subject in typed}
    assert len(typed) == 125


def test_every_work_names_a_passage_that_exists_and_the_title_it_is_printed_with(
    passages: Passages,
) -> None:
    titled, mentions = set(), defaultdict(set)
    for quad in parse(
        path=own_content().curated / "entities" / "works.ttl", format=RdfFormat.TURTLE
    ):
        if quad.predicate == DCTERMS["title"]:
            titled.add(quad.subject)
        if quad.predicate == GLOCAL["mentionedIn"]:
            mentions[quad.subject].add(quad.object.value.removeprefix(PREFIXES["passage"]))

    assert len(titled) == 85
    assert set(mentions) == titled
    assert set().union(*mentions.values()) <= set(passages)


def test_what_a_note_calls_implied_or_concluded_is_a_reading() -> None:
    quads = read_curated()
    readings = {quad.subject for quad in quads if quad.object == GLOCAL["Reading"]}
    admits = re.compile(
        r"\b([Ii]mplied:|[Nn]ot said in so many words|is our conclusion|is inferred)"
    )

    assert [
        quad.subject.value
        for quad in quads
        if isinstance(quad.object, Literal)
        and quad.predicate.value.endswith("#note")
        and admits.search(quad.object.value)
        and quad.subject not in readings
    ] == []


def test_no_text_names_a_decision_by_its_number() -> None:
    texts = {quad.object.value for quad in read_curated() if isinstance(quad.object, Literal)}

    assert [text for text in texts if re.search(r"\bX\d\d\b", text)] == []
