"""Which proofs of a triple are found, in which order, and the near misses where there is none."""

import pytest

from kg.errors import BrokenRelease, NotDerived, UnknownName
from kg.namespaces import EVIDENCE, ID, shorten
from kg.reasoning.derivation.release_graphs import META
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.proofs.words import format_caveat
from kg.statuses import DEFAULT_VIEW, PLANS, Base, Standing, Status, World
from kg.store.quad_store import Store
from tests.kg.reasoning.proofs.conftest import CURATORS, Explained, evidence, quads, triple

NEAR = "glocal:near a owl:SymmetricProperty , owl:TransitiveProperty . "
SUB = "glocal:leads rdfs:subPropertyOf glocal:supports . "
ANN = World(Status.CLAIM, ID["Ann"])
ANNS = Standing(Base.THESIS, ANN)


def shape(proof: Proof) -> str:
    """The tree in one line: each triple with its status, premises in brackets."""
    one = proof.triple
    name = " ".join(
        shorten(term.value).partition(":")[2] for term in (one.subject, one.predicate, one.object)
    )
    status = proof.status.value if proof.status else "-"
    below = ", ".join(map(shape, proof.premises))
    return f"{name} {status}" + (f" [{below}]" if below else "")


def shapes(explainer: Explainer, text: str, limit: int = 1) -> list[str]:
    return [shape(proof) for proof in explainer.explain(triple(text), limit=limit)]


def test_the_strongest_proof_comes_first_although_it_is_larger(explained: Explained) -> None:
    strong = evidence("a", "Fact", "id:a glocal:near id:b . id:b glocal:near id:c .")
    weak = evidence("b", "Thesis", "id:a glocal:leads id:c .")
    axioms = NEAR + "glocal:leads rdfs:subPropertyOf glocal:near ."

    found = shapes(explained(strong + weak, axioms), "id:a glocal:near id:c", limit=5)

    assert found == [
        "a near c Fact [a near b Fact, b near c Fact]",
        "a near c Thesis [a leads c Thesis]",
    ]


def test_of_equally_strong_proofs_the_smallest_comes_first(explained: Explained) -> None:
    facts = "id:a glocal:near id:b , id:e . id:b glocal:near id:c . id:c glocal:near id:d . "
    explainer = explained(evidence("a", "Fact", facts + "id:e glocal:near id:d ."), NEAR)

    found = explainer.explain(triple("id:a glocal:near id:d"), limit=5)

    assert [(proof.size, len(proof.leaves)) for proof in found] == [(3, 2), (5, 3)]


def test_no_triple_is_proved_by_itself(explained: Explained) -> None:
    explainer = explained(evidence("a", "Fact", "id:a glocal:near id:b ."), NEAR)

    assert shapes(explainer, "id:b glocal:near id:a", 9) == ["b near a Fact [a near b Fact]"]
    assert shapes(explainer, "id:a glocal:near id:a", 9) == [
        "a near a Fact [a near b Fact, b near a Fact [a near b Fact]]"
    ]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_long_chain_that_can_be_cut_in_many_ways_is_found(
    explained: Explained, limit: int
) -> None:
    links = "".join(f"id:n{n} glocal:near id:n{n + 1} . " for n in range(15))
    explainer = explained(evidence("a", "Fact", links), NEAR)

    [proof] = explainer.explain(triple("id:n0 glocal:near id:n15"), limit=limit)

    assert (proof.size, len(proof.leaves)) == (29, 15)


def test_a_premise_that_is_needed_three_times_is_proved_each_time(explained: Explained) -> None:
    chain = "glocal:rounds owl:propertyChainAxiom ( glocal:near glocal:near glocal:near ) . "
    axioms = chain + "glocal:leads rdfs:subPropertyOf glocal:near ."
    explainer = explained(evidence("a", "Fact", "id:a glocal:leads id:a ."), axioms)

    [proof] = explainer.explain(triple("id:a glocal:rounds id:a"), limit=3)

    assert (proof.size, len(proof.leaves)) == (7, 1)


