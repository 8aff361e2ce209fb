"""What was derived: by which rule, how strongly, and what clashed."""

from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

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
