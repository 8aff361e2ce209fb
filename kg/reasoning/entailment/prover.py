"""Show the parts of a conclusion in the closure of a premise."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.entailment.axiom_goals import AxiomGoals
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.conclusion import Conclusion
from kg.reasoning.entailment.findings import ABSENT, SHOWN, UNDECIDED, Finding, all_of, step
from kg.reasoning.entailment.membership import Membership
from kg.reasoning.entailment.sorts import Sorts
from kg.reasoning.entailment.vocabulary import (
    ANNOTATIONS,
    CHARACTERISTICS,
    DIFFERENT,
    NEGATIVE,
    NOTHING,
    SAME_AS,
    TYPE,
    is_reserved,
)
from kg.reasoning.facts.matching import Binding, Pattern, solve
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.rules.patterns import Atom, Term

# How many triples may share blank nodes, and how many of their values are tried.
_MAX_CONNECTED: Final = 400
_MAX_BINDINGS: Final = 1_000
_OTHER_PREDICATES: Final = frozenset({RDF["value"], RDFS["member"]}) | ANNOTATIONS


@dataclass(frozen=True)
class Answer:
    """A triple of the conclusion; its proof, or None with whether it certainly does not follow.

    `is_shown` says that there is a proof, which is only written down where reasons are kept.
    """

    triple: Triple
    is_shown: bool
    is_exact: bool
    proof: Proof | None = None


class Prover:
    """Shows the parts of one conclusion."""

    def __init__(self, closure: Closure, membership: Membership, sorts: Sorts) -> None:
        self._closure, self._membership, self._sorts = closure, membership, sorts
        self._axioms = AxiomGoals(membership, sorts)
        self._structure: Mapping[Term, Sequence[Triple]] = {}

    def answers(self, conclusion: Conclusion) -> Iterator[Answer]:
        """Yield an answer for each triple that says something; those of expressions have none.

        Raises LimitExceeded.
        """
        by_subject = defaultdict(list)
        for triple in conclusion.structure:
            by_subject[triple.subject].append(triple)
        self._structure = by_subject
        for triple in conclusion.ground:
            found = self._quickly(triple)
            yield found if found is not None else self._answer(triple)
        for triple in conclusion.axioms:
            yield self._answer(triple)
        for triple in conclusion.nodes:
            yield self._answer(triple)
        for triple in conclusion.expressions:
            is_shown = self._sorts.is_well_formed(triple.subject)
            finding = SHOWN if is_shown else self._same_graph(triple)
            yield self._to_answer(triple, finding, "comprehension")
        for group in conclusion.somethings:
            yield from self._somethings(group)

    def _quickly(self, triple: Triple) -> Answer | None:
        """Look up a triple without blank nodes; None if it has to be shown otherwise."""
        finding = self._membership.find(triple)
        if finding.is_shown:
            proof = finding.premises[0] if finding.premises else None
            return Answer(triple, is_shown=True, is_exact=True, proof=proof)
        return None

    def _answer(self, triple: Triple) -> Answer:
        if self._sorts.is_always_true(triple):
            return self._to_answer(triple, SHOWN, "always-true")
        same = self._same_graph(triple)
        if same.is_shown:
            return self._to_answer(triple, same, "same-graph")
        self._membership.is_exact = True
        try:
            finding = self._show(triple)
        except UnsupportedAxiom:
            finding = UNDECIDED
        if not self._membership.is_exact and not finding.is_shown:
            finding = UNDECIDED
        is_negative = triple.predicate in {
            DIFFERENT,
            OWL["disjointWith"],
            OWL["propertyDisjointWith"],
        }
        is_negative |= triple.object in {NEGATIVE, OWL["AllDifferent"]}
        return self._to_answer(triple, finding, "refutation" if is_negative else "freezing")

    def _to_answer(self, triple: Triple, finding: Finding, name: str) -> Answer:
        proof = None
        if finding.premises is not None and self._closure.keeps_reasons:
            proof = step(triple, name, finding.premises)
        return Answer(triple, finding.is_shown, finding.is_exact, proof)

    def _show(self, triple: Triple) -> Finding:
        """Show a triple that the closure does not have as it stands."""
        subject, predicate, object_ = triple.subject, triple.predicate, triple.object
        if isinstance(subject, Triple) or isinstance(object_, Triple):
            return UNDECIDED
        if predicate == TYPE:
            return self._show_type(subject, object_)
        if predicate == OWL["sourceIndividual"]:
            return self._axioms.negative_assertion(subject)
        if predicate in self._axioms.by_predicate:
            if isinstance(object_, Literal) and predicate not in {SAME_AS, DIFFERENT}:
                return UNDECIDED
            return self._axioms.by_predicate[predicate](subject, object_)
        if is_reserved(predicate) and predicate not in _OTHER_PREDICATES:
            return UNDECIDED
        if subject == object_:
            return self._membership.exists_with(subject, triple)
        return ABSENT

    def _show_type(self, subject: Term, type_: Term) -> Finding:
        if isinstance(subject, Literal) or isinstance(type_, Literal):
            return UNDECIDED
        if type_ == NEGATIVE and isinstance(subject, BlankNode):
            return self._axioms.negative_assertion(subject)
        if isinstance(subject, BlankNode) and subject in self._structure:
            return self._axioms.group(type_, subject) if isinstance(type_, NamedNode) else UNDECIDED
        if type_ in CHARACTERISTICS and isinstance(type_, NamedNode):
            return self._axioms.characteristic(type_, subject)
        if is_reserved(type_) and type_ != NOTHING:
            return UNDECIDED
        if isinstance(type_, BlankNode) and not self._sorts.is_well_formed(type_):
            return UNDECIDED
        return self._membership.holds(subject, type_)

    # --- blank nodes

    def _same_graph(self, triple: Triple) -> Finding:
        """Look for the triple with the expressions that it mentions, as the closure has them."""
        described: dict[Triple, None] = {triple: None}
        stack = [triple.subject, triple.object]
        seen = set[object]()
        while stack and len(described) <= _MAX_CONNECTED:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            for each in self._structure.get(node, ()):  # type: ignore[call-overload]
                described[each] = None
                stack.append(each.object)
        if len(described) == 1 or len(described) > _MAX_CONNECTED:
            return ABSENT
        return next(self._matches(list(described)), ABSENT)

    def _somethings(self, group: Sequence[Triple]) -> Iterator[Answer]:
        """Yield an answer for each triple of a group that has blank nodes in common."""
        group = [each for each in group if not self._sorts.is_always_true(each)]
        if not group:
            return
        finding = self._show_group(group)
        for triple in group:
            yield self._to_answer(triple, finding, "same-graph")

    def _show_group(self, group: Sequence[Triple]) -> Finding:
        if len(group) > _MAX_CONNECTED:
            return UNDECIDED
        found = next(self._matches(group), None)
        if found is not None:
            return found
        simple = [each for each in group if self._is_simple(each)]
        others = [each for each in group if each not in simple]
        if not others:
            return ABSENT
        unbound = _things(others, self._structure) - _things(simple, self._structure)
        if not simple or unbound:
            return UNDECIDED
        for binding, finding in islice(self._solutions(simple), _MAX_BINDINGS):
            answers = (self._show_with(each, binding) for each in others)
            total = all_of([finding, *answers])
            if total.is_shown:
                return total
        return UNDECIDED

    def _show_with(self, triple: Triple, binding: Mapping[Term, Term]) -> Finding:
        """Show a triple with its blank nodes replaced by things."""
        subject, object_ = (
            binding.get(end, end)  # type: ignore[arg-type, call-overload]
            for end in (triple.subject, triple.object)
        )
        if isinstance(subject, Literal):
            return UNDECIDED
        replaced = Triple(subject, triple.predicate, object_)
        found = self._membership.find(replaced)
        if found.is_shown or self._sorts.is_always_true(replaced):
            return found if found.is_shown else SHOWN
        try:
            return self._show(replaced)
        except UnsupportedAxiom:
            return UNDECIDED

    def _is_simple(self, triple: Triple) -> bool:
        if {triple.subject, triple.object} & self._structure.keys():
            return False
        return not is_reserved(triple.predicate) or triple.predicate in {TYPE, SAME_AS}

    def _matches(self, triples: Sequence[Triple]) -> Iterator[Finding]:
        """Yield a finding for each way to map all blank nodes to terms of the closure."""
        return (finding for _, finding in self._solutions(triples))

    def _solutions(
        self, triples: Sequence[Triple]
    ) -> Iterator[tuple[Mapping[Term, Term], Finding]]:
        nodes: dict[Term, Variable] = {}

        def slot(term: Term) -> Term | Variable:
            if not isinstance(term, BlankNode):
                return term
            return nodes.setdefault(term, Variable(f"b{len(nodes)}"))

        atoms = [
            Atom(slot(each.subject), each.predicate, slot(each.object))  # type: ignore[arg-type]
            for each in triples
        ]
        patterns = self._closure.encode_patterns(atoms)
        decode = self._closure.vocabulary.decode
        for binding in solve(patterns, {}, self._closure.match):
            terms = {node: decode(binding[variable]) for node, variable in nodes.items()}
            yield terms, Finding(self._proofs(patterns, binding))

    def _proofs(self, patterns: Sequence[Pattern], binding: Binding) -> tuple[Proof, ...]:
        if not self._closure.keeps_reasons:
            return ()
        return tuple(
            self._closure.prove(
                tuple(binding[slot] if isinstance(slot, Variable) else slot for slot in pattern)  # type: ignore[arg-type]
            )
            for pattern in patterns
        )


def _things(triples: Sequence[Triple], structure: Mapping[Term, object]) -> set[object]:
    """Return the blank nodes that stand for things."""
    ends = (end for triple in triples for end in (triple.subject, triple.object))
    return {end for end in ends if isinstance(end, BlankNode) and end not in structure}
