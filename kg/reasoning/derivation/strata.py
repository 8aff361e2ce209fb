"""Plans of rules with NOT EXISTS or an aggregate, and the order in which these rules run.

Such a rule waits until everything that it negates or groups is complete. Its body is then matched
by the joins of other rules, whose results are tables of bindings that are joined, filtered and
subtracted a set at a time.
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

# The integers of the values of some variables.
_Row = tuple[int, ...]


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
        levels stronger than the theses. A status of None means that there is only one level.
        `others` are plans of the rules that do not wait: changes trigger them in every stratum.
        """
        if status is not None and status.holds and status is not Status.THESIS:
            return []
        triggered, strata = list(others), list[tuple[list[JoinPlan], list[JoinPlan]]]()
        for stratum in self._strata:
            first: list[JoinPlan] = []
            for rule_status, full, incremental in stratum:
                is_holding = rule_status is None or rule_status.holds
                if status is None or is_holding or rule_status is status:
                    first += full
                    triggered += incremental
            strata.append((first, list(triggered)))
        return strata


def _plans(rule: Rule, vocabulary: TermDictionary) -> tuple[list[JoinPlan], list[JoinPlan]]:
    """Return the plans that read all facts, and those that start from changes to the body."""
    full: list[JoinPlan] = []
    incremental: list[JoinPlan] = []
    for head in rule.head or (None,):
        solver = _BodySolver(rule, vocabulary)
        full.append(_NonMonotonePlan(rule, head, None, vocabulary, solver=solver))
        incremental += [
            _NonMonotonePlan(rule, head, index, vocabulary, solver=solver)
            for index in range(len(rule.body))
        ]
    return full, incremental


@dataclass
class _NonMonotonePlan(JoinPlan):
    """A plan for one rule with NOT EXISTS or an aggregate, one head triple, one changed pattern."""

    solver: "_BodySolver | None" = field(default=None, repr=False)

    def run(
        self, changes: TripleIndex | Changes, facts: TripleIndex, limits: DerivationLimits
    ) -> JoinResult:
        """Return what follows from all facts or from the changes, as triples or bindings."""
        if self.solver is None:
            self.solver = _BodySolver(self.rule, self.vocabulary)
        slots = {slot for atom in (*self.rule.head, *self.rule.matched_atoms) for slot in atom}
        codes = (self.vocabulary.encode(slot) for slot in slots if not isinstance(slot, Variable))
        self.constants = frozenset(codes)
        rows = self.solver.rows(_SolverInput(facts, changes, self.changed, limits))
        self.variables = rows.variables
        if self.head is None:
            self.shape = "bindings"
            return rows.bindings
        self.shape = "triples"
        subject, predicate, object_ = map(self._getter, self.head)
        return {(subject(row), predicate(row), object_(row)) for row in rows.bindings}

    def discard_compiled(self) -> None:
        """Discard the solver, because the codes of its constants have changed."""
        self.solver = None

    def _getter(self, slot: TermOrVariable) -> Callable[[_Row], int]:
        """Return a function from a row to the slot's value in it."""
        if isinstance(slot, Variable):
            index = self.variables.index(slot)
            return lambda row: row[index]
        code = self.vocabulary.encode(slot)
        return lambda _: code


@dataclass(frozen=True)
class _SolverInput:
    """Facts, changes, and the index of the pattern that reads the changes; None if none does."""

    facts: TripleIndex
    changes: TripleIndex | Changes
    changed: int | None
    limits: DerivationLimits


