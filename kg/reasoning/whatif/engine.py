"""Compute the outcome of a patch of a release: gained and lost triples, and contradictions.

The layers are updated incrementally; the few triples that a world adds to them are derived anew if
the patch may matter to it.
`kg.reasoning.derivation.derive` explains these words.
"""

import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain, starmap
from operator import is_
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import LimitExceeded, UnsupportedRules
from kg.namespaces import OWL, RDF
from kg.reasoning.derivation.fixpoint import CodedContradiction
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relations import TripleIndex
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import ContradictionProof
from kg.reasoning.whatif.changes import (
    asserted_in_worlds,
    check_patch,
    evidence_after,
    temporary_evidence,
)
from kg.reasoning.whatif.incremental import Delta, Layer
from kg.reasoning.whatif.outcome import (
    KINDS,
    Change,
    Outcome,
    Patch,
    dataset_change,
    graphs_containing,
)
from kg.reasoning.whatif.worlds import Additions, Clash, WorldReasoner
from kg.statuses import DEFAULT_VIEW, Base, Standing, Status, World

# Every change comes with a proof. Adding 300 members to one network causes 180,000 changes, which
# take a minute and gigabytes of memory while all other what-ifs wait.
MAX_CHANGES: Final = 20_000
# Limit for one layer. It is higher than `MAX_CHANGES` because a removal makes the layer derive
# many triples again that do not count as changes.
_MAX_DERIVED: Final = 10 * MAX_CHANGES
# A triple with its standing before and after the patch.
_Difference = tuple[CodedTriple, Standing | None, Standing | None]


