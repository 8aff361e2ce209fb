"""The text of a join as it grows: its lines, and the names of what stands in them."""

from typing import Final

from pyoxigraph import Variable

from kg.reasoning.rules.patterns import Filter, Slot, Term

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
