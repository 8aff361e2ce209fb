"""Convert the head and the WHERE of a rule from rdflib's algebra to patterns and filters.

A part of SPARQL that a rule may not use is an error, with the line it is on.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import NamedNode, Variable
from rdflib.paths import InvPath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.reasoning.rules.expressions import AGGREGATES, COMPARISONS
from kg.reasoning.rules.functions import FUNCTIONS
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation, TermOrVariable
from kg.store.rdflib_dataset import from_rdflib

# rdflib writes isNUMERIC and LANGMATCHES where SPARQL has isNumeric and langMatches.
_FUNCTION_NAMES: Final = {name.upper(): name for name in FUNCTIONS}
_ARGUMENTS: Final = ("arg", "arg1", "arg2", "text", "pattern", "flags")
_CONNECTIVES: Final = {"ConditionalAndExpression": "&&", "ConditionalOrExpression": "||"}
_SIGNS: Final = {"UnaryMinus": "-", "UnaryPlus": "+"}
_ZERO: Final = rdflib.Literal(0)
# Algebra node that is not allowed in a rule -> (keyword to find its line, advice). Without advice
# the error says that only patterns and FILTER are allowed.
_NOT_ALLOWED: Final = {
    "LeftJoin": ("OPTIONAL", ""),
    "Union": ("UNION", "write one rule for each part"),
    "Minus": ("MINUS", "use FILTER NOT EXISTS { … }"),
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
# Expression that is not allowed in a filter -> (keyword to find its line, error).
_NOT_ALLOWED_IN_FILTERS: Final = {
    "Builtin_NOTEXISTS": ("NOT", "NOT EXISTS must be a whole FILTER or an operand of its outer &&"),
    "Builtin_EXISTS": ("EXISTS", "EXISTS is not allowed in a rule; put its patterns in the body"),
}


@dataclass
class WhereClause:
    """The parts of a WHERE; `filters` include those of a HAVING."""

    body: tuple[Atom, ...] = ()
    filters: tuple[Expression, ...] = ()
    negated: tuple[Negation, ...] = ()
    aggregate: Aggregate | None = None


class AlgebraReader:
    """Converts atoms and expressions of one rule file, and finds the lines of its errors."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def error_at(self, reason: str, word: str) -> MalformedRule:
        """Return the error, at the first line outside comments that contains the word."""
        pattern = re.compile(rf"\b({word})\b", re.IGNORECASE)
        lines = enumerate(self._text.splitlines(), start=1)
        found = (i for i, line in lines if line.lstrip()[:1] != "#" and pattern.search(line))
        return MalformedRule(self._path, next(found, 1), reason)

    def not_allowed_error(self, node: CompValue) -> MalformedRule:
        """Return the error for a part of SPARQL that is not allowed in a rule."""
        word, advice = _NOT_ALLOWED.get(node.name, (node.name, ""))
        name = word.replace("|", " or ")
        reason = f"{name} is not allowed in a rule; {advice or 'only patterns and FILTER are'}"
        return self.error_at(reason, word)

    def atoms(self, triples: Iterable[tuple[Any, Any, Any]], *, in_head: bool) -> Iterator[Atom]:
        """Yield the triple patterns; in one with `^p`, subject and object are swapped.

        Another property path, a predicate that is neither an IRI nor a variable, and a blank node
        in the head are a `MalformedRule`.
        """
        for subject, predicate, object_ in triples:
            while isinstance(predicate, InvPath):
                subject, predicate, object_ = object_, predicate.arg, subject
            if isinstance(predicate, PropertyPath):
                raise self.error_at("^p is the only property path allowed in a rule", "WHERE")
            if in_head and any(isinstance(slot, rdflib.BNode) for slot in (subject, object_)):
                raise self.error_at("blank nodes are not allowed in the head", "CONSTRUCT")
            name = _slot(predicate)
            if not isinstance(name, NamedNode | Variable):
                raise self.error_at("expected an IRI or a variable as the predicate", "WHERE")
            yield Atom(_slot(subject), name, _slot(object_))

    def conditions(self, node: Any) -> Iterator[Expression]:
        """Yield the expression as filters, one for each operand of an outer `&&`."""
        for part in _conjuncts(node):
            condition = self._expression(part)
            yield condition if isinstance(condition, Expression) else Expression("&&", (condition,))

    def _expression(self, node: Any) -> Expression | TermOrVariable:
        if not isinstance(node, CompValue):
            return _slot(node)
        operator, operands = _read_operation(node)
        if not operator:
            function = node.name.removeprefix("Builtin_")
            reason = f"{function} is not allowed in the filter of a rule"
            word, reason = _NOT_ALLOWED_IN_FILTERS.get(node.name, ("FILTER", reason))
            raise self.error_at(reason, word)
        return Expression(operator, tuple(map(self._expression, operands)))


