"""Compile an OWL data range to the condition that a literal is in it.

The condition is true for a value in the range, false for one outside, and an error (so neither)
where this is unknown: for a term that is not a literal, or whose datatype is unknown to OWL.

OWL 2 RL allows only datatypes and their intersections. Facets, enumerations, complements and
unions are supported here too, because filters can express them.

Source: OWL 2 Structural Specification, sections 4 (facets) and 7 (data ranges).
"""

import re
from collections.abc import Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.datatypes import (
    KNOWN_DATATYPES,
    ORDERED_DATATYPES,
    RESTRICTION,
    STRING_DATATYPES,
)
from kg.reasoning.rules.patterns import Expression, Term

# The filter, and the parts that it adds to a rule's name.
_Condition = tuple[Expression, tuple[str, ...]]

_COMPARISONS: Final = {
    XSD["minInclusive"]: ">=",
    XSD["maxInclusive"]: "<=",
    XSD["minExclusive"]: ">",
    XSD["maxExclusive"]: "<",
}
_LENGTHS: Final = {XSD["length"]: "=", XSD["minLength"]: ">=", XSD["maxLength"]: "<="}
_LANGUAGE_TAGGED: Final = frozenset({RDF["PlainLiteral"], RDF["langString"]})
# Syntax of XML Schema's regular expressions that those of SPARQL lack or read differently.
_SCHEMA_ONLY_SYNTAX: Final = re.compile(r"\\[icpPIC]|-\[|(?<![\\\[])\^|(?<!\\)\$")


class DataRangeReader:
    """Compiles the data ranges of one variable."""

    def __init__(self, graph: OntologyGraph, variable: Variable) -> None:
        self._graph, self._variable = graph, variable

    def condition(self, node: Term, ancestors: frozenset[Term] = frozenset()) -> _Condition:
        """Return the condition that the variable is in the range.

        An unknown datatype or facet, or a circular definition, is an `UnsupportedAxiom`;
        `ancestors` are the datatypes being defined.
        """
        graph = self._graph
        if node in KNOWN_DATATYPES:
            return Expression("dt-type2", (self._variable, node)), (rule_name_part(node),)
        if isinstance(node, NamedNode):
            return self._named_datatype(node, ancestors), (rule_name_part(node),)
        for base in graph.objects(node, OWL["onDatatype"]):
            return self._restriction(node, base, ancestors)
        for members in graph.objects(node, OWL["oneOf"]):
            items = graph.list_members(members)
            equals = [Expression("dt-eq", (self._variable, item)) for item in items]
            return _combine("||", equals), tuple(map(rule_name_part, items))
        for negated in graph.objects(node, OWL["datatypeComplementOf"]):
            inner, names = self.condition(negated, ancestors)
            return Expression("!", (inner,)), ("not", *names)
        for predicate, operator in ((OWL["intersectionOf"], "&&"), (OWL["unionOf"], "||")):
            for members in graph.objects(node, predicate):
                parts = [self.condition(part, ancestors) for part in graph.list_members(members)]
                names = tuple(name for _, part_names in parts for name in part_names)
                return _combine(operator, [condition for condition, _ in parts]), names
        raise UnsupportedAxiom(graph.to_manchester(node), "not a data range of OWL 2")

    def _named_datatype(self, name: NamedNode, ancestors: frozenset[Term]) -> Expression:
        if name in ancestors:
            reason = "a datatype defined in terms of itself"
            raise UnsupportedAxiom(self._graph.to_manchester(name), reason)
        for definition in self._graph.objects(name, OWL["equivalentClass"]):
            return self.condition(definition, ancestors | {name})[0]
        raise UnsupportedAxiom(self._graph.to_manchester(name), "not a datatype of OWL 2")

    def _restriction(self, node: Term, base: Term, ancestors: frozenset[Term]) -> _Condition:
        condition, names = self.condition(base, ancestors)
        conditions, root = [condition], self._root(base)
        for members in self._graph.objects(node, OWL["withRestrictions"]):
            for item in self._graph.list_members(members):
                for facet, value in self._graph.predicates_and_objects(item):
                    conditions.append(self._facet_filter(facet, value, root))
                    names += (rule_name_part(facet).removeprefix("xsd-"), rule_name_part(value))
        return _combine(RESTRICTION, conditions), names

    def _root(self, base: Term) -> Term:
        """Return the datatype under all restrictions and names: it decides which facets apply."""
        for predicate in (OWL["onDatatype"], OWL["equivalentClass"]):
            for inner in self._graph.objects(base, predicate):
                return self._root(inner)
        return base

    def _facet_filter(self, facet: NamedNode, value: Term, root: Term) -> Expression:
        variable, text = self._variable, Expression("STR", (self._variable,))
        if facet in _COMPARISONS and root in ORDERED_DATATYPES:
            return Expression(_COMPARISONS[facet], (variable, value))
        if facet in _LENGTHS and root in STRING_DATATYPES:
            return Expression(_LENGTHS[facet], (Expression("STRLEN", (text,)), value))
        if facet == XSD["pattern"] and root in STRING_DATATYPES:
            if _SCHEMA_ONLY_SYNTAX.search(value.value):
                reason = "a pattern with syntax that only XML Schema's regular expressions have"
                raise UnsupportedAxiom(self._graph.to_manchester(value), reason)
            return Expression("REGEX", (text, Literal(f"^(?:{value.value})$")))
        if facet == RDF["langRange"] and root in _LANGUAGE_TAGGED:
            language = Expression("LANG", (variable,))
            return Expression("langMatches", (language, Literal(value.value)))
        facet_text = f"{self._graph.to_manchester(facet)} of {self._graph.to_manchester(root)}"
        raise UnsupportedAxiom(facet_text, "unsupported facet")


def _combine(operator: str, conditions: Sequence[Expression]) -> Expression:
    """Join the conditions by the operator; a single condition stays as it is."""
    return conditions[0] if len(conditions) == 1 else Expression(operator, tuple(conditions))
