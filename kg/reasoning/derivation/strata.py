"""Bindings as a table: joined, filtered and projected a set at a time.

Plans of rules with NOT EXISTS or an aggregate, which run like those of all other rules.

Rules -> which of them wait for others, and in which order they run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Variable

from kg.reasoning.derivation.joins import Found, Plan
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.facts.relations import Changes, Index
from kg.reasoning.rules.expressions import aggregated, passes
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation, Slot, variables_of
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify
from kg.statuses import Status

Row = tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Bindings of these variables, in their order, as codes."""

    variables: tuple[Variable, ...]
    bindings: set[Row]

    def projected(self, variables: Sequence[Variable]) -> "Rows":
        """The same with these variables alone."""
        if tuple(variables) == self.variables:
            return self
        return Rows(tuple(variables), set(map(self.picker(variables), self.bindings)))

    def joined(self, other: "Rows") -> "Rows":
        """Each row with each row of the other that agrees on the variables they share."""
        shared = [each for each in self.variables if each in other.variables]
        added = [each for each in other.variables if each not in shared]
        rest_of, theirs, ours = other.picker(added), other.picker(shared), self.picker(shared)
        by_key: dict[Row, list[Row]] = defaultdict(list)
        for row in other.bindings:
            by_key[theirs(row)].append(rest_of(row))
        found = {row + rest for row in self.bindings for rest in by_key.get(ours(row), ())}
        return Rows((*self.variables, *added), found)

    def passing(self, filters: Sequence[Filter], vocabulary: Vocabulary) -> "Rows":
        """The rows that all these filters let through."""
        if not filters:
            return self

        def is_met(row: Row) -> bool:
            terms = dict(zip(self.variables, map(vocabulary.decode, row), strict=True))
            return all(passes(condition, terms) for condition in filters)

        return Rows(self.variables, set(filter(is_met, self.bindings)))

    def without(self, other: "Rows") -> "Rows":
        """The rows that the other, of the same variables, has not."""
        return Rows(self.variables, self.bindings - other.bindings)

    def picker(self, variables: Sequence[Variable]) -> Callable[[Row], Row]:
        """A function from a row to the values of these variables."""
        places = [self.variables.index(each) for each in variables]
        return lambda row: tuple(row[place] for place in places)


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


class UpperStrata:
    """The rules that wait until the strata below have come to their end, stratum by stratum.

    Only rules with NOT EXISTS or an aggregate wait. What all others derive early is right: it
    can be read as absent or in a group only above the stratum of the rule that derives it.
    """

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self._strata = [
            [(rule.status, *_plans(rule, vocabulary)) for rule in stratum if not rule.is_monotone]
            for stratum in stratify(rules)[1:]
        ]

    def of(
        self, status: Status | None, others: Sequence[Plan]
    ) -> list[tuple[list[Plan], list[Plan]]]:
        """What runs above the lowest stratum: first these plans, then those that changes set off.

        Absence and groups are judged on all that holds: there is nothing below the theses.

        Args:
            status: the level; None where there is only one.
            others: plans of the rules that do not wait, which changes set off in any stratum.
        """
        if status is not None and status.holds and status is not Status.THESIS:
            return []
        known, found = list(others), list[tuple[list[Plan], list[Plan]]]()
        for stratum in self._strata:
            first: list[Plan] = []
            for own, full, incremental in stratum:
                if status is None or own is None or own.holds or own is status:
                    first += full
                    known += incremental
            found.append((first, list(known)))
        return found


def _plans(rule: Rule, vocabulary: Vocabulary) -> tuple[list[Plan], list[Plan]]:
    """The plans that read all facts, and those that start from changes of the body's patterns."""
    heads: Iterable[Atom | None] = rule.head or (None,)
    full: list[Plan] = []
    incremental: list[Plan] = []
    for head in heads:
        solver = Solver(rule, vocabulary)
        full.append(NonMonotone(rule, head, None, vocabulary, solver=solver))
        incremental += [
            NonMonotone(rule, head, place, vocabulary, solver=solver)
            for place in range(len(rule.body))
        ]
    return full, incremental
