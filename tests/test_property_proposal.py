"""The text of the property proposal says what is true of the release."""

import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from kg.linking.quickstatements import write_quickstatements
from kg.namespaces import GRAPH, ID, RDFS
from kg.store.quad_store import Store

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parents[1] / "docs" / "wikidata-property.md").read_text("utf-8")
FIELDS = dict(re.findall(r"^\|([\w ]+?) += ?(.*)$", TEXT, re.MULTILINE))


@pytest.fixture(scope="module")
def paper(newest_release: Path) -> Store:
    return Store.open(newest_release)


@pytest.fixture(scope="module")
def names(paper: Store) -> set[str]:
    """The local names of all entities that have a label."""
    return {
        triple.subject.value.removeprefix(ID)
        for triple in paper.triples(predicate=RDFS["label"], graph=GRAPH["entities"])
        if isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(ID)
    }


def test_the_number_of_identifiers_is_that_of_the_release(names: set[str]) -> None:
    assert FIELDS["number of ids"] == f"{len(names):,}"
    assert f"Glocal describes {len(names):,} things" in TEXT


def test_every_identifier_has_the_form_that_is_allowed(names: set[str]) -> None:
    form = FIELDS["allowed values"].removeprefix("<nowiki>").removesuffix("</nowiki>")

    assert [name for name in names if not re.fullmatch(form, name)] == []


def test_the_examples_are_exact_matches_and_their_number_is_right(paper: Store) -> None:
    commands = write_quickstatements(paper, "P1").splitlines()
    examples = [FIELDS[f"example {number}"] for number in range(1, 5)]

    for example in examples:
        item, address, name = re.findall(r"Statement\|(Q\d+)\|.*\[(\S+) (\w+)\]", example)[0]
        assert f'{item}\tP1\t"{name}"' in commands
        assert address == FIELDS["formatter URL"].replace("$1", name) == f"{ID}{name}"
    assert f"add the {len(commands)} identifiers" in FIELDS["planned use"]
    assert f"{len(commands)} of them name exactly" in TEXT
