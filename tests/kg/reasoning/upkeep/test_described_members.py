"""On small random ontologies, a described class has the members that a named one would have."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, RdfFormat, parse

from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.entailment import Entailment
from kg.store.writable_store import WritableStore
from tests.kg.reasoning.axioms.test_against_peers import (
    DECLARATIONS,
    PREFIXES,
    broad,
    narrow,
    restriction,
    whole_axioms,
    whole_facts,
)
from tests.kg.reasoning.given import examples

pytestmark = pytest.mark.slow

described = st.one_of(narrow, broad, restriction("someValuesFrom", narrow)).filter(
    lambda text: text.startswith("[")
)


def store_of(lines: list[str]) -> EntailedStore:
    text = "\n".join([PREFIXES, DECLARATIONS, ":Q a owl:Class .", *lines])
    quads = parse(text, RdfFormat.TURTLE)
    return EntailedStore.over(WritableStore.in_memory(quads), Entailment("owl-rl"))


def subjects(store: EntailedStore, predicate: str, class_: str) -> list[str]:
    """Return what has the class as the value of the predicate, but :Q, as often as it is found."""
    text = f"SELECT ?x {{ ?x {predicate} {class_} FILTER(?x != :Q) }}"
    results = store.query(f"{PREFIXES} {text}")
    assert isinstance(results, QuerySolutions)
    return sorted(str(row["x"]) for row in results)


@examples(25)
@given(
    st.lists(whole_axioms, max_size=5),
    st.lists(whole_facts, min_size=3, max_size=9),
    described,
)
def test_members_and_subclasses_are_those_of_a_class_defined_so(
    axioms: list[str], facts: list[str], class_: str
) -> None:
    store = store_of([*axioms, *facts])
    defined = store_of([*axioms, *facts, f":Q owl:equivalentClass {class_} ."])
    assume(not store.closed.clashes and not defined.closed.clashes)
    before = set(store.closed.facts)

    members = subjects(store, "a", class_)

    assert members == subjects(defined, "a", ":Q")
    assert len(members) == len(set(members))
    # Only a described class is compared with classes that are written alike.
    assert set(subjects(store, "rdfs:subClassOf", class_)) >= set(
        subjects(defined, "rdfs:subClassOf", ":Q")
    )
    assert set(store.closed.facts) == before
