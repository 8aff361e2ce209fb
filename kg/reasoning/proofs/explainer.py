"""Prove the triples and contradictions of a release, with evidence and passages at the leaves.

Where there is no proof, the error names the near misses: rules that would derive the triple if one
premise were not missing. `prove_contradiction` explains what stopped a build, before there is a
release.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, cast

from pyoxigraph import NamedNode, Quad, Triple, Variable

from kg.content import Content
from kg.errors import Contradiction, NotDerived, UnknownName
from kg.namespaces import RULE, shorten
from kg.reasoning.derivation.levels import (
    HOLDING_STANDINGS,
    NOT_HOLDING,
    NotHoldingContradiction,
    Standing,
    derive,
)
from kg.reasoning.derivation.release_graphs import (
    META,
    assemble_release,
    contradiction_iri,
    premises_of,
    read_contradictions,
)
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import (
    Binding,
    CodedRule,
    CodedRules,
    Pattern,
    ground,
    negation_matches,
    solve,
    substitute_codes,
)
from kg.reasoning.proofs.proof import ContradictionProof, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import FactsAndRules, ProofSearch
from kg.reasoning.proofs.words import format_term, format_triple, render_text
from kg.reasoning.rules.compiled_rules import rules_of_content
from kg.reasoning.rules.patterns import Negation, Term
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store
from kg.validation.findings import Problem, to_findings

# How many bindings of the other premises are tried for each missing premise of a rule.
_MAX_BINDINGS: Final = 50
_MAX_NEAR_MISSES: Final = 3


class Explainer:
    """Proves the triples of one release.

    After construction it is only read, so any number of threads can share it.
    """

    def __init__(self, store: Store, rules: Sequence[Rule] | None = None) -> None:
        """Read the facts, and the rules that derived them: by default those in the release.

        Raises:
            BrokenRelease: the release names a rule that is not among these, or a file of its
                content was changed.
        """
        self._store = store
        self.facts = ReleaseFacts(store)
        known = rules_of_content(store.content) if rules is None else rules
        self.rules = self.facts.rules_of_release(known)
        self._coded = CodedRules(self.rules, self.facts.vocabulary)
        self._holding = FactsAndRules(self.facts, self._coded)

    def explain(self, triple: Triple, *, limit: int = 1) -> list[Proof]:
        """Return at most `limit` minimal proofs of a triple, strongest first, then smallest first.

        A proof is minimal if no other proof rests on a proper subset of its leaves. Each premise
        is proved at the strongest level at which it stands, and no proof is circular. A claim is
        proved from triples that hold and from other claims of the same holder. With a limit of 1,
        asserted premises are not proved any further. With more, the search for further proofs
        stops when it has generated about `MAX_STATES` unfinished proofs.

        Raises:
            UnknownName: one of the terms does not occur in the release.
            NotDerived: there is no proof; the error has the near misses.
            LimitExceeded: the triple may rest on too many triples to search.
        """
        codes = self._codes(triple)
        # A later proof may have fewer leaves, so more of them are found than are wanted.
        count = 1 if limit == 1 else 2 * limit + 8
        proofs = list(islice(self._proofs(codes, count), count)) if codes else []
        minimal = [one for one in proofs if not any(other.leaves < one.leaves for other in proofs)]
        if minimal:
            return minimal[:limit]
        if evidence := self.facts.unreasoned_evidence(triple):
            return [Proof(triple, None, evidence=evidence)]
        raise self._not_derived(triple, codes)

    def smallest_proof(self, codes: CodedTriple, standing: Standing) -> Proof:
        """Return the smallest proof of a triple with this standing.

        Raises:
            NotDerived: the triple does not have this standing.
            LimitExceeded: the triple may rest on too many triples to search.
        """
        view = FactsAndRules(self.facts, self._coded, standing)
        level, vocabulary = standing.status.level, self.facts.vocabulary
        for proof in ProofSearch(view, codes, level, vocabulary, smallest_only=True).proofs():
            return proof
        raise NotDerived(str(vocabulary.decode_triple(codes)))

    def explain_contradiction(
        self, rule: Rule, triples: Sequence[Triple], standing: Standing | None = None
    ) -> ContradictionProof:
        """Prove each of the triples that cannot all hold by this rule, which has an empty head.

        The triples are those that its body matches, in the order of the body. `standing` is the
        level at which they contradict each other; None if they all hold.

        Raises:
            NotDerived: one of the triples does not stand at that level.
            LimitExceeded: one of the triples may rest on too many triples to search.
        """
        premises = tuple(self._premise(triple, standing) for triple in triples)
        if standing is None or standing.status.holds:
            statuses = [rule.status, *(premise.status for premise in premises)]
            level = max((status.level for status in statuses if status), default=0)
            return ContradictionProof(rule, premises, HOLDING_STANDINGS[level].status)
        status, holder = standing.status, standing.holder
        iri = contradiction_iri(NotHoldingContradiction(rule.name, tuple(triples), status, holder))
        return ContradictionProof(rule, premises, status, holder, iri)

    def explain_contradictions(self) -> list[ContradictionProof]:
        """Return a proof of each contradiction in the release, strongest status first."""
        rules = {rule.name: rule for rule in self.rules}
        return [
            self.explain_contradiction(
                rules[clash.rule], clash.triples, Standing(clash.status, clash.holder)
            )
            for clash in read_contradictions(self._store.quads_of_graph(META))
        ]

    def _premise(self, triple: Triple, standing: Standing | None) -> Proof:
        """Return the smallest proof at the triple's strongest level, else with this standing."""
        codes = self._codes(triple)
        level = self.facts.level(codes) if codes else NOT_HOLDING
        if codes and level < NOT_HOLDING:
            return self.smallest_proof(codes, HOLDING_STANDINGS[level])
        if codes and standing and not standing.status.holds:
            return self.smallest_proof(codes, standing)
        raise self._not_derived(triple, codes)

    def _proofs(self, codes: CodedTriple, max_per_level: int) -> Iterator[Proof]:
        """Yield proofs by level, then by size, without those that need all leaves of another."""
        seen, vocabulary = list[Proof](), self.facts.vocabulary
        for view, level in self._levels(codes):
            search = ProofSearch(view, codes, level, vocabulary, smallest_only=max_per_level == 1)
            for proof in islice(search.proofs(), max_per_level):
                if not any(earlier.leaves <= proof.leaves for earlier in seen):
                    seen.append(proof)
                    yield proof

    def _levels(self, codes: CodedTriple) -> Iterator[tuple[FactsAndRules, int]]:
        for level in range(self._holding.level(codes), NOT_HOLDING):
            yield self._holding, level
        standings = {*self.facts.groups, *self.facts.standings(codes)} - set(HOLDING_STANDINGS)
        for standing in sorted(standings, key=lambda standing: standing.rank):
            if self._may_stand(codes, standing):
                yield FactsAndRules(self.facts, self._coded, standing), NOT_HOLDING

    def _may_stand(self, codes: CodedTriple, standing: Standing) -> bool:
        """Return whether the triple has this standing; if it holds, any reasoned over will do."""
        if standing.status.is_reasoned_over and self.facts.level(codes) < NOT_HOLDING:
            return True
        is_derived = codes in self.facts.groups.get(standing, ())
        return is_derived or bool(self.facts.evidence(codes, standing))

    def _codes(self, triple: Triple) -> CodedTriple | None:
        """Return the encoded triple, or None if the release lacks one of its terms."""
        codes = tuple(map(self.facts.vocabulary.find, _terms(triple)))
        return None if None in codes else cast(CodedTriple, codes)

    def _not_derived(self, triple: Triple, codes: CodedTriple | None) -> UnknownName | NotDerived:
        for term in _terms(triple):
            if not isinstance(term, NamedNode) or self.facts.vocabulary.find(term) is not None:
                continue
            if not self._store.contains_iri(term):
                known = [shorten(name) for name in self._store.known_iris]
                return UnknownName(shorten(term.value), known, kind="term")
        misses = _nearest(self._holding, self._coded, codes) if codes else []
        nearest = [miss.to_json(self.facts.vocabulary) for miss in misses]
        return NotDerived(format_triple(triple), nearest)


