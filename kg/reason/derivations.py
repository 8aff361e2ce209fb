"""What was derived: by which rule, how strongly, and what clashed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from kg.facts import Codes, Vocabulary
from kg.statuses import Status


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple that a rule derives, at the level at which the triple first appears."""

    triple: Triple
    rule: str
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Triples that, with a rule, make a contradiction at a level that does not hold."""

    rule: str
    triples: tuple[Triple, ...]
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True)
class Closure:
    """All that was derived, and the contradictions of levels that do not hold."""

    derivations: tuple[Derivation, ...]
    contradictions: tuple[Clash, ...]


class Ledger:
    """Which triples each rule derived at one level."""

    def __init__(self) -> None:
        self._triples: dict[str, set[Codes]] = defaultdict(set)

    def note(self, rule: str, triples: Iterable[Codes]) -> None:
        """Notes that the rule derives these."""
        self._triples[rule].update(triples)

    def derivations(
        self, vocabulary: Vocabulary, status: Status, holder: NamedNode | None
    ) -> Iterator[Derivation]:
        """One for each triple and rule, by rule."""
        for rule in sorted(self._triples):
            for codes in self._triples[rule]:
                yield Derivation(vocabulary.decode_triple(codes), rule, status, holder)
