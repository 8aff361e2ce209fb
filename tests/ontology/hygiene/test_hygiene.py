"""Each check of terms: its example is caught, and no term of the ontology is.

In `<check>.ttl` the names of what must be caught begin with "caught" in any case.
"""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QuerySolutions, RdfFormat, Store

from kg.content import own_content
from kg.namespaces import shorten

HERE = Path(__file__).parent
RULES = sorted(HERE.glob("*.rq"))


def found(rule: Path, *files: Path) -> list[str]:
    """The terms that the rule returns on these Turtle files."""
    store = Store()
    for file in files:
        store.load(path=file, format=RdfFormat.TURTLE)
    solutions = store.query(rule.read_text(encoding="utf-8"))
    assert isinstance(solutions, QuerySolutions)
    return [shorten(row["term"].value) for row in solutions if isinstance(row["term"], NamedNode)]


def local_name(term: str) -> str:
    return term.rpartition("/")[2].rpartition("#")[2].rpartition(":")[2]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_a_rule_says_title_reason_and_severity(rule: Path) -> None:
    head = [line.partition(":") for line in rule.read_text(encoding="utf-8").splitlines()[:3]]

    assert [key for key, _, _ in head] == ["# title", "# reason", "# severity"]
    assert all(value.strip() for _, _, value in head)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_a_rule_catches_what_its_example_has_to_be_caught_for(rule: Path) -> None:
    example = rule.with_suffix(".ttl")
    store = Store()
    store.load(path=example, format=RdfFormat.TURTLE)
    names = {
        shorten(term.value)
        for quad in store
        for term in (quad.subject, quad.object)
        if isinstance(term, NamedNode)
    }
    wanted = sorted(name for name in names if local_name(name).lower().startswith("caught"))

    assert wanted
    assert any(local_name(name).lower().startswith("fine") for name in names)
    assert sorted(found(rule, example)) == wanted


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_no_term_of_the_ontology_breaks_a_rule(rule: Path) -> None:
    assert found(rule, *own_content().ontology.glob("*.ttl")) == []
