"""Derive what holds of the classes that a query describes, by the rules of a regime.

The description is added to the facts for the moment, with rules by which exactly what fits it is an
instance; what follows from that with the other rules is what the query may ask for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS, is_in
from kg.reasoning.axioms.class_expressions import EXPRESSION_PREDICATES
from kg.reasoning.axioms.fixed_rules import schema_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.derivation.fixpoint import AddedTriples, FixpointEvaluator
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.adjacency import EMPTY
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from kg.reasoning.regimes.described_classes import DescribedClasses, described_predicate
from kg.reasoning.regimes.further_rules import further_rules
from kg.reasoning.regimes.subsumption import subsumption_rules
from kg.reasoning.rules.rule import Rule

# "Exactly" is "at least" and "at most".
_EXACTLY: Final = {
    OWL["cardinality"]: (OWL["minCardinality"], OWL["maxCardinality"]),
    OWL["qualifiedCardinality"]: (OWL["minQualifiedCardinality"], OWL["maxQualifiedCardinality"]),
}


class DescribedMembers:
    """Answers for described classes over one state of the facts, which it leaves as they are."""

    def __init__(
        self,
        facts: TripleIndex,
        vocabulary: TermDictionary,
        rules: Iterable[Rule],
        *,
        hidden: Collection[BlankNode] = (),
        max_triples: int = 1_000_000,
        max_seconds: float = 60,
    ) -> None:
        """Take facts that are closed under the rules; hidden classes are never in the answers."""
        self._facts, self._vocabulary, self._hidden = facts, vocabulary, hidden
        self._max_triples, self._max_seconds = max_triples, max_seconds
        about_axioms = [rule for rule in rules if _is_about_axioms(rule)]
        self._known = set(map(_logic, about_axioms))
        self._incremental = make_plans(about_axioms, vocabulary)[1]

    def triples(self, classes: DescribedClasses) -> list[Triple]:
        """Return the triples to add to the facts, by which the query has its answers.

        Raises:
            LimitExceeded: more would be derived than the limits allow.
            UnsupportedAxiom: a description is part of itself, or has an ill-formed list.
        """
        description = list(_without_exact_numbers(classes.description))
        declared = [*description, *self._declarations(description)]
        graph = OntologyGraph(declared)
        described = dict.fromkeys(
            quad.subject
            for quad in description
            if quad.predicate in EXPRESSION_PREDICATES
            and isinstance(quad.subject, BlankNode)
            and not graph.is_datatype(quad.subject)
        )
        types = (Triple(node, RDF["type"], OWL["Class"]) for node in described)
        triples = [*(quad.triple for quad in description), *types]
        rules = [
            *schema_rules(declared),
            *anonymous_class_rules(declared),
            *further_rules(graph),
            *subsumption_rules(graph),
        ]
        new_rules = [rule for rule in rules if _logic(rule) not in self._known]
        with self._vocabulary.forget_new_terms_on_exit(), self._facts.undo_on_exit():
            added = self._derive(triples, new_rules)
            return list(self._answers(added, classes, described))

    def _derive(self, triples: Sequence[Triple], new_rules: Sequence[Rule]) -> AddedTriples:
        vocabulary, facts = self._vocabulary, self._facts
        codes = [vocabulary.encode_triple(triple) for triple in triples]
        changes = Changes([each for each in codes if facts.add(each)])
        full, incremental = make_plans(new_rules, vocabulary)
        triggers = PlanIndex([*self._incremental, *incremental], vocabulary)
        first: list[JoinPlan] = [*full, *triggers.plans_for(changes)]
        limits = DerivationLimits(self._max_triples, self._max_seconds)
        added = AddedTriples()
        FixpointEvaluator(facts, vocabulary, limits).run(changes, first, triggers, added)
        return added

    def _answers(
        self, added: TripleIndex, classes: DescribedClasses, described: Collection[object]
    ) -> Iterator[Triple]:
        """Yield what was derived about the named classes, except of other anonymous classes."""
        decode, find = self._vocabulary.decode, self._vocabulary.find
        for node, name in classes.names.items():
            code = find(node) or 0
            for predicate in added.predicates():
                subjects = added.backward(predicate).get(code, EMPTY)
                about = decode(predicate)
                for subject in map(decode, subjects):
                    if subject not in described and subject not in self._hidden:
                        yield Triple(subject, described_predicate(about), name)  # type: ignore[arg-type]

    def _declarations(self, description: Iterable[Quad]) -> Iterator[Quad]:
        """Yield the types of the terms in a description that RDF, RDFS or OWL define."""
        terms = dict.fromkeys(term for quad in description for term in quad.triple)
        types = self._facts.forward(self._vocabulary.encode(RDF["type"]))
        for term in terms:
            code = self._vocabulary.find(term) if isinstance(term, NamedNode) else None
            for class_ in types.get(code or 0, EMPTY):
                declared = self._vocabulary.decode(class_)
                if is_in(declared, RDF, RDFS, OWL) and isinstance(term, NamedNode):
                    yield Quad(term, RDF["type"], declared)


def _logic(rule: Rule) -> tuple[object, ...]:
    return rule.head, rule.body, rule.filters


def _is_about_axioms(rule: Rule) -> bool:
    """Return whether a rule reads axioms, so that it can match a description or what follows.

    The rules of equality do not matter: facts that are equal to others are among the facts.
    """
    predicates = (atom.predicate for atom in rule.body)
    return any(is_in(each, RDFS, OWL) and each != OWL["sameAs"] for each in predicates)


def _without_exact_numbers(description: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the quads, with each exact cardinality as the intersection of two others."""
    by_node: dict[object, list[Quad]] = defaultdict(list)
    for quad in description:
        by_node[quad.subject].append(quad)
    for node, quads in by_node.items():
        exact = next((quad for quad in quads if quad.predicate in _EXACTLY), None)
        if exact is None or not isinstance(node, NamedNode | BlankNode):
            yield from quads
            continue
        parts = [BlankNode(), BlankNode()]
        for part, predicate in zip(parts, _EXACTLY[exact.predicate], strict=True):
            for quad in quads:
                is_number = quad.predicate in _EXACTLY
                yield Quad(part, predicate if is_number else quad.predicate, quad.object)
        first, second = BlankNode(), BlankNode()
        yield Quad(node, OWL["intersectionOf"], first)
        yield Quad(first, RDF["first"], parts[0])
        yield Quad(first, RDF["rest"], second)
        yield Quad(second, RDF["first"], parts[1])
        yield Quad(second, RDF["rest"], RDF["nil"])
