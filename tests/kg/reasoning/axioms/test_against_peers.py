"""On small random ontologies, this engine derives the same as owlrl and reasonable.

With equality and schema, tests/kg/reasoning/regimes/test_against_owlrl.py compares it with owlrl.

Known differences from owlrl, and the clause of OWL 2 Profiles, section 4.3, that decides:

- eq-ref (table 4): owlrl derives that every term is the same as itself; this engine does not, and
  both results are compared without it.
- prp-key (table 5): owlrl ignores the last property of a key. So the last property of each key is
  repeated, which does not change its meaning.
- eq-diff2, eq-diff3 (table 4), prp-adp (table 5): owlrl ignores the last member of the list. They
  are not drawn; test_owl_2_rl_tables.py tests them.
- dt-eq, dt-diff (table 8) and facets: owlrl leaves them out. They are not drawn;
  test_owl_2_rl_tables.py and test_data_ranges.py test them.
- scm-cls, scm-op (table 9): owlrl derives that a class or property is below itself only if it is
  declared. So all are declared.

Known differences from reasonable, which are not drawn for it:

- prp-spo2, prp-key (table 5), cls-oo, cls-maxc2, cls-maxqc3/4 (table 6) and table 9: left out.
- prp-ifp (table 5): reasonable derives that the two ends of one triple are the same.
- Contradictions: reasonable continues after one, so only consistent data are compared.
"""

import owlrl
import pytest
import rdflib
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from kg.errors import Contradiction
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import schema_rules
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from kg.statuses import Status

pytestmark = [pytest.mark.slow, pytest.mark.standards]

reasonable = pytest.importorskip("reasonable", reason="there is no wheel for this machine")

