"""The text of a SPARQL CONSTRUCT -> head, body and filters of a rule."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import Literal, NamedNode, Store, Variable
from rdflib.paths import InvPath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.namespaces import RDF
from kg.rdflib_terms import from_rdflib
from kg.rules.filters import operands_of
from kg.rules.patterns import Atom, Filter, Slot, variables_of

# What SPARQL has and a rule has not: the algebra's name, and the word to look for in the text.
_REFUSED: Final = {
    "LeftJoin": "OPTIONAL",
    "Union": "UNION",
    "Minus": "MINUS",
    "Graph": "GRAPH",
    "Extend": "BIND",
    "ServiceGraphPattern": "SERVICE",
    "ToMultiSet": "SELECT|VALUES",
    "Group": "GROUP",
    "Slice": "LIMIT|OFFSET",
    "OrderBy": "ORDER",
    "Join": "WHERE",
    "Builtin_NOTEXISTS": "NOT",
    "Builtin_EXISTS": "EXISTS",
}


@dataclass(frozen=True)
class Construct:
    """What a CONSTRUCT makes of what."""

    head: tuple[Atom, ...]
    body: tuple[Atom, ...]
    filters: tuple[Filter, ...]


def read_construct(path: Path, text: str) -> Construct:
    """The rule that the text of this file says.

    Raises:
        MalformedRule: it is no SPARQL, no CONSTRUCT, or more than patterns and simple filters;
            or the head has a variable that the body lacks, or the body is a product.
    """
    _check_syntax(path, text)
    reader = _Reader(path, text)
    algebra = translateQuery(parseQuery(text)).algebra
    if algebra.name != "ConstructQuery" or algebra.datasetClause:
        raise reader.refusal("a rule is one CONSTRUCT without FROM", algebra.name[:6].upper())
    if not algebra.template:
        raise reader.refusal("a rule has a head: CONSTRUCT { … } WHERE { … }", "CONSTRUCT")
    head = tuple(reader.atoms(algebra.template, in_head=True))
    body, filters = reader.pattern(algebra.p.p if algebra.p.name == "Project" else algebra.p)
    construct = Construct(head, tuple(body), tuple(filters))
    _check_variables(reader, construct)
    return construct


def _check_syntax(path: Path, text: str) -> None:
    # The engine is asked first: a rule must run as it stands on any SPARQL engine, and rdflib
    # raises a bare Exception for an undeclared prefix.
    try:
        Store().query(text)
    except SyntaxError as error:
        place = re.match(r"error at (\d+):\d+: (.{0,80})", str(error))
        line = int(place[1]) if place else 1
        raise MalformedRule(path, line, place[2] if place else str(error)) from error


def _check_variables(reader: "_Reader", construct: Construct) -> None:
    bound = set(variables_of(construct.body))
    if not bound:
        raise reader.refusal("the body binds no variable", "WHERE")
    unbound = [variable for variable in variables_of(construct.head) if variable not in bound]
    if unbound:
        raise reader.refusal(f"{unbound[0]} stands in the head and not in the body", "CONSTRUCT")
    for condition in construct.filters:
        loose = [variable for variable in condition.variables if variable not in bound]
        if loose:
            raise reader.refusal(f"{loose[0]} stands in a filter and in no pattern", "FILTER")
    open_parts = [part for part in _parts(construct.body) if not any(map(_is_anchored, part))]
    if len(open_parts) > 1:
        reason = "the body is a product: two parts share no variable and name no individual"
        raise reader.refusal(reason, "WHERE")


def _parts(body: Iterable[Atom]) -> list[list[Atom]]:
    """The patterns, grouped by the variables they share."""
    parts: list[list[Atom]] = []
    for atom in body:
        names = set(atom.variables)
        touching = [part for part in parts if names & set(variables_of(part))]
        merged = [atom, *(other for part in touching for other in part)]
        parts = [part for part in parts if part not in touching] + [merged]
    return parts


def _is_anchored(atom: Atom) -> bool:
    """Whether the pattern names an individual (so it is a look-up, not a listing)."""
    names_object = isinstance(atom.object, NamedNode | Literal) and atom.predicate != RDF["type"]
    return isinstance(atom.subject, NamedNode) or names_object


class _Reader:
    """rdflib's algebra -> atoms and filters, with the file at hand for refusals."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def refusal(self, reason: str, word: str) -> MalformedRule:
        """The error, at the first line that has the word outside a comment."""
        pattern = re.compile(rf"\b({word})\b", re.IGNORECASE)
        for number, line in enumerate(self.text.splitlines(), start=1):
            if not line.lstrip().startswith("#") and pattern.search(line):
                return MalformedRule(self.path, number, reason)
        return MalformedRule(self.path, 1, reason)

    def pattern(self, node: CompValue) -> tuple[list[Atom], list[Filter]]:
        """The atoms and filters of a basic graph pattern under any number of FILTERs."""
        if node.name == "BGP":
            return list(self.atoms(node.triples, in_head=False)), []
        if node.name == "Filter":
            body, filters = self.pattern(node.p)
            return body, filters + list(self.conditions(node.expr))
        word = _REFUSED.get(node.name, node.name)
        raise self.refusal(f"{word} is not allowed in a rule, only patterns and FILTER", word)

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

    def conditions(self, expression: Any) -> Iterator[Filter]:
        """The filter, or each of its parts where they are joined by &&."""
        condition = self.expression(expression)
        if not isinstance(condition, Filter):
            condition = Filter("&&", (condition,))
        parts = condition.arguments if condition.operator == "&&" else (condition,)
        for part in parts:
            yield part if isinstance(part, Filter) else Filter("&&", (part,))

    def expression(self, node: Any) -> Filter | Slot:
        """A SPARQL expression as a `Filter`, or the term or variable that it is."""
        if not isinstance(node, CompValue):
            return _slot(node)
        if node.name in {"ConditionalAndExpression", "ConditionalOrExpression"}:
            operator = "&&" if "And" in node.name else "||"
            parts = (node.expr, *node.other)
            return Filter(operator, tuple(self.expression(part) for part in parts))
        if node.name == "UnaryNot":
            return Filter("!", (self.expression(node.expr),))
        operation = operands_of(node)
        if operation is not None:
            operator, operands = operation
            return Filter(operator, tuple(self.expression(operand) for operand in operands))
        word = _REFUSED.get(node.name, "FILTER")
        function = node.name.removeprefix("Builtin_")
        raise self.refusal(f"{function} is not allowed in the filter of a rule", word)


def _slot(node: rdflib.term.Node) -> Slot:
    """An rdflib term or variable as a pyoxigraph one; a blank node of a body is a variable."""
    if isinstance(node, rdflib.Variable | rdflib.BNode):
        return Variable(str(node))
    return from_rdflib(node)
