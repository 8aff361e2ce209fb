"""Compile rules to join functions.

A rule has one function that reads all facts, and for each pattern of its body one that reads the
changed triples in place of this pattern and all facts for the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyoxigraph import NamedNode, Variable

from kg.namespaces import RDF
from kg.reasoning.derivation.join_source import JoinGenerator
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import EMPTY, Changes, TripleIndex
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Expression, TermOrVariable
from kg.reasoning.rules.rule import Rule

# The output of a join: key -> values, or a set of triples or bindings; see `JoinSource.shape`.
JoinResult = Any
Join = Callable[[TripleIndex | Changes, TripleIndex, JoinResult, DerivationLimits], None]


@dataclass
class JoinPlan:
    """One rule, one triple of its head (None: a contradiction), one pattern that changed.

    Attributes:
        rule: the rule that the plan runs.
        head: the triple pattern of the head that the plan derives.
        changed: the index in the body of the pattern that reads the changes; None if the plan
            reads all facts.
        vocabulary: encodes the constants of the rule.

    The others are results of compiling the rule, so they are set only once the plan has run:

        shape: see `JoinSource.shape`.
        predicate: the code of the head's predicate; 0 if there is none or it is a variable.
        is_copy: whether the result is the pairs of another predicate, perhaps inverted, as one
            side of the facts or changes themselves, which callers must not change.
        needs_subject_check: whether triples with a literal as subject must be removed from the
            result.
        variables: the variables of the body, in the order of "bindings".
        constants: the codes of all terms that the rule mentions.
    """

    rule: Rule
    head: Atom | None
    changed: int | None
    vocabulary: TermDictionary
    shape: str = ""
    predicate: int = 0
    is_copy: bool = False
    needs_subject_check: bool = False
    variables: tuple[Variable, ...] = ()
    constants: frozenset[int] = frozenset()
    _source: int = 0
    _join: Join | None = field(default=None, repr=False)

    def run(
        self, changes: TripleIndex | Changes, facts: TripleIndex, limits: DerivationLimits
    ) -> JoinResult:
        """Return what the plan derives, in the form that `shape` says; some may be known already.

        A plan that reads all facts ignores the changes.
        """
        join = self._join or self._compile()
        if self.is_copy:
            source = facts if self.changed is None else changes
            return source.forward(self._source)
        result: JoinResult = defaultdict(set) if self.shape in {"objects", "subjects"} else set()
        join(changes, facts, result, limits)
        return self._without_literal_subjects(result) if self.needs_subject_check else result

    def discard_compiled(self) -> None:
        """Discard the compiled join, because the codes of its constants have changed."""
        self._join = None

    def _compile(self) -> Join:
        rule, head, encode = self.rule, self.head, self.vocabulary.encode
        source = JoinGenerator(rule.body, rule.filters, head).generate(self.changed)
        self.shape, self.variables = source.shape, source.variables
        # Where the head's predicate is a variable, the result is triples: these are no side of a
        # relation that could be copied, and `group_by_predicate` removes literals as subjects.
        if head is not None and isinstance(head.predicate, NamedNode):
            self.predicate = encode(head.predicate)
            self.needs_subject_check = _may_be_literal(head.subject, rule.body)
            self.is_copy = not self.needs_subject_check and _is_copy(rule, head)
        if self.is_copy:
            self._source = encode(rule.body[0].predicate)  # type: ignore[arg-type]
            is_inverse = head is not None and head.subject != rule.body[0].subject
            self.shape = "subjects" if is_inverse else "objects"
        slots = {slot for atom in (*rule.body, *rule.head) for slot in atom}
        self.constants = frozenset(encode(slot) for slot in slots if not isinstance(slot, Variable))
        codes = [encode(term) for term in source.constants]
        conditions = [_compile_filter(condition, self.vocabulary) for condition in source.filters]
        self._join = _binder(source.text)(*codes, *conditions)
        return self._join

    def _without_literal_subjects(self, result: JoinResult) -> JoinResult:
        """Return the result without triples whose subject is a literal, which RDF forbids.

        Literals have negative codes.
        """
        if self.shape == "subjects":
            return {
                object_: (
                    subjects
                    if min(subjects, default=0) > 0
                    else {code for code in subjects if code > 0}
                )
                for object_, subjects in result.items()
            }
        return {subject: objects for subject, objects in result.items() if subject > 0}


def make_plans(
    rules: Iterable[Rule], vocabulary: TermDictionary
) -> tuple[list[JoinPlan], list[JoinPlan]]:
    """Return the plans that read all facts, and those that start from changes."""
    full: list[JoinPlan] = []
    incremental: list[JoinPlan] = []
    for rule in rules:
        for head in rule.head or (None,):
            full.append(JoinPlan(rule, head, None, vocabulary))
            incremental += [
                JoinPlan(rule, head, index, vocabulary) for index in range(len(rule.body))
            ]
    return full, incremental


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

    def plans_for(self, changes: Changes) -> list[JoinPlan]:
        """Return the plans whose changed pattern may match one of these changes."""
        if not changes:
            return []
        triggered = list(self._by_predicate.get(None, ()))
        for predicate in changes.predicates():
            triggered += self._by_predicate.get(predicate, ())
        if self._by_class:
            for class_ in changes.backward(self._type):
                triggered += self._by_class.get(class_, ())
        return triggered


@lru_cache(maxsize=4096)
def _binder(text: str) -> Callable[..., Join]:
    """Compile the source of a `bind` function; many rules share one text."""
    namespace: dict[str, Any] = {"EMPTY": EMPTY}
    # Code is generated for speed: to match the patterns of a body one after another, as `solve` in
    # `kg.reasoning.facts.matching` does, takes 20 to 30 times as long as the loops of a compiled
    # join. `exec` is safe here: `JoinGenerator` builds the text from fixed phrases and numbered
    # names (v0, k1, s2), and never inserts anything from a rule or a data file.
    exec(compile(text, "<join>", "exec"), namespace)  # noqa: S102
    binder: Callable[..., Join] = namespace["bind"]
    return binder


def _compile_filter(condition: Expression, vocabulary: TermDictionary) -> Callable[..., bool]:
    """Return the filter as a function of the codes of its variables."""
    variables, decode = condition.variables, vocabulary.decode

    def is_met(*codes: int) -> bool:
        return passes(condition, dict(zip(variables, map(decode, codes), strict=True)))

    return is_met


def _is_copy(rule: Rule, head: Atom) -> bool:
    """Return whether the rule only copies or inverts the pairs of another predicate."""
    if len(rule.body) != 1 or rule.filters or isinstance(rule.body[0].predicate, Variable):
        return False
    ends = {head.subject, head.object}
    return len(ends) == 2 and ends == set(rule.body[0].variables)


def _may_be_literal(subject: TermOrVariable, body: Iterable[Atom]) -> bool:
    """Return whether the head's subject occurs in the body only as an object."""
    return isinstance(subject, Variable) and not any(
        subject in {atom.subject, atom.predicate} for atom in body
    )