def test_claims_of_one_holder_do_not_prove_anothers(explained: Explained) -> None:
    facts = evidence("a", "Fact", "id:a glocal:near id:b .")
    one = evidence("b", "Claim", "id:b glocal:near id:c .", "id:Ann")
    other = evidence("c", "Claim", "id:c glocal:near id:d .", "id:Bob")
    explainer = explained(facts + one + other, NEAR)

    [proof] = explainer.explain(triple("id:a glocal:near id:c"), limit=9)

    assert proof.standing == Standing(Base.FACT, World(Status.CLAIM, ID["Ann"]))
    assert (proof.status, proof.holder, proof.follows_from) == (
        Status.READING,
        CURATORS,
        ID["Ann"],
    )
    with pytest.raises(NotDerived):
        explainer.explain(triple("id:a glocal:near id:d"), limit=9)
    with pytest.raises(NotDerived):
        explainer.explain(triple("id:b glocal:near id:d"), limit=9)


def test_each_holder_who_claims_enough_has_a_proof(explained: Explained) -> None:
    claims = [
        evidence(name, "Claim", "id:a glocal:leads id:b .", f"id:{name}") for name in ("Ann", "Bob")
    ]
    explainer = explained("".join(claims), SUB)

    found = explainer.explain(triple("id:a glocal:supports id:b"), limit=9)

    assert [proof.follows_from for proof in found] == [ID["Ann"], ID["Bob"]]


SAME = "glocal:leads owl:inverseOf glocal:ledBy . glocal:ledBy owl:inverseOf glocal:heads . "