def _slot(node: rdflib.term.Node) -> TermOrVariable:
    """Convert an rdflib term or variable to pyoxigraph; a blank node becomes a variable."""
    if isinstance(node, rdflib.Variable | rdflib.BNode):
        return Variable(str(node))
    return from_rdflib(node)


def _conjuncts(node: Any) -> list[Any]:
    """Return the operands of an outer `&&`, nested ones included, or the expression itself."""
    if isinstance(node, CompValue) and node.name == "ConditionalAndExpression":
        return [part for operand in (node.expr, *node.other) for part in _conjuncts(operand)]
    return [node]


def _read_operation(node: CompValue) -> tuple[str, list[Any]]:
    """Return operator and operands; no operator if a filter may not use the expression.

    A sum or product of more than two operands is split into all but the last, and the last.
    """
    if node.name in _CONNECTIVES:
        return _CONNECTIVES[node.name], [node.expr, *node.other]
    if node.name == "UnaryNot":
        return "!", [node.expr]
    if node.name in _SIGNS:
        return _SIGNS[node.name], [_ZERO, node.expr]
    if node.name == "RelationalExpression":
        if node.op in COMPARISONS:
            return node.op, [node.expr, node.other]
        return node.op, [node.expr, *([] if node.other == rdflib.RDF.nil else node.other)]
    if node.name in {"AdditiveExpression", "MultiplicativeExpression"}:
        *operators, last = node.op
        *operands, right = node.other
        left = node.expr
        if operators:
            left = CompValue(node.name, expr=left, op=operators, other=operands)
        return last, [left, right]
    name = _FUNCTION_NAMES.get(node.name.removeprefix("Builtin_").upper(), "")
    return name, [node[key] for key in _ARGUMENTS if key in node]


def read_where(reader: AlgebraReader, node: CompValue) -> WhereClause:
    """Convert a group of patterns and FILTERs, with at most one SELECT of an aggregate.

    A part that is not allowed in a rule is a `MalformedRule`.
    """
    where, expressions = WhereClause(), []
    while node.name == "Filter":
        expressions += _conjuncts(node.expr)
        node = node.p
    for part in _join_operands(node):
        if part.name == "BGP":
            where.body += tuple(reader.atoms(part.triples, in_head=False))
        elif part.name == "ToMultiSet" and part.p.name != "values":
            if where.aggregate is not None:
                reason = "only one aggregate is allowed in a rule; use a second rule for the other"
                raise reader.error_at(reason, "SELECT")
            where.aggregate, having = _convert_aggregate(reader, part.p)
            where.filters += tuple(having)
        else:
            raise reader.not_allowed_error(part.p if part.name == "ToMultiSet" else part)
    for expression in expressions:
        if isinstance(expression, CompValue) and expression.name == "Builtin_NOTEXISTS":
            group = translateGroupGraphPattern(expression.graph)
            inside = _patterns_and_filters(reader, group, "NOT EXISTS", "NOT")
            where.negated += (Negation(*inside),)
        else:
            where.filters += tuple(reader.conditions(expression))
    return where


def _join_operands(node: CompValue) -> list[CompValue]:
    return [*_join_operands(node.p1), *_join_operands(node.p2)] if node.name == "Join" else [node]


