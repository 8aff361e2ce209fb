"""What both this engine and owlrl derive, both must derive: on small random ontologies."""

import owlrl
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from kg.axioms import compile_axioms
from kg.errors import Contradiction
from kg.reason import Premise, derive
from kg.statuses import Status

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


@settings(max_examples=60, deadline=None, derandomize=True)
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


def closure(ontology: str, data: str) -> set[tuple[str, str, str]]:
    """The facts and what follows, as texts."""
    triples = [quad.triple for quad in quads(data)]
    rules = compile_axioms(quads(ontology)).rules
    derivations = derive([Premise(triple, Status.FACT) for triple in triples], rules).derivations
    derived = [each.triple for each in derivations]
    assert not set(derived) & set(triples)
    return {
        (each.subject.value, each.predicate.value, each.object.value) for each in triples + derived
    }


def closure_by_owlrl(text: str) -> tuple[set[tuple[str, str, str]], bool]:
    """The triples about the individuals, and whether owlrl found no contradiction."""
    graph = rdflib.Graph().parse(data=text, format="turtle")
    engine = owlrl.DeductiveClosure(owlrl.OWLRL_Semantics)
    engine.expand(graph)
    is_consistent = not any(graph.objects(None, rdflib.URIRef(ERROR)))
    individuals = {f"{EX}{name}" for name in "abcd"}
    vocabulary = {f"{EX}{name}" for name in "ABCDpqr"}
    return {
        (str(s), str(p), str(o))
        for s, p, o in graph
        if str(s) in individuals
        and ((p == rdflib.RDF.type and str(o) in vocabulary) or str(p) in vocabulary)
    }, is_consistent


def quads(text: str) -> list[Quad]:
    return list(parse(text, RdfFormat.TURTLE))
