"""What equality makes of facts is the same as what the rules of OWL 2 RL derive one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, Triple, parse

from kg.errors import LimitExceeded
from kg.reasoning.derivation.fixpoint import AddedTriples, FixpointEvaluator
from kg.reasoning.derivation.joins import PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.regimes.regime import is_schema, load_regime
from kg.reasoning.upkeep.closed_graph import ClosedGraph
from kg.reasoning.upkeep.entailment import Entailment

PREFIXES = "PREFIX : <http://e.org/> PREFIX owl: <http://www.w3.org/2002/07/owl#> "
OWL_RL = Entailment("owl-rl")
things = st.sampled_from([":a", ":b", ":c", ":p", ":q", "_:n"])
objects = st.one_of(things, st.sampled_from(['"1"', '"2"', ":C", ":D"]))
predicates = st.sampled_from([":p", ":q", "a", *["owl:sameAs"] * 3, "owl:differentFrom"])
statements = st.builds("{} {} {} .".format, things, predicates, objects)
axioms = st.sampled_from(
    [
        *(":p a owl:FunctionalProperty .", ":q a owl:InverseFunctionalProperty ."),
        *(":C owl:disjointWith :D .", ":q owl:inverseOf :p .", ":p owl:sameAs owl:sameAs ."),
    ]
)
Closure = tuple[set[Triple], set[tuple[str, tuple[Triple, ...]]]]


def closed(quads: set[Quad]) -> Closure:
    """The facts and the contradictions of a closed graph."""
    graph = ClosedGraph(quads, OWL_RL, lambda triple: Quad(*triple) in quads)
    decode = graph.vocabulary.decode_triple
    clashes = {(rule, tuple(map(decode, codes))) for rule, codes in graph.clashes}
    assert set(graph.take_derived()) == set(map(decode, graph.facts)) - {q.triple for q in quads}
    return set(map(decode, graph.facts)), clashes


def closed_by_each_rule(quads: set[Quad]) -> Closure:
    """The same by joins of all rules, those of equality too."""
    vocabulary = TermDictionary()
    facts = TripleIndex(vocabulary.encode_triple(quad.triple) for quad in quads)
    rules = load_regime("owl-rl", filter(is_schema, quads)).rules
    full, incremental = make_plans(rules, vocabulary)
    fixpoint = FixpointEvaluator(facts, vocabulary, DerivationLimits(10**6, 60))
    clashes = fixpoint.run(Changes(), full, PlanIndex(incremental, vocabulary), AddedTriples())
    decode = vocabulary.decode_triple
    return set(map(decode, facts)), {(rule, tuple(map(decode, codes))) for rule, codes in clashes}


@settings(max_examples=60, deadline=None)
@given(st.lists(statements, max_size=7), st.lists(axioms, max_size=2))
def test_equality_makes_what_its_rules_derive(facts: list[str], given_axioms: list[str]) -> None:
    quads = set(parse(PREFIXES + " ".join([*facts, *given_axioms]), RdfFormat.TURTLE))

    assert closed(quads) == closed_by_each_rule(quads)


def test_a_ring_of_a_thousand_equal_things_is_closed_and_counts_against_the_limit() -> None:
    ring = " ".join(f":a{n} owl:sameAs :a{(n + 1) % 1001} ." for n in range(1001))
    quads = set(parse(PREFIXES + ring, RdfFormat.TURTLE))

    graph = ClosedGraph(quads, OWL_RL, lambda _: False)

    same_as = graph.vocabulary.encode(next(iter(quads)).predicate)
    assert sum(map(len, graph.facts.forward(same_as).values())) == 1001**2
    with pytest.raises(LimitExceeded, match="With the rule eq-rep there would be about 1,001,0"):
        ClosedGraph(quads, Entailment("owl-rl", max_triples=1_000_000), lambda _: False)
