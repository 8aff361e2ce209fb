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
from kg.namespaces import GLOCAL, RDF, RULE, shorten
from kg.reasoning.derivation.derive import WorldContradiction, derive
from kg.reasoning.derivation.release_graphs import (
    GRAPHS_WITHOUT_EVIDENCE,
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
from kg.reasoning.proofs.proof import ContradictionProof, EvidenceGraph, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import FactsAndRules, ProofSearch
from kg.reasoning.proofs.words import (
    USUAL,
    Wording,
    format_caveat,
    format_triple,
    render_text,
)
from kg.reasoning.rules.compiled_rules import rules_of_content
from kg.reasoning.rules.patterns import Negation, Term
from kg.reasoning.rules.rule import Rule
from kg.statuses import Base, Standing, attribute, describe_view
from kg.store.quad_store import Store
from kg.validation.findings import Problem, to_findings

_CLASHING: Final = GLOCAL["hasClashingStatement"]
# How many bindings of the other premises are tried for each missing premise of a rule.
_MAX_BINDINGS: Final = 50
_MAX_NEAR_MISSES: Final = 3


class Explainer:
    """Proves the triples of one release.

    After construction it is only read, so any number of threads can share it. `store` may be
    replaced by another store of the same release. `wording` is that of its errors.
    """

    wording: Wording = USUAL

    def __init__(
        self, store: Store, rules: Sequence[Rule] | None = None, curators: NamedNode | None = None
    ) -> None:
        """Read the facts, and rules and curators: by default those of the release.

        Raises BrokenRelease if a rule of the release is not among these, or its files were changed.
        """
        self.store = store
        self.facts = ReleaseFacts(store, curators or store.curators)
        known = rules_of_content(store.content) if rules is None else rules
        self.rules = self.facts.rules_of_release(known)
        self._coded = CodedRules(self.rules, self.facts.vocabulary)

    def explain(
        self, triple: Triple, *, limit: int = 1, view: Standing | None = None
    ) -> list[Proof]:
        """Return at most `limit` minimal proofs of a triple, strongest first, then smallest first.

        A proof is minimal if no other proof rests on a proper subset of its leaves. Each premise
        is proved at the strongest base at which it stands, and no proof is circular. A proof in a
        world uses nothing of other worlds. With a limit of 1, asserted premises are not proved any
        further. With more, the search for further proofs stops when it has generated about
        `MAX_STATES` unfinished proofs. A view leaves out proofs of what it does not show.

        Raises:
            UnknownName: one of the terms does not occur in the release.
            NotDerived: there is no proof; the error has the near misses, and where there are proofs
                that the view leaves out.
            LimitExceeded: the triple may rest on too many triples to search.
        """
        codes = self._codes(triple)
        # A later proof may have fewer leaves, so more of them are found than are wanted.
        count = 1 if limit == 1 else 2 * limit + 8
        proofs = list(islice(self._proofs(codes, count, view), count)) if codes else []
        minimal = [one for one in proofs if not any(other.leaves < one.leaves for other in proofs)]
        if minimal:
            return minimal[:limit]
        names = [name for name in GRAPHS_WITHOUT_EVIDENCE if self.store.contains(triple, name)]
        if names:
            return [Proof(triple, evidence=tuple(map(EvidenceGraph, names)))]
        raise self._not_derived(triple, codes, view)

    def suppositions(self, triple: Triple) -> Sequence[Proof]:
        """Return a proof of each world or status of a triple that holds in no view, else none."""
        codes = self._codes(triple)
        if codes is None or self.facts.base(codes) is not None:
            return ()
        if any(self.store.contains(triple, name) for name in GRAPHS_WITHOUT_EVIDENCE):
            return ()
        found = (proof for proof in self._proofs(codes, 1, None) if proof.supposed)
        first = {(one.standing and one.standing.world, one.supposed): one for one in found}
        return [*first.values()]

    def smallest_proof(self, codes: CodedTriple, standing: Standing) -> Proof:
        """Return the smallest proof of a triple with this standing.

        Raises NotDerived if the triple does not have it, and LimitExceeded as `explain`.
        """
        for proof in ProofSearch(self._view(standing), codes, smallest_only=True).proofs():
            return proof
        raise NotDerived(str(self.facts.vocabulary.decode_triple(codes)))

    def _view(self, standing: Standing) -> FactsAndRules:
        return FactsAndRules(self.facts, self._coded, standing)

    def explain_contradiction(
        self, rule: Rule, triples: Sequence[Triple], standing: Standing
    ) -> ContradictionProof:
        """Prove each of the triples that cannot all hold by this rule, which has an empty head.

        The triples are those that its body matches, in the order of the body; they contradict each
        other at the standing. Raises NotDerived if one does not stand there, or LimitExceeded.
        """
        premises = tuple(self._premise(triple, standing) for triple in triples)
        bases = [premise.standing.base for premise in premises if premise.standing]
        found = Standing(max(rule.base, *bases), standing.world)
        attribution = attribute(found, self.facts.curators)
        clash = WorldContradiction(rule.name, tuple(triples), found)
        is_stored = found.world is not None and not found.world.others
        iri = contradiction_iri(clash) if is_stored else None
        return ContradictionProof(rule, premises, found, attribution, iri)

    def explain_contradictions(self) -> list[ContradictionProof]:
        """Return a proof of each contradiction in the release, strongest standing first."""
        rules = {rule.name: rule for rule in self.rules}
        return [
            self.explain_contradiction(rules[clash.rule], clash.triples, clash.standing)
            for clash in read_contradictions(self._described_contradictions())
        ]

    def _described_contradictions(self) -> Iterator[Quad]:
        """Yield the quads of `graph:meta` about contradictions and their clashing statements."""
        read = partial(self.store.quads, graph=META)
        for typed in read(None, RDF["type"], GLOCAL["Contradiction"]):
            for quad in read(typed.subject):
                yield quad
                statement = quad.object
                if quad.predicate == _CLASHING and isinstance(statement, NamedNode):
                    yield from read(statement)

    def _premise(self, triple: Triple, standing: Standing) -> Proof:
        """Return the smallest proof at the triple's strongest base, or else in the world."""
        codes = self._codes(triple)
        base = self.facts.base(codes) if codes else None
        if codes and base is not None and base <= standing.base:
            return self.smallest_proof(codes, Standing(base))
        if codes and self.facts.adds(codes, standing):
            return self.smallest_proof(codes, standing)
        raise self._not_derived(triple, codes)

    def _proofs(
        self, codes: CodedTriple, max_per_standing: int, shown: Standing | None
    ) -> Iterator[Proof]:
        """Yield proofs by standing, then by size, without those that need all leaves of another.

        Last come statements that are not reasoned over, which are in no view: recommendations and
        counterfactuals.
        """
        seen, triple = list[Proof](), self.facts.vocabulary.decode_triple(codes)
        for standing in self._standings(codes, shown):
            is_first = max_per_standing == 1
            search = ProofSearch(self._view(standing), codes, smallest_only=is_first)
            for proof in islice(search.proofs(), max_per_standing):
                if not any(earlier.leaves <= proof.leaves for earlier in seen):
                    seen.append(proof)
                    yield proof
        for attribution, graphs in self.facts.evidence_beyond_reasoning(codes).items():
            yield Proof(triple, None, attribution, evidence=tuple(graphs))

    def _standings(self, codes: CodedTriple, shown: Standing | None) -> Iterator[Standing]:
        """Yield the standings in a view at which there may be a proof, strongest first."""
        facts, base = self.facts, self.facts.base(codes)
        bases = [each for each in Base if shown is None or each <= shown.base]
        yield from (Standing(each) for each in bases if base is not None and base <= each)
        worlds = {*facts.additions, *(each.world for each in facts.standings(codes))} - {None}
        worlds &= worlds if shown is None else {shown.world}
        for world in sorted(worlds, key=lambda each: Standing(Base.FACT, each).rank):
            for each in (Standing(each, world) for each in bases):
                # At the weakest base, also other proofs of what stands without the world.
                is_other = base in bases and each.base is bases[-1]
                if is_other or facts.adds(codes, each):
                    yield each

    def _codes(self, triple: Triple) -> CodedTriple | None:
        """Return the encoded triple, or None if the release lacks one of its terms."""
        codes = tuple(map(self.facts.vocabulary.find, _terms(triple)))
        return None if None in codes else cast(CodedTriple, codes)

    def _not_derived(
        self, triple: Triple, codes: CodedTriple | None, view: Standing | None = None
    ) -> UnknownName | NotDerived:
        for term in _terms(triple):
            if not isinstance(term, NamedNode) or self.facts.vocabulary.find(term) is not None:
                continue
            if not self.store.contains_iri(term):
                known = [shorten(name) for name in self.store.known_iris]
                return UnknownName(shorten(term.value), known, kind="term")
        if view is not None and codes and (proof := next(self._proofs(codes, 1, None), None)):
            elsewhere = describe_view(proof.standing) if proof.standing else ""
            caveat = format_caveat(self.suppositions(triple), self.wording)
            return NotDerived(self.wording.triple(triple), elsewhere=elsewhere, caveat=caveat)
        misses = self._near_misses(codes, view) if codes else []
        nearest = [miss.to_json(self.facts.vocabulary, self.wording) for miss in misses]
        return NotDerived(self.wording.triple(triple), nearest)

    def _near_misses(self, codes: CodedTriple, view: Standing | None = None) -> list["NearMiss"]:
        return _nearest(self._view(view or Standing(Base.READING)), codes)


def _terms(triple: Triple) -> Sequence[Term]:
    """Return the terms of a triple; raise NotDerived if one of them is a triple."""
    subject, predicate, object_ = triple.subject, triple.predicate, triple.object
    if isinstance(subject, Triple) or isinstance(object_, Triple):
        raise NotDerived(str(triple))
    return subject, predicate, object_


def prove_contradiction(
    clash: Contradiction,
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rules: Sequence[Rule],
    curators: NamedNode,
) -> ContradictionProof:
    """Prove each triple of the contradiction that `derive` raised for these quads and rules.

    `curators` hold the readings.
    """
    # Build the release that would result if no rule were a contradiction; the explainer needs
    # nothing else.
    derivations = derive(premises_of(curated), [rule for rule in rules if rule.head])
    store = Store.in_memory(assemble_release(curated, ontology, derivations, rules, curators))
    explainer = Explainer(store, rules, curators)
    rule = next(rule for rule in explainer.rules if rule.name == clash.rule)
    return explainer.explain_contradiction(rule, clash.triples, Standing(Base.READING))


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
class NearMiss:
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

    def to_json(self, vocabulary: TermDictionary, wording: Wording) -> dict[str, object]:
        """Return the near miss as a JSON object, as `NotDerived` carries it."""

        def text(missing: Pattern | Negation) -> str:
            if isinstance(missing, Negation):
                return f"the absence of {missing}"
            return " ".join(
                str(slot) if isinstance(slot, Variable) else wording.term(vocabulary.decode(slot))
                for slot in missing
            )

        return {
            "rule": shorten(RULE[self.rule.name].value),
            "sentence": dict(self.rule.sentence),
            "missing": text(self.missing),
            "present": [text(codes) for codes in self.present],
        }


def _nearest(view: FactsAndRules, goal: CodedTriple) -> list[NearMiss]:
    """Return the nearest misses of a triple that has no proof, one per premise of each rule."""
    best: dict[tuple[str, int], NearMiss] = {}
    for coded, binding in view.rules.find_by_head(goal):
        for index, miss in _near_misses(view, coded, binding):
            known = best.get((coded.rule.name, index))
            if goal != miss.missing and (known is None or miss.distance < known.distance):
                best[coded.rule.name, index] = miss
    return sorted(best.values(), key=lambda miss: miss.distance)[:_MAX_NEAR_MISSES]


def _near_misses(
    view: FactsAndRules, coded: CodedRule, binding: Binding
) -> Iterator[tuple[int, NearMiss]]:
    """Yield the near misses of one rule, each with the index of the missing premise.

    The index of a missing absence is the one after the last premise.
    """
    rule, rules = coded.rule, view.rules
    if rule.aggregate is not None:
        # No single premise would give a group the value that the triple needs.
        return
    matches = partial(view.match, view.weakest_level)

    def violated(values: Binding) -> list[Negation]:
        return [each for each in rule.negated if negation_matches(rules, each, values, matches)]

    for values in islice(solve(coded.body, binding, matches), _MAX_BINDINGS):
        negations = violated(values)
        if len(negations) == 1 and rules.passes(rule.filters, values):
            present = tuple(ground(pattern, values) for pattern in coded.body)
            absence = negations[0].substitute(rules.decode(values))
            yield len(coded.body), NearMiss(rule, absence, present)
    for index, missing in enumerate(coded.body):
        others = [*coded.body[:index], *coded.body[index + 1 :]]
        for values in islice(solve(others, binding, matches), _MAX_BINDINGS):
            if rules.passes(rule.filters, values) and not violated(values):
                present = tuple(ground(pattern, values) for pattern in others)
                yield index, NearMiss(rule, substitute_codes(missing, values), present)
