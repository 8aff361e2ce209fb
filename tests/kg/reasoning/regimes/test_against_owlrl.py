"""On small random graphs, a regime derives what owlrl derives.

What is compared are the triples between names that were drawn or belong to RDF and RDFS. Known
differences, and who is right:

- RDF 1.1 has no axioms about `rdf:XMLLiteral`, which owlrl has from RDF 1.0.
- `rdfs` leaves out that everything is a `rdfs:Resource` (rdfs4a, rdfs4b) where nothing else says
  it; what follows from that is there.
- owlrl gives types to literals by way of blank nodes. No triple of RDF has a literal as subject.
- owlrl has axioms of as many of `rdf:_1`, `rdf:_2` … as there are triples with the first of them,
  not of those that are used. So only those of `rdf:_1` are compared.
- `owl-rl` leaves out eq-ref, which queries add where they name `owl:sameAs`. It derives more than
  OWL 2 RL by the rules of `further-rules.txt`, which this comparison leaves out.
"""

import re

import owlrl
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.errors import Contradiction
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.regimes.further_rules import further_rules
from kg.reasoning.regimes.regime import is_schema, load_regime
from kg.reasoning.upkeep.closed_graph import ClosedGraph
from kg.reasoning.upkeep.entailment import Entailment
from kg.statuses import Status
from tests.kg.reasoning.axioms.test_against_peers import (
    DECLARATIONS,
    PREFIXES,
    expanded_by_owlrl,
    whole_axioms,
    whole_facts,
)
from tests.kg.reasoning.axioms.test_against_peers import (
    is_compared as is_about_drawn,
)

pytestmark = [pytest.mark.slow, pytest.mark.standards]

EX = "http://example.org/"
RDFS_PREFIXES = f"""PREFIX : <{EX}>
PREFIX rdf: <{rdflib.RDF}>
PREFIX rdfs: <{rdflib.RDFS}>
"""
COMPARED = (EX, str(rdflib.RDF), str(rdflib.RDFS))

drawn = st.sampled_from([":a", ":b", ":A", ":B", ":p", ":q"])
axiom_words = ["rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain", "rdfs:range", "rdf:type"]
predicates = st.sampled_from([":p", ":q", "rdf:_1", "rdfs:member", *axiom_words, *axiom_words])
classes = "rdfs:Class rdf:Property rdfs:Datatype rdfs:Literal rdfs:ContainerMembershipProperty"
objects = st.one_of(drawn, drawn, st.sampled_from(classes.split() + axiom_words))
statements = st.builds("{} {} {} .".format, drawn, predicates, objects)
# Axioms about the words of RDFS themselves.
bent = st.builds("{} rdfs:subPropertyOf {} .".format, drawn, st.sampled_from(axiom_words))
whole = st.builds("rdfs:Resource rdfs:subClassOf {} .".format, drawn)


def rdfs_closure(text: str) -> set[tuple[str, str, str]]:
    quads = set(parse(text, RdfFormat.TURTLE))
    graph = ClosedGraph(quads, Entailment("rdfs"), lambda triple: Quad(*triple) in quads)
    decoded = map(graph.vocabulary.decode_triple, graph.facts)
    return {
        (each.subject.value, each.predicate.value, each.object.value)
        for each in decoded
        if isinstance(each.subject, NamedNode) and isinstance(each.object, NamedNode)
    }


def rdfs_by_owlrl(text: str) -> set[tuple[str, str, str]]:
    graph = rdflib.Graph().parse(data=text, format="turtle")
    owlrl.DeductiveClosure(owlrl.RDFS_Semantics, axiomatic_triples=True).expand(graph)
    return {
        (str(s), str(p), str(o))
        for s, p, o in graph
        if isinstance(s, rdflib.URIRef) and isinstance(o, rdflib.URIRef)
    }


def is_compared(triple: tuple[str, str, str]) -> bool:
    resource = (str(rdflib.RDF.type), str(rdflib.RDFS.Resource))
    return (
        all(term.startswith(COMPARED) for term in triple)
        and not any(re.search("#_[2-9]", term) for term in triple)
        and str(rdflib.RDF.XMLLiteral) not in triple
        and str(rdflib.RDF.langString) not in triple
        and triple[1:] != resource
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(statements, min_size=2, max_size=8), st.lists(st.one_of(bent, whole), max_size=1))
def test_the_closure_under_rdfs_is_that_of_owlrl(facts: list[str], special: list[str]) -> None:
    text = "\n".join([RDFS_PREFIXES, *facts, *special])

    found = set(filter(is_compared, rdfs_closure(text)))

    assert found == set(filter(is_compared, rdfs_by_owlrl(text)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(whole_axioms, min_size=2, max_size=6), st.lists(whole_facts, min_size=2, max_size=8)
)
def test_the_closure_under_owl_rl_is_that_of_owlrl(ontology: list[str], data: list[str]) -> None:
    text = "\n".join([PREFIXES, DECLARATIONS, *ontology, *data])
    expected, is_consistent = expanded_by_owlrl(text)

    try:
        found = owl_rl_without_further_rules(text)
    except Contradiction:
        assert not is_consistent
    else:
        assert is_consistent
        assert found == {each for each in expected if is_about_drawn(each)}


def owl_rl_without_further_rules(text: str) -> set[tuple[str, str, str]]:
    quads = list(parse(text, RdfFormat.TURTLE))
    schema = list(filter(is_schema, quads))
    further = {rule.name for rule in further_rules(OntologyGraph(schema))}
    rules = [rule for rule in load_regime("owl-rl", schema).rules if rule.name not in further]
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    derived = [each.triple for each in derive(premises, rules).derivations]
    triples = [*(quad.triple for quad in quads), *derived]
    texts = ((each.subject.value, each.predicate.value, each.object.value) for each in triples)
    return set(filter(is_about_drawn, texts))


def test_the_rules_of_a_regime_have_names_of_their_own() -> None:
    quads = list(parse("\n".join([PREFIXES, DECLARATIONS]), RdfFormat.TURTLE))

    names = [rule.name for rule in load_regime("owl-rl", filter(is_schema, quads)).rules]

    assert len(names) == len(set(names))