def _terms(triple: Triple) -> Sequence[Term]:
    """Return the terms of a triple; raise NotDerived if one of them is a triple."""
    subject, predicate, object_ = triple.subject, triple.predicate, triple.object
    if isinstance(subject, Triple) or isinstance(object_, Triple):
        raise NotDerived(str(triple))
    return subject, predicate, object_


def prove_contradiction(
    clash: Contradiction, curated: Sequence[Quad], ontology: Sequence[Quad], rules: Sequence[Rule]
) -> ContradictionProof:
    """Prove each triple of the contradiction that `derive` raised for these quads and rules.

    Raises:
        LimitExceeded: the derivation exceeds its limits.
    """
    # Build the release that would result if no rule were a contradiction; the explainer needs
    # nothing else.
    derivations = derive(premises_of(curated), [rule for rule in rules if rule.head]).derivations
    store = Store.in_memory(assemble_release(curated, ontology, derivations, rules))
    explainer = Explainer(store, rules)
    rule = next(rule for rule in explainer.rules if rule.name == clash.rule)
    return explainer.explain_contradiction(rule, clash.triples)


def format_contradiction(proof: ContradictionProof, content: Content) -> str:
    """Format the proof as a tree, followed by the file and line of each asserted statement."""
    asserted = (
        Quad(leaf.triple.subject, leaf.triple.predicate, leaf.triple.object, evidence.graph)
        for leaf in proof.steps()
        if leaf.rule is None
        for evidence in leaf.evidence
    )
    problems = [Problem.of_quad(quad, format_triple(quad.triple), "", "") for quad in asserted]
    findings = to_findings(problems, content)
    lines = [f"{finding.place}: {finding.message}" for finding in findings]
    return "\n".join([render_text([proof]).rstrip(), "It rests on:", *lines])


