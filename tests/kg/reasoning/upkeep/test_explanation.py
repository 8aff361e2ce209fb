import json

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from kg.errors import NotDerived, RefusedPatch, UnknownName
from kg.namespaces import OWL
from kg.reasoning.proofs.words import render_text
from kg.reasoning.upkeep.documents import write_outcome, write_proofs
from kg.reasoning.upkeep.explanation import ClosedExplainer
from kg.reasoning.upkeep.suppositions import evaluate_patch, render_outcome
from kg.reasoning.upkeep.wording import read_classes, word_data
from kg.reasoning.whatif.patches import parse_patch
from kg.sources.prefixes import PrefixTable
from tests.kg.reasoning.upkeep.conftest import PREFIXES, SPARQL_PREFIXES, Make

DATA = """
:Dog rdfs:subClassOf :Animal ; rdfs:label "dog"@en . :Animal owl:disjointWith :Plant .
:rex a :Dog . GRAPH :other { :tom a :Dog }
"""


def triple(text: str) -> Triple:
    [quad] = parse(f"{PREFIXES} {text} .", format=RdfFormat.TURTLE)
    return quad.triple


def test_a_derived_triple_is_proved_from_asserted_ones(make: Make) -> None:
    [proof] = ClosedExplainer(make(DATA)).prove(triple(":rex a :Animal"))

    assert proof.rule is not None
    assert [one.triple for one in proof.premises] == [triple(":rex a :Dog")]
    [evidence] = proof.premises[0].evidence
    assert evidence.graph == NamedNode("urn:x-glocal:default")


def test_proofs_have_nothing_of_the_project(make: Make) -> None:
    proofs = ClosedExplainer(make(DATA)).prove(triple(":rex a :Animal"))

    texts = [write_proofs(proofs).decode(), write_proofs(proofs, as_turtle=True).decode()]

    assert not any("w3id.org/glocal" in text or "glocal:Fact" in text for text in texts)
    document = json.loads(texts[0])
    [step] = document["proofs"]
    assert step["object"] == {"id": "http://e.org/Animal"}
    assert step["derivation"]["association"]["plan"]["ruleSentence"]["en"]
    assert step["premises"][0]["evidence"] == [{"id": "urn:x-glocal:default"}]
    assert "prov:wasDerivedFrom" in texts[1]


def test_text_says_what_is_asserted_and_what_is_derived(make: Make) -> None:
    text = render_text(ClosedExplainer(make(DATA)).prove(triple(":rex a :Animal")))

    assert "[derived]" in text.splitlines()[0]
    assert "[asserted]" in text


CLASSES = """
:Vegan owl:equivalentClass [ owl:intersectionOf ( :Meal [ owl:onProperty :has ;
    owl:allValuesFrom [ owl:unionOf ( :Bread :Fruit ) ] ] ) ] .
:soup a :Vegan ; :knows [ :name "Bo" ] .
"""
PARTS = "(e:Meal and (e:has only (e:Bread or e:Fruit)))"
IN_SHORT = PrefixTable({"e": "http://e.org/"})


def test_anonymous_classes_are_written_as_expressions(make: Make) -> None:
    store = make(CLASSES)
    [proof] = ClosedExplainer(store).prove(triple(":Vegan rdfs:subClassOf :Meal"))
    nodes = {each.triple.object for each in proof.steps()} & store.closed.regime.hidden
    wording = word_data(store, IN_SHORT, "en")

    text = render_text([proof], wording)

    assert f"e:Vegan rdfs:subClassOf {PARTS}" in text
    assert "The intersection of Meal, (has only (Bread or Fruit)) is within each" in text
    assert "http://" not in text
    assert nodes
    assert not any(node.value in text for node in nodes)
    assert "子类" in render_text([proof], word_data(store, IN_SHORT, "zh"))
    assert not any("\u4e00" <= each <= "\u9fff" for each in text)


def test_documents_describe_anonymous_classes_and_use_the_prefixes(make: Make) -> None:
    store = make(CLASSES)
    proofs = ClosedExplainer(store).prove(triple(":Vegan rdfs:subClassOf :Meal"))
    nodes = read_classes(store, proofs)

    text = write_proofs(proofs, prefixes=IN_SHORT, nodes=nodes)
    turtle = write_proofs(proofs, prefixes=IN_SHORT, nodes=nodes, as_turtle=True)

    document = json.loads(text)
    assert document["proofs"][0]["object"] == {"id": "e:Meal"}
    described = [one for one in document["included"] if OWL["unionOf"].value in one]
    assert len(described) == 1
    statements = {one.triple for one in parse(text, format=RdfFormat.JSON_LD)}
    assert any(one.object == NamedNode("http://e.org/Fruit") for one in statements)
    assert len(statements) == len(set(parse(turtle, format=RdfFormat.TURTLE)))
    assert b"rdf:object e:Meal" in turtle


def test_a_prefix_that_is_a_scheme_or_a_term_is_left_out(make: Make) -> None:
    store = make(":a :p :b .")
    proofs = ClosedExplainer(store).prove(triple(":a :p :b"))
    confusing = PrefixTable({"urn": "urn:x:", "name": "http://e.org/", "http": "http://e.org/p/"})

    document = json.loads(write_proofs(proofs, prefixes=confusing))

    assert document["proofs"][0]["subject"] == "http://e.org/a"
    assert document["@context"]["name"] == "http://purl.org/dc/terms/identifier"
    assert document["proofs"][0]["evidence"] == [{"id": "urn:x-glocal:default"}]


