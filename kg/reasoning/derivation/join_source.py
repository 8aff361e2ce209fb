"""The text of a join as it grows: its lines, and the names of what stands in them.

A rule's body -> the source of a Python function that joins its patterns a set at a time.

The function starts at the changed pattern, goes on with the most bound one, and keeps what
nothing else asks about as a whole set: `memberOf o addressesIssue` becomes one loop and one
`update`, a class axiom no loop at all. The text holds no constants (they are parameters), so
that all subproperty axioms share one compiled function.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Variable

from kg.reasoning.rules.patterns import Atom, Filter, Slot, Term

_INDENT: Final = "    "


class JoinText:
    """Lines of a function inside a function; constants and filters are the outer's parameters."""

    def __init__(self, *, is_join: bool) -> None:
        self._is_join = is_join
        self._lines: list[str] = []
        self._tables: list[str] = []
        self._depth = 2
        self._loops = 0
        self._sets = 0
        self._constants: dict[Term, str] = {}
        self._conditions: dict[Filter, str] = {}
        self._scalars: dict[Variable, str] = {}

    def _text(self) -> str:
        names = [*self._constants.values(), *self._conditions.values()]
        lines = [
            f"def bind({', '.join(names)}):",
            f"{_INDENT}def join(delta, facts, out, limits):",
            *(2 * _INDENT + line for line in self._tables),
            *self._lines,
            f"{_INDENT}return join",
        ]
        return "\n".join(lines)

    def _knows(self, slot: Slot) -> bool:
        return not isinstance(slot, Variable) or slot in self._scalars

    def _condition(self, condition: Filter) -> str:
        name = self._conditions.setdefault(condition, f"f{len(self._conditions)}")
        codes = [self._scalars[variable] for variable in condition.variables]
        call = f"{name}({', '.join(codes)})"
        if condition.operator == "!=" and len(codes) == len(condition.arguments) == 2:
            # Two terms that are not both literals differ if their codes do.
            return f"{codes[0]} != {codes[1]} and ({codes[0]} > 0 or {codes[1]} > 0 or {call})"
        return call

    def _scalar(self, slot: Slot) -> str:
        if not isinstance(slot, Variable):
            return self._name(slot)
        return self._scalars.setdefault(slot, f"v{len(self._scalars)}")

    def _name(self, slot: Slot) -> str:
        if isinstance(slot, Variable):
            return self._scalars[slot]
        return self._constants.setdefault(slot, f"k{len(self._constants)}")

    def _table(self, index: str, side: str, predicate: Slot) -> str:
        """The name of a predicate's table: looked up once, or here if the predicate varies."""
        look_up = f"{index}.{side}({self._name(predicate)})"
        if isinstance(predicate, Variable):
            return look_up
        name = f"{index}_{side}_{self._name(predicate)}"
        line = f"{name} = {look_up}"
        if line not in self._tables:
            self._tables.append(line)
        return name

    def _new_set(self) -> str:
        self._sets += 1
        return f"s{self._sets}"

    def _line(self, text: str) -> None:
        self._lines.append(self._depth * _INDENT + text)

    def _open(self, text: str) -> None:
        self._line(text)
        self._depth += 1

    def _open_loop(self, target: str, members: str) -> None:
        """Opens a loop; the two outer ones of a join look at the limits each time round."""
        self._open(f"for {target} in {members}:")
        self._loops += 1
        # Deeper loops make at most one triple or set at a time between two looks of these.
        if self._is_join and self._loops <= 2:
            self._line("limits.tick(out)")


@dataclass(frozen=True)
class JoinSource:
    """The text, what its parameters stand for, and the shape of what the function fills.

    `shape` is "objects" (subject -> objects), "subjects" (object -> subjects), "triples" (a set
    of them, where the predicate is a variable) or "bindings" (a set of tuples by `variables`).
    """

    text: str
    constants: tuple[Term, ...]
    filters: tuple[Filter, ...]
    shape: str
    variables: tuple[Variable, ...]