EX = "http://example.org/"
PREFIXES = f"""PREFIX : <{EX}>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
ERROR = "http://www.daml.org/2002/03/agents/agent-ont#error"

names = st.sampled_from("ABCD").map(":{}".format)
relations = st.sampled_from("pqr").map(":{}".format)
things = st.sampled_from("abcd").map(":{}".format)
inverses = relations.map("[ owl:inverseOf {} ]".format)


def restriction(kind: str, filler: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        f"[ a owl:Restriction ; owl:onProperty {{}} ; owl:{kind} {{}} ]".format, relations, filler
    )


def expression(key: str, members: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    texts = st.lists(members, min_size=2, max_size=2).map(" ".join)
    return texts.map(f"[ a owl:Class ; owl:{key} ( {{}} ) ]".format)


simple = st.one_of(names, restriction("hasValue", things), restriction("someValuesFrom", names))
narrow = st.one_of(
    simple,
    expression("intersectionOf", simple),
    expression("unionOf", simple),
    expression("oneOf", things),
)
broad = st.one_of(
    names,
    restriction("hasValue", things),
    restriction("allValuesFrom", names),
    expression("intersectionOf", names),
)
characteristics = st.sampled_from(("Symmetric", "Transitive", "Asymmetric", "Irreflexive"))
axioms = st.one_of(
    st.builds("{} rdfs:subClassOf {} .".format, narrow, broad),
    st.builds("{} owl:equivalentClass {} .".format, names, names),
    st.builds("{} owl:disjointWith {} .".format, names, names),
    st.builds("{} rdfs:subPropertyOf {} .".format, relations, relations),
    st.builds("{} owl:equivalentProperty {} .".format, relations, relations),
    st.builds("{} owl:inverseOf {} .".format, relations, relations),
    st.builds("{} owl:propertyDisjointWith {} .".format, relations, relations),
    st.builds("{} owl:propertyChainAxiom ( {} {} ) .".format, relations, relations, relations),
    st.builds("{} rdfs:domain {} .".format, relations, names),
    st.builds("{} rdfs:range {} .".format, relations, names),
    st.builds("{} a owl:{}Property .".format, relations, characteristics),
)
facts = st.one_of(
    st.builds("{} {} {} .".format, things, relations, things),
    st.builds("{} a {} .".format, things, names),
)

number = st.sampled_from((0, 1))
counted = st.one_of(
    st.builds(
        "[ a owl:Restriction ; owl:onProperty {} ; owl:maxCardinality {} ]".format,
        relations,
        number,
    ),
    st.builds(
        "[ a owl:Restriction ; owl:onProperty {} ; owl:maxQualifiedCardinality {} ; "
        "owl:onClass {} ]".format,
        relations,
        number,
        st.one_of(names, st.just("owl:Thing")),
    ),
)
whole_axioms = st.one_of(
    axioms,
    axioms,
    st.builds("{} rdfs:subClassOf {} .".format, narrow, st.one_of(counted, simple)),
    st.builds("{} owl:equivalentClass {} .".format, names, st.one_of(narrow, broad)),
    st.builds(
        "{} a owl:{}FunctionalProperty .".format, relations, st.sampled_from(("", "Inverse"))
    ),
    st.builds("{0} owl:hasKey ( {1} {2} {2} ) .".format, names, relations, relations),
    st.builds(
        "[ owl:sourceIndividual {} ; owl:assertionProperty {} ; owl:targetIndividual {} ] .".format,
        things,
        relations,
        things,
    ),
)
whole_facts = st.one_of(
    facts,
    facts,
    facts,
    st.builds(
        "{} owl:{} {} .".format, things, st.sampled_from(("sameAs", "differentFrom")), things
    ),
)
DECLARATIONS = ":A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class . " + " ".join(
    f":{name} a owl:ObjectProperty ." for name in "pqr"
)
SCHEMA = {f"{rdflib.RDFS}{name}" for name in ("subClassOf", "subPropertyOf", "domain", "range")} | {
    f"{rdflib.OWL}{name}" for name in ("equivalentClass", "equivalentProperty")
}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(axioms, min_size=1, max_size=6), st.lists(facts, min_size=2, max_size=8))
def test_the_closure_is_that_of_owlrl(ontology: list[str], data: list[str]) -> None:
    expected, is_consistent = closure_by_owlrl("\n".join([PREFIXES, *ontology, *data]))

    try:
        found = closure("\n".join([PREFIXES, *ontology]), "\n".join([PREFIXES, *data]))
    except Contradiction:
        assert not is_consistent
    else:
        assert is_consistent
        assert found == expected


LEFT_OUT = ("Chain", "oneOf", "hasKey", "InverseFunctional", "Cardinality")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(whole_axioms, min_size=2, max_size=6), st.lists(whole_facts, min_size=2, max_size=8)
)
def test_what_follows_for_individuals_is_what_reasonable_says(
    ontology: list[str], data: list[str]
) -> None:
    axioms = [axiom for axiom in ontology if not any(word in axiom for word in LEFT_OUT)]
    text = "\n".join([PREFIXES, DECLARATIONS, *axioms, *data])
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(rdflib.Graph().parse(data=text, format="turtle"))

    try:
        found = whole_closure(text)
    except Contradiction:
        assume(False)
    expected = {tuple(map(str, triple)) for triple in reasoner.reason()}

    individuals = {f"{EX}{name}" for name in "abcd"}
    assert {each for each in found if each[0] in individuals} == {
        each for each in expected if each[0] in individuals and is_compared(each)
    }


def whole_closure(text: str) -> set[tuple[str, str, str]]:
    """Return the compared triples that hold if the axioms are facts as well."""
    asserted = quads(text)
    rules = [
        *compile_axioms(asserted, facts_make_equal=True).rules,
        *anonymous_class_rules(asserted),
        *schema_rules(asserted),
    ]
    premises = [Premise(quad.triple, Status.FACT) for quad in asserted]
    derived = [each.triple for each in derive(premises, rules).derivations]
    texts = (
        (each.subject.value, each.predicate.value, each.object.value)
        for each in [*(quad.triple for quad in asserted), *derived]
    )
    return {each for each in texts if is_compared(each)}


def is_compared(triple: tuple[str, str, str]) -> bool:
    """Return whether the triple relates drawn names, by a drawn or a schema property."""
    subject, predicate, object_ = triple
    if not (subject.startswith(EX) and object_.startswith(EX)):
        return False
    if predicate == str(rdflib.OWL.sameAs):
        return subject != object_
    is_type = predicate == str(rdflib.RDF.type)
    return predicate.startswith(EX) or predicate in SCHEMA or is_type


def closure(ontology: str, data: str) -> set[tuple[str, str, str]]:
    """Return the facts and what follows, as texts."""
    triples = [quad.triple for quad in quads(data)]
    rules = compile_axioms(quads(ontology)).rules
    derivations = derive([Premise(triple, Status.FACT) for triple in triples], rules).derivations
    derived = [each.triple for each in derivations]
    assert not set(derived) & set(triples)
    return {
        (each.subject.value, each.predicate.value, each.object.value) for each in triples + derived
    }


def closure_by_owlrl(text: str) -> tuple[set[tuple[str, str, str]], bool]:
    """Return the triples about individuals, and whether owlrl found no contradiction."""
    triples, is_consistent = expanded_by_owlrl(text)
    individuals = {f"{EX}{name}" for name in "abcd"}
    vocabulary = {f"{EX}{name}" for name in "ABCDpqr"}
    return {
        (s, p, o)
        for s, p, o in triples
        if s in individuals and ((p == str(rdflib.RDF.type) and o in vocabulary) or p in vocabulary)
    }, is_consistent


def expanded_by_owlrl(text: str) -> tuple[set[tuple[str, str, str]], bool]:
    """Return all triples, as texts, and whether owlrl found no contradiction."""
    graph = rdflib.Graph().parse(data=text, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    is_consistent = not any(graph.objects(None, rdflib.URIRef(ERROR)))
    return {(str(s), str(p), str(o)) for s, p, o in graph}, is_consistent


def quads(text: str) -> list[Quad]:
    return list(parse(text, RdfFormat.TURTLE))
