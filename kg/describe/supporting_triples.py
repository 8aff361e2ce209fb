"""The triples that matched for a row of an answer, and how strong the row is by them.

A match is as strong as its weakest triple, and a row as its strongest match. What is computed of
many matches, as by COUNT, is as strong as the weakest of them all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Triple

from kg.describe.evidence import GraphProvenance
from kg.statuses import status_of

# Of triples without a status, such as names and links; with that, the strongest comes first.
Strength = tuple[int, bool]
_STRONGEST: Final[Strength] = (-1, False)


class SupportingTriple(NamedTuple):
    """A triple that matched, the named graph that was asked, if one was, and who says it.

    The strongest of its grounds comes first.
    """

    triple: Triple
    graph: NamedNode | None
    grounds: tuple[GraphProvenance, ...]

    @property
    def strongest(self) -> GraphProvenance | None:
        """The strongest of its grounds; names, types and links may have none."""
        return next(iter(self.grounds), None)


class Match(NamedTuple):
    """The triples of one match, and the weakest of their strongest grounds, if there is one."""

    triples: tuple[SupportingTriple, ...] = ()
    weakest: GraphProvenance | None = None

    @property
    def strength(self) -> Strength:
        """The sort key: the strongest comes first."""
        return by_strength(self.weakest)

    def with_triples(self, triples: Sequence[SupportingTriple]) -> "Match":
        """Return the match with more triples, which may make it weaker."""
        grounds = (self.weakest, *(one.strongest for one in triples))
        return Match((*self.triples, *triples), max(grounds, key=by_strength))

    def joined(self, other: "Match") -> "Match":
        """Return the match that needs both."""
        grounds = self.weakest, other.weakest
        return Match((*self.triples, *other.triples), max(grounds, key=by_strength))


class Bound(StrEnum):
    """How the strength of a row is known, where not all that it rests on was examined."""

    EXACT = "exact"
    AT_MOST = "at-most"
    AT_LEAST = "at-least"


@dataclass
class RowSupport:
    """The triples of a row, the number of the solutions behind it, and how strong it is.

    solutions: how many solutions were read; more may be behind the row unless `is_complete`.
    traced: of how many of them the triples are listed.
    examined: of how many of them the strength is known.
    is_aggregate: whether its values are computed of all solutions together.
    may_be_weaker, may_be_stronger: whether what is not traced could make it so.
    """

    is_aggregate: bool = False
    may_be_weaker: bool = False
    may_be_stronger: bool = False
    solutions: int = 0
    traced: int = 0
    examined: int = 0
    is_complete: bool = True
    is_found: bool = False
    triples: dict[SupportingTriple, None] = field(default_factory=dict)
    # None before the first match.
    ground: GraphProvenance | None = None

    def add(self, match: Match) -> None:
        """Examine one more solution."""
        choose = max if self.is_aggregate else min
        self.ground = (
            choose(self.ground, match.weakest, key=by_strength) if self.examined else match.weakest
        )
        self.examined += 1

    @property
    def is_examined(self) -> bool:
        """Whether all solutions were read and examined."""
        return self.is_complete and self.examined == self.solutions

    @property
    def bound(self) -> Bound | None:
        """How `ground` bounds the strength of the row; None if it says nothing."""
        is_rest_weaker = self.is_aggregate and not self.is_examined
        is_rest_stronger = not self.is_aggregate and not self.is_examined
        may_be_weaker = self.may_be_weaker or is_rest_weaker
        may_be_stronger = self.may_be_stronger or is_rest_stronger
        if may_be_weaker and may_be_stronger:
            return None
        if may_be_weaker:
            return Bound.AT_MOST
        return Bound.AT_LEAST if may_be_stronger else Bound.EXACT


def by_strength(ground: GraphProvenance | None) -> Strength:
    """Return the sort key of a ground: the strongest status first, asserted before derived."""
    return (status_of(ground.status).rank, ground.is_derived) if ground else _STRONGEST


def strongest_first(grounds: Iterable[GraphProvenance | None]) -> tuple[GraphProvenance, ...]:
    """Return the grounds that there are, the strongest first."""
    return tuple(sorted(filter(None, grounds), key=by_strength))
