"""The rules of an entailment regime, and a graph closed by them.

Source: SPARQL 1.1 Entailment Regimes; OWL 2 Profiles, section 4.3; RDF 1.1 Semantics.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from benchmarks.conformance.expressions import DESCRIBES
from kg.axioms import compile_axioms, rdfs_rules, schema_rules
from kg.facts import Vocabulary
from kg.materialise.assertions import Assertions
from kg.materialise.materialisation import Materialisation
from kg.namespaces import OWL
from kg.reason.limits import Limits
from kg.rules import Rule

_MAX_TRIPLES: Final = 100_000
_MAX_SECONDS: Final = 60


def _rdf(_: Sequence[Quad]) -> list[Rule]:
    return [rule for rule in rdfs_rules() if rule.name.startswith("rdfD")]


def _rdfs(_: Sequence[Quad]) -> list[Rule]:
    return rdfs_rules()


def _owl(graph: Sequence[Quad]) -> list[Rule]:
    return [*compile_axioms(graph).rules, *schema_rules(graph)]


# OWL 2 RL is what rules can say of the two OWL regimes; they say nothing of RIF.
RULES: Final[Mapping[str, Callable[[Sequence[Quad]], list[Rule]]]] = {
    "RDF": _rdf,
    "RDFS": _rdfs,
    "D": _rdfs,
    "OWL-RDF-Based": _owl,
    "OWL-Direct": _owl,
    "RIF": lambda _: [],
}


def close(graph: Sequence[Quad], regime: str) -> Iterator[Triple]:
    """What follows from a graph that is facts and ontology at once, without the graph itself.

    Under OWL the answers name classes: what is derived about anonymous ones is left out.
    """
    rules = RULES[regime](graph)
    stated = [triple for rule in rules if not rule.body for triple in _heads(rule)]
    if not regime.startswith("OWL"):
        yield from [*stated, *_derived([*graph, *stated], rules)]
        return
    anonymous = {
        quad.subject
        for quad in graph
        if quad.predicate in DESCRIBES and isinstance(quad.subject, BlankNode)
    }
    for triple in [*stated, *_equal_to_itself(graph), *_derived([*graph, *stated], rules)]:
        if triple.subject not in anonymous and triple.object not in anonymous:
            yield triple


def _derived(graph: Sequence[Quad | Triple], rules: Sequence[Rule]) -> Iterator[Triple]:
    vocabulary = Vocabulary()
    assertions = Assertions(vocabulary, None)
    assertions.add(graph)
    closure = Materialisation(assertions, vocabulary)
    limits = Limits(_MAX_TRIPLES, _MAX_SECONDS)
    closure.derive([rule for rule in rules if rule.body], limits, lambda _: None)
    for part in closure.derived():
        for key, values in part.side.items():
            for value in values:
                subject, object_ = (key, value) if part.is_forward else (value, key)
                yield vocabulary.decode_triple((subject, part.predicate, object_))


def _heads(rule: Rule) -> Iterator[Triple]:
    """The triples of a rule without premises, such as the axiomatic triples of RDFS."""
    for atom in rule.head:
        yield Triple(*atom)


def _equal_to_itself(graph: Sequence[Quad]) -> Iterator[Triple]:
    """Rule eq-ref, which the evaluator spares its users."""
    for term in dict.fromkeys(end for quad in graph for end in (quad.subject, quad.object)):
        if isinstance(term, NamedNode | BlankNode):
            yield Triple(term, OWL["sameAs"], term)