@dataclass(frozen=True)
class _NearMiss:
    """A rule that would derive the triple, with its missing premise and its present ones.

    `missing` is a negation if the rule fails only because something it negates is present.
    """

    rule: Rule
    missing: Pattern | Negation
    present: tuple[CodedTriple, ...]

    @property
    def distance(self) -> tuple[int, int, str]:
        """The sort key: most present premises, then fewest variables in the missing one."""
        slots = () if isinstance(self.missing, Negation) else self.missing
        unbound = sum(isinstance(slot, Variable) for slot in slots)
        return -len(self.present), unbound, self.rule.name

    def to_json(self, vocabulary: TermDictionary) -> dict[str, object]:
        """Return the near miss as a JSON object, as `NotDerived` carries it."""

        def text(missing: Pattern | Negation) -> str:
            if isinstance(missing, Negation):
                return f"the absence of {missing}"
            return " ".join(
                str(slot) if isinstance(slot, Variable) else format_term(vocabulary.decode(slot))
                for slot in missing
            )

        return {
            "rule": shorten(RULE[self.rule.name].value),
            "sentence": dict(self.rule.sentence),
            "missing": text(self.missing),
            "present": [text(codes) for codes in self.present],
        }


def _nearest(view: FactsAndRules, rules: CodedRules, goal: CodedTriple) -> list[_NearMiss]:
    """Return the nearest misses of a triple that has no proof, one per premise of each rule."""
    best: dict[tuple[str, int], _NearMiss] = {}
    for coded, binding in rules.find_by_head(goal):
        for index, miss in _near_misses(view, rules, coded, binding):
            known = best.get((coded.rule.name, index))
            if goal != miss.missing and (known is None or miss.distance < known.distance):
                best[coded.rule.name, index] = miss
    return sorted(best.values(), key=lambda miss: miss.distance)[:_MAX_NEAR_MISSES]


def _near_misses(
    view: FactsAndRules, rules: CodedRules, coded: CodedRule, binding: Binding
) -> Iterator[tuple[int, _NearMiss]]:
    """Yield the near misses of one rule, each with the index of the missing premise.

    The index of a missing absence is the one after the last premise.
    """
    rule = coded.rule
    if rule.aggregate is not None:
        # No single premise would give a group the value that the triple needs.
        return
    matches = partial(view.match, NOT_HOLDING - 1)

    def violated(values: Binding) -> list[Negation]:
        return [each for each in rule.negated if negation_matches(rules, each, values, matches)]

    for values in islice(solve(coded.body, binding, matches), _MAX_BINDINGS):
        negations = violated(values)
        if len(negations) == 1 and rules.passes(rule.filters, values):
            present = tuple(ground(pattern, values) for pattern in coded.body)
            absence = negations[0].substitute(rules.decode(values))
            yield len(coded.body), _NearMiss(rule, absence, present)
    for index, missing in enumerate(coded.body):
        others = [*coded.body[:index], *coded.body[index + 1 :]]
        for values in islice(solve(others, binding, matches), _MAX_BINDINGS):
            if rules.passes(rule.filters, values) and not violated(values):
                present = tuple(ground(pattern, values) for pattern in others)
                yield index, _NearMiss(rule, substitute_codes(missing, values), present)
