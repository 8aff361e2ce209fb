"""Show the parts of a conclusion in the closure of a premise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL
from kg.reasoning.entailment.axiom_goals import AxiomGoals
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.conclusion import Conclusion, Reach
from kg.reasoning.entailment.direct import original_term
from kg.reasoning.entailment.findings import ABSENT, SHOWN, UNDECIDED, Finding, all_of, step
from kg.reasoning.entailment.membership import Membership
from kg.reasoning.entailment.premise_rules import PremiseRules
from kg.reasoning.entailment.sorts import Sorts
from kg.reasoning.entailment.suppositions import Suppositions
from kg.reasoning.entailment.unknown_values import UnknownValues
from kg.reasoning.entailment.values import ValueSpellings
from kg.reasoning.entailment.vocabulary import (
    ANNOTATIONS,
    CHARACTERISTICS,
    DIFFERENT,
    EXPRESSIONS,
    NEGATIVE,
    NOTHING,
    SAME_AS,
    TYPE,
    is_reserved,
)
from kg.reasoning.facts.matching import solve
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.proofs.words import format_term
from kg.reasoning.rules.patterns import Atom, Term

# How many triples may share blank nodes, and how many of their values are tried.
_MAX_CONNECTED: Final = 400
_MAX_BINDINGS: Final = 1_000
_REFUTED: Final = frozenset(
    {
        *(DIFFERENT, OWL["disjointWith"], OWL["propertyDisjointWith"], OWL["sourceIndividual"]),
        *(NEGATIVE, OWL["AllDifferent"], OWL["AllDisjointClasses"], OWL["AllDisjointProperties"]),
    }
)


@dataclass(frozen=True)
class Answer:
    """Whether a triple of the conclusion is shown, with its proof if reasons are kept.

    The text has class expressions in Manchester syntax. If it is not shown, `is_exact` says that it
    certainly does not follow by OWL 2 RL.
    """

    triple: Triple
    text: str
    is_shown: bool
    is_exact: bool
    proof: Proof | None = None


class Prover:
    """Shows the parts of one conclusion."""

    def __init__(
        self,
        closure: Closure,
        compiled: PremiseRules,
        spellings: ValueSpellings,
        *,
        is_direct: bool,
    ) -> None:
        self._closure, self._graph = closure, compiled.graph
        self._suppositions = Suppositions(compiled, spellings, closure.vocabulary)
        self._sorts = Sorts(closure, compiled.graph, is_direct=is_direct)
        values = UnknownValues(closure, compiled.graph)
        self._membership = Membership(closure, self._suppositions, values)
        self._axioms = AxiomGoals(self._membership, self._suppositions, values, self._sorts)
        self._reach, self._written_on = Reach([]), dict[object, NamedNode]()

    def answers(self, conclusion: Conclusion) -> Iterator[Answer]:
        """Yield an answer for each triple that says something; those of expressions have none.

        Raises LimitExceeded.
        """
        self._reach = Reach(conclusion.structure)
        self._written_on = dict[object, NamedNode](conclusion.written_on.items())
        for triple in conclusion.ground:
            found = self._membership.find(triple)
            proof = next(iter(found.premises or ()), None)
            if isinstance(proof, Proof):
                yield Answer(triple, "", is_shown=True, is_exact=True, proof=proof)
            elif found.is_shown:
                yield self._to_answer(triple, found, "always-true")
            else:
                yield self._answer(triple)
        for triple in conclusion.axioms:
            yield self._answer(triple)
        for triple in conclusion.expressions:
            is_shown = self._sorts.is_well_formed(triple.subject)  # type: ignore[arg-type]
            finding = SHOWN if is_shown else self._same_graph(triple)
            yield self._to_answer(triple, finding, "comprehension")
        for group in conclusion.somethings:
            yield from self._somethings(group)

    def _answer(self, triple: Triple) -> Answer:
        if self._sorts.is_always_true(triple):
            return self._to_answer(triple, SHOWN, "always-true")
        same = self._same_graph(triple)
        if same.is_shown:
            return self._to_answer(triple, same, "same-graph")
        self._suppositions.is_exact = True
        finding = self._show(triple)
        if not finding.is_shown and not self._suppositions.is_exact:
            finding = UNDECIDED
        return self._to_answer(triple, finding, _way(triple))

    def _to_answer(self, triple: Triple, finding: Finding, name: str) -> Answer:
        text, proof = self._text(triple), None
        if finding.premises is not None and self._closure.keeps_reasons:
            proof = step(triple, name, finding.premises, text)
        return Answer(triple, text, finding.is_shown, finding.is_exact, proof)

    def _text(self, triple: Triple) -> str:
        def text_of(term: object) -> str:
            is_class = any(self._graph.objects(term, key) for key in EXPRESSIONS)  # type: ignore[arg-type]
            if isinstance(term, BlankNode) and is_class:
                return self._graph.to_manchester(term)
            return format_term(original_term(term))  # type: ignore[arg-type]

        return " ".join(map(text_of, (triple.subject, triple.predicate, triple.object)))

    def _show(self, triple: Triple) -> Finding:
        """Show a triple that the closure does not have as it stands."""
        subject, predicate, object_ = triple.subject, triple.predicate, triple.object
        if isinstance(subject, Triple) or isinstance(object_, Triple):
            return UNDECIDED
        try:
            return self._show_terms(subject, predicate, object_)
        except UnsupportedAxiom:
            return UNDECIDED

    def _show_terms(
        self, subject: NamedNode | BlankNode, predicate: NamedNode, object_: Term
    ) -> Finding:
        if predicate == TYPE:
            return self._show_type(subject, object_)
        if predicate == OWL["sourceIndividual"]:
            return self._axioms.negative_assertion(subject)
        if predicate in self._axioms.by_predicate:
            if isinstance(object_, Literal) and predicate not in {SAME_AS, DIFFERENT}:
                return UNDECIDED
            return self._axioms.by_predicate[predicate](subject, object_)
        if is_reserved(predicate) and predicate not in ANNOTATIONS:
            return UNDECIDED
        if subject == object_:
            return self._membership.exists_with(subject, Triple(subject, predicate, object_))
        return ABSENT

    def _show_type(self, subject: NamedNode | BlankNode, type_: Term) -> Finding:
        if isinstance(type_, Literal):
            return UNDECIDED
        if isinstance(type_, BlankNode):
            is_class = self._sorts.is_well_formed(type_)
            return self._membership.holds(subject, type_) if is_class else UNDECIDED
        if subject in self._reach:
            if type_ == NEGATIVE:
                return self._axioms.negative_assertion(subject)
            return self._axioms.group(type_, subject)
        if type_ in CHARACTERISTICS:
            return self._axioms.characteristic(type_, subject)
        if is_reserved(type_) and type_ != NOTHING:
            return UNDECIDED
        return self._membership.holds(subject, type_)

    # --- blank nodes

    def _same_graph(self, triple: Triple) -> Finding:
        """Look for the triple with the expressions that it mentions, as the closure has them."""
        described = self._reach.triples(triple)
        if len(described) == 1 or len(described) > _MAX_CONNECTED:
            return ABSENT
        found = next(self._solutions(described), None)
        name = self._written_on.get(triple.object)
        if found is None and name is not None and name == triple.subject:
            # The expression may be written on the class itself.
            patterns = [
                Triple(name, each.predicate, each.object) if each.subject == triple.object else each
                for each in described
                if each != triple
            ]
            found = next(self._solutions(patterns), None)
        return found[1] if found is not None else ABSENT

    def _somethings(self, group: Sequence[Triple]) -> Iterator[Answer]:
        """Yield an answer for each triple of a group that has blank nodes in common."""
        group = [each for each in group if not self._sorts.is_always_true(each)]
        if group:
            self._suppositions.is_exact = True
            finding = self._show_group(group)
            for triple in group:
                yield self._to_answer(triple, finding, "same-graph")

    def _show_group(self, group: Sequence[Triple]) -> Finding:
        described = list(
            dict.fromkeys(each for triple in group for each in self._reach.triples(triple))
        )
        if len(described) > _MAX_CONNECTED:
            return UNDECIDED
        found = next(self._solutions(described), None)
        if found is not None:
            return found[1]
        simple = [each for each in group if self._is_simple(each)]
        others = [each for each in group if each not in simple]
        if not others:
            return ABSENT
        # Things are only replaced where a triple mentions them itself, and all must be bound.
        bound: set[object] = {end for each in simple for end in (each.subject, each.object)}
        if not all(self._can_replace(each, bound) for each in others):
            return UNDECIDED
        for binding, finding in islice(self._solutions(simple), _MAX_BINDINGS):
            total = all_of([finding, *(self._show_with(each, binding) for each in others)])
            if total.is_shown:
                return total
        return UNDECIDED

    def _can_replace(self, triple: Triple, bound: set[object]) -> bool:
        """Return whether all that stands for things in a triple are its bound subject or object."""
        ends = {triple.subject, triple.object}
        things = {node for node in self._reach.blank_nodes(triple) if node not in self._reach}
        is_class_of_thing = triple.predicate == TYPE and triple.subject not in self._reach
        has_expression = any(end in self._reach for end in ends)
        return things <= (ends & bound) and (is_class_of_thing or not has_expression)

    def _show_with(self, triple: Triple, binding: Mapping[object, Term]) -> Finding:
        """Show a triple with its blank nodes replaced by things."""
        subject = binding.get(triple.subject, triple.subject)
        object_ = binding.get(triple.object, triple.object)
        if not isinstance(subject, NamedNode | BlankNode):
            return UNDECIDED
        replaced = Triple(subject, triple.predicate, object_)
        if self._sorts.is_always_true(replaced):
            return SHOWN
        found = self._membership.find(replaced)
        return found if found.is_shown else self._show(replaced)

    def _is_simple(self, triple: Triple) -> bool:
        if triple.subject in self._reach or triple.object in self._reach:
            return False
        if triple.predicate == TYPE:
            return not is_reserved(triple.object)
        return not is_reserved(triple.predicate) or triple.predicate in {SAME_AS, *ANNOTATIONS}

    def _solutions(
        self, triples: Sequence[Triple]
    ) -> Iterator[tuple[Mapping[object, Term], Finding]]:
        """Yield each way to map all blank nodes to terms so that the closure has the triples."""
        nodes: dict[object, Variable] = {}

        def slot(term: object) -> Term | Variable:
            if isinstance(term, BlankNode):
                return nodes.setdefault(term, Variable(f"b{len(nodes)}"))
            return term  # type: ignore[return-value]

        atoms = [Atom(slot(each.subject), each.predicate, slot(each.object)) for each in triples]
        patterns = self._closure.encode_patterns(atoms)
        decode = self._closure.vocabulary.decode
        for binding in solve(patterns, {}, self._closure.match):
            terms = {node: decode(binding[variable]) for node, variable in nodes.items()}
            yield terms, Finding(self._closure.prove_patterns(patterns, binding))


def _way(triple: Triple) -> str:
    """Return the name of the way in which a triple is shown."""
    if triple.predicate == TYPE and isinstance(triple.object, BlankNode):
        return "comprehension"
    is_refuted = triple.predicate in _REFUTED or triple.object in _REFUTED
    return "refutation" if is_refuted else "freezing"
