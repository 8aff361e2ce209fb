"""A patch may change facts of the release and nothing else."""

import pytest

from kg.errors import RefusedPatch
from kg.reasoning.whatif.changes import check_patch
from tests.kg.reasoning.whatif.conftest import PaperRelease, update


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { id:Atlantis a glocal:City ; glocal:memberOf id:C40 }",
        "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }",
        "DELETE DATA { GRAPH graph:entities { id:London a glocal:City } }",
        "INSERT DATA { GRAPH ev:p10.2-fact { id:Lyon glocal:memberOf id:C40 } }",
        "INSERT DATA { id:Lyon <http://example.org/twinnedWith> id:London }",
    ],
)
def test_facts_can_be_changed(paper: PaperRelease, text: str) -> None:
    check_patch(update(text), paper.store)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "INSERT DATA { GRAPH graph:derived { id:A a glocal:City } }",
            "graph:derived is not an ev",
        ),
        (
            "DELETE DATA { GRAPH graph:derived-fact-prp-trp { id:A a glocal:City } }",
            "not an evidence",
        ),
        ("DELETE DATA { GRAPH graph:asserted { id:A a glocal:City } }", "graph:asserted is not"),
        ("INSERT DATA { GRAPH graph:meta { id:A a glocal:City } }", "graph:meta is not an evid"),
        ("INSERT DATA { GRAPH graph:source { id:A a glocal:City } }", "graph:source is not an"),
        ("INSERT DATA { GRAPH graph:ontology { id:A a glocal:City } }", "graph:ontology is not"),
        ("INSERT DATA { GRAPH <http://x/> { id:A a glocal:City } }", "http://x/ is not an evid"),
        ("INSERT DATA { GRAPH graph:entities { id:A a glocal:City } }", "added without GRAPH"),
        ("DELETE DATA { GRAPH graph:entities { id:A glocal:memberOf id:C40 } }", "only types"),
        ("INSERT DATA { glocal:City rdfs:subClassOf glocal:State }", "rdfs:subClassOf is for"),
        ("DELETE DATA { glocal:memberOf a owl:ObjectProperty }", "owl:ObjectProperty is for"),
        ("INSERT DATA { glocal:memberOf a rdf:Property }", "rdf:Property is for axioms"),
        ("INSERT DATA { id:London owl:sameAs id:Paris }", "owl:sameAs is for axioms"),
        ("INSERT DATA { id:London rdfs:label 'Londinium' }", "rdfs:label is for axioms"),
        ("INSERT DATA { ev:p10.2-fact glocal:hasStatus glocal:Thesis }", "without GRAPH"),
        ("INSERT DATA { passage:p10.2 glocal:page 11 }", "descriptions of evidence"),
    ],
)
def test_more_than_facts_cannot(paper: PaperRelease, text: str, reason: str) -> None:
    with pytest.raises(RefusedPatch, match=reason):
        check_patch(update(text), paper.store)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("INSERT DATA { id:Lyon glocal:memberof id:C40 }", "glocal:memberOf"),
        ("DELETE DATA { id:Lyon glocal:membrOf id:C40 }", "glocal:memberOf"),
        ("INSERT DATA { id:Lyon a glocal:Cty }", "glocal:City"),
        ("INSERT DATA { GRAPH ev:p10.2-fat { id:Lyon a glocal:City } }", "ev:p10.2-fact"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_is_near(
    paper: PaperRelease, text: str, near: str
) -> None:
    with pytest.raises(RefusedPatch) as refused:
        check_patch(update(text), paper.store)

    assert refused.value.near[0] == near


def test_a_refusal_quotes_the_ends_of_a_long_literal_only(paper: PaperRelease) -> None:
    text = f'INSERT DATA {{ id:Lyon glocal:membrOf "{"x" * 100_000}" }}'

    with pytest.raises(RefusedPatch) as refused:
        check_patch(update(text), paper.store)

    assert len(str(refused.value)) < 2_000
    assert "unknown term glocal:membrOf" in str(refused.value)
    assert "glocal:memberOf" in refused.value.near


def test_what_is_removed_twice_is_removed_once(paper: PaperRelease) -> None:
    triple = "id:TsinghuaUniversity glocal:inCity id:Beijing"
    everywhere = f"DELETE DATA {{ {triple} }}"
    again = f"DELETE DATA {{ GRAPH ev:background-city-of-TsinghuaUniversity {{ {triple} }} }}"

    once, twice = paper.suppose(everywhere), paper.suppose(f"{everywhere} ; {again}")

    assert "inCity" in str(once.shown)
    assert twice.shown == once.shown