class JoinWriter(JoinText):
    """Writes the function for one body, one head (None: a contradiction) and one change."""

    def __init__(self, body: Sequence[Atom], filters: Sequence[Filter], head: Atom | None) -> None:
        super().__init__(is_join=len(body) > 1)
        self._head = head
        self._left = list(body)
        self._filters = list(filters)
        # Variables kept as a whole set, by the name of the set; all others are in `_scalars`.
        self._whole: dict[Variable, str] = {}
        self._variables = tuple(dict.fromkeys(name for atom in body for name in atom.variables))
        self._mentions = Counter(slot for atom in body for slot in atom)
        self._asked = {name for condition in filters for name in condition.variables}
        if head is None:
            self._asked |= set(self._variables)
        elif head.subject == head.object and isinstance(head.subject, Variable):
            self._asked.add(head.subject)
        self._given = set() if head is None else set(head.variables)

    def write(self, changed: int | None) -> JoinSource:
        """The source; `changed` is the place of the pattern that reads the changes, if any."""
        if changed is not None:
            self._match(self._left.pop(changed), "delta")
        while self._left:
            self._match(self._left.pop(self._next()), "facts")
        self._test_filters()
        shape = self._emit()
        return JoinSource(
            self._text(),
            tuple(self._constants),
            tuple(self._conditions),
            shape,
            self._variables,
        )

    def _next(self) -> int:
        """The place of the pattern that leaves least open: few new variables, no constant lost."""

        def openness(place: int) -> tuple[float, int]:
            atom = self._left[place]
            new = [slot for slot in atom if isinstance(slot, Variable) and not self._knows(slot)]
            asked = sum(1 for slot in new if not self._is_alone(slot))
            joined = any(isinstance(slot, Variable) and self._knows(slot) for slot in atom)
            return len(new) + asked + (0.0 if joined else 0.5), place

        return min(range(len(self._left)), key=openness)

    def _match(self, atom: Atom, index: str) -> None:
        """Writes the loops and tests that find one pattern."""
        if isinstance(atom.predicate, Variable) and not self._knows(atom.predicate):
            name = self._scalar(atom.predicate)
            self._open_loop(name, f"{index}.predicates()")
        subject, object_ = atom.subject, atom.object
        if self._knows(subject) and self._knows(object_):
            # Whoever asks for a certain object asks for few of them: no list of each subject's.
            is_certain = not isinstance(object_, Variable)
            one, other = (object_, subject) if is_certain else (subject, object_)
            table = self._table(index, "backward" if is_certain else "forward", atom.predicate)
            self._open(f"if {self._name(other)} in {table}.get({self._name(one)}, EMPTY):")
        elif self._knows(subject) or (subject != object_ and self._is_alone(subject)):
            self._bind(object_, self._candidates(atom, index, object_))
        elif self._knows(object_) or (subject != object_ and self._is_alone(object_)):
            self._bind(subject, self._candidates(atom, index, subject))
        elif subject == object_:
            self._match_loop(atom, index)
        else:
            self._match_pairs(atom, index)
        self._test_filters()

    def _match_loop(self, atom: Atom, index: str) -> None:
        """Writes `?x p ?x`."""
        table = self._table(index, "forward", atom.predicate)
        name, objects = self._scalar(atom.subject), self._new_set()
        self._open_loop(f"{name}, {objects}", f"{table}.items()")
        self._open(f"if {name} in {objects}:")

    def _match_pairs(self, atom: Atom, index: str) -> None:
        """Writes a pattern whose two ends are both new: a loop over one, a set of the other."""
        is_forward = not self._is_needed(atom.object) or self._is_needed(atom.subject)
        outer, inner = atom.subject, atom.object
        if not is_forward:
            outer, inner = inner, outer
        table = self._table(index, "forward" if is_forward else "backward", atom.predicate)
        name, members = self._scalar(outer), self._new_set()
        self._open_loop(f"{name}, {members}", f"{table}.items()")
        self._bind(inner, members)

    def _candidates(self, atom: Atom, index: str, wanted: Slot) -> str:
        """The set of what fits the wanted end of a pattern whose other end is known or alone."""
        is_object = wanted == atom.object
        other = atom.subject if is_object else atom.object
        if not self._knows(other):
            side = "backward" if is_object else "forward"
            return f"{self._table(index, side, atom.predicate)}.keys()"
        side = "forward" if is_object else "backward"
        return f"{self._table(index, side, atom.predicate)}.get({self._name(other)}, EMPTY)"

    def _bind(self, slot: Slot, candidates: str) -> None:
        """Writes the set of what a variable can be, narrowed by every pattern that tests it."""
        if not isinstance(slot, Variable) or self._knows(slot):
            self._open(f"if {self._name(slot)} in {candidates}:")
            return
        for atom in [atom for atom in self._left if self._narrows(atom, slot)]:
            self._left.remove(atom)
            candidates += f" & {self._candidates(atom, 'facts', slot)}"
        if self._is_needed(slot):
            self._open_loop(self._scalar(slot), candidates)
            return
        name = self._new_set()
        self._line(f"{name} = {candidates}")
        self._open(f"if {name}:")
        self._whole[slot] = name

    def _narrows(self, atom: Atom, variable: Variable) -> bool:
        """Whether all else in the pattern is known, so that it only tests the variable."""
        if [atom.subject, atom.object].count(variable) != 1 or atom.predicate == variable:
            return False
        other = atom.object if atom.subject == variable else atom.subject
        is_named = not isinstance(atom.predicate, Variable) or self._knows(atom.predicate)
        return is_named and (self._knows(other) or self._is_alone(other))

    def _test_filters(self) -> None:
        for condition in list(self._filters):
            if all(variable in self._scalars for variable in condition.variables):
                self._filters.remove(condition)
                self._open(f"if {self._condition(condition)}:")

    def _emit(self) -> str:
        """Writes what is done with each match, and says which shape it fills."""
        if self._head is None:
            codes = "".join(f"{self._scalars[variable]}, " for variable in self._variables)
            self._line(f"out.add(({codes}))")
            return "bindings"
        subject, predicate, object_ = self._head
        if isinstance(predicate, Variable):
            ends = [self._each(slot) for slot in (subject, predicate, object_)]
            self._line(f"out.add(({', '.join(ends)}))")
            return "triples"
        is_by_object = object_ not in self._whole and (
            subject in self._whole or not isinstance(object_, Variable)
        )
        key, value = (object_, subject) if is_by_object else (subject, object_)
        where = f"out[{self._each(key)}]"
        if value in self._whole:
            self._line(f"{where}.update({self._whole[value]})")  # type: ignore[index]
        else:
            self._line(f"{where}.add({self._name(value)})")
        return "subjects" if is_by_object else "objects"

    def _each(self, slot: Slot) -> str:
        """The name of one value, in a loop over the set of them if there is a set."""
        if isinstance(slot, Variable) and slot in self._whole:
            members = self._whole.pop(slot)
            self._open_loop(self._scalar(slot), members)
        return self._name(slot)

    def _is_alone(self, slot: Slot) -> bool:
        """Whether nothing but one end of one pattern mentions the variable."""
        is_free = isinstance(slot, Variable) and slot not in self._asked | self._given
        return is_free and self._mentions[slot] == 1

    def _is_needed(self, slot: Slot) -> bool:
        """Whether the values are needed one by one: a filter or a pattern still asks."""
        return slot in self._asked or any(slot in tuple(atom) for atom in self._left)
