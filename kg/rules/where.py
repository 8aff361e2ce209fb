"""The WHERE of a rule, in rdflib's algebra -> patterns, filters, negations, an aggregate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import rdflib
from pyoxigraph import Variable
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from kg.rules.algebra import Reader, conjuncts
from kg.rules.patterns import Aggregate, Atom, Filter, Negation, Slot

AGGREGATE_FUNCTIONS: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG")


@dataclass
class Where:
    """What stands between the braces; a HAVING is among the filters."""

    body: list[Atom] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    negated: list[Negation] = field(default_factory=list)
    aggregate: Aggregate | None = None


def read_where(reader: Reader, node: CompValue) -> Where:
    """What a group of patterns and FILTERs says, with at most one SELECT of an aggregate.

    Raises:
        MalformedRule: it has a part that no rule has.
    """
    found, expressions = Where(), []
    while node.name == "Filter":
        expressions += conjuncts(node.expr)
        node = node.p
    for part in _joined(node):
        if part.name == "BGP":
            found.body += reader.atoms(part.triples, in_head=False)
        elif part.name == "ToMultiSet" and part.p.name != "values":
            if found.aggregate is not None:
                reason = "a rule has one aggregate: derive the other by a rule of its own"
                raise reader.refusal(reason, "SELECT")
            found.aggregate, having = _aggregate(reader, part.p)
            found.filters += having
        else:
            raise reader.refused(part.p if part.name == "ToMultiSet" else part)
    for expression in expressions:
        if isinstance(expression, CompValue) and expression.name == "Builtin_NOTEXISTS":
            found.negated.append(_negation(reader, expression))
        else:
            found.filters += reader.conditions(expression)
    return found


def _joined(node: CompValue) -> Iterator[CompValue]:
    if node.name == "Join":
        yield from _joined(node.p1)
        yield from _joined(node.p2)
    else:
        yield node


def _negation(reader: Reader, node: CompValue) -> Negation:
    body, filters = _plain(reader, translateGroupGraphPattern(node.graph), "NOT EXISTS", "NOT")
    return Negation(body, filters)


def _plain(
    reader: Reader, node: CompValue, place: str, word: str
) -> tuple[tuple[Atom, ...], tuple[Filter, ...]]:
    """Patterns and filters alone, as inside of a NOT EXISTS or an aggregate."""
    inner = read_where(reader, node)
    if inner.negated or inner.aggregate or not inner.body:
        reason = f"inside {place} stand patterns and FILTER: what is more is a rule of its own"
        raise reader.refusal(reason, word)
    return tuple(inner.body), tuple(inner.filters)


def _aggregate(reader: Reader, select: CompValue) -> tuple[Aggregate, list[Filter]]:
    """The aggregate that a SELECT computes, and its HAVING as filters on the result."""
    node, selected, conditions = select, dict[Any, Any](), list[Filter]()
    if node.name == "Project":
        node = node.p
    while node.name in {"Extend", "Filter"}:
        if node.name == "Extend":
            selected[node.var] = node.expr
        else:
            conditions += reader.conditions(node.expr)
        node = node.p
    if node.name != "AggregateJoin":
        if node.name in {"BGP", "Join"}:
            raise reader.refusal("a SELECT in a rule is that of an aggregate", "SELECT")
        raise reader.refused(node)
    groups = _groups(reader, node.p, select.PV)
    computed = {each.res: each for each in node.A}
    result, call = _result(reader, groups, selected, computed)
    body, filters = _plain(reader, node.p.p, "the SELECT of an aggregate", "SELECT")
    argument = None if call.vars == "*" else Variable(str(call.vars))
    names = tuple(Variable(str(each)) for each in groups)
    aggregate = Aggregate(
        names, _function(call), argument, result, body, filters, bool(call.distinct)
    )
    meanings = {
        Variable(str(name)): result if _is_same(each, call) else Variable(str(each.vars))
        for name, each in computed.items()
        if _is_same(each, call) or _is_group(each, groups)
    }
    return aggregate, [_having(reader, each, meanings) for each in conditions]


def _groups(reader: Reader, node: CompValue, shown: list[Any]) -> list[Any]:
    groups = node.expr
    if not groups:
        reason = "an aggregate has a GROUP BY: the count of nothing would rest on nothing"
        raise reader.refusal(reason, "SELECT")
    if node.p.name == "Extend" or not all(isinstance(one, rdflib.Variable) for one in groups):
        raise reader.refusal("GROUP BY takes variables only", "GROUP")
    hidden = [one for one in groups if one not in shown]
    if hidden:
        raise reader.refusal(f"?{hidden[0]} stands in GROUP BY and is not selected", "GROUP")
    return list(dict.fromkeys(groups))


def _result(
    reader: Reader, groups: list[Any], selected: Mapping[Any, Any], computed: Mapping[Any, Any]
) -> tuple[Variable, CompValue]:
    """The name of the result, and the function that it is the value of."""
    results = {name: each for name, each in selected.items() if name not in groups}
    if len(results) != 1:
        raise reader.refusal("a SELECT in a rule has one aggregate", "SELECT")
    [(name, expression)] = results.items()
    call = None if isinstance(expression, CompValue) else computed.get(expression)
    if call is None or not isinstance(call.vars, rdflib.Variable | str):
        reason = "an aggregate is of a variable, and its result is taken as it is"
        raise reader.refusal(reason, "SELECT")
    if _function(call) not in AGGREGATE_FUNCTIONS:
        reason = f"{_function(call)} is not allowed in a rule; {', '.join(AGGREGATE_FUNCTIONS)} are"
        raise reader.refusal(reason, _function(call))
    if call.vars == "*" and call.distinct:
        raise reader.refusal("COUNT(DISTINCT *) is not allowed: name the variable", "COUNT")
    return Variable(str(name)), call


def _function(call: CompValue) -> str:
    name: str = call.name.removeprefix("Aggregate_").upper()
    return "GROUP_CONCAT" if name == "GROUPCONCAT" else name


def _is_same(one: CompValue, other: CompValue) -> bool:
    alike = one.name == other.name and one.vars == other.vars
    return alike and bool(one.distinct) == bool(other.distinct)


def _is_group(call: CompValue, groups: list[Any]) -> bool:
    """Whether it is how rdflib says that a group's variable is its own value."""
    return call.name == "Aggregate_Sample" and call.vars in groups


def _having(reader: Reader, condition: Filter, meanings: Mapping[Variable, Variable]) -> Filter:
    if not set(condition.variables) <= set(meanings):
        reason = "HAVING repeats the aggregate that is selected, or names a variable of GROUP BY"
        raise reader.refusal(reason, "HAVING")

    def renamed(slot: Filter | Slot) -> Filter | Slot:
        if isinstance(slot, Filter):
            return Filter(slot.operator, tuple(map(renamed, slot.arguments)))
        return meanings[slot] if isinstance(slot, Variable) else slot

    return Filter(condition.operator, tuple(map(renamed, condition.arguments)))