class _BodySolver:
    """Computes the bindings of one rule's body, without those that a negation rules out."""

    def __init__(self, rule: Rule, vocabulary: TermDictionary) -> None:
        self._rule, self._vocabulary = rule, vocabulary
        self._joins: dict[object, JoinPlan] = {}
        self._groups: _BindingTable | None = None

    def rows(self, state: _SolverInput) -> "_BindingTable":
        """Return all bindings, or those in which the changed pattern matches the changes.

        The patterns that are grouped or negated are complete before the rule runs, and its first
        run reads all facts. So the groups are computed only in runs that read all facts.
        """
        rule = self._rule
        rows = self._match(state, rule.body, rule.filters)
        if rule.aggregate is not None:
            if self._groups is None or state.changed is None:
                self._groups = self._aggregate(replace(state, changed=None), rule.aggregate)
            rows = rows.join(self._groups)
        rows = rows.filter(_not_covered(rule.filters, rule.body), self._vocabulary)
        for negation in rule.negated:
            present = self._present(state, rows, negation)
            rows = _BindingTable(rows.variables, rows.bindings - present.bindings)
        return rows

    def _match(
        self, state: _SolverInput, body: Sequence[Atom], filters: Sequence[Expression]
    ) -> "_BindingTable":
        """Return the bindings of the patterns, tested by the filters that these patterns cover.

        An empty body has one binding, of no variables.
        """
        if not body:
            return _BindingTable((), {()})
        covered = tuple(condition for condition in filters if _is_covered(condition, body))
        key = tuple(body), covered, state.changed
        if key not in self._joins:
            rule = Rule(self._rule.name, (), tuple(body), covered)
            self._joins[key] = JoinPlan(rule, None, state.changed, self._vocabulary)
        join = self._joins[key]
        bindings = join.run(state.changes, state.facts, state.limits)
        return _BindingTable(join.variables, bindings)

    def _aggregate(self, state: _SolverInput, aggregate: Aggregate) -> "_BindingTable":
        """Return each group with its value; groups without a value are left out."""
        rows = self._match(state, aggregate.body, aggregate.filters)
        group_of = rows.row_getter(aggregate.groups)
        # COUNT(*) only needs the number of matches, so any variable will do.
        argument_of = rows.row_getter([aggregate.argument or rows.variables[0]])
        codes_by_group: dict[_Row, list[int]] = defaultdict(list)
        for row in rows.bindings:
            codes_by_group[group_of(row)] += argument_of(row)
        bindings: set[_Row] = set()
        for group, all_codes in codes_by_group.items():
            codes: Iterable[int] = set(all_codes) if aggregate.is_distinct else all_codes
            terms = [self._vocabulary.decode(code) for code in codes]
            value = compute_aggregate(aggregate.function, terms)
            if value is not None:
                bindings.add((*group, self._vocabulary.encode(value)))
        return _BindingTable(aggregate.variables, bindings)

    def _present(
        self, state: _SolverInput, rows: "_BindingTable", negation: Negation
    ) -> "_BindingTable":
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
            late = _not_covered(filters, searched)
            needed = {
                *rows.variables,
                *(name for condition in late for name in condition.variables),
            }
            kept = [variable for variable in matches.variables if variable in needed]
            joined = rows.join(matches.project(kept)).filter(late, self._vocabulary)
            rows = joined.project(rows.variables)
        return rows


def _not_covered(filters: Sequence[Expression], body: Sequence[Atom]) -> list[Expression]:
    return [condition for condition in filters if not _is_covered(condition, body)]


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


@dataclass(frozen=True)
class _BindingTable:
    """A set of bindings; each row has the codes of the variables' values, in their order."""

    variables: tuple[Variable, ...]
    bindings: set[_Row]

    def project(self, variables: Sequence[Variable]) -> "_BindingTable":
        """Return the same rows reduced to these variables."""
        if tuple(variables) == self.variables:
            return self
        return _BindingTable(tuple(variables), set(map(self.row_getter(variables), self.bindings)))

    def join(self, other: "_BindingTable") -> "_BindingTable":
        """Join each row with each row of the other table that agrees on the shared variables."""
        shared = [variable for variable in self.variables if variable in other.variables]
        added = [variable for variable in other.variables if variable not in shared]
        rest_of, other_key = other.row_getter(added), other.row_getter(shared)
        own_key = self.row_getter(shared)
        by_key: dict[_Row, list[_Row]] = defaultdict(list)
        for row in other.bindings:
            by_key[other_key(row)].append(rest_of(row))
        bindings = {row + rest for row in self.bindings for rest in by_key.get(own_key(row), ())}
        return _BindingTable((*self.variables, *added), bindings)

    def filter(self, filters: Sequence[Expression], vocabulary: TermDictionary) -> "_BindingTable":
        """Return the rows that pass all these filters."""
        if not filters:
            return self

        def is_met(row: _Row) -> bool:
            terms = dict(zip(self.variables, map(vocabulary.decode, row), strict=True))
            return all(passes(condition, terms) for condition in filters)

        return _BindingTable(self.variables, set(filter(is_met, self.bindings)))

    def row_getter(self, variables: Sequence[Variable]) -> Callable[[_Row], _Row]:
        """Return a function from a row to its values of these variables."""
        indexes = [self.variables.index(variable) for variable in variables]
        return lambda row: tuple(row[index] for index in indexes)
