"""Classes without members -> which of them are to blame, each with its smallest clash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from kg.description_logic.axioms import Axiom
from kg.description_logic.explanation import Clash, Shrinker
from kg.description_logic.rule_closure import close_by_rules
from kg.errors import LimitExceeded
from kg.namespaces import RDFS
from kg.reasoning.rules.rule import Rule


@dataclass(frozen=True)
class EmptyClass:
    """A class that can have no member.

    Attributes:
        cause: another such class; without it, this one is a root.
        clash: why a root can have no member; of others none.
    """

    name: NamedNode
    cause: NamedNode | None
    clash: Clash | None


def explain_classes(
    names: Sequence[NamedNode], shrinker: Shrinker, rules: Sequence[Rule]
) -> list[EmptyClass]:
    """Each of the unsatisfiable classes explained, roots first, then by name.

    A class is no root if it is below another unsatisfiable one, as the rules derive, or if fewer
    of the axioms of its clash suffice for another one. Where there is no time left, the clash of
    a root is all that is left, and not minimal.

    Source: Kalyanpur, Parsia, Sirin and Hendler, Debugging Unsatisfiable Classes in OWL
    Ontologies, Journal of Web Semantics 3(4), 2005, section 4.
    """
    below = _broader(names, rules)
    causes = dict(below)
    clashes: dict[NamedNode, Clash] = {}
    among: dict[NamedNode, Sequence[Axiom]] = {}
    for name in (one for one in names if one not in below):
        clash = shrinker.unsatisfiable(name, among.get(name))
        cause = _cause(shrinker, clash, set(names) - {name})
        if cause is None:
            clashes[name] = clash
        else:
            causes[name], axioms = cause
            # So that two classes never end up as each other's cause.
            among.setdefault(causes[name], axioms)
    for name in below:
        # Below a class that has no member only because of this one.
        if _is_circular(name, causes):
            del causes[name]
            clashes[name] = shrinker.unsatisfiable(name, among.get(name))
    found = [EmptyClass(name, causes.get(name), clashes.get(name)) for name in names]
    return sorted(found, key=lambda one: (one.cause is not None, str(one.name)))


def _broader(names: Sequence[NamedNode], rules: Sequence[Rule]) -> dict[NamedNode, NamedNode]:
    """Each class that is strictly below others of the names, and the first highest of these."""
    closed = close_by_rules(rules, (), classes=names)

    def is_below(one: NamedNode, other: NamedNode) -> bool:
        return Triple(one, RDFS["subClassOf"], other) in closed

    above = {
        name: [one for one in names if is_below(name, one) and not is_below(one, name)]
        for name in names
    }
    return {
        name: next(one for one in ones if not above[one]) for name, ones in above.items() if ones
    }


def _cause(
    shrinker: Shrinker, clash: Clash, others: set[NamedNode]
) -> tuple[NamedNode, Sequence[Axiom]] | None:
    if not clash.is_minimal:
        return None
    try:
        return shrinker.cause(clash, others)
    except LimitExceeded:
        return None


def _is_circular(name: NamedNode, causes: Mapping[NamedNode, NamedNode]) -> bool:
    """Whether the causes lead from the class back to it."""
    seen = set()
    cause = causes.get(name)
    while cause is not None and cause not in seen:
        seen.add(cause)
        cause = causes.get(cause)
    return name in seen
