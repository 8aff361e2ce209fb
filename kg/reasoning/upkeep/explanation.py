"""Prove the triples and contradictions of a store whose default graph is kept closed under rules.

Proofs have neither statuses nor holders: in anybody's data every asserted triple counts alike.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple, Variable

from kg.reasoning.derivation.fixpoint import CodedContradiction
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import ContradictionProof, EvidenceGraph, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import FactsAndRules
from kg.reasoning.proofs.words import USUAL, Wording, render_text
from kg.reasoning.rules.patterns import Negation, Term
from kg.reasoning.rules.rule import Rule
from kg.reasoning.upkeep.closed_graph import ClosedGraph
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.entailment import DERIVED
from kg.reasoning.upkeep.wording import word_data
from kg.sources.prefixes import PrefixTable
from kg.statuses import Base, Standing, Status

# The names that proofs give to the default graph, and to what a what-if supposes.
DEFAULT_GRAPH: Final = NamedNode("urn:x-glocal:default")
SUPPOSED_GRAPH: Final = NamedNode("urn:x-glocal:supposed")
_FACT: Final = Standing(Base.FACT)
# Rules that are listed where none is only one premise short.
_MAX_RULES: Final = 5


@dataclass(frozen=True)
class Gap:
    """A rule that would derive a triple but for one premise, and the premises that hold.

    In the missing one, variables match anything.
    """

    rule: Rule
    missing: tuple[Term | Variable, ...]
    present: Sequence[Triple]


class ClosedFacts(ReleaseFacts):
    """The facts of a closed graph, of which each is as strong as any other."""

    def __init__(self, closed: ClosedGraph) -> None:
        # Not that of a release, which reads statuses and evidence from the store.
        self._closed = closed
        self.vocabulary = closed.vocabulary
        self.layers = (closed.facts,) * len(Base)
        self.additions = {}
        self.curators = DEFAULT_GRAPH
        self.evidence_graphs, self.assertions = defaultdict(list), defaultdict(list)
        self._asserted = (EvidenceGraph(DEFAULT_GRAPH, Status.FACT),)
        self._supposed = (EvidenceGraph(SUPPOSED_GRAPH, Status.FACT),)

    def evidence(self, codes: CodedTriple, standing: Standing) -> tuple[EvidenceGraph, ...]:
        """Return the default graph if it asserts the triple, or what is supposed."""
        if standing != _FACT or not self._closed.is_asserted(codes):
            return ()
        return self._supposed if self._closed.is_supposed(codes) else self._asserted

    def standings(self, codes: CodedTriple) -> set[Standing]:
        """Return the standing of facts if the triple is asserted."""
        return {_FACT} if self._closed.is_asserted(codes) else set()


class ClosedExplainer(Explainer):
    """Proves what a store with derived triples asserts and derives.

    Use it only as long as the facts stay as they are, since it keeps what it has found.
    """

    def __init__(
        self, store: EntailedStore, closed: ClosedGraph | None = None, *, wording: Wording = USUAL
    ) -> None:
        """Take the facts of a store, or of what would follow in it; errors are in this wording."""
        # Not that of a release, whose rules and facts are read from its files.
        closed = closed or store.closed
        self.store, self.wording = store, wording
        self.facts = ClosedFacts(closed)
        self.rules = closed.regime.rules
        self._coded = closed.coded_rules
        self._closed, self._read = closed, store.quads
        self._only_view = super()._view(_FACT)

    def _view(self, standing: Standing) -> FactsAndRules:
        return self._only_view if standing == _FACT else super()._view(standing)

    def prove(self, triple: Triple, limit: int = 1) -> list[Proof]:
        """Return at most `limit` minimal proofs of a triple, the smallest first.

        A triple that only named graphs assert is proved by these. For the errors see
        `Explainer.explain`.
        """
        spelled = _as_the_engine_spells(triple)
        codes = self._codes(spelled)
        if codes is None or codes not in self.facts.layers[Base.FACT]:
            found = (quad.graph_name for quad in self._read(*spelled))
            graphs = sorted((_name(each) for each in found if each != DERIVED), key=str)
            if graphs:
                return [Proof(spelled, evidence=tuple(map(EvidenceGraph, graphs)))]
        return [_plain(each) for each in self.explain(spelled, limit=limit, view=_FACT)]

    def find_gaps(self, triple: Triple) -> list[Gap]:
        """Return the rules that are nearest to deriving a triple that has no proof."""
        codes = self._codes(_as_the_engine_spells(triple))
        decode = self.facts.vocabulary.decode
        return [
            Gap(
                miss.rule,
                tuple(slot if isinstance(slot, Variable) else decode(slot) for slot in pattern),
                [self.facts.vocabulary.decode_triple(one) for one in miss.present],
            )
            for miss in (self._near_misses(codes, _FACT) if codes else ())
            if not isinstance(pattern := miss.missing, Negation)
        ]

    def find_rules(self, triple: Triple) -> list[Rule]:
        """Return the first rules that can conclude such a triple, whatever they lack."""
        codes = self._codes(_as_the_engine_spells(triple))
        found = (coded.rule for coded, _ in self._coded.find_by_head(codes)) if codes else ()
        return list(islice(dict.fromkeys(found), _MAX_RULES))

    def prove_change(self, codes: CodedTriple) -> Proof:
        """Return the smallest proof of a triple among the facts as they are now."""
        return _plain(self.smallest_proof(codes, _FACT))

    def prove_clash(self, clash: CodedContradiction) -> ContradictionProof:
        """Return a contradiction with the smallest proof of each of its triples."""
        name, triples = clash
        premises = tuple(map(self.prove_change, triples))
        rule = self._closed.rules[name]
        return ContradictionProof(rule, premises, _FACT, None)

    def prove_clashes(self, page: slice = slice(None)) -> list[ContradictionProof]:
        """Return the contradictions of a page in a fixed order, each with its proofs."""
        return [self.prove_clash(clash) for clash in in_order(self._closed)[page]]


def in_order(closed: ClosedGraph) -> Sequence[CodedContradiction]:
    """Return the contradictions by rule, then by the order in which their terms came."""
    return sorted(closed.clashes)


def explain_first_clash(
    store: EntailedStore, prefixes: Mapping[str, str]
) -> tuple[str, list[str], str]:
    """Return the rule of the first contradiction, its premises, and its proof as text.

    There must be one.
    """
    [clash] = ClosedExplainer(store).prove_clashes(slice(1))
    wording = word_data(store, PrefixTable(prefixes), "en")
    premises = [f"{wording.triple(one.triple)} [{_origin(one)}]" for one in clash.premises]
    return clash.rule.name, premises, render_text([clash], wording)


def _origin(proof: Proof) -> str:
    return "derived" if proof.rule else "asserted"


def _plain(proof: Proof) -> Proof:
    """Return the proof without standing, status and holder."""
    evidence = tuple(EvidenceGraph(each.graph) for each in proof.evidence)
    premises = tuple(map(_plain, proof.premises))
    return replace(proof, standing=None, attribution=None, premises=premises, evidence=evidence)


def _as_the_engine_spells(triple: Triple) -> Triple:
    """Return the triple with literals as the engine stores them: it shortens some numbers."""
    store = pyoxigraph.Store()
    store.add(Quad(*triple))
    spelled: Triple = next(iter(store)).triple
    return spelled


def _name(graph: object) -> NamedNode:
    if isinstance(graph, DefaultGraph) or not isinstance(graph, NamedNode):
        return DEFAULT_GRAPH
    return graph
