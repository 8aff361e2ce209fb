"""A table of bindings that is joined, filtered and projected a set at a time.

Plans of rules with NOT EXISTS or an aggregate; they run like the plans of other rules.

The order in which rules with NOT EXISTS or an aggregate run after all other rules.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Variable

from kg.reasoning.derivation.joins import JoinPlan, JoinResult
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.expressions import compute_aggregate, passes
from kg.reasoning.rules.patterns import (
    Aggregate,
    Atom,
    Expression,
    Negation,
    TermOrVariable,
    variables_of,
)
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify
from kg.statuses import Status

Row = tuple[int, ...]


@dataclass(frozen=True)
class BindingTable:
    """A set of bindings; each row has the codes of the variables' values, in their order."""

    variables: tuple[Variable, ...]
    bindings: set[Row]

    def project(self, variables: Sequence[Variable]) -> "BindingTable":
        """Return the same rows reduced to these variables."""
        if tuple(variables) == self.variables:
            return self
        return BindingTable(tuple(variables), set(map(self.row_getter(variables), self.bindings)))

    def join(self, other: "BindingTable") -> "BindingTable":
        """Join each row with each row of the other table that agrees on the shared variables."""
        shared = [variable for variable in self.variables if variable in other.variables]
        added = [variable for variable in other.variables if variable not in shared]
        rest_of, other_key, own_key = (
            other.row_getter(added),
            other.row_getter(shared),
            self.row_getter(shared),
        )
        by_key: dict[Row, list[Row]] = defaultdict(list)
        for row in other.bindings:
            by_key[other_key(row)].append(rest_of(row))
        bindings = {row + rest for row in self.bindings for rest in by_key.get(own_key(row), ())}
        return BindingTable((*self.variables, *added), bindings)

    def filter(self, filters: Sequence[Expression], vocabulary: TermDictionary) -> "BindingTable":
        """Return the rows that pass all these filters."""
        if not filters:
            return self

        def is_met(row: Row) -> bool:
            terms = dict(zip(self.variables, map(vocabulary.decode, row), strict=True))
            return all(passes(condition, terms) for condition in filters)

        return BindingTable(self.variables, set(filter(is_met, self.bindings)))

    def minus(self, other: "BindingTable") -> "BindingTable":
        """Return the rows that are not in the other table, which has the same variables."""
        return BindingTable(self.variables, self.bindings - other.bindings)

    def row_getter(self, variables: Sequence[Variable]) -> Callable[[Row], Row]:
        """Return a function from a row to its values of these variables."""
        places = [self.variables.index(variable) for variable in variables]
        return lambda row: tuple(row[place] for place in places)


@dataclass(frozen=True)
class SolverInput:
    """The input of a solver: facts, changes, and the place of the pattern that reads them.

    `changed` is None if all patterns read the facts.
    """

    facts: TripleIndex
    delta: TripleIndex | Changes
    changed: int | None
    limits: DerivationLimits


@dataclass
class NonMonotonePlan(JoinPlan):
    """A plan for one rule with NOT EXISTS or an aggregate, one head triple, one changed pattern."""

    solver: "BodySolver | None" = field(default=None, repr=False)

    def run(
        self, delta: TripleIndex | Changes, facts: TripleIndex, limits: DerivationLimits
    ) -> JoinResult:
        """Return what follows from all facts or from the changes, as triples or bindings."""
        if self.solver is None:
            self.solver = BodySolver(self.rule, self.vocabulary)
        solver, rule = self.solver, self.rule
        slots = {slot for atom in (*rule.head, *rule.matched_atoms) for slot in atom}
        codes = (self.vocabulary.encode(slot) for slot in slots if not isinstance(slot, Variable))
        self.constants = frozenset(codes)
        rows = solver.rows(SolverInput(facts, delta, self.changed, limits))
        self.variables = rows.variables
        self.shape = "bindings" if self.head is None else "triples"
        if self.head is None:
            return rows.bindings
        subject, predicate, object_ = map(self._getter, self.head)
        return {(subject(row), predicate(row), object_(row)) for row in rows.bindings}

    def forget(self) -> None:
        """Discard the solver, because the codes of its constants have changed."""
        self.solver = None

    def _getter(self, slot: TermOrVariable) -> Callable[[Row], int]:
        """Return a function from a row to the slot's value in it."""
        if isinstance(slot, Variable):
            place = self.variables.index(slot)
            return lambda row: row[place]
        code = self.vocabulary.encode(slot)
        return lambda _: code


