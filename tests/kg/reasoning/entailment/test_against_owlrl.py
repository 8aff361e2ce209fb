"""On small random ontologies, ground conclusions in OWL 2 RL have the answers of owlrl.

owlrl ignores the last property of a key, so the last one is repeated, and does not compare literals
by value, so there are none.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import owlrl
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg.namespaces import shorten
from kg.reasoning.entailment.entailment import Verdict
from tests.kg.reasoning.entailment.conftest import KINDS, PREFIXES

pytestmark = [pytest.mark.slow, pytest.mark.standards]

EX = "http://example.org/"
ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
classes = st.sampled_from([":A", ":B", ":C", ":D"])
relations = st.sampled_from([":p", ":q", ":r"])
things = st.sampled_from([":a", ":b", ":c", ":d1"])
inner = st.one_of(
    classes,
    st.builds("[ owl:onProperty {} ; owl:hasValue {} ]".format, relations, things),
    st.builds("[ owl:onProperty {} ; owl:someValuesFrom {} ]".format, relations, classes),
)
narrow = st.one_of(inner, st.builds("[ owl:intersectionOf ( {} {} ) ]".format, inner, inner))
broad = st.one_of(
    classes,
    st.builds("[ owl:onProperty {} ; owl:allValuesFrom {} ]".format, relations, classes),
    st.builds("[ owl:onProperty {} ; owl:maxCardinality 1 ]".format, relations),
    st.builds("[ owl:complementOf {} ]".format, classes),
)
KINDS_OF_PROPERTIES = ("Functional", "InverseFunctional", "Symmetric", "Transitive", "Asymmetric")
kinds = st.sampled_from(KINDS_OF_PROPERTIES)
statements = st.one_of(
    st.builds("{} rdfs:subClassOf {} .".format, narrow, broad),
    st.builds("{} rdfs:domain {} .".format, relations, classes),
    st.builds("{} rdfs:range {} .".format, relations, classes),
    st.builds("{} rdfs:subPropertyOf {} .".format, relations, relations),
    st.builds("{} owl:inverseOf {} .".format, relations, relations),
    st.builds("{} owl:propertyChainAxiom ( {} {} ) .".format, relations, relations, relations),
    st.builds("{} owl:disjointWith {} .".format, classes, classes),
    st.builds("{} owl:hasKey ( {} {} ) .".format, classes, relations, relations).map(
        lambda text: text.replace(" ) .", f" {text.split()[-3]} ) .")
    ),
    st.builds("{} a owl:{}Property .".format, relations, kinds),
    st.builds("{} owl:sameAs {} .".format, things, things),
    st.builds("{} owl:differentFrom {} .".format, things, things),
)
facts = st.one_of(
    st.builds("{} {} {} .".format, things, relations, things),
    st.builds("{} a {} .".format, things, classes),
)
TEXTS = [
    *(f":{one} :{p} :{other} ." for one in "abc" for p in "pqr" for other in "abc"),
    *(f":{one} a :{name} ." for one in "abc" for name in "ABCD"),
    *(f":{one} owl:sameAs :{other} ." for one in "abc" for other in "abc" if one != other),
]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(statements, min_size=2, max_size=7),
    st.lists(facts, min_size=3, max_size=8),
    st.sampled_from(["rdf", "direct"]),
    st.booleans(),
)
def test_the_answers_are_those_of_owlrl(
    axioms: list[str], data: list[str], semantics: str, proof: bool
) -> None:
    premise = "\n".join([PREFIXES, KINDS, *axioms, *data])
    expected, is_consistent = close_by_owlrl(premise)
    with TemporaryDirectory() as folder:
        path, conclusion = Path(folder, "premise.ttl"), Path(folder, "conclusion.ttl")
        path.write_text(premise)
        conclusion.write_text("\n".join([PREFIXES, *TEXTS]))
        result = kg.entails(path, conclusion, semantics=semantics, proof=proof)  # type: ignore[arg-type]

        if not is_consistent:
            assert result.verdict is Verdict.CONTRADICTION
        else:
            asked = rdflib.Graph().parse(conclusion)
            assert set(result.unproved_texts) == {
                f"{subject} {shorten(predicate)} {object_}"
                for subject, predicate, object_ in asked - expected
            }


def close_by_owlrl(text: str) -> tuple[rdflib.Graph, bool]:
    """Return the closure, and whether owlrl found no contradiction."""
    graph = rdflib.Graph().parse(data=text, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph, not any(graph.objects(None, ERROR))
