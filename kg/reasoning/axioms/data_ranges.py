"""OWL data ranges -> the condition that a literal is in them.

The condition is true of a value in the range, false of one outside, and an error (so neither)
where nobody can tell: of what is no literal, or of a literal of a datatype that OWL lacks.

OWL 2 RL has datatypes and intersections of them; facets, enumerations, complements and unions
are said here as well, since a filter can.

Source: OWL 2 Structural Specification, sections 4 (facets) and 7 (data ranges).
"""

import re
from collections.abc import Collection
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.ontology_graph import OntologyGraph, local_name
from kg.reasoning.rules.datatypes import (
    KNOWN_DATATYPES,
    ORDERED_DATATYPES,
    RESTRICTION,
    STRING_DATATYPES,
)
from kg.reasoning.rules.patterns import Filter, Term

Condition = tuple[Filter, tuple[str, ...]]

_ORDERS: Final = {
    XSD["minInclusive"]: ">=",
    XSD["maxInclusive"]: "<=",
    XSD["minExclusive"]: ">",
    XSD["maxExclusive"]: "<",
}
_LENGTHS: Final = {XSD["length"]: "=", XSD["minLength"]: ">=", XSD["maxLength"]: "<="}
_TAGGED: Final = frozenset({RDF["PlainLiteral"], RDF["langString"]})
# What XML Schema's regular expressions have and those of the filters lack, or read otherwise.
_OWN_SYNTAX: Final = re.compile(r"\\[icpPIC]|-\[|(?<![\\\[])\^|(?<!\\)\$")


def range_condition(graph: OntologyGraph, node: Term, variable: Variable) -> Condition:
    """The condition that the variable is in the range, and its part of a rule's name.

    Raises:
        UnsupportedAxiom: an unknown datatype or facet, or a definition that goes in circles.
    """
    return _Reader(graph, variable).condition(node, frozenset())


class _Reader:
    def __init__(self, graph: OntologyGraph, variable: Variable) -> None:
        self._graph, self._variable = graph, variable

    def condition(self, node: Term, within: frozenset[Term]) -> Condition:
        """The condition; `within` are the named datatypes whose definition is being read."""
        graph = self._graph
        if node in KNOWN_DATATYPES:
            return Filter("dt-type2", (self._variable, node)), (local_name(node),)
        if isinstance(node, NamedNode):
            return self._defined(node, within), (local_name(node),)
        for base in graph.objects(node, OWL["onDatatype"]):
            return self._restricted(node, base, within)
        for members in graph.objects(node, OWL["oneOf"]):
            items = graph.items(members)
            equals = [Filter("dt-eq", (self._variable, item)) for item in items]
            return _joined("||", equals), tuple(map(local_name, items))
        for negated in graph.objects(node, OWL["datatypeComplementOf"]):
            inner, names = self.condition(negated, within)
            return Filter("!", (inner,)), ("not", *names)
        for key, operator in ((OWL["intersectionOf"], "&&"), (OWL["unionOf"], "||")):
            for members in graph.objects(node, key):
                parts = [self.condition(part, within) for part in graph.items(members)]
                names = tuple(name for _, part in parts for name in part)
                return _joined(operator, [part for part, _ in parts]), names
        raise UnsupportedAxiom(graph.text(node), "no data range of OWL 2")

    def _defined(self, name: NamedNode, within: frozenset[Term]) -> Filter:
        if name in within:
            raise UnsupportedAxiom(self._graph.text(name), "a datatype defined by itself")
        for definition in self._graph.objects(name, OWL["equivalentClass"]):
            return self.condition(definition, within | {name})[0]
        raise UnsupportedAxiom(self._graph.text(name), "a datatype that OWL 2 does not have")

    def _restricted(self, node: Term, base: Term, within: frozenset[Term]) -> Condition:
        condition, names = self.condition(base, within)
        conditions, root = [condition], self._root(base)
        for members in self._graph.objects(node, OWL["withRestrictions"]):
            for item in self._graph.items(members):
                for facet, value in self._graph.described(item):
                    conditions.append(self._facet(facet, value, root))
                    names += (
                        local_name(NamedNode(facet.value)).removeprefix("xsd-"),
                        local_name(value),
                    )
        return _joined(RESTRICTION, conditions), names

    def _root(self, base: Term) -> Term:
        """The datatype under all restrictions and names, whose facets count."""
        for key in (OWL["onDatatype"], OWL["equivalentClass"]):
            for inner in self._graph.objects(base, key):
                return self._root(inner)
        return base

    def _facet(self, facet: NamedNode, value: Term, root: Term) -> Filter:
        variable = self._variable
        text = Filter("STR", (variable,))
        if facet in _ORDERS and root in ORDERED_DATATYPES:
            return Filter(_ORDERS[facet], (variable, value))
        if facet in _LENGTHS and root in STRING_DATATYPES:
            return Filter(_LENGTHS[facet], (Filter("STRLEN", (text,)), value))
        if facet == XSD["pattern"] and root in STRING_DATATYPES:
            return Filter("REGEX", (text, self._anchored(value)))
        if facet == RDF["langRange"] and root in _TAGGED:
            return Filter("langMatches", (Filter("LANG", (variable,)), Literal(value.value)))
        words = f"{self._graph.text(facet)} of {self._graph.text(root)}"
        raise UnsupportedAxiom(words, "no facet that a filter says")

    def _anchored(self, pattern: Term) -> Literal:
        if _OWN_SYNTAX.search(pattern.value):
            reason = "a pattern with what only XML Schema's expressions have"
            raise UnsupportedAxiom(self._graph.text(pattern), reason)
        return Literal(f"^(?:{pattern.value})$")


def _joined(operator: str, conditions: Collection[Filter]) -> Filter:
    """All of them, or one of them; one alone is itself."""
    return next(iter(conditions)) if len(conditions) == 1 else Filter(operator, tuple(conditions))