class BodySolver:
    """Computes the bindings of one rule's body, without those that a negation rules out."""

    def __init__(self, rule: Rule, vocabulary: TermDictionary) -> None:
        self._rule, self._vocabulary = rule, vocabulary
        self._joins: dict[object, JoinPlan] = {}
        self._groups: BindingTable | None = None

    def rows(self, state: SolverInput) -> BindingTable:
        """Return all bindings, or those in which the changed pattern matches the changes.

        The patterns that are grouped or negated are complete before the rule runs, and its first
        run reads all facts. So the groups are computed only in runs that read all facts.
        """
        rows = self._match(state, self._rule.body, self._rule.filters)
        if self._rule.aggregate is not None:
            if self._groups is None or state.changed is None:
                self._groups = self._aggregate(replace(state, changed=None), self._rule.aggregate)
            rows = rows.join(self._groups)
        late = [
            condition
            for condition in self._rule.filters
            if not _is_covered(condition, self._rule.body)
        ]
        rows = rows.filter(late, self._vocabulary)
        for negation in self._rule.negated:
            rows = rows.minus(self._present(state, rows, negation))
        return rows

    def _match(
        self, state: SolverInput, body: Sequence[Atom], filters: Sequence[Expression]
    ) -> BindingTable:
        """Return the bindings of the patterns, tested by the filters that these patterns cover.

        An empty body has one binding, of no variables.
        """
        if not body:
            return BindingTable((), {()})
        covered = tuple(condition for condition in filters if _is_covered(condition, body))
        key = tuple(body), covered, state.changed
        if key not in self._joins:
            rule = Rule(self._rule.name, (), tuple(body), covered)
            self._joins[key] = JoinPlan(rule, None, state.changed, self._vocabulary)
        join = self._joins[key]
        bindings = join.run(state.delta, state.facts, state.limits)
        return BindingTable(join.variables, bindings)

    def _aggregate(self, state: SolverInput, aggregate: Aggregate) -> BindingTable:
        """Return each group with its value; groups without a value are left out."""
        rows = self._match(state, aggregate.body, aggregate.filters)
        group_of = rows.row_getter(aggregate.groups)
        # COUNT(*) only needs the number of matches, so any variable will do.
        argument_of = rows.row_getter([aggregate.argument or rows.variables[0]])
        codes_by_group: dict[Row, list[int]] = defaultdict(list)
        for row in rows.bindings:
            codes_by_group[group_of(row)] += argument_of(row)
        bindings: set[Row] = set()
        for group, all_codes in codes_by_group.items():
            codes: Iterable[int] = set(all_codes) if aggregate.is_distinct else all_codes
            terms = [self._vocabulary.decode(code) for code in codes]
            value = compute_aggregate(aggregate.function, terms)
            if value is not None:
                bindings.add((*group, self._vocabulary.encode(value)))
        return BindingTable(aggregate.variables, bindings)

    def _present(self, state: SolverInput, rows: BindingTable, negation: Negation) -> BindingTable:
        """Return the rows for which all negated patterns match.

        Parts of the negation that share only variables of the rule are matched one after
        another, each joined with the body, so that no part multiplies the rows of another.
        """
        body = self._rule.body
        for atoms, filters in _independent_parts(negation, rows.variables):
            if set(variables_of(atoms)) & set(variables_of(body)):
                searched = (*body, *atoms)
                matches = self._match(state, searched, (*self._rule.filters, *filters))
            else:
                searched = atoms
                matches = self._match(replace(state, changed=None), atoms, filters)
            late = [condition for condition in filters if not _is_covered(condition, searched)]
            in_late = {variable for condition in late for variable in condition.variables}
            kept = [
                variable
                for variable in matches.variables
                if variable in rows.variables or variable in in_late
            ]
            joined = rows.join(matches.project(kept)).filter(late, self._vocabulary)
            rows = joined.project(rows.variables)
        return rows


