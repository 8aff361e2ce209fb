"""A graph with everything that follows from it, kept so while triples come and go.

A change of facts costs what depends on it: additions are derived semi-naively, removals withdraw
what may rest on them and derive again what still follows. A change of axioms derives everything
anew, since the rules themselves change.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.namespaces import RDF
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.fixpoint import AddedTriples, CodedContradiction, FixpointEvaluator
from kg.reasoning.derivation.joins import PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits, garbage_collection_paused
from kg.reasoning.derivation.materialisation import REPLACED
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import CodedRules, match_body
from kg.reasoning.facts.relations import Changes, TripleIndex, match_triples
from kg.reasoning.regimes.regime import Regime, is_schema, load_regime
from kg.reasoning.rules.rule import Rule
from kg.reasoning.upkeep.entailment import Entailment
from kg.reasoning.upkeep.equal_things import spread
from kg.reasoning.whatif.incremental import Delta, Layer

# To show that a triple needs nothing that was removed, how many applications of a rule are tried,
# how deep a proof may be, and how many triples are read in all: a hub has very many.
# Most removals take little with them; if one takes much, most of that has no other proof.
_MAX_TRIED: Final = 200
_MAX_INSTANCES: Final = 20
_MAX_DEPTH: Final = 3
_MAX_READ: Final = 500


@dataclass
class Difference:
    """The derived triples that a change adds and removes; those that are asserted are in none."""

    added: list[Triple] = field(default_factory=list)
    removed: list[Triple] = field(default_factory=list)


class ClosedGraph:
    """The facts of a graph, asserted and derived, with the rules and the contradictions.

    Attributes:
        regime: the rules, and what they leave out.
        vocabulary: encodes the terms.
        facts: all triples without triple terms, asserted and derived.
        clashes: the contradictions, each with the triples that match its rule.
        left_out: how many asserted triples have a triple as a term; they take no part.
    """

    def __init__(
        self,
        asserted: Iterable[Quad],
        entailment: Entailment,
        is_asserted: Callable[[Triple], bool],
    ) -> None:
        """Derive everything that follows from the asserted quads, whose graphs are ignored.

        `is_asserted` tells whether the graph asserts a triple at the moment when it is called.
        For the errors see `load_regime`; LimitExceeded if more is derived than is allowed.
        """
        self.vocabulary = TermDictionary()
        self._type = self.vocabulary.encode(RDF["type"])
        self._entailment, self._is_in_graph = entailment, is_asserted
        # Inside `suppose`, whether these triples are asserted.
        self._supposed: dict[CodedTriple, bool] = {}
        # Within one change, whether a triple that is not asserted has a short proof.
        self._proved: dict[CodedTriple, bool] = {}
        with garbage_collection_paused():
            self.facts, schema, self.left_out = _read(asserted, self.vocabulary)
            self.regime: Regime = load_regime(entailment.regime, schema, entailment.rules_folder)
            self._derived = AddedTriples()
            self.clashes = self._derive_all()
            self._prepare_indexes()
        self.rules = {rule.name: rule for rule in self.regime.rules}
        self.coded_rules = CodedRules(self.regime.rules, self.vocabulary)
        self._layer = Layer(
            self.facts,
            self.regime.rules,
            self.vocabulary,
            is_asserted=self._needs_nothing_removed,
            max_triples=entailment.max_triples,
            max_seconds=entailment.max_seconds,
        )
        self._layer.prepare()

    def take_derived(self) -> Iterator[Triple]:
        """Yield the triples that the first derivation added; they are kept only until then."""
        derived, self._derived = self._derived, AddedTriples()
        return map(self.vocabulary.decode_triple, derived)

    def is_asserted(self, codes: CodedTriple) -> bool:
        """Return whether the graph asserts a triple, or inside `suppose` whether it would."""
        supposed = self._supposed.get(codes)
        if supposed is not None:
            return supposed
        return self._is_in_graph(self.vocabulary.decode_triple(codes))

    def is_supposed(self, codes: CodedTriple) -> bool:
        """Return whether a triple is only supposed to be asserted."""
        return self._supposed.get(codes, False)

    def mark_supposed(self, triples: Iterable[Triple]) -> None:
        """Have asserted triples count as only supposed, in proofs."""
        self._supposed = dict.fromkeys(self._encode(triples), True)

    def change(self, added: Iterable[Triple], removed: Iterable[Triple]) -> Difference:
        """Bring the facts up to date after the graph gained and lost these asserted triples.

        `needs_anew` must be false for all of them. Raises LimitExceeded.
        """
        gained, lost = self._encode(added), self._encode(removed)
        delta = self._apply(gained, lost)
        touched = {*delta.gained, *delta.lost, *gained, *lost}
        difference = Difference()
        for codes in touched:
            is_derived = codes in self.facts and not self.is_asserted(codes)
            triple = self.vocabulary.decode_triple(codes)
            (difference.added if is_derived else difference.removed).append(triple)
        return difference

    @contextmanager
    def suppose(
        self, added: Iterable[Triple], removed: Iterable[Triple]
    ) -> Iterator[tuple[Delta, set[CodedContradiction]]]:
        """Change the facts inside the block as if the graph had changed; undo it on exit.

        Yields what would be gained and lost, and the new contradictions. Only one block may be
        open. Raises LimitExceeded.
        """
        before = self.clashes
        with self.vocabulary.forget_new_terms_on_exit(), self.facts.undo_on_exit():
            gained = [each for each in self._encode(added) if not self.is_asserted(each)]
            lost = [each for each in self._encode(removed) if self.is_asserted(each)]
            self._supposed = {**dict.fromkeys(lost, False), **dict.fromkeys(gained, True)}
            try:
                delta = self._apply(gained, lost)
                yield delta, self.clashes - before
            finally:
                self._supposed, self.clashes = {}, before

    def needs_anew(self, triples: Iterable[Triple]) -> bool:
        """Return whether a change of these triples may change the rules."""
        return self.regime.reads_schema and any(map(is_schema, triples))

    def _encode(self, triples: Iterable[Triple]) -> set[CodedTriple]:
        return {self.vocabulary.encode_triple(each) for each in triples if not has_triple(each)}

    def _apply(self, gained: Iterable[CodedTriple], lost: Iterable[CodedTriple]) -> Delta:
        self._proved.clear()
        delta = self._layer.change(gained, lost)
        kept = self.clashes
        if delta.lost:
            kept = {each for each in kept if all(codes in self.facts for codes in each[1])}
        self.clashes = kept | delta.clashes if delta.clashes else kept
        return delta

    def _derive_all(self) -> set[CodedContradiction]:
        replaced = REPLACED if self.regime.name == "owl-rl" else frozenset()
        rules = [rule for rule in self.regime.rules if rule.name not in replaced]
        full, incremental = make_plans(rules, self.vocabulary)
        limits = DerivationLimits(self._entailment.max_triples, self._entailment.max_seconds)
        fixpoint = FixpointEvaluator(self.facts, self.vocabulary, limits)
        triggers = PlanIndex(incremental, self.vocabulary)
        clashes = fixpoint.run(Changes(), full, triggers, self._derived)
        while replaced and (new := spread(self.facts, self.vocabulary, limits, fixpoint.derived)):
            for predicate in new.predicates():
                pairs = new.forward(predicate)
                self._derived.add_pairs(predicate, pairs, is_forward=True, is_owned=False)
                fixpoint.derived += sum(map(len, pairs.values()))
            clashes |= fixpoint.run(new, triggers.plans_for(new), triggers, self._derived)
        return clashes

    def _prepare_indexes(self) -> None:
        """Make both sides of the relations that rules join, so that no later change has to."""
        rules: list[Rule] = self.regime.rules
        joined = {atom.predicate for rule in rules for atom in (*rule.body, *rule.head)}
        named = {each for each in joined if isinstance(each, NamedNode)} | {RDF["type"]}
        wanted = {self.vocabulary.encode(predicate) for predicate in named}
        for predicate in self.facts.predicates():
            self.facts.forward(predicate)
            if predicate in wanted:
                self.facts.backward(predicate)

    def _needs_nothing_removed(self, codes: CodedTriple) -> bool:
        """Return whether a triple is asserted, or has a short proof from what is.

        Such a triple need not be withdrawn, nor what rests on it, when something else is removed.
        """
        if self.is_asserted(codes):
            return True
        known = self._proved.get(codes)
        if known is None:
            is_worth_it = len(self._proved) < _MAX_TRIED or self._is_about_schema(codes[0])
            known = is_worth_it and self._has_proof(codes, _FirstMatches(self.facts), ())
            self._proved[codes] = known
        return known

    def _is_about_schema(self, subject: int) -> bool:
        """Return whether a term is used as a property or class, on which very much may rest."""
        return subject in self.facts.relations or subject in self.facts.backward(self._type)

    def _has_proof(
        self, codes: CodedTriple, find: "_FirstMatches", above: tuple[CodedTriple, ...]
    ) -> bool:
        """Return whether a proof of the triple is soon found whose leaves are asserted now.

        `above` are the triples that it would prove, in none of which a proof may end. What has been
        removed is still among the facts, but is no leaf.
        """
        path = (*above, codes)
        for coded, binding in self.coded_rules.find_by_head(codes):
            for instance in islice(
                match_body(self.coded_rules, coded, binding, find), _MAX_INSTANCES
            ):
                if all(
                    self.is_asserted(premise)
                    or (
                        len(path) < _MAX_DEPTH
                        and premise not in path
                        and self._has_proof(premise, find, path)
                    )
                    for premise in instance.premises
                ):
                    return True
        return False


class _FirstMatches:
    """Finds matching triples as `match_triples` does, but no more than a few in all."""

    def __init__(self, facts: TripleIndex) -> None:
        self._facts, self._left = facts, _MAX_READ

    def __call__(
        self, subject: int | None, predicate: int | None, object_: int | None
    ) -> Iterator[CodedTriple]:
        """Yield the triples that match; None matches any term."""
        for codes in match_triples(self._facts, subject, predicate, object_):
            if not self._left:
                return
            self._left -= 1
            yield codes


def has_triple(triple: Triple) -> bool:
    """Return whether a term of the triple is a triple, as RDF 1.2 allows; none is reasoned over."""
    return isinstance(triple.subject, Triple) or isinstance(triple.object, Triple)


def _read(quads: Iterable[Quad], vocabulary: TermDictionary) -> tuple[TripleIndex, list[Quad], int]:
    """Return the triples as facts, those of axioms as quads, and the number of those left out."""
    schema: list[Quad] = []
    assertions = Assertions(vocabulary, None)
    assertions.add(_noting_schema(quads, schema))
    facts = TripleIndex()
    for predicate in assertions.columns:
        side = assertions.side(predicate, is_forward=True)
        facts.add_pairs(predicate, side, is_forward=True, is_owned=True)
    return facts, schema, assertions.left_out


def _noting_schema(quads: Iterable[Quad], schema: list[Quad]) -> Iterator[Quad]:
    for quad in quads:
        if is_schema(quad):
            schema.append(quad)
        yield quad