class WhatIf:
    """Computes the outcomes of patches of one release, one at a time; keeps nothing of them."""

    def __init__(self, explainer: Explainer) -> None:
        """Take the facts of an explainer, which must prove nothing while a patch is evaluated.

        Raises UnsupportedRules for a rule with NOT EXISTS or an aggregate.
        """
        self.explainer = explainer
        rules = explainer.rules
        unsupported = [rule.name for rule in rules if not rule.is_monotone]
        if unsupported:
            reason = "adding facts could remove what they derive"
            raise UnsupportedRules("what-if", unsupported, reason)
        self._facts = explainer.facts
        self._rules = {rule.name: rule for rule in rules}
        self._layers = [self._layer(base) for base in Base]
        self._asserted = asserted_in_worlds({}, self._facts.assertions)
        self._worlds = WorldReasoner(self._facts, rules, self._asserted)
        self._facts.additions = self._worlds.additions
        symmetric = explainer.store.triples(predicate=RDF["type"], object_=OWL["SymmetricProperty"])
        self._symmetric = {
            self._facts.vocabulary.find(triple.subject)
            for triple in symmetric
            if isinstance(triple.subject, NamedNode)
        }
        self._lock = threading.Lock()

    def evaluate(
        self, patch: Patch, view: Standing = DEFAULT_VIEW, page: slice = slice(None)
    ) -> Outcome:
        """Return what would change if the patch were applied, as a view shows it.

        Only what is on the page is proved and returned, but everything is counted. The
        contradictions come first, then the changes in the order of `Outcome`.

        Raises RefusedPatch if it changes more than facts or removes a derived triple, and
        LimitExceeded if there would be too many changes or deriving them takes too long.
        """
        facts = self._facts
        check_patch(patch, self.explainer.store)
        with self._lock, facts.vocabulary.forget_new_terms_on_exit():
            after = evidence_after(facts, patch)
            asserted_before = {codes: _strength(facts.asserted_base(codes)) for codes in after}
            with ExitStack() as undo_stack:
                for layer in self._layers:
                    undo_stack.enter_context(layer.facts.undo_on_exit())
                undo_stack.enter_context(temporary_evidence(facts, after))
                deltas = self._change_layers(asserted_before)
                asserted = asserted_in_worlds(self._asserted, after)
                additions, world_clashes = self._worlds.derive(asserted, deltas)
                of_worlds = self._world_differences(additions)
                differences = [*self._layer_differences(deltas), *of_worlds]
                count = len(differences) + sum(len(delta.clashes) for delta in deltas)
                if count > MAX_CHANGES:
                    reason = f"There would be {count:,}. Use a smaller patch, or build a release."
                    raise LimitExceeded("changes of a what-if", MAX_CHANGES, reason)
                undo_stack.callback(setattr, facts, "additions", facts.additions)
                facts.additions = additions
                # Until the stack is undone, the facts are those after the patch. Lost triples are
                # proved below, from the facts before it.
                clashes = self._new_clashes(deltas, world_clashes - self._worlds.clashes)
                lists = self._changes_by_kind(differences, view)
                counts = {"contradictions": len(clashes), **_lengths(lists)}
                supposed = {
                    kind: sum(codes in after for codes, _, _ in one) for kind, one in lists.items()
                }
                mirrored = {kind: self._count_mirrored(one, after) for kind, one in lists.items()}
                clashes, lists = _cut(clashes, lists, page)
                contradictions = list(starmap(self._prove_clash, clashes))
                on_page = list(chain.from_iterable(lists.values()))
                changes = {each: self._prove(each) for each in on_page if each[2]}
                touched = {*after, *(codes for codes, _, _ in differences)}
                places_after = graphs_containing(facts, touched, view)
            changes |= {each: self._prove(each) for each in on_page if not each[2]}
            dataset = dataset_change(facts, graphs_containing(facts, touched, view), places_after)
        proved = {kind: [changes[each] for each in one] for kind, one in lists.items()}
        return Outcome(
            **proved,
            contradictions=contradictions,
            counts=counts,
            supposed=supposed,
            mirrored=mirrored,
            dataset=dataset,
        )

    def joint_contradictions(self) -> list[ContradictionProof]:
        """Return the contradictions that arise only from claims of several holders together.

        All claims are supposed at once, at the base of the readings. A contradiction is between
        those holders whose claims its proof needs; other proofs may need others.
        """
        facts = self._facts
        claims = {world: own for world, own in self._asserted.items() if world.holder}
        holders = sorted((world.holder for world in claims if world.holder), key=str)
        if len(holders) < 2:
            return []
        standing = Standing(Base.READING, World(Status.CLAIM, holders[0], tuple(holders[1:])))
        with self._lock, facts.vocabulary.forget_new_terms_on_exit():
            own = {codes for triples in claims.values() for codes in triples}
            added, found = self._worlds.derive_at(standing, own)
            in_one_world = {clash for each, clash in self._worlds.clashes if each.world in claims}
            layers = (TripleIndex((*own, *added)),) * len(Base)
            before = facts.additions
            facts.additions = {**before, standing.world: layers} if standing.world else before
            try:
                joint = {(standing, clash) for clash in found - in_one_world}
                return list(starmap(self._prove_clash, self._new_clashes([], joint)))
            finally:
                facts.additions = before

    def _layer(self, base: Base) -> Layer:
        facts, rules = self._facts, self.explainer.rules
        return Layer(
            facts.layers[base],
            [rule for rule in rules if rule.world is None and rule.base <= base],
            facts.vocabulary,
            is_asserted=lambda codes: _strength(facts.asserted_base(codes)) <= base,
            max_triples=_MAX_DERIVED,
        )

    def _change_layers(self, before: Mapping[CodedTriple, int]) -> list[Delta]:
        """Close each layer again; `before` has the strength with which triples were asserted."""
        now = {codes: _strength(self._facts.asserted_base(codes)) for codes in before}
        return [
            layer.change(
                [codes for codes in before if now[codes] <= base < before[codes]],
                [codes for codes in before if before[codes] <= base < now[codes]],
            )
            for base, layer in enumerate(self._layers)
        ]

    def _layer_differences(self, deltas: Sequence[Delta]) -> Iterator[_Difference]:
        layers = list(zip(Base, self._layers, deltas, strict=True))
        for codes in {codes for delta in deltas for codes in (*delta.gained, *delta.lost)}:
            # The layers have changed already. A triple was in a layer before if the patch removed
            # it from there, or if it is there and the patch did not add it.
            bases = (
                base
                for base, layer, delta in layers
                if codes in delta.lost or (codes in layer.facts and codes not in delta.gained)
            )
            before, after = next(bases, None), self._facts.base(codes)
            if before is not after:
                yield codes, _standing(before), _standing(after)

    def _world_differences(self, additions: Additions) -> Iterator[_Difference]:
        for world in {*additions, *self._facts.additions}:
            now, then = self._facts.additions.get(world, ()), additions.get(world, ())
            if len(now) == len(then) and all(map(is_, now, then)):
                continue
            before, after = _strongest(now), _strongest(then)
            for codes in {*before, *after}:
                was, will = before.get(codes), after.get(codes)
                if was is not will:
                    yield codes, _standing(was, world), _standing(will, world)

    def _changes_by_kind(
        self, differences: Iterable[_Difference], view: Standing
    ) -> dict[str, list[_Difference]]:
        """Return the sorted differences by the name of their list in the outcome."""
        decode = self._facts.vocabulary.decode_triple

        def key(difference: _Difference) -> tuple[object, ...]:
            codes, *standings = difference
            return min(each.rank for each in standings if each), str(decode(codes))

        lists: dict[str, list[_Difference]] = {kind: [] for kind in KINDS.values()}
        for difference in sorted(differences, key=key):
            _, before, after = difference
            was, will = (each is not None and view.includes(each) for each in (before, after))
            lists[KINDS[was, will]].append(difference)
        return lists

    def _count_mirrored(
        self, differences: Iterable[_Difference], supposed: Container[CodedTriple]
    ) -> int:
        """Return how many pairs say the same of the same two ends, apart from what is supposed."""
        following = {one for one in differences if one[0] not in supposed}
        return sum(
            subject < object_ and ((object_, predicate, subject), *standings) in following
            for (subject, predicate, object_), *standings in following
            if predicate in self._symmetric
        )

    def _prove(self, difference: _Difference) -> Change:
        """Prove the triple as it stands after the patch, or if it is lost before it."""
        codes, before, after = difference
        standing = after or before
        if standing is None:
            raise ValueError("a change without any standing")
        proof = self.explainer.smallest_proof(codes, standing)
        return Change(proof.triple, before, after, proof)

    def _new_clashes(self, deltas: Sequence[Delta], world_clashes: Iterable[Clash]) -> list[Clash]:
        """Return each new contradiction once, at the strongest standing at which it arises."""
        standings: dict[CodedContradiction, Standing] = {}
        for base, delta in zip(Base, deltas, strict=False):
            for clash in delta.clashes:
                standings.setdefault(clash, Standing(base))
        for standing, clash in sorted(world_clashes, key=lambda pair: pair[0].rank):
            standings.setdefault(clash, standing)
        return [(standing, clash) for clash, standing in sorted(standings.items(), key=str)]

    def _prove_clash(self, standing: Standing, clash: CodedContradiction) -> ContradictionProof:
        name, codes = clash
        triples = list(map(self._facts.vocabulary.decode_triple, codes))
        return self.explainer.explain_contradiction(self._rules[name], triples, standing)


def _strength(base: Base | None) -> int:
    """Return a number that is less for stronger bases, and greatest for none."""
    return len(Base) if base is None else base


def _standing(base: Base | None, world: World | None = None) -> Standing | None:
    return None if base is None else Standing(base, world)


def _strongest(parts: Sequence[TripleIndex]) -> dict[CodedTriple, Base]:
    """Return the strongest base at which a world adds each triple."""
    strongest: dict[CodedTriple, Base] = {}
    for base, part in zip(Base, parts, strict=False):
        for codes in part:
            strongest.setdefault(codes, base)
    return strongest


def _lengths(lists: Mapping[str, Sequence[object]]) -> dict[str, int]:
    return {name: len(members) for name, members in lists.items()}


def _cut(
    clashes: list[Clash], lists: Mapping[str, list[_Difference]], page: slice
) -> tuple[list[Clash], dict[str, list[_Difference]]]:
    """Return what a page of all lists, one after the other, has of each."""
    start, stop, _ = page.indices(len(clashes) + sum(_lengths(lists).values()))
    shown, first = {}, len(clashes)
    for name, members in lists.items():
        shown[name] = members[max(start - first, 0) : max(stop - first, 0)]
        first += len(members)
    return clashes[start:stop], shown
