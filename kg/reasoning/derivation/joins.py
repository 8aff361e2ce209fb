"""Compile rules to join functions.

A rule has one function that reads all facts, and for each pattern of its body one that reads the
changed triples in place of this pattern and all facts for the others. An aggregate is computed
before that, as a table of its groups that the function joins with the body.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from pyoxigraph import NamedNode, Variable

from kg.namespaces import RDF
from kg.reasoning.derivation.join_source import JoinSource
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.adjacency import EMPTY, intersect, pack
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.datatypes import ILL_TYPED
from kg.reasoning.rules.expressions import compute_aggregate, passes
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify
from kg.statuses import Base, Standing

# The output of a join: key -> values, or a set of triples or bindings; see `JoinSource.shape`.
JoinResult = Any
# The values of an aggregate's variables: those that the body binds -> the others of each group.
_Groups = dict[tuple[int, ...], list[tuple[int, ...]]]
Join = Callable[[TripleIndex | Changes, TripleIndex, JoinResult, DerivationLimits, _Groups], None]


@dataclass
class JoinPlan:
    """One rule, one triple of its head (None: a contradiction), one pattern that changed.

    `changed` is the index in the body of the pattern that reads the changes; a plan for which it is
    None reads all facts and ignores changes. The plans of a rule share the groups of its aggregate.
    The attributes below are set once the plan has run.

    Attributes:
        shape, variables: see `JoinSource`.
        predicate: the code of the head's predicate; 0 if there is none or it is a variable.
        is_copy: whether the result has the pairs of another predicate, perhaps inverted, with the
            sets of the facts or changes themselves, which callers must not change.
        needs_subject_check: whether the result may have literals as subjects, which are removed.
        constants: the codes of all terms that the rule mentions.
    """

    rule: Rule
    head: Atom | None
    changed: int | None
    vocabulary: TermDictionary
    groups: "GroupTable | None" = None
    shape: str = ""
    predicate: int = 0
    is_copy: bool = False
    needs_subject_check: bool = False
    variables: tuple[Variable, ...] = ()
    constants: frozenset[int] = frozenset()
    _source: int = 0
    _group_key: tuple[Variable, ...] = ()
    _join: Join | None = field(default=None, repr=False)

    def run(
        self, changes: TripleIndex | Changes, facts: TripleIndex, limits: DerivationLimits
    ) -> JoinResult:
        """Return what the plan derives, in the form that `shape` says; some may be known."""
        join = self._join or self._compile()
        if self.is_copy:
            source = facts if self.changed is None else changes
            result: JoinResult = source.forward(self._source)
        else:
            result = defaultdict(set) if self.shape in {"objects", "subjects"} else set()
            groups: _Groups = {}
            if self.groups is not None:
                self.groups.update(facts, limits, is_stale=self.changed is None)
                groups = self.groups.by_values_of(self._group_key)
            join(changes, facts, result, limits, groups)
        return self._without_literal_subjects(result) if self.needs_subject_check else result

    def prepare(self) -> None:
        """Compile the join now rather than at the first run."""
        if self._join is None:
            self._compile()

    def discard_compiled(self) -> None:
        """Discard the compiled join and groups, because the codes of constants have changed."""
        self._join = None
        if self.groups is not None:
            self.groups.discard()

    def _compile(self) -> Join:
        rule, head, encode = self.rule, self.head, self.vocabulary.encode
        source = JoinSource(rule, head, self.changed)
        self.shape, self.variables = source.shape, source.variables
        self._group_key = source.group_key
        # Where the head's predicate is a variable, the result is triples: these are no side of a
        # relation that could be copied, and `group_by_predicate` removes literals as subjects.
        if head is not None and isinstance(head.predicate, NamedNode):
            self.predicate = encode(head.predicate)
            # If the head's subject occurs in the body only as an object, it may be a literal.
            names = {name for atom in rule.body for name in (atom.subject, atom.predicate)}
            is_variable = isinstance(head.subject, Variable)
            self.needs_subject_check = is_variable and head.subject not in names
            self.is_copy = _is_copy(rule, head)
        if self.is_copy:
            self._source = encode(rule.body[0].predicate)  # type: ignore[arg-type]
            is_inverse = head is not None and head.subject != rule.body[0].subject
            self.shape = "subjects" if is_inverse else "objects"
        slots = {slot for atom in (*rule.matched_atoms, *rule.head) for slot in atom}
        self.constants = frozenset(encode(slot) for slot in slots if not isinstance(slot, Variable))
        self._join = _compile_join(source, self.vocabulary)
        return self._join

    def _without_literal_subjects(self, result: JoinResult) -> JoinResult:
        """Return the result without triples whose subject is a literal (a negative code)."""
        if self.shape != "subjects":
            return {subject: objects for subject, objects in result.items() if subject > 0}
        return {
            object_: subjects
            if min(subjects, default=0) > 0
            else {code for code in subjects if code > 0}
            for object_, subjects in result.items()
        }


class GroupTable:
    """The groups of a rule's aggregate with their values, as rows of the aggregate's variables.

    The patterns that are grouped are complete before the rule runs, and its first run reads all
    facts. So the groups are computed only in runs that read all facts.
    """

    def __init__(self, rule: Rule, aggregate: Aggregate, vocabulary: TermDictionary) -> None:
        self._aggregate, self._vocabulary = aggregate, vocabulary
        matched = Rule(rule.name, (), aggregate.body, aggregate.filters)
        self._plan = JoinPlan(matched, None, None, vocabulary)
        self._rows: list[tuple[int, ...]] | None = None

    def update(self, facts: TripleIndex, limits: DerivationLimits, *, is_stale: bool) -> None:
        """Compute the groups if they are stale or discarded; those without a value are left out."""
        if self._rows is not None and not is_stale:
            return
        aggregate, vocabulary = self._aggregate, self._vocabulary
        matches = self._plan.run(facts, facts, limits)
        group_of = _row_getter(self._plan.variables, aggregate.groups)
        # COUNT(*) only needs the number of matches, so any variable will do.
        argument = self._plan.variables.index(aggregate.argument or self._plan.variables[0])
        codes_by_group: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for match in matches:
            codes_by_group[group_of(match)].append(match[argument])
        self._rows = []
        for group, codes in codes_by_group.items():
            distinct = set(codes) if aggregate.is_distinct else codes
            value = compute_aggregate(aggregate.function, [*map(vocabulary.decode, distinct)])
            if value is not None:
                self._rows.append((*group, vocabulary.encode(value)))

    def by_values_of(self, key: Sequence[Variable]) -> _Groups:
        """Return the rows without these variables, by the values of these variables."""
        variables = self._aggregate.variables
        key_of = _row_getter(variables, key)
        rest_of = _row_getter(variables, [each for each in variables if each not in key])
        groups: _Groups = defaultdict(list)
        for row in self._rows or ():
            groups[key_of(row)].append(rest_of(row))
        return groups

    def discard(self) -> None:
        """Forget the groups, because the codes of terms have changed."""
        self._rows = None
        self._plan.discard_compiled()


def _row_getter(
    variables: Sequence[Variable], wanted: Iterable[Variable]
) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    indexes = [variables.index(variable) for variable in wanted]
    return lambda row: tuple(row[index] for index in indexes)


# The plans that read all facts, and those that start from changes.
Plans = tuple[list[JoinPlan], list[JoinPlan]]


def make_plans(rules: Iterable[Rule], vocabulary: TermDictionary) -> Plans:
    """Return the plans of the rules: each plan is one head of a rule and one changed pattern."""
    full: list[JoinPlan] = []
    incremental: list[JoinPlan] = []
    for rule in rules:
        groups = GroupTable(rule, rule.aggregate, vocabulary) if rule.aggregate else None
        indexes = range(len(rule.body))
        for head in rule.head or (None,):
            full.append(JoinPlan(rule, head, None, vocabulary, groups))
            incremental += (JoinPlan(rule, head, index, vocabulary, groups) for index in indexes)
    return full, incremental


class NonMonotoneStrata:
    """The strata above the lowest one; each runs after those below have reached their fixpoint.

    Only rules with NOT EXISTS or an aggregate wait, until all that they negate or group is there.
    All others may run early: a negation or a group reads their conclusions in a higher stratum.
    """

    def __init__(self, rules: Sequence[Rule], vocabulary: TermDictionary) -> None:
        self._strata = [
            [(rule, make_plans([rule], vocabulary)) for rule in stratum if not rule.is_monotone]
            for stratum in stratify(rules)[1:]
        ]

    def plans_for(self, standing: Standing | None, others: Sequence[JoinPlan]) -> list[Plans]:
        """Return the plans of each upper stratum: those to run first, and those changes trigger.

        Negations and groups need everything that stands, so there are upper strata only at the base
        of the readings, or without standings (None). `others` are triggered in every stratum.
        """
        if standing is not None and standing.base is not Base.READING:
            return []
        triggered, strata = list(others), list[Plans]()
        for stratum in self._strata:
            first: list[JoinPlan] = []
            for rule, (full, incremental) in stratum:
                if standing is None or rule.world in (None, standing.world):
                    first += full
                    triggered += incremental
            strata.append((first, list(triggered)))
        return strata


class PlanIndex:
    """Incremental plans, indexed by the predicate and, for types, by the class that changed."""

    def __init__(self, incremental: Iterable[JoinPlan], vocabulary: TermDictionary) -> None:
        self._by_predicate: dict[int | None, list[JoinPlan]] = defaultdict(list)
        self._by_class: dict[int, list[JoinPlan]] = defaultdict(list)
        self._type = vocabulary.encode(RDF["type"])
        for plan in incremental:
            if plan.changed is None:
                raise ValueError(f"a plan of {plan.rule.name} that reads all facts has no trigger")
            atom = plan.rule.body[plan.changed]
            if isinstance(atom.predicate, Variable):
                self._by_predicate[None].append(plan)
            elif atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
                self._by_class[vocabulary.encode(atom.object)].append(plan)
            else:
                self._by_predicate[vocabulary.encode(atom.predicate)].append(plan)

    def prepare(self, most: int) -> None:
        """Compile the joins of at most so many plans now rather than at their first run."""
        plans = chain(*self._by_predicate.values(), *self._by_class.values())
        for plan in islice(plans, most):
            plan.prepare()

    def plans_for(self, changes: Changes) -> list[JoinPlan]:
        """Return the plans whose changed pattern may match one of these changes."""
        if not changes:
            return []
        triggered = list(self._by_predicate.get(None, ()))
        for predicate in changes.predicates():
            triggered += self._by_predicate.get(predicate, ())
        for class_ in changes.backward(self._type) if self._by_class else ():
            triggered += self._by_class.get(class_, ())
        return triggered


def _compile_join(source: JoinSource, vocabulary: TermDictionary) -> Join:
    codes = map(vocabulary.encode, source.constants)
    filters = (_compile_filter(condition, vocabulary) for condition in source.filters)
    tests = (_compile_join(test, vocabulary) for test in source.tests)
    return _binder(source.text)(*codes, *filters, *tests)


@lru_cache(maxsize=4096)
def _binder(text: str) -> Callable[..., Join]:
    """Compile the source of a `bind` function; many rules share one text."""
    names = (intersect, pack, lru_cache)
    namespace: dict[str, Any] = {"EMPTY": EMPTY, **{each.__name__: each for each in names}}
    # Code is generated for speed: to match the patterns of a body one after another, as `solve` in
    # `kg.reasoning.facts.matching` does, takes 20 to 30 times as long as the loops of a compiled
    # join. `exec` is safe here: `JoinSource` builds the text from fixed phrases and numbered
    # names (v0, k1, s2), and never inserts anything from a rule or a data file.
    exec(compile(text, "<join>", "exec"), namespace)  # noqa: S102
    binder: Callable[..., Join] = namespace["bind"]
    return binder


def _compile_filter(condition: Expression, vocabulary: TermDictionary) -> Callable[..., bool]:
    """Return the filter as a function of the codes of its variables."""
    variables, decode = condition.variables, vocabulary.decode

    def test(*codes: int) -> bool:
        return passes(condition, dict(zip(variables, map(decode, codes), strict=True)))

    if condition.operator != ILL_TYPED:
        return test
    # It is asked of every triple. Only a spelling with a datatype can be wrong.
    literals = vocabulary.codes.literals
    return lambda code: code < 0 and literals[-code][-1] == ">" and test(code)


def _is_copy(rule: Rule, head: Atom) -> bool:
    """Return whether the rule only copies or inverts the pairs of another predicate."""
    if len(rule.body) != 1 or rule.filters or not rule.is_monotone:
        return False
    if isinstance(rule.body[0].predicate, Variable):
        return False
    ends = {head.subject, head.object}
    return len(ends) == 2 and ends == set(rule.body[0].variables)