def _is_covered(condition: Expression, body: Sequence[Atom]) -> bool:
    """Return whether the body has patterns and they bind all variables of the filter."""
    return bool(body) and set(condition.variables) <= set(variables_of(body))


def _independent_parts(
    negation: Negation, outer_variables: Iterable[Variable]
) -> list[tuple[tuple[Atom, ...], tuple[Expression, ...]]]:
    """Split a negation into parts that share none of its own variables.

    Returns:
        The patterns and filters of each part.
    """
    outer = set(outer_variables)
    parts: list[tuple[set[Variable], tuple[Atom, ...], tuple[Expression, ...]]] = []
    pieces: list[tuple[set[Variable], tuple[Atom, ...], tuple[Expression, ...]]] = [
        *((set(atom.variables) - outer, (atom,), ()) for atom in negation.body),
        *((set(condition.variables) - outer, (), (condition,)) for condition in negation.filters),
    ]
    for variables, atoms, filters in pieces:
        touching = [part for part in parts if part[0] & variables]
        parts = [part for part in parts if part not in touching]
        for part in touching:
            variables, atoms, filters = variables | part[0], part[1] + atoms, part[2] + filters
        parts.append((variables, atoms, filters))
    return [(atoms, filters) for _, atoms, filters in parts]


class NonMonotoneStrata:
    """The strata above the lowest one; each runs after those below have reached their fixpoint.

    Only rules with NOT EXISTS or an aggregate wait for their stratum. All other rules may run
    early: a negation or a group reads their conclusions only in a higher stratum.
    """

    def __init__(self, rules: Sequence[Rule], vocabulary: TermDictionary) -> None:
        self._strata = [
            [(rule.status, *_plans(rule, vocabulary)) for rule in stratum if not rule.is_monotone]
            for stratum in stratify(rules)[1:]
        ]

    def plans_for(
        self, status: Status | None, others: Sequence[JoinPlan]
    ) -> list[tuple[list[JoinPlan], list[JoinPlan]]]:
        """Return the plans of each upper stratum: those to run first, and those changes trigger.

        Negations and groups need everything that holds, so there are no upper strata at the
        levels stronger than the theses.

        Args:
            status: the level; None if there is only one level.
            others: plans of the rules that do not wait, which changes trigger in every stratum.
        """
        if status is not None and status.holds and status is not Status.THESIS:
            return []
        triggered, strata = list(others), list[tuple[list[JoinPlan], list[JoinPlan]]]()
        for stratum in self._strata:
            first: list[JoinPlan] = []
            for rule_status, full, incremental in stratum:
                is_active = rule_status is None or rule_status.holds or rule_status is status
                if status is None or is_active:
                    first += full
                    triggered += incremental
            strata.append((first, list(triggered)))
        return strata


def _plans(rule: Rule, vocabulary: TermDictionary) -> tuple[list[JoinPlan], list[JoinPlan]]:
    """Return the plans that read all facts, and those that start from changes to the body."""
    heads: Iterable[Atom | None] = rule.head or (None,)
    full: list[JoinPlan] = []
    incremental: list[JoinPlan] = []
    for head in heads:
        solver = BodySolver(rule, vocabulary)
        full.append(NonMonotonePlan(rule, head, None, vocabulary, solver=solver))
        incremental += [
            NonMonotonePlan(rule, head, place, vocabulary, solver=solver)
            for place in range(len(rule.body))
        ]
    return full, incremental
