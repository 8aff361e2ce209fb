"""Plans of rules with NOT EXISTS or an aggregate, which run like those of all other rules."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Variable

from kg.reason.joins import Found, Plan
from kg.reason.limits import Limits
from kg.reason.rows import Row, Rows
from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.facts.relations import Changes, Index
from kg.reasoning.rules.expressions import aggregated
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation, Slot, variables_of
from kg.reasoning.rules.rule import Rule


@dataclass(frozen=True)
class State:
    """What a rule is asked of: the facts, and the place of the pattern that reads the changes."""

    facts: Index
    delta: Index | Changes
    changed: int | None
    limits: Limits


@dataclass
class NonMonotone(Plan):
    """One rule with NOT EXISTS or an aggregate, one triple of its head, one changed pattern."""

    solver: "Solver | None" = field(default=None, repr=False)

    def run(self, delta: Index | Changes, facts: Index, limits: Limits) -> Found:
        """What follows from all facts, or from the changes, as triples or as bindings."""
        if self.solver is None:
            self.solver = Solver(self.rule, self.vocabulary)
        solver, rule = self.solver, self.rule
        named = {slot for atom in (*rule.head, *rule.atoms_read) for slot in atom}
        codes = (self.vocabulary.encode(one) for one in named if not isinstance(one, Variable))
        self.constants = frozenset(codes)
        rows = solver.rows(State(facts, delta, self.changed, limits))
        self.variables = rows.variables
        self.shape = "bindings" if self.head is None else "triples"
        if self.head is None:
            return rows.bindings
        subject, predicate, object_ = map(self._picker, self.head)
        return {(subject(row), predicate(row), object_(row)) for row in rows.bindings}

    def forget(self) -> None:
        """The codes of its constants have changed."""
        self.solver = None

    def _picker(self, slot: Slot) -> Callable[[Row], int]:
        if isinstance(slot, Variable):
            place = self.variables.index(slot)
            return lambda row: row[place]
        code = self.vocabulary.encode(slot)
        return lambda _: code


class Solver:
    """The bindings of one rule's body, less those for which something negated is there."""

    def __init__(self, rule: Rule, vocabulary: Vocabulary) -> None:
        self._rule, self._vocabulary = rule, vocabulary
        self._joins: dict[object, Plan] = {}
        self._groups: Rows | None = None

    def rows(self, state: State) -> Rows:
        """All of them, or those in which one pattern of the body matches the changes.

        What is grouped or negated is complete before the rule is asked; so the groups are made
        anew only where the rule reads all facts, which it does first.
        """
        rows = self._matched(state, self._rule.body, self._rule.filters)
        if self._rule.aggregate is not None:
            if self._groups is None or state.changed is None:
                self._groups = self._grouped(replace(state, changed=None), self._rule.aggregate)
            rows = rows.joined(self._groups)
        late = [each for each in self._rule.filters if not _is_about(each, self._rule.body)]
        rows = rows.passing(late, self._vocabulary)
        for negation in self._rule.negated:
            rows = rows.without(self._present(state, rows, negation))
        return rows

    def _matched(self, state: State, body: Sequence[Atom], filters: Sequence[Filter]) -> Rows:
        """The bindings of the patterns, of none the one of no variable; by the filters in reach."""
        if not body:
            return Rows((), {()})
        near = tuple(each for each in filters if _is_about(each, body))
        key = tuple(body), near, state.changed
        if key not in self._joins:
            rule = Rule(self._rule.name, (), tuple(body), near)
            self._joins[key] = Plan(rule, None, state.changed, self._vocabulary)
        join = self._joins[key]
        found = join.run(state.delta, state.facts, state.limits)
        return Rows(join.variables, found)

    def _grouped(self, state: State, aggregate: Aggregate) -> Rows:
        """Each group with its value; a group for which there is none is left out."""
        rows = self._matched(state, aggregate.body, aggregate.filters)
        group_of = rows.picker(aggregate.groups)
        # Of COUNT(*) only how many there are matters, so any variable will do.
        argument_of = rows.picker([aggregate.argument or rows.variables[0]])
        values: dict[Row, list[int]] = defaultdict(list)
        for row in rows.bindings:
            values[group_of(row)] += argument_of(row)
        found: set[Row] = set()
        for group, codes in values.items():
            counted: Iterable[int] = set(codes) if aggregate.is_distinct else codes
            terms = [self._vocabulary.decode(code) for code in counted]
            value = aggregated(aggregate.function, terms)
            if value is not None:
                found.add((*group, self._vocabulary.encode(value)))
        return Rows(aggregate.variables, found)

    def _present(self, state: State, rows: Rows, negation: Negation) -> Rows:
        """The rows for which the negated patterns are there.

        Parts that share only variables of the rule are looked for one after another, each with
        the body where the two meet, so that no part multiplies another.
        """
        body = self._rule.body
        for part, filters in _parts(negation, rows.variables):
            if set(variables_of(part)) & set(variables_of(body)):
                searched = (*body, *part)
                found = self._matched(state, searched, (*self._rule.filters, *filters))
            else:
                searched = part
                found = self._matched(replace(state, changed=None), part, filters)
            late = [each for each in filters if not _is_about(each, searched)]
            asked = {each for condition in late for each in condition.variables}
            wanted = [one for one in found.variables if one in rows.variables or one in asked]
            joined = rows.joined(found.projected(wanted)).passing(late, self._vocabulary)
            rows = joined.projected(rows.variables)
        return rows


def _is_about(condition: Filter, body: Sequence[Atom]) -> bool:
    """Whether the patterns, of which there are some, bind all that the filter asks for."""
    return bool(body) and set(condition.variables) <= set(variables_of(body))


def _parts(
    negation: Negation, given: Iterable[Variable]
) -> list[tuple[tuple[Atom, ...], tuple[Filter, ...]]]:
    """Its patterns and filters, put together where they share a variable that is not given."""
    known = set(given)
    parts: list[tuple[set[Variable], tuple[Atom, ...], tuple[Filter, ...]]] = []
    pieces: list[tuple[set[Variable], tuple[Atom, ...], tuple[Filter, ...]]] = [
        *((set(atom.variables) - known, (atom,), ()) for atom in negation.body),
        *((set(each.variables) - known, (), (each,)) for each in negation.filters),
    ]
    for names, atoms, filters in pieces:
        touching = [part for part in parts if part[0] & names]
        parts = [part for part in parts if part not in touching]
        for part in touching:
            names, atoms, filters = names | part[0], part[1] + atoms, part[2] + filters
        parts.append((names, atoms, filters))
    return [(atoms, filters) for _, atoms, filters in parts]
