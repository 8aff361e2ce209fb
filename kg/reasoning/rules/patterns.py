"""Triple patterns and filters: what a rule is made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import shorten

Term = NamedNode | BlankNode | Literal
Slot = Term | Variable


@dataclass(frozen=True, slots=True)
class Atom:
    """A triple pattern."""

    subject: Slot
    predicate: NamedNode | Variable
    object: Slot

    def __iter__(self) -> Iterator[Slot]:
        yield self.subject
        yield self.predicate
        yield self.object

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of first mention."""
        return tuple(dict.fromkeys(slot for slot in self if isinstance(slot, Variable)))


@dataclass(frozen=True, slots=True)
class Filter:
    """A SPARQL expression: an operator (as SPARQL spells it) and what it is applied to."""

    operator: str
    arguments: tuple["Filter | Slot", ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of first mention."""
        found: dict[Variable, None] = {}
        for argument in self.arguments:
            if isinstance(argument, Filter):
                found.update(dict.fromkeys(argument.variables))
            elif isinstance(argument, Variable):
                found[argument] = None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Negation:
    """What must not be there: patterns that no values of their own variables all match.

    A variable that the rest of the rule has too is the same there and here.
    """

    body: tuple[Atom, ...]
    filters: tuple[Filter, ...] = ()

    def __str__(self) -> str:
        """The patterns in CURIEs, and the filters behind them."""
        patterns = " . ".join(" ".join(map(_text, atom)) for atom in self.body)
        conditions = " and ".join(map(_text, self.filters))
        return f"{patterns}, where {conditions}" if conditions else patterns


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number or extreme per group of matches.

    `function` is COUNT, SUM, MIN, MAX or AVG; an argument of None is the `*` of COUNT.
    """

    groups: tuple[Variable, ...]
    function: str
    argument: Variable | None
    result: Variable
    body: tuple[Atom, ...]
    filters: tuple[Filter, ...] = ()
    is_distinct: bool = False

    @property
    def variables(self) -> tuple[Variable, ...]:
        """What the rest of the rule sees: the groups and the result."""
        return *self.groups, self.result


def variables_of(atoms: Sequence[Atom]) -> tuple[Variable, ...]:
    """The variables of all these patterns, in the order of first mention."""
    return tuple(dict.fromkeys(variable for atom in atoms for variable in atom.variables))


def filled(negation: Negation, binding: Mapping[Variable, Term]) -> Negation:
    """The negation with the values of its variables, as far as they are known."""

    def value(slot: Slot) -> Slot:
        return binding.get(slot, slot) if isinstance(slot, Variable) else slot

    def condition(one: Filter) -> Filter:
        each = (
            condition(part) if isinstance(part, Filter) else value(part) for part in one.arguments
        )
        return Filter(one.operator, tuple(each))

    body = (
        Atom(value(atom.subject), value(atom.predicate), value(atom.object))  # type: ignore[arg-type]
        for atom in negation.body
    )
    return Negation(tuple(body), tuple(map(condition, negation.filters)))


def replace_variable(atom: Atom, variable: Variable, term: Term) -> Atom:
    """The pattern with the term in place of the variable, in subject and object."""
    subject = term if atom.subject == variable else atom.subject
    object_ = term if atom.object == variable else atom.object
    return Atom(subject, atom.predicate, object_)


def _text(slot: Filter | Slot) -> str:
    """The term in CURIEs, or the expression as in SPARQL."""
    if not isinstance(slot, Filter):
        return shorten(slot.value) if isinstance(slot, NamedNode) else str(slot)
    parts = list(map(_text, slot.arguments))
    if slot.operator.isalpha() or slot.operator == "!":
        return f"{slot.operator}({', '.join(parts)})"
    return f" {slot.operator} ".join(parts)
