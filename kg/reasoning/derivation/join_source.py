"""Generate Python source that joins the patterns of a rule's body, a set at a time.

The generated function starts with the changed pattern and continues with the pattern that has
the fewest unbound variables. A variable that no other pattern or filter reads is kept as a whole
set: `memberOf o addressesIssue` becomes one loop with one `update`, and a class axiom needs no
loop at all. Constants are parameters, not part of the text, so that all subproperty axioms share
one compiled function. A NOT EXISTS is tested like a filter, by functions that are generated in the
same way and stop at the first match.

Python nests at most 20 loops in a function, so a long body goes on in further functions.

The source calls `TripleIndex` and `Changes` (`forward`, `backward`, `subjects`, `objects`,
`predicates`), `DerivationLimits.tick`, `intersect`, `pack` and `lru_cache` by name, in strings.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pyoxigraph import Variable

from kg.reasoning.rules.patterns import Atom, Expression, Negation, Term, TermOrVariable
from kg.reasoning.rules.rule import Rule

_INDENT: Final = "    "
# A block at this depth goes on in a function of its own.
_MAX_DEPTH: Final = 18
# Of variables that hold a value or a set.
_NAMES: Final = re.compile(r"\b[vs]\d+\b")


class JoinSource:
    """The source of a join function for one rule, one head (None: a contradiction), one change.

    Attributes:
        text: the source of a function that returns the join function.
        constants, filters: the values of its first and its next parameters.
        tests: the sources of its other parameters, which test the parts of a NOT EXISTS.
        shape: the output: "objects" (subject -> objects), "subjects" (object -> subjects),
            "triples" (a set of triples, where the head's predicate is a variable) or "bindings" (a
            set of tuples of the values of `variables`).
        variables: the variables of the body.
        group_key: those of the aggregate's variables by whose values the join looks up its groups.
    """

    def __init__(
        self,
        rule: Rule,
        head: Atom | None,
        changed: int | None,
        given: Sequence[Variable] | None = None,
    ) -> None:
        """Generate the source; `changed` is the index of the pattern that reads changes, if any.

        With `given`, the join returns a test: whether the body matches for values of these.
        """
        self._head, self._given = head, given
        self._remaining = list(rule.body)
        self._conditions: list[Expression | Negation] = [*rule.filters, *rule.negated]
        self._mentions = Counter(slot for atom in rule.body for slot in atom)
        self.variables = tuple(slot for slot in self._mentions if isinstance(slot, Variable))
        grouped = rule.aggregate.variables if rule.aggregate else ()
        self._outer = {*self.variables, *grouped, *(given or ())}
        self._reads_facts_once = changed is None and given is None and len(rule.body) == 1
        self._checks_limits = len(rule.body) > 1 or not rule.is_monotone or given is not None
        # Variables whose values are needed one by one.
        self._single = {*grouped, *(given or ())}
        self._single.update(name for each in self._conditions for name in self._inputs(each))
        if head is not None and head.subject == head.object and isinstance(head.subject, Variable):
            self._single.add(head.subject)
        elif head is None and given is None:
            self._single |= set(self.variables)
        self._head_variables = set() if head is None else set(head.variables)
        # The names of bound variables: of single values, and of whole sets.
        self._scalars: dict[Variable, str] = {}
        self._whole_sets: dict[Variable, str] = {}
        # The names of the parameters.
        self._constants: dict[Term, str] = {}
        self._filters: dict[Expression, str] = {}
        self.tests: list[JoinSource] = []
        self._lines: list[str] = []
        # Those of the functions before the last: the first is the join or test itself.
        self._earlier: list[list[str]] = []
        self._table_lines: list[str] = []
        self._depth = 2 if given is None else 3
        # The key that the outermost loop visits once each, and the depth inside that loop.
        self._first_key, self._first_depth = "", 0
        self._loop_count = self._set_count = 0
        arguments = ", ".join(map(self._bind_scalar, given or ()))
        if changed is not None:
            self._write_pattern(self._remaining.pop(changed), "changes")
        while self._remaining:
            self._write_pattern(self._remaining.pop(self._next_index()), "facts")
        self.group_key = tuple(variable for variable in grouped if variable in self._scalars)
        if grouped:
            self._write_groups(grouped)
        self._write_filters()
        self.shape = self._write_output()
        self.constants, self.filters = tuple(self._constants), tuple(self._filters)
        tests = (f"n{number}" for number in range(len(self.tests)))
        parameters = (*self._constants.values(), *self._filters.values(), *tests)
        first, *functions = [*self._earlier, self._lines]
        lines = [
            f"def bind({', '.join(parameters)}):",
            f"{_INDENT}def join(changes, facts, out, limits, groups):",
            *(2 * _INDENT + line for line in self._table_lines),
            *(line for further in functions for line in further),
            *([] if given is None else [f"{2 * _INDENT}def test({arguments}):"]),
            *first,
            *([] if given is None else [f"{2 * _INDENT}return test"]),
            f"{_INDENT}return join",
        ]
        self.text = "\n".join(lines)

    def _next_index(self) -> int:
        """Return the index of the remaining pattern with the fewest unbound variables.

        Ties go to a pattern that shares a bound variable, then to the first one.
        """

        def openness(position: int) -> tuple[float, int]:
            atom = self._remaining[position]
            new = [slot for slot in atom if isinstance(slot, Variable) and not self._is_bound(slot)]
            read = sum(1 for slot in new if not self._is_unread(slot))
            joined = any(isinstance(slot, Variable) and self._is_bound(slot) for slot in atom)
            return len(new) + read + (0.0 if joined else 0.5), position

        return min(range(len(self._remaining)), key=openness)

    def _write_pattern(self, atom: Atom, index: str) -> None:
        if isinstance(atom.predicate, Variable) and not self._is_bound(atom.predicate):
            name = self._bind_scalar(atom.predicate)
            self._open_loop(name, f"{index}.predicates()")
        subject, object_ = atom.subject, atom.object
        if self._is_bound(subject) and self._is_bound(object_):
            # Look up a constant object in the backward table: few constants occur as objects,
            # and the forward table need not be built for them.
            is_constant = not isinstance(object_, Variable)
            key, value = (object_, subject) if is_constant else (subject, object_)
            table = self._table(index, "backward" if is_constant else "forward", atom.predicate)
            self._open_block(f"if {self._name(value)} in {table}.get({self._name(key)}, EMPTY):")
        elif self._is_bound(subject) or (subject != object_ and self._is_unread(subject)):
            self._write_variable(object_, self._candidates(atom, index, object_))
        elif self._is_bound(object_) or (subject != object_ and self._is_unread(object_)):
            self._write_variable(subject, self._candidates(atom, index, subject))
        elif subject == object_:
            table = self._table(index, "forward", atom.predicate)
            name, objects = self._bind_scalar(subject), self._new_set_name()
            self._open_loop(f"{name}, {objects}", f"{table}.items()")
            self._open_block(f"if {name} in {objects}:")
        else:
            self._write_open_pattern(atom, index)
        self._write_filters()

    def _write_open_pattern(self, atom: Atom, index: str) -> None:
        """Write a pattern with both ends unbound: a loop over one end, a set of the other."""
        outer, inner, side = atom.subject, atom.object, "forward"
        if (
            self._needs_single(inner)
            and not self._needs_single(outer)
            and not self._is_grouped_by(outer)
        ):
            outer, inner, side = inner, outer, "backward"
        table = self._table(index, side, atom.predicate)
        name, members = self._bind_scalar(outer), self._new_set_name()
        if self._loop_count == 0:
            self._first_key, self._first_depth = name, self._depth + 1
        self._open_loop(f"{name}, {members}", f"{table}.items()")
        self._write_variable(inner, members)

    def _is_grouped_by(self, subject: TermOrVariable) -> bool:
        """Return whether the output is a whole set of objects for each value of this subject.

        Then the subject is best bound first: it needs no other side, and its objects come together.
        """
        if self._head is None or self._head.subject != subject:
            return False
        object_ = self._head.object
        is_whole = isinstance(object_, Variable) and object_ not in self._single
        return is_whole and self._mentions[object_] == 1

    def _candidates(self, atom: Atom, index: str, wanted: TermOrVariable) -> str:
        """Return an expression for the set of terms that match the wanted end of a pattern.

        The pattern's other end is bound, or no other pattern reads it.
        """
        is_object = wanted == atom.object
        other = atom.subject if is_object else atom.object
        is_bound = self._is_bound(other)
        if not is_bound and (index == "changes" or self._reads_facts_once):
            # No other run reads these ends, so no side is built for them.
            return f"{index}.{'objects' if is_object else 'subjects'}({self._name(atom.predicate)})"
        side = "forward" if is_object == is_bound else "backward"
        table = self._table(index, side, atom.predicate)
        return f"{table}.get({self._name(other)}, EMPTY)" if is_bound else f"{table}.keys()"

    def _write_variable(self, slot: TermOrVariable, candidates: str) -> None:
        """Bind a variable to its candidates, or test a bound slot.

        The candidates are also those of every remaining pattern that only tests the variable.
        """
        if not isinstance(slot, Variable) or self._is_bound(slot):
            self._open_block(f"if {self._name(slot)} in {candidates}:")
            return
        for atom in [atom for atom in self._remaining if self._only_tests(atom, slot)]:
            self._remaining.remove(atom)
            candidates = f"intersect({candidates}, {self._candidates(atom, 'facts', slot)})"
        if self._needs_single(slot):
            self._open_loop(self._bind_scalar(slot), candidates)
            return
        name = self._new_set_name()
        self._write_line(f"{name} = {candidates}")
        self._open_block(f"if {name}:")
        self._whole_sets[slot] = name

    def _only_tests(self, atom: Atom, variable: Variable) -> bool:
        """Return whether the rest of the pattern is known, so that it only tests the variable."""
        if [atom.subject, atom.object].count(variable) != 1 or atom.predicate == variable:
            return False
        other = atom.object if atom.subject == variable else atom.subject
        return self._is_bound(atom.predicate) and (self._is_bound(other) or self._is_unread(other))

    def _write_groups(self, variables: Sequence[Variable]) -> None:
        key = "".join(f"{self._scalars[variable]}, " for variable in self.group_key)
        new = [variable for variable in variables if variable not in self.group_key]
        target = "".join(f"{self._bind_scalar(variable)}, " for variable in new) or "_"
        self._open_loop(target, f"groups.get(({key}), ())")

    def _write_filters(self) -> None:
        """Write the filters and negations whose variables are all bound by now."""
        for condition in list(self._conditions):
            if all(variable in self._scalars for variable in self._inputs(condition)):
                self._conditions.remove(condition)
                is_negation = isinstance(condition, Negation)
                test = self._negation_test if is_negation else self._filter_test
                self._open_block(f"if {test(condition)}:")  # type: ignore[arg-type]

    def _inputs(self, condition: Expression | Negation) -> Sequence[Variable]:
        """Return the variables that the rest of the rule gives to a filter or negation."""
        if isinstance(condition, Expression):
            return condition.variables
        return [variable for variable in condition.variables if variable in self._outer]

    def _negation_test(self, negation: Negation) -> str:
        tests = []
        for part in negation.independent_parts(self._outer):
            inputs, name = self._inputs(part), f"n{len(self.tests)}"
            rule = Rule("", (), part.body, part.filters)
            self.tests.append(JoinSource(rule, None, None, given=inputs))
            # Outer loops often ask the same several times in a row.
            line = f"{name}_test = lru_cache({name}(changes, facts, out, limits, groups))"
            self._table_lines.append(line)
            codes = (self._scalars[variable] for variable in inputs)
            tests.append(f"{name}_test({', '.join(codes)})")
        return f"not ({' and '.join(tests)})"

    def _filter_test(self, condition: Expression) -> str:
        name = self._filters.setdefault(condition, f"f{len(self._filters)}")
        codes = [self._scalars[variable] for variable in condition.variables]
        call = f"{name}({', '.join(codes)})"
        if condition.operator == "!=" and len(codes) == len(condition.arguments) == 2:
            # Only two literals can be equal with different codes; so call the filter for those
            # alone and compare the codes of all other terms.
            return f"{codes[0]} != {codes[1]} and ({codes[0]} > 0 or {codes[1]} > 0 or {call})"
        return call

    def _write_output(self) -> str:
        """Write the statement that stores each match, and return the shape of the output."""
        if self._given is not None:
            self._write_line("return True")
            return "test"
        if self._head is None:
            codes = "".join(f"{self._scalars[variable]}, " for variable in self.variables)
            self._write_line(f"out.add(({codes}))")
            return "bindings"
        subject, predicate, object_ = self._head
        if isinstance(predicate, Variable):
            names = [self._single_name(slot) for slot in (subject, predicate, object_)]
            self._write_line(f"out.add(({', '.join(names)}))")
            return "triples"
        is_by_object = object_ not in self._whole_sets and (
            subject in self._whole_sets or not isinstance(object_, Variable)
        )
        key, value = (object_, subject) if is_by_object else (subject, object_)
        name = self._single_name(key)
        if value in self._whole_sets:
            self._write_line(f"out[{name}].update({self._whole_sets[value]})")  # type: ignore[index]
        else:
            self._write_line(f"out[{name}].add({self._name(value)})")
        if name == self._first_key:
            # At the end of the outermost loop the key has all its values.
            first, *_ = [*self._earlier, self._lines]
            indent = self._first_depth * _INDENT
            first.append(f"{indent}if {name} in out: out[{name}] = pack(out[{name}])")
        return "subjects" if is_by_object else "objects"

    def _is_bound(self, slot: TermOrVariable) -> bool:
        """Return whether the slot is a constant or a variable that has a single value by now."""
        return not isinstance(slot, Variable) or slot in self._scalars

    def _is_unread(self, slot: TermOrVariable) -> bool:
        """Return whether the variable occurs once in the body and in no filter or head."""
        is_read = slot in self._single or slot in self._head_variables
        return isinstance(slot, Variable) and not is_read and self._mentions[slot] == 1

    def _needs_single(self, slot: TermOrVariable) -> bool:
        """Return whether values are needed one by one, for a filter or a remaining pattern."""
        return slot in self._single or any(slot in atom for atom in self._remaining)

    def _bind_scalar(self, slot: TermOrVariable) -> str:
        """Return the name of a single value of the slot, and mark a variable as bound."""
        if not isinstance(slot, Variable):
            return self._name(slot)
        return self._scalars.setdefault(slot, f"v{len(self._scalars)}")

    def _single_name(self, slot: TermOrVariable) -> str:
        """Return the name of a single value, opening a loop if the variable is kept as a set."""
        if isinstance(slot, Variable) and slot in self._whole_sets:
            self._open_loop(self._bind_scalar(slot), self._whole_sets.pop(slot))
        return self._name(slot)

    def _name(self, slot: TermOrVariable) -> str:
        if isinstance(slot, Variable):
            return self._scalars[slot]
        return self._constants.setdefault(slot, f"k{len(self._constants)}")

    def _new_set_name(self) -> str:
        self._set_count += 1
        return f"s{self._set_count}"

    def _table(self, index: str, side: str, predicate: TermOrVariable) -> str:
        """Return an expression for one side of a predicate's relation.

        The side of a constant predicate is looked up once, at the head of the function.
        """
        look_up = f"{index}.{side}({self._name(predicate)})"
        if isinstance(predicate, Variable):
            return look_up
        name = f"{index}_{side}_{self._name(predicate)}"
        if (line := f"{name} = {look_up}") not in self._table_lines:
            self._table_lines.append(line)
        return name

    def _write_line(self, text: str) -> None:
        self._lines.append(self._depth * _INDENT + text)

    def _open_block(self, text: str) -> None:
        if self._depth == _MAX_DEPTH:
            self._continue_in_function()
        self._write_line(text)
        self._depth += 1

    def _continue_in_function(self) -> None:
        names = ", ".join(sorted(set(_NAMES.findall("\n".join(self._lines)))))
        call = f"further{len(self._earlier)}({names})"
        self._write_line(call if self._given is None else f"if {call}: return True")
        self._earlier.append(self._lines)
        self._lines, self._depth = [f"{2 * _INDENT}def {call}:"], 3

    def _open_loop(self, target: str, members: str) -> None:
        """Open a loop; the two outermost loops of a join check the limits in each iteration."""
        self._open_block(f"for {target} in {members}:")
        self._loop_count += 1
        # Deeper loops add at most one triple or set per iteration, so two checks are enough.
        if self._checks_limits and self._loop_count <= 2:
            self._write_line("limits.tick(out)")
