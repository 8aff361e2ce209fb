"""rdflib's algebra of an expression -> the operator of a filter and its operands."""

from typing import Any, Final

import rdflib
from rdflib.plugins.sparql.parserutils import CompValue

from kg.rules.filters.evaluation import COMPARISONS, FUNCTIONS

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