def test_of_a_very_long_class_the_beginning_is_written(make: Make) -> None:
    many = " ".join(f":member-{number}" for number in range(1_500))
    store = make(f":a a [ owl:oneOf ( {many} ) ] .")
    [node] = store.closed.regime.hidden

    text = word_data(store, IN_SHORT).term(node)

    assert text.startswith("{e:member-0, ")
    assert len(text) < 3_000


def test_what_a_named_graph_asserts_is_explained_by_it(make: Make) -> None:
    [proof] = ClosedExplainer(make(DATA)).prove(triple(":tom a :Dog"))

    assert [one.graph for one in proof.evidence] == [NamedNode("http://e.org/other")]


def test_what_does_not_follow_has_near_misses(make: Make) -> None:
    with pytest.raises(NotDerived) as raised:
        ClosedExplainer(make(DATA)).prove(triple(":Plant a :Animal"))

    assert raised.value.nearest


def test_an_unknown_name_is_told(make: Make) -> None:
    with pytest.raises(UnknownName):
        ClosedExplainer(make(DATA)).prove(triple(":nobody a :Animal"))


def test_axiomatic_triples_have_a_proof_without_premises(make: Make) -> None:
    [proof] = ClosedExplainer(make(DATA)).prove(triple("xsd:int a rdfs:Datatype"))

    assert (proof.premises, proof.rule is not None) == ((), True)


def test_contradictions_have_their_premises(make: Make) -> None:
    [clash] = ClosedExplainer(make(f"{DATA} :rex a :Plant .")).prove_clashes()

    assert {one.triple for one in clash.premises} == {
        triple(":rex a :Animal"),
        triple(":rex a :Plant"),
    }
    assert "urn:x-glocal:Contradiction" in write_proofs([clash]).decode()


def test_a_what_if_tells_what_would_follow_and_leaves_no_trace(make: Make) -> None:
    store = make(DATA)
    before = set(store.closed.facts)
    patch = "DELETE DATA { :rex a :Dog } ; INSERT DATA { :bo a :Dog , :Plant }"

    outcome = evaluate_patch(store, parse_patch(SPARQL_PREFIXES + patch))

    assert outcome.counts == {"contradictions": 1, "gained": 3, "lost": 2}
    assert {one.triple for one in outcome.lost} == {
        triple(":rex a :Dog"),
        triple(":rex a :Animal"),
    }
    supposed = [one for one in outcome.gained if one.triple == triple(":bo a :Dog")]
    assert supposed[0].evidence[0].graph == NamedNode("urn:x-glocal:supposed")
    assert (set(store.closed.facts), store.closed.clashes) == (before, set())
    assert "Would no longer hold: 2" in render_outcome(outcome, with_proofs=False)
    document = json.loads(write_outcome(outcome, with_proofs=False))
    assert document["counts"]["gained"] == 3
    assert all("premises" not in one for one in document["gained"])


@pytest.mark.parametrize(
    "patch", ["DELETE DATA { :rex a :Plant }", "DELETE DATA { :Animal owl:disjointWith :Plant }"]
)
def test_a_what_if_tells_that_a_contradiction_would_be_gone(make: Make, patch: str) -> None:
    store = make(f"{DATA} :rex a :Plant .")

    outcome = evaluate_patch(store, parse_patch(SPARQL_PREFIXES + patch))

    assert (outcome.resolved, outcome.counts["contradictions"]) == (1, 0)
    assert "would be gone: 1" in render_outcome(outcome, with_proofs=False)
    assert json.loads(write_outcome(outcome, with_proofs=False))["resolved"] == 1
    assert len(store.closed.clashes) == 1


def test_a_page_of_a_what_if_counts_everything(make: Make) -> None:
    patch = parse_patch(f"{SPARQL_PREFIXES} INSERT DATA {{ :bo a :Dog }}")

    outcome = evaluate_patch(make(DATA), patch, slice(1, 2))

    assert (outcome.counts["gained"], len(outcome.gained)) == (2, 1)


def test_axioms_of_a_small_store_can_be_supposed(make: Make) -> None:
    store = make(DATA)
    patch = (
        "DELETE DATA { :Dog rdfs:subClassOf :Animal } ; INSERT DATA { :Dog rdfs:subClassOf :Plant }"
    )

    outcome = evaluate_patch(store, parse_patch(SPARQL_PREFIXES + patch))

    [gained] = [one for one in outcome.gained if one.triple == triple(":rex a :Plant")]
    assert {one.evidence[0].graph.value for one in gained.steps() if one.evidence} == {
        "urn:x-glocal:default"
    }
    [lost] = [one for one in outcome.lost if one.triple == triple(":rex a :Animal")]
    assert lost.premises[0].triple == triple(":rex a :Dog")
    assert triple(":rex a :Animal") in set(
        map(store.closed.vocabulary.decode_triple, store.closed.facts)
    )


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("DELETE DATA { :rex a :Animal }", "not asserted"),
        ("DELETE DATA { :tom a :Dog }", "only a named graph"),
        ("INSERT DATA { GRAPH :g { :rex a :Pet } }", "without GRAPH"),
    ],
)
def test_patches_of_anything_but_facts_are_refused(make: Make, patch: str, said: str) -> None:
    with pytest.raises(RefusedPatch, match=said):
        evaluate_patch(make(DATA), parse_patch(SPARQL_PREFIXES + patch))
