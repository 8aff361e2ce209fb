"""Everything that follows from a graph by rules, and what would follow if more were supposed.

If reasons are kept, each derived triple is stored with the number of the rule application that
first derived it. A proof only uses triples with smaller numbers, so it is never circular.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Final

from pyoxigraph import NamedNode, Triple

from kg.errors import LimitExceeded
from kg.reasoning.axioms.fixed_rules import equality_rules
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.fixpoint import CodedContradiction, FixpointEvaluator, RuleOutput
from kg.reasoning.derivation.joins import PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.derivation.materialisation import Materialisation
from kg.reasoning.entailment.findings import FACT
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.matching import Binding, CodedRules, Pattern, ground, match_body
from kg.reasoning.facts.relations import Changes, TripleIndex, match_triples
from kg.reasoning.proofs.proof import ContradictionProof, EvidenceGraph, Proof
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule
from kg.statuses import Base, Standing, Status

# The graph that supposed triples stand in, in proofs.
SUPPOSED: Final = NamedNode("urn:glocal:supposed")
# Says which file asserts a triple.
Origin = Callable[[CodedTriple], NamedNode]


class Limits:
    """The limits of one question: derived triples, seconds in all, and suppositions."""

    def __init__(self, max_triples: int, max_seconds: float, max_refutations: int) -> None:
        self._max_triples, self._max_seconds = max_triples, max_seconds
        self._max_refutations, self._end = max_refutations, monotonic() + max_seconds
        self.refutations = 0

    def for_derivation(self) -> DerivationLimits:
        """Return the limits of the next derivation; raise LimitExceeded if time is over."""
        seconds = self._end - monotonic()
        if seconds <= 0:
            reason = f"The question took {self.refutations:,} suppositions so far."
            raise LimitExceeded("max_seconds", self._max_seconds, reason)
        return DerivationLimits(self._max_triples, seconds)

    def count_refutation(self) -> None:
        """Count one supposition; raise LimitExceeded if there are too many."""
        self.refutations += 1
        if self.refutations > self._max_refutations:
            reason = "Ask for less at once, or raise the limit."
            raise LimitExceeded("max_refutations", self._max_refutations, reason)


class Closure:
    """Asserted triples with all that follows from them; `clash` is a contradiction or None.

    Equal things are merged unless reasons are kept, since a proof needs each triple as it is.
    """

    def __init__(
        self,
        assertions: Assertions,
        rules: Sequence[Rule],
        limits: Limits,
        *,
        origin: Origin | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Derive everything; with `origin`, reasons are kept. Raises LimitExceeded."""
        self.vocabulary, self._limits, self._origin = assertions.vocabulary, limits, origin
        self._reasons: dict[CodedTriple, tuple[int, str]] = {}
        self._number = 0
        # Inside suppositions, the triples with a reason or a supposition as their origin.
        self._journal: list[CodedTriple] = []
        self._supposed: set[CodedTriple] = set()
        names = {rule.name for rule in rules}
        with_equality = [*rules, *(one for one in equality_rules() if one.name not in names)]
        if origin is None:
            self.facts, clashes = _materialise(assertions, rules, limits, tell)
        else:
            self.facts, clashes = self._derive(assertions, with_equality, tell)
        self.clash = min(clashes, default=None)
        self._rules = CodedRules(with_equality, self.vocabulary)
        self._by_name = {rule.name: rule for rule in with_equality}
        self._triggers = PlanIndex(make_plans(with_equality, self.vocabulary)[1], self.vocabulary)
        self.constraints = [rule for rule in rules if not rule.head and rule.filters]

    @property
    def keeps_reasons(self) -> bool:
        """Whether triples can be proved."""
        return self._origin is not None

    def encode(self, subject: Term, predicate: Term, object_: Term) -> CodedTriple:
        """Return the triple of three terms as integers."""
        encode = self.vocabulary.encode
        return encode(subject), encode(predicate), encode(object_)

    def contains(self, subject: Term, predicate: Term, object_: Term) -> bool:
        """Return whether the triple is asserted, supposed or derived."""
        return self.encode(subject, predicate, object_) in self.facts

    def match(
        self, subject: int | None, predicate: int | None, object_: int | None
    ) -> Iterator[CodedTriple]:
        """Yield the triples that match; None matches any term."""
        return match_triples(self.facts, subject, predicate, object_)

    def objects(self, subject: Term, predicate: Term) -> list[Term]:
        """Return the objects of the triples with this subject and predicate."""
        encode, decode = self.vocabulary.encode, self.vocabulary.decode
        found = self.match(encode(subject), encode(predicate), None)
        return [decode(object_) for _, _, object_ in sorted(found)]

    def subjects(self, predicate: Term, object_: Term) -> list[Term]:
        """Return the subjects of the triples with this predicate and object."""
        encode, decode = self.vocabulary.encode, self.vocabulary.decode
        found = self.match(None, encode(predicate), encode(object_))
        return [decode(subject) for subject, _, _ in sorted(found)]

    @contextmanager
    def suppose(self, triples: Iterable[Triple]) -> Iterator[CodedContradiction | None]:
        """Add triples and what follows inside the block; yield a contradiction, or None.

        Blocks can be nested. Raises LimitExceeded.
        """
        self._limits.count_refutation()
        limits = self._limits.for_derivation()
        start, number = len(self._journal), self._number
        with self.facts.undo_on_exit():
            try:
                codes = {self.vocabulary.encode_triple(triple) for triple in triples}
                new = {each for each in codes if self.facts.add(each)}
                self._supposed |= new
                changes = Changes(new)
                evaluator = FixpointEvaluator(self.facts, self.vocabulary, limits)
                first = self._triggers.plans_for(changes)
                clashes = evaluator.run(
                    changes, first, self._triggers, self._record, stops_at_clash=True
                )
                yield min(clashes, default=None)
            finally:
                self._supposed -= new
                for each in self._journal[start:]:
                    self._reasons.pop(each, None)
                del self._journal[start:]
                self._number = number

    def prove(self, codes: CodedTriple) -> Proof:
        """Return a proof of a triple that holds, down to asserted and supposed ones.

        Raises ValueError if reasons are not kept or the triple does not hold.
        """
        known: dict[CodedTriple, Proof] = {}
        # A stack instead of recursion, since a proof can be as deep as there were rounds.
        stack: list[tuple[CodedTriple, tuple[Rule, tuple[CodedTriple, ...]] | None]] = [
            (codes, None)
        ]
        while stack:
            goal, step = stack.pop()
            if goal in known:
                continue
            if step is None:
                step = self._step(goal)
                if step is None:
                    known[goal] = self._leaf(goal)
                    continue
                stack.append((goal, step))
                stack += ((premise, None) for premise in step[1] if premise not in known)
                continue
            rule, premises = step
            triple = self.vocabulary.decode_triple(goal)
            proofs = tuple(known[premise] for premise in premises)
            known[goal] = Proof(triple, None, FACT, rule, proofs)
        return known[codes]

    def encode_patterns(self, atoms: Iterable[Atom]) -> tuple[Pattern, ...]:
        """Return triple patterns with integers in place of their terms."""
        return self._rules.encode(atoms)

    def prove_patterns(self, patterns: Iterable[Pattern], binding: Binding) -> tuple[Proof, ...]:
        """Return the proofs of patterns that match with a binding; none if reasons are not kept."""
        if not self.keeps_reasons:
            return ()
        return tuple(self.prove(ground(pattern, binding)) for pattern in patterns)

    def prove_clash(self, clash: CodedContradiction) -> tuple[ContradictionProof, ...]:
        """Return the proof of a contradiction; none if reasons are not kept."""
        if not self.keeps_reasons:
            return ()
        name, triples = clash
        premises = tuple(map(self.prove, triples))
        return (ContradictionProof(self._by_name[name], premises, Standing(Base.FACT), FACT),)

    def _leaf(self, codes: CodedTriple) -> Proof:
        if self._origin is None:
            raise ValueError("reasons are not kept")
        graph = SUPPOSED if codes in self._supposed else self._origin(codes)
        evidence = EvidenceGraph(graph, Status.FACT)
        return Proof(self.vocabulary.decode_triple(codes), None, FACT, evidence=(evidence,))

    def _step(self, goal: CodedTriple) -> tuple[Rule, tuple[CodedTriple, ...]] | None:
        """Return the rule that first derived a triple, and its premises; None for a leaf."""
        if goal not in self._reasons:
            return None
        number, name = self._reasons[goal]
        matches = partial(self._match_before, number)
        for coded, binding in self._rules.find_by_head(goal):
            if coded.rule.name == name:
                for instance in match_body(self._rules, coded, binding, matches):
                    return coded.rule, instance.premises
        raise ValueError(f"{name} does not derive {goal}")

    def _match_before(
        self, number: int, subject: int | None, predicate: int | None, object_: int | None
    ) -> Iterator[CodedTriple]:
        for codes in self.match(subject, predicate, object_):
            if self._reasons.get(codes, (0, ""))[0] < number:
                yield codes

    def _derive(
        self, assertions: Assertions, rules: Sequence[Rule], tell: Callable[[str], None]
    ) -> tuple[TripleIndex, set[CodedContradiction]]:
        facts = TripleIndex()
        for predicate in assertions.columns:
            side = assertions.side(predicate, is_forward=True)
            facts.fill(predicate, side, is_forward=True)
        full, incremental = make_plans(rules, self.vocabulary)
        evaluator = FixpointEvaluator(facts, self.vocabulary, self._limits.for_derivation(), tell)
        triggers = PlanIndex(incremental, self.vocabulary)
        clashes = evaluator.run(Changes(), full, triggers, self._record)
        self._journal.clear()
        return facts, clashes

    def _record(self, output: RuleOutput) -> None:
        if self._origin is None or not output.new:
            return
        self._number += 1
        reason = self._number, output.rule
        for key, values in output.new.items():
            for value in values:
                subject, object_ = (key, value) if output.is_forward else (value, key)
                codes = subject, output.predicate, object_
                self._reasons[codes] = reason
                self._journal.append(codes)


def _materialise(
    assertions: Assertions, rules: Sequence[Rule], limits: Limits, tell: Callable[[str], None]
) -> tuple[TripleIndex, set[CodedContradiction]]:
    materialisation = Materialisation(assertions)
    clashes = materialisation.derive(rules, limits.for_derivation(), tell)
    return materialisation.facts, clashes