def _patterns_and_filters(
    reader: AlgebraReader, node: CompValue, place: str, word: str
) -> tuple[tuple[Atom, ...], tuple[Expression, ...]]:
    """Convert the inside of a NOT EXISTS or an aggregate, which allows nothing else."""
    inner = read_where(reader, node)
    if inner.negated or inner.aggregate or not inner.body:
        reason = f"expected patterns, and nothing else but FILTER, inside {place}"
        raise reader.error_at(f"{reason}; use a second rule for the rest", word)
    return inner.body, inner.filters


def _convert_aggregate(
    reader: AlgebraReader, select: CompValue
) -> tuple[Aggregate, list[Expression]]:
    """Return the aggregate that a SELECT computes, and its HAVING as filters on the result."""
    node, selected, conditions = select, dict[Any, Any](), list[Expression]()
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
            raise reader.error_at("a SELECT in a rule must compute an aggregate", "SELECT")
        raise reader.not_allowed_error(node)
    groups = _group_variables(reader, node.p, select.PV)
    # rdflib computes each aggregate into a variable of its own and refers to it by that name.
    computed = {call.res: call for call in node.A}
    result, call = _selected_aggregate(reader, groups, selected, computed)
    body, filters = _patterns_and_filters(reader, node.p.p, "the SELECT of an aggregate", "SELECT")
    names = tuple(Variable(str(group)) for group in groups)
    argument = None if call.vars == "*" else Variable(str(call.vars))
    key = _, _, is_distinct = call.name, call.vars, bool(call.distinct)
    aggregate = Aggregate(names, _function_name(call), argument, result, body, filters, is_distinct)
    variables: dict[Variable, Variable] = {}
    for name, other in computed.items():
        if (other.name, other.vars, bool(other.distinct)) == key:
            variables[Variable(str(name))] = result
        # rdflib writes a variable of GROUP BY as SAMPLE.
        elif other.name == "Aggregate_Sample" and other.vars in groups:
            variables[Variable(str(name))] = Variable(str(other.vars))
    if any(variable not in variables for each in conditions for variable in each.variables):
        reason = "expected only the selected aggregate and variables of GROUP BY in HAVING"
        raise reader.error_at(reason, "HAVING")
    return aggregate, [condition.substitute(variables) for condition in conditions]


def _group_variables(reader: AlgebraReader, node: CompValue, selected: list[Any]) -> list[Any]:
    groups = node.expr
    if not groups:
        reason = "an aggregate needs a GROUP BY: a count of no matches would have no premises"
        raise reader.error_at(reason, "SELECT")
    if node.p.name == "Extend" or not all(isinstance(group, rdflib.Variable) for group in groups):
        raise reader.error_at("GROUP BY takes variables only", "GROUP")
    hidden = [group for group in groups if group not in selected]
    if hidden:
        raise reader.error_at(f"?{hidden[0]} is in GROUP BY but not selected", "GROUP")
    return list(dict.fromkeys(groups))


def _selected_aggregate(
    reader: AlgebraReader, groups: list[Any], selected: dict[Any, Any], computed: dict[Any, Any]
) -> tuple[Variable, CompValue]:
    """Return the variable of the result, and the call of the aggregate function."""
    results = {name: value for name, value in selected.items() if name not in groups}
    if len(results) != 1:
        raise reader.error_at("expected exactly one aggregate in the SELECT", "SELECT")
    [(name, expression)] = results.items()
    call = None if isinstance(expression, CompValue) else computed.get(expression)
    if call is None or not isinstance(call.vars, rdflib.Variable | str):
        reason = "expected an aggregate of one variable, without further calculation"
        raise reader.error_at(reason, "SELECT")
    function = _function_name(call)
    if function not in AGGREGATES:
        reason = f"{function} is not allowed in a rule; expected one of {', '.join(AGGREGATES)}"
        raise reader.error_at(reason, function)
    if call.vars == "*" and call.distinct:
        raise reader.error_at("COUNT(DISTINCT *) is not allowed; name the variable", "COUNT")
    return Variable(str(name)), call


def _function_name(call: CompValue) -> str:
    name: str = call.name.removeprefix("Aggregate_").upper()
    return "GROUP_CONCAT" if name == "GROUPCONCAT" else name
