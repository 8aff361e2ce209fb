"""The parts of a rule: triple patterns, filters, negations and aggregates."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import shorten

Term = NamedNode | BlankNode | Literal
# One position of a triple pattern.
TermOrVariable = Term | Variable


class Atom(NamedTuple):
    """A triple pattern."""

    subject: TermOrVariable
    predicate: NamedNode | Variable
    object: TermOrVariable

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of first mention."""
        return _distinct_variables(self)

    def substitute(self, binding: Mapping[Variable, TermOrVariable]) -> "Atom":
        """Return the pattern with variables replaced by their values in the binding, if any."""
        return Atom(*(_value(slot, binding) for slot in self))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Expression:
    """A SPARQL expression: an operator or function, spelled as in SPARQL, and its arguments."""

    operator: str
    arguments: tuple["Expression | TermOrVariable", ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of first mention."""
        return _distinct_variables(
            slot
            for argument in self.arguments
            for slot in (argument.variables if isinstance(argument, Expression) else (argument,))
        )

    def substitute(self, binding: Mapping[Variable, TermOrVariable]) -> "Expression":
        """Return the expression with variables replaced as in `Atom.substitute`."""
        arguments = (
            argument.substitute(binding)
            if isinstance(argument, Expression)
            else _value(argument, binding)
            for argument in self.arguments
        )
        return Expression(self.operator, tuple(arguments))


@dataclass(frozen=True, slots=True)
class Negation:
    """A NOT EXISTS: patterns and filters that must not match together.

    Variables that also occur in the rest of the rule have the same value in both.
    """

    body: tuple[Atom, ...]
    filters: tuple[Expression, ...] = ()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of first mention."""
        of_filters = (name for condition in self.filters for name in condition.variables)
        return _distinct_variables((*variables_of(self.body), *of_filters))

    def __str__(self) -> str:
        """Write the patterns with CURIEs, followed by the filters."""
        patterns = " . ".join(" ".join(map(_text, atom)) for atom in self.body)
        conditions = " and ".join(map(_text, self.filters))
        return f"{patterns}, where {conditions}" if conditions else patterns

    def independent_parts(self, outer: Collection[Variable]) -> "list[Negation]":
        """Return the parts that share no variable but the `outer` ones.

        Each can be tested by itself, so that no part multiplies the matches of another.
        """
        parts: list[Negation] = []
        pieces = [
            *(Negation((atom,)) for atom in self.body),
            *(Negation((), (condition,)) for condition in self.filters),
        ]
        for piece in pieces:
            own = set(piece.variables).difference(outer)
            touching = [part for part in parts if own.intersection(part.variables)]
            parts = [part for part in parts if part not in touching]
            for part in touching:
                piece = Negation(piece.body + part.body, piece.filters + part.filters)
            parts.append(piece)
        return parts

    def substitute(self, binding: Mapping[Variable, TermOrVariable]) -> "Negation":
        """Return the negation with variables replaced as in `Atom.substitute`."""
        return Negation(
            tuple(atom.substitute(binding) for atom in self.body),
            tuple(condition.substitute(binding) for condition in self.filters),
        )


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A SELECT with GROUP BY: one result per group of matches.

    `function` is COUNT, SUM, MIN, MAX or AVG. An `argument` of None is the `*` of COUNT.
    """

    groups: tuple[Variable, ...]
    function: str
    argument: Variable | None
    result: Variable
    body: tuple[Atom, ...]
    filters: tuple[Expression, ...] = ()
    is_distinct: bool = False

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that the rest of the rule can use: the groups and the result."""
        return *self.groups, self.result


def variables_of(atoms: Sequence[Atom]) -> tuple[Variable, ...]:
    """Return each variable of the patterns once, in the order of first mention."""
    return _distinct_variables(slot for atom in atoms for slot in atom)


def _distinct_variables(slots: Iterable[object]) -> tuple[Variable, ...]:
    return tuple(dict.fromkeys(slot for slot in slots if isinstance(slot, Variable)))


def _value(slot: TermOrVariable, binding: Mapping[Variable, TermOrVariable]) -> TermOrVariable:
    return binding.get(slot, slot) if isinstance(slot, Variable) else slot


def _text(slot: Expression | TermOrVariable) -> str:
    """Write a term as in SPARQL, with CURIEs, or an expression as an operator or a call."""
    if not isinstance(slot, Expression):
        return shorten(slot.value) if isinstance(slot, NamedNode) else str(slot)
    parts = list(map(_text, slot.arguments))
    if slot.operator.isalpha() or slot.operator == "!":
        return f"{slot.operator}({', '.join(parts)})"
    return f" {slot.operator} ".join(parts)
