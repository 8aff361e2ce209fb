from collections import Counter

import pytest

from kg.describe.facets import FacetIndex
from kg.errors import LimitExceeded
from kg.namespaces import GLOCAL, ID, PASSAGE
from tests.kg.describe.test_description import store_of

TRIG = """
glocal:hosts glocal:ofPattern id:ActorActor .
glocal:leads rdfs:subPropertyOf glocal:hosts .
ev:f a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p1 .
ev:c a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p2 .
ev:d a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Roe ;
    glocal:fromPassage passage:p1 .
graph:r1 a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ; glocal:heldBy id:Us .
graph:r2 a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ; glocal:heldBy id:Us .
ev:f { id:London glocal:leads id:C40 . id:London a glocal:City . }
ev:c { id:Paris glocal:supports id:C40 . }
ev:d { id:London glocal:supports id:Other . }
graph:r1 { id:Paris glocal:hosts id:Other . id:Paris a glocal:Thing . }
graph:r2 { id:Paris glocal:hosts id:Other . }
"""
LONDON, PARIS, C40, OTHER = (ID[name] for name in ("London", "Paris", "C40", "Other"))
THINGS = [LONDON, PARIS, C40, OTHER, ID["Unmentioned"]]
FACT, CLAIM, READING = GLOCAL["Fact"], GLOCAL["Claim"], GLOCAL["Reading"]


@pytest.fixture(scope="module")
def facets() -> FacetIndex:
    return FacetIndex.from_store(store_of(TRIG), max_statements=100)


def test_without_a_choice_all_things_remain_and_each_value_counts_its_things(
    facets: FacetIndex,
) -> None:
    found = facets.filter(THINGS, {})

    assert found.things == THINGS
    assert found.counts == {
        "status": {FACT: 2, CLAIM: 4, READING: 2},
        "holder": {ID["Doe"]: 2, ID["Roe"]: 2, ID["Us"]: 2},
        "pattern": {ID["ActorActor"]: 4},
        "passage": {PASSAGE["p1"]: 3, PASSAGE["p2"]: 2},
    }


def test_a_thing_remains_if_one_statement_about_it_fits_all_that_is_chosen(
    facets: FacetIndex,
) -> None:
    # London has a fact, and something on which Roe has a claim, but no fact that Roe holds.
    assert facets.filter(THINGS, {"status": [CLAIM], "holder": [ID["Roe"]]}).things == [
        LONDON,
        OTHER,
    ]
    assert facets.filter(THINGS, {"status": [FACT], "holder": [ID["Roe"]]}).things == []


def test_several_values_of_one_facet_find_the_things_of_each(facets: FacetIndex) -> None:
    found = facets.filter(THINGS, {"holder": [ID["Doe"], ID["Us"]]})

    assert found.things == [PARIS, C40, OTHER]


def test_a_facet_counts_what_another_of_its_values_would_find(facets: FacetIndex) -> None:
    counts = facets.filter(THINGS, {"passage": [PASSAGE["p1"]]}).counts

    # Of the others, only what stands in this passage.
    assert counts["status"] == {FACT: 2, CLAIM: 2}
    assert counts["passage"] == {PASSAGE["p1"]: 3, PASSAGE["p2"]: 2}


def test_what_is_derived_has_facets_only_in_a_pattern_and_once(facets: FacetIndex) -> None:
    assert facets.statuses_of(PARIS) == Counter({CLAIM: 1, READING: 1})
    assert facets.statuses_of(LONDON) == Counter({FACT: 2, CLAIM: 1})


def test_more_statements_than_allowed_are_refused() -> None:
    with pytest.raises(LimitExceeded, match="statements with facets: more than 2"):
        FacetIndex.from_store(store_of(TRIG), max_statements=2)
