"""rdflib's algebra of a rule -> its triple patterns and expressions, or where it is refused."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import NamedNode, Variable
from rdflib.paths import InvPath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.rules.filters.reading import operands_of
from kg.rules.patterns import Atom, Filter, Slot
from kg.store.rdflib_dataset import from_rdflib

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