def test_a_claim_in_other_words_is_still_its_holders(explained: Explained) -> None:
    explainer = explained(evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann"), SAME)

    [proof] = explainer.explain(triple("id:b glocal:ledBy id:a"))

    assert (proof.status, proof.holder, proof.follows_from) == (Status.CLAIM, ID["Ann"], None)


def test_what_says_the_same_as_something_that_follows_is_a_follow_up(explained: Explained) -> None:
    claim = evidence("a", "Claim", "id:a glocal:near id:b . id:b glocal:near id:c .", "id:Ann")
    explainer = explained(claim, NEAR)

    [same], [follows] = (
        explainer.explain(triple(f"id:{one} glocal:near id:{other}")) for one, other in ("ba", "ca")
    )

    assert (same.status, same.holder) == (Status.CLAIM, ID["Ann"])
    assert (follows.status, follows.holder, follows.follows_from) == (
        Status.READING,
        CURATORS,
        ID["Ann"],
    )


SUPPORTS = ("heads", "helps", "leads")
VIEWED = (
    evidence("a", "Thesis", "id:a glocal:leads id:b .")
    + evidence("b", "Reading", "id:c glocal:leads id:d .")
    + evidence("c", "Claim", "id:e glocal:leads id:f . id:a glocal:helps id:b .", "id:Ann")
)


def test_a_view_leaves_out_the_proofs_of_what_it_does_not_show(explained: Explained) -> None:
    stronger = evidence("d", "Fact", "id:a glocal:heads id:b .")
    axioms = "".join(f"glocal:{each} rdfs:subPropertyOf glocal:supports . " for each in SUPPORTS)
    explainer, goal = explained(VIEWED + stronger, axioms), triple("id:a glocal:supports id:b")

    found = {
        view: [proof.standing for proof in explainer.explain(goal, limit=5, view=view)]
        for view in (Standing(Base.BACKGROUND), Standing(Base.THESIS), ANNS, None)
    }

    fact, thesis, claimed = Standing(Base.FACT), Standing(Base.THESIS), Standing(Base.FACT, ANN)
    assert found == {
        Standing(Base.BACKGROUND): [fact],
        Standing(Base.THESIS): [fact, thesis],
        ANNS: [fact, thesis, claimed],
        None: [fact, thesis, claimed],
    }


@pytest.mark.parametrize(
    ("goal", "view", "elsewhere"),
    [
        ("id:a glocal:supports id:b", Standing(Base.BACKGROUND), "view=paper"),
        ("id:c glocal:supports id:d", DEFAULT_VIEW, "view=readings"),
        ("id:e glocal:supports id:f", DEFAULT_VIEW, "view=facts&world=Ann"),
        ("id:e glocal:supports id:f", Standing(Base.READING, PLANS), "view=facts&world=Ann"),
        ("id:e glocal:leads id:f", DEFAULT_VIEW, "view=facts&world=Ann"),
    ],
)
def test_what_a_view_does_not_show_says_in_which_view_it_stands(
    explained: Explained, goal: str, view: Standing, elsewhere: str
) -> None:
    with pytest.raises(NotDerived) as caught:
        explained(VIEWED, SUB).explain(triple(goal), view=view)

    assert (caught.value.elsewhere, caught.value.nearest) == (elsewhere, [])


def test_what_stands_nowhere_has_the_near_misses_of_its_view(explained: Explained) -> None:
    axioms = "glocal:gains owl:propertyChainAxiom ( glocal:leads glocal:serves ) ."
    serves = evidence("d", "Fact", "id:f glocal:serves id:g .")
    explainer, goal = explained(VIEWED + serves, axioms), triple("id:c glocal:gains id:g")
    misses = {}
    for view in (DEFAULT_VIEW, Standing(Base.READING)):
        with pytest.raises(NotDerived) as caught:
            explainer.explain(goal, view=view)
        misses[view] = [(one["present"], one["missing"]) for one in caught.value.nearest]

    by_serving = (["id:f glocal:serves id:g"], "id:c glocal:leads id:f")
    by_leading = (["id:c glocal:leads id:d"], "id:d glocal:serves id:g")
    assert misses == {DEFAULT_VIEW: [by_serving], Standing(Base.READING): [by_serving, by_leading]}


def test_a_rule_that_is_a_thesis_makes_a_thesis_of_facts(explained: Explained) -> None:
    axioms = SUB + (
        "[] a owl:Axiom ; owl:annotatedSource glocal:leads ; owl:annotatedProperty "
        "rdfs:subPropertyOf ; owl:annotatedTarget glocal:supports ; "
        "glocal:ruleStatus glocal:Thesis ; dcterms:source passage:p01.1 ."
    )
    explainer = explained(evidence("a", "Fact", "id:a glocal:leads id:b ."), axioms)

    assert shapes(explainer, "id:a glocal:supports id:b") == [
        "a supports b Thesis [a leads b Fact]"
    ]


@pytest.mark.slow
def test_the_limit_limits_and_no_proof_has_all_leaves_of_another(explained: Explained) -> None:
    paths = "".join(f"id:a glocal:near id:b{n} . id:b{n} glocal:near id:z . " for n in range(6))
    explainer = explained(evidence("a", "Fact", paths), NEAR)
    goal = triple("id:a glocal:near id:z")

    assert [len(explainer.explain(goal, limit=n)) for n in (1, 3, 50)] == [1, 3, 6]
    found = explainer.explain(goal, limit=50)
    assert not [one for one in found for other in found if one.leaves < other.leaves]


def test_an_asserted_triple_is_explained_by_its_evidence(explained: Explained) -> None:
    stated = evidence("a", "CitedData", "id:a glocal:leads id:b .")
    claimed = evidence("b", "Claim", "id:a glocal:leads id:b .", "id:Ann")

    found = explained(stated + claimed, SUB).explain(triple("id:a glocal:leads id:b"), limit=5)

    assert [(one.status, one.holder) for one in found] == [
        (Status.CITED_DATA, None),
        (Status.CLAIM, ID["Ann"]),
    ]
    assert shorten(found[0].evidence[0].passages[0].iri.value) == "passage:p01.1"


def test_what_is_only_recommended_is_explained_and_proves_nothing(explained: Explained) -> None:
    explainer = explained(evidence("a", "Recommendation", "id:a glocal:leads id:b ."), SUB)

    assert shapes(explainer, "id:a glocal:leads id:b") == ["a leads b Recommendation"]
    [proof] = explainer.explain(triple("id:a glocal:leads id:b"), view=DEFAULT_VIEW)
    assert (proof.standing, proof.evidence[0].graph) == (None, EVIDENCE["a"])
    with pytest.raises(NotDerived):
        explainer.explain(triple("id:a glocal:supports id:b"))


def test_recommendations_come_after_what_stands_somewhere(explained: Explained) -> None:
    goal = "id:a glocal:leads id:b"
    should = evidence("a", "Recommendation", f"{goal} .", "id:Bob")
    would = evidence("b", "Counterfactual", f"{goal} .")
    claim = evidence("c", "Claim", f"{goal} .", "id:Ann")

    found = explained(would + should + claim).explain(triple(goal), limit=5)

    assert [(one.status, one.holder) for one in found] == [
        (Status.CLAIM, ID["Ann"]),
        (Status.RECOMMENDATION, ID["Bob"]),
        (Status.COUNTERFACTUAL, None),
    ]


def test_a_missing_triple_says_which_premise_its_rule_lacks(explained: Explained) -> None:
    axioms = "glocal:gains owl:propertyChainAxiom ( glocal:leads glocal:serves ) ."
    facts = "id:a glocal:leads id:b . id:c glocal:serves id:d ."
    explainer = explained(evidence("a", "Fact", facts), axioms)

    with pytest.raises(NotDerived) as error:
        explainer.explain(triple("id:a glocal:gains id:d"))

    assert [(one["present"], one["missing"]) for one in error.value.nearest] == [
        (["id:c glocal:serves id:d"], "id:a glocal:leads id:c"),
        (["id:a glocal:leads id:b"], "id:b glocal:serves id:d"),
    ]


def test_a_term_the_release_does_not_know_is_named(explained: Explained) -> None:
    explainer = explained(evidence("a", "Fact", "id:Lyon glocal:leads id:Eurocities ."), SUB)

    with pytest.raises(UnknownName, match="id:Lyons"):
        explainer.explain(triple("id:Lyons glocal:leads id:Eurocities"))


def test_the_filter_of_a_rule_decides(explained: Explained) -> None:
    rule = (
        "# rule (en): Who shares a leader is a peer.\n# rule (zh): 同者为伴。\n"
        "# status: Background\n# source: test\n"
        "PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
        "CONSTRUCT { ?a glocal:peerOf ?b } "
        "WHERE { ?c glocal:leads ?a . ?c glocal:leads ?b . FILTER (?a != ?b) }"
    )
    facts = evidence("a", "Fact", "id:c glocal:leads id:a , id:b .")
    explainer = explained(facts, rules={"peers": rule})

    assert shapes(explainer, "id:a glocal:peerOf id:b") == [
        "a peerOf b Background [c leads a Fact, c leads b Fact]"
    ]
    with pytest.raises(NotDerived):
        explainer.explain(triple("id:a glocal:peerOf id:a"))


def test_a_release_made_by_other_rules_is_not_explained() -> None:
    assert Explainer(Store.in_memory([]), []).rules == []

    named = Store.in_memory(quads("rule:nobody-has-this a glocal:Rule .", META))
    with pytest.raises(BrokenRelease, match="nobody-has-this"):
        Explainer(named, [])


def said(explainer: Explainer, text: str) -> str:
    return format_caveat(explainer.suppositions(triple(text)))


def test_of_what_holds_in_no_view_it_is_said_whose_it_is_and_on_which_page(
    explained: Explained,
) -> None:
    ann = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")
    bob = evidence("b", "Claim", "id:a glocal:leads id:b .", "id:Bob")
    plan = evidence("c", "Plan", "id:a glocal:joins id:b .")
    hope = evidence("d", "Recommendation", "id:a glocal:funds id:b .")
    page = "passage:p01.1 glocal:page 1 ."
    explainer = explained(ann + bob + plan + hope + page, SUB)

    claims = "a claim of id:Ann (page 1) and {}a claim of id:Bob (page 1); it holds in no view."
    follows = "what follows from "
    assert said(explainer, "id:a glocal:leads id:b") == f"Only {claims.format('')}"
    derived = said(explainer, "id:a glocal:supports id:b")
    assert derived == f"Only {follows}{claims.format(follows)}"
    assert said(explainer, "id:a glocal:joins id:b").startswith("Only a plan (page 1); ")
    assert said(explainer, "id:a glocal:funds id:b").startswith("Only a recommendation (page 1); ")


def test_what_holds_in_some_view_has_no_caveat(explained: Explained) -> None:
    claim = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")
    thesis = evidence("b", "Thesis", "id:a glocal:leads id:b .")
    explainer = explained(claim + thesis, SUB)

    assert said(explainer, "id:a glocal:leads id:b") == ""
    assert said(explainer, "id:a glocal:supports id:b") == ""
    assert said(explainer, "glocal:leads rdfs:subPropertyOf glocal:supports") == ""
    assert said(explainer, "id:b glocal:leads id:a") == ""


def test_a_view_that_does_not_show_a_claim_says_that_none_does(explained: Explained) -> None:
    claim = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")

    with pytest.raises(NotDerived, match="Only a claim of id:Ann; it holds in no view") as caught:
        explained(claim).explain(triple("id:a glocal:leads id:b"), view=DEFAULT_VIEW)

    assert caught.value.elsewhere == "view=facts&world=Ann"
