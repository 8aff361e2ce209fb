"""The rules of each entailment regime, and the closure of a graph under them.

Source: SPARQL 1.1 Entailment Regimes; OWL 2 Profiles, section 4.3; RDF 1.1 Semantics.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from benchmarks.conformance.expressions import DESCRIBES, class_expressions
from kg.namespaces import OWL
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import rdfs_rules, schema_rules
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.derivation.materialisation import Materialisation
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.rules.rule import Rule

_MAX_TRIPLES: Final = 100_000
_MAX_SECONDS: Final = 60


def _rdf(_: Sequence[Quad]) -> list[Rule]:
    return [rule for rule in rdfs_rules() if rule.name.startswith("rdfD")]


def _rdfs(_: Sequence[Quad]) -> list[Rule]:
    return rdfs_rules()


def _owl(graph: Sequence[Quad]) -> list[Rule]:
    return [*compile_axioms(graph).rules, *schema_rules(graph), *anonymous_class_rules(graph)]


# For both OWL regimes, the rules are those of OWL 2 RL. RIF is not supported.
RULES: Final[Mapping[str, Callable[[Sequence[Quad]], list[Rule]]]] = {
    "RDF": _rdf,
    "RDFS": _rdfs,
    "D": _rdfs,
    "OWL-RDF-Based": _owl,
    "OWL-Direct": _owl,
    "RIF": lambda _: [],
}


def close(graph: Sequence[Quad], query: str, regime: str) -> Iterator[Triple]:
    """Yield the triples to add to the graph, which is both data and ontology, before the query.

    Under the OWL regimes, only named classes may be answers, so triples about anonymous classes are
    left out. Under the direct semantics, the query may itself describe classes.
    """
    if not regime.startswith("OWL"):
        yield from _derived(graph, RULES[regime](graph))
        return
    expressions = class_expressions(query) if regime == "OWL-Direct" else []
    extended, anonymous = [*graph, *expressions], _anonymous_classes(graph)
    subjects_left_out = anonymous | _anonymous_classes(expressions)
    yield from (quad.triple for quad in expressions)
    for triple in [*_equal_to_itself(graph), *_derived(extended, RULES[regime](extended))]:
        if triple.subject not in subjects_left_out and triple.object not in anonymous:
            yield triple


def _anonymous_classes(graph: Sequence[Quad]) -> set[BlankNode]:
    return {
        quad.subject
        for quad in graph
        if quad.predicate in DESCRIBES and isinstance(quad.subject, BlankNode)
    }


def _derived(graph: Sequence[Quad], rules: Sequence[Rule]) -> Iterator[Triple]:
    vocabulary = TermDictionary()
    assertions = Assertions(vocabulary, None)
    assertions.add(graph)
    closure = Materialisation(assertions)
    closure.derive(rules, DerivationLimits(_MAX_TRIPLES, _MAX_SECONDS), lambda _: None)
    for part in closure.derived_parts():
        yield from map(vocabulary.decode_triple, part)


def _equal_to_itself(graph: Sequence[Quad]) -> Iterator[Triple]:
    """Apply rule eq-ref, which the reasoner leaves out because its triples are trivial."""
    for term in dict.fromkeys(end for quad in graph for end in (quad.subject, quad.object)):
        if isinstance(term, NamedNode | BlankNode):
            yield Triple(term, OWL["sameAs"], term)
