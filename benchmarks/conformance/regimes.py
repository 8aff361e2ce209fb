"""The rules of an entailment regime, and a graph closed by them.

Source: SPARQL 1.1 Entailment Regimes; OWL 2 Profiles, section 4.3; RDF 1.1 Semantics.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from benchmarks.conformance.expressions import DESCRIBES, class_expressions
from kg.namespaces import OWL
from kg.reasoning.axioms.compiler import anonymous_class_rules, compile_axioms
from kg.reasoning.axioms.fixed_rules import rdfs_rules
from kg.reasoning.axioms.schema_rules import schema_rules
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.closure import Materialisation
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.rules.rule import Rule

_MAX_TRIPLES: Final = 100_000
_MAX_SECONDS: Final = 60


def _rdf(_: Sequence[Quad]) -> list[Rule]:
    return [rule for rule in rdfs_rules() if rule.name.startswith("rdfD")]


def _rdfs(_: Sequence[Quad]) -> list[Rule]:
    return rdfs_rules()


def _owl(graph: Sequence[Quad]) -> list[Rule]:
    return [*compile_axioms(graph).rules, *schema_rules(graph), *anonymous_class_rules(graph)]


# OWL 2 RL is what rules can say of the two OWL regimes; they say nothing of RIF.
RULES: Final[Mapping[str, Callable[[Sequence[Quad]], list[Rule]]]] = {
    "RDF": _rdf,
    "RDFS": _rdfs,
    "D": _rdfs,
    "OWL-RDF-Based": _owl,
    "OWL-Direct": _owl,
    "RIF": lambda _: [],
}


def close(graph: Sequence[Quad], query: str, regime: str) -> Iterator[Triple]:
    """What the query is to be asked of beside the graph, which is facts and ontology at once.

    Under the OWL regimes answers name classes: what would make an anonymous one an answer is
    left out. Under the direct semantics alone, the query may describe classes itself.
    """
    if not regime.startswith("OWL"):
        yield from _derived(graph, RULES[regime](graph))
        return
    asked = class_expressions(query) if regime == "OWL-Direct" else []
    whole, described = [*graph, *asked], _described(graph)
    yield from (quad.triple for quad in asked)
    for triple in [*_equal_to_itself(graph), *_derived(whole, RULES[regime](whole))]:
        if triple.subject not in described | _described(asked) and triple.object not in described:
            yield triple


def _described(graph: Sequence[Quad]) -> set[BlankNode]:
    """The anonymous classes."""
    return {
        quad.subject
        for quad in graph
        if quad.predicate in DESCRIBES and isinstance(quad.subject, BlankNode)
    }


def _derived(graph: Sequence[Quad], rules: Sequence[Rule]) -> Iterator[Triple]:
    vocabulary = Vocabulary()
    assertions = Assertions(vocabulary, None)
    assertions.add(graph)
    closure = Materialisation(assertions)
    closure.derive(rules, Limits(_MAX_TRIPLES, _MAX_SECONDS), lambda _: None)
    for part in closure.derived():
        for key, values in part.side.items():
            for value in values:
                subject, object_ = (key, value) if part.is_forward else (value, key)
                yield vocabulary.decode_triple((subject, part.predicate, object_))


def _equal_to_itself(graph: Sequence[Quad]) -> Iterator[Triple]:
    """Rule eq-ref, which the evaluator spares its users."""
    for term in dict.fromkeys(end for quad in graph for end in (quad.subject, quad.object)):
        if isinstance(term, NamedNode | BlankNode):
            yield Triple(term, OWL["sameAs"], term)
