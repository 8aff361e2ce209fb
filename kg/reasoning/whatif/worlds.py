"""Derive what the worlds of a release add to its layers while a patch changes these.

There are many worlds, and a patch matters to few of them. A world is derived anew only from the
first base on at which the patch may matter to it; at stronger bases it adds what it added before.
`kg.reasoning.derivation.derive` explains these words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Variable

from kg.reasoning.derivation.derive import WORLDS_OF_RULES
from kg.reasoning.derivation.fixpoint import AddedTriples, CodedContradiction, FixpointEvaluator
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, Plans, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.incremental import Delta
from kg.statuses import Base, Standing, World

# What each world adds to each layer.
Additions = dict[World, tuple[TripleIndex, ...]]
# A contradiction with the standing in which it arises.
Clash = tuple[Standing, CodedContradiction]
# The triples with this predicate and object; None stands for any.
_Kind = tuple[int | None, int | None]
_Asserted = Mapping[World, set[CodedTriple]]

# Limits for what one world adds at one base.
_MAX_TRIPLES: Final = 1_000_000
_MAX_SECONDS: Final = 30


@dataclass(frozen=True)
class _Part:
    """The additions of a world at one base, and the contradictions there."""

    triples: TripleIndex
    clashes: frozenset[CodedContradiction]


@dataclass(frozen=True)
class _Sensitivity:
    """The changes of a layer that may matter to what a world adds to it.

    They are those of the additions themselves, of the kinds of triples that rules read together
    with an addition (`joined`), and of those that rules derive from one (`derived`).
    """

    additions: TripleIndex
    joined: frozenset[_Kind]
    derived: frozenset[_Kind]

    def is_affected(self, delta: Delta, gained: set[_Kind], lost: set[_Kind]) -> bool:
        """Return whether the change may matter; `gained` and `lost` have the kinds of it."""
        return (
            not self.joined.isdisjoint(gained)
            or not self.joined.isdisjoint(lost)
            or not self.derived.isdisjoint(lost)
            or any(codes in self.additions for codes in delta.gained)
        )


class WorldReasoner:
    """Derives what each world of a release adds to its layers, as these are now.

    `additions` and `clashes` are those of the release itself.
    """

    def __init__(self, facts: ReleaseFacts, rules: Sequence[Rule], asserted: _Asserted) -> None:
        self._facts, self._rules, self._asserted = facts, rules, asserted
        # For each base and world of rules (None: any other world): the plans of hypotheses or plans
        # that read all facts, and the triggers.
        self._plans: dict[tuple[Base, World | None], tuple[Sequence[JoinPlan], PlanIndex]] = {}
        for base in Base:
            _, incremental = self._plans_of(None, base)
            self._plans[base, None] = (), PlanIndex(incremental, facts.vocabulary)
            for world in WORLDS_OF_RULES:
                full, triggered = self._plans_of(world, base)
                index = PlanIndex(incremental + triggered, facts.vocabulary)
                self._plans[base, world] = full, index
        self._sensitivities: dict[World, list[_Sensitivity]] = {}
        self._parts = self._derive_parts(asserted, [Delta() for _ in Base])
        readers = _Readers(rules, facts.vocabulary)
        for world, parts in self._parts.items():
            self._sensitivities[world] = [
                readers.sensitivity(part.triples, Standing(base, world))
                for base, part in zip(Base, parts, strict=True)
            ]
        self.additions, self.clashes = _additions_and_clashes(self._parts)

    def derive(self, asserted: _Asserted, deltas: Sequence[Delta]) -> tuple[Additions, set[Clash]]:
        """Return what each world adds, asserted or derived, to each layer, and the contradictions.

        `deltas` has the changes that the layers have undergone.
        """
        return _additions_and_clashes(self._derive_parts(asserted, deltas))

    def derive_at(
        self, standing: Standing, own: Iterable[CodedTriple]
    ) -> tuple[AddedTriples, set[CodedContradiction]]:
        """Return what a world with these triples derives at the base, and the contradictions."""
        layer, vocabulary = self._facts.layers[standing.base], self._facts.vocabulary
        holders = self._plans[standing.base, None]
        full, triggers = self._plans.get((standing.base, standing.world), holders)
        limits, recorder = DerivationLimits(_MAX_TRIPLES, _MAX_SECONDS), AddedTriples()
        with layer.undo_on_exit():
            changes = Changes([codes for codes in own if layer.add(codes)])
            first = [*full, *triggers.plans_for(changes)]
            fixpoint = FixpointEvaluator(layer, vocabulary, limits)
            return recorder, fixpoint.run(changes, first, triggers, recorder)

    def _plans_of(self, world: World | None, base: Base) -> Plans:
        chosen = [rule for rule in self._rules if rule.world == world and rule.base <= base]
        return make_plans(chosen, self._facts.vocabulary)

    def _derive_parts(
        self, asserted: _Asserted, deltas: Sequence[Delta]
    ) -> dict[World, list[_Part]]:
        kinds = [(_kinds(delta.gained), _kinds(delta.lost)) for delta in deltas]
        result = {}
        for world in {*asserted, *WORLDS_OF_RULES}:
            unchanged = asserted.get(world) == self._asserted.get(world)
            known = self._sensitivities.get(world, ()) if unchanged else ()
            parts = list[_Part]()
            for delta, changed, sensitivity in zip(deltas, kinds, known, strict=False):
                if sensitivity.is_affected(delta, *changed):
                    break
                parts.append(self._parts[world][len(parts)])
            own = {*asserted.get(world, ()), *(parts[-1].triples if parts else ())}
            for base in list(Base)[len(parts) :]:
                added, clashes = self.derive_at(Standing(base, world), own)
                parts.append(_Part(TripleIndex((*own, *added)), frozenset(clashes)))
                own.update(added)
            result[world] = parts
        return result


def _additions_and_clashes(parts: Mapping[World, Sequence[_Part]]) -> tuple[Additions, set[Clash]]:
    """Return the additions, and each contradiction at the strongest base at which it arises."""
    clashes: set[Clash] = set()
    for world, of_world in parts.items():
        known = set[CodedContradiction]()
        for base, part in zip(Base, of_world, strict=True):
            clashes |= {(Standing(base, world), clash) for clash in part.clashes - known}
            known |= part.clashes
    return {world: tuple(each.triples for each in own) for world, own in parts.items()}, clashes


class _Readers:
    """The rules by the kinds of triples that they read."""

    def __init__(self, rules: Sequence[Rule], vocabulary: TermDictionary) -> None:
        def kind(atom: Atom) -> _Kind:
            if isinstance(atom.predicate, Variable):
                return None, None
            object_ = atom.object
            code = None if isinstance(object_, Variable) else vocabulary.encode(object_)
            return vocabulary.encode(atom.predicate), code

        self._rules = [
            (rule, [kind(atom) for atom in rule.body], [kind(atom) for atom in rule.head])
            for rule in rules
        ]
        self._by_kind: dict[_Kind, list[tuple[int, int]]] = defaultdict(list)
        for number, (_, body, _) in enumerate(self._rules):
            for place, each in enumerate(body):
                self._by_kind[each].append((number, place))

    def sensitivity(self, additions: TripleIndex, standing: Standing) -> _Sensitivity:
        """Return which changes of its layer may matter to what the world adds there."""
        joined, derived = set[_Kind](), set[_Kind]()
        reading = (use for each in _kinds(additions) for use in self._by_kind.get(each, ()))
        for number, place in reading:
            rule, body, head = self._rules[number]
            if standing.includes(Standing(rule.base, rule.world)):
                joined.update((*body[:place], *body[place + 1 :]))
                derived.update(head)
        for rule, body, head in self._rules:
            # A rule of this world needs no addition to derive one.
            if rule.world is not None and standing.includes(Standing(rule.base, rule.world)):
                joined.update(body)
                derived.update(head)
        return _Sensitivity(additions, frozenset(joined), frozenset(derived))


def _kinds(triples: Iterable[CodedTriple]) -> set[_Kind]:
    """Return every kind that one of the triples is of."""

    def kinds_of_each() -> Iterator[_Kind]:
        for _, predicate, object_ in triples:
            yield predicate, object_
            yield predicate, None

    found = set(kinds_of_each())
    return {*found, (None, None)} if found else found
