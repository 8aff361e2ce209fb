"""rdflib's algebra of an expression -> the operator of a filter and its operands.

rdflib's algebra of a rule -> its triple patterns and expressions, or where it is refused.

The WHERE of a rule, in rdflib's algebra -> patterns, filters, negations, an aggregate.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import NamedNode, Variable
from rdflib.paths import InvPath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.reasoning.rules.expressions import COMPARISONS, FUNCTIONS
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation, Slot
from kg.store.rdflib_dataset import from_rdflib

# rdflib writes isNUMERIC and LANGMATCHES where SPARQL has isNumeric and langMatches.
_NAMES: Final = {name.upper(): name for name in FUNCTIONS}
_ARITHMETIC: Final = frozenset({"AdditiveExpression", "MultiplicativeExpression"})
_ARGUMENTS: Final = ("arg", "arg1", "arg2", "text", "pattern", "flags")
_ZERO: Final = rdflib.Literal(0)


def operands_of(node: CompValue) -> tuple[str, list[Any]] | None:
    """Operator and operands of a comparison, a test of membership, a sum, a product or a call.

    A sum of several terms is one of the sum of all but the last, and the last. None for
    what no filter of a rule may use.
    """
    if node.name == "RelationalExpression":
        if node.op in COMPARISONS:
            return node.op, [node.expr, node.other]
        listed = [] if node.other == rdflib.RDF.nil else node.other
        return node.op, [node.expr, *listed]
    if node.name in _ARITHMETIC:
        return _last_operation(node)
    if node.name == "UnaryMinus":
        return "-", [_ZERO, node.expr]
    if node.name == "UnaryPlus":
        return "+", [_ZERO, node.expr]
    name = _NAMES.get(node.name.removeprefix("Builtin_").upper())
    if name is None:
        return None
    return name, [node[key] for key in _ARGUMENTS if key in node]


def _last_operation(node: CompValue) -> tuple[str, list[Any]]:
    *operators, last = node.op
    *operands, right = node.other
    left = node.expr
    if operators:
        left = CompValue(node.name, expr=left, op=operators, other=operands)
    return last, [left, right]


# What SPARQL has and a rule has not: the algebra's name, the word to look for in the text, and
# what the refusal says in place of "only patterns and FILTER" where there is something better.
_REFUSED: Final = {
    "LeftJoin": ("OPTIONAL", ""),
    "Union": ("UNION", "write one rule for each part"),
    "Minus": ("MINUS", "FILTER NOT EXISTS { … } is"),
    "Graph": ("GRAPH", ""),
    "Extend": ("BIND", ""),
    "ServiceGraphPattern": ("SERVICE", ""),
    "values": ("VALUES", ""),
    "Slice": ("LIMIT|OFFSET", ""),
    "OrderBy": ("ORDER", ""),
    "Distinct": ("DISTINCT", ""),
    "Reduced": ("REDUCED", ""),
    "Filter": ("FILTER", "write it outside the inner braces"),
}
_REFUSED_IN_FILTERS: Final = {
    "Builtin_NOTEXISTS": ("NOT", "NOT EXISTS stands alone in its FILTER, or beside &&"),
    "Builtin_EXISTS": ("EXISTS", "EXISTS is no part of a rule: its patterns belong in the body"),
}


class Reader:
    """Reads atoms and expressions, with the file at hand for refusals."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def refusal(self, reason: str, word: str) -> MalformedRule:
        """The error, at the first line that has the word outside a comment."""
        pattern = re.compile(rf"\b({word})\b", re.IGNORECASE)
        for number, line in enumerate(self._text.splitlines(), start=1):
            if not line.lstrip().startswith("#") and pattern.search(line):
                return MalformedRule(self._path, number, reason)
        return MalformedRule(self._path, 1, reason)

    def refused(self, node: CompValue) -> MalformedRule:
        """The error of a part of SPARQL that no rule has."""
        word, hint = _REFUSED.get(node.name, (node.name, ""))
        name = word.replace("|", " or ")
        reason = f"{name} is not allowed in a rule, {hint or 'only patterns and FILTER'}"
        return self.refusal(reason, word)

    def atoms(self, triples: Iterable[tuple[Any, Any, Any]], *, in_head: bool) -> Iterator[Atom]:
        """The patterns; an inverse path is turned round."""
        for subject, predicate, object_ in triples:
            while isinstance(predicate, InvPath):
                subject, predicate, object_ = object_, predicate.arg, subject
            if isinstance(predicate, PropertyPath):
                raise self.refusal("of property paths only ^p is allowed in a rule", "WHERE")
            if in_head and any(isinstance(slot, rdflib.BNode) for slot in (subject, object_)):
                raise self.refusal("the head makes a blank node", "CONSTRUCT")
            name = _slot(predicate)
            if not isinstance(name, NamedNode | Variable):
                raise self.refusal("a predicate is an IRI or a variable", "WHERE")
            yield Atom(_slot(subject), name, _slot(object_))

    def conditions(self, node: Any) -> Iterator[Filter]:
        """The filter, or each of its parts where they are joined by &&."""
        for part in conjuncts(node):
            condition = self._expression(part)
            yield condition if isinstance(condition, Filter) else Filter("&&", (condition,))

    def _expression(self, node: Any) -> Filter | Slot:
        """A SPARQL expression as a `Filter`, or the term or variable that it is."""
        if not isinstance(node, CompValue):
            return _slot(node)
        if node.name in {"ConditionalAndExpression", "ConditionalOrExpression"}:
            operator = "&&" if "And" in node.name else "||"
            parts = (node.expr, *node.other)
            return Filter(operator, tuple(self._expression(part) for part in parts))
        if node.name == "UnaryNot":
            return Filter("!", (self._expression(node.expr),))
        operation = operands_of(node)
        if operation is not None:
            operator, operands = operation
            return Filter(operator, tuple(self._expression(operand) for operand in operands))
        function = node.name.removeprefix("Builtin_")
        reason = f"{function} is not allowed in the filter of a rule"
        word, reason = _REFUSED_IN_FILTERS.get(node.name, ("FILTER", reason))
        raise self.refusal(reason, word)


def conjuncts(node: Any) -> list[Any]:
    """The expression, or its parts where they are joined by &&."""
    if isinstance(node, CompValue) and node.name == "ConditionalAndExpression":
        return [each for part in (node.expr, *node.other) for each in conjuncts(part)]
    return [node]


def _slot(node: rdflib.term.Node) -> Slot:
    """An rdflib term or variable as a pyoxigraph one; a blank node of a body is a variable."""
    if isinstance(node, rdflib.Variable | rdflib.BNode):
        return Variable(str(node))
    return from_rdflib(node)


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
