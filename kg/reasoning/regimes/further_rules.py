"""Sound rules about axioms and class expressions that OWL 2 RL lacks, for its two OWL regimes.

They are in `further-rules.txt`. OWL 2 RL has no complements and no numbers above one that follow
from other axioms, so a query for a class that it describes itself would have too few answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.fixed_rules import parse_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule

_SOURCE: Final = "OWL 2 RDF-Based Semantics"
_NUMBER: Final = Variable("n")
_ONE: Final = Literal("1", datatype=XSD["nonNegativeInteger"])
# Longer lists make no rules about classes, only about their instances.
_MAX_PARTS: Final = 20
_MAXIMA: Final = (OWL["maxCardinality"], OWL["maxQualifiedCardinality"])


def further_rules(graph: OntologyGraph) -> list[Rule]:
    """Return the rules, some of which are made for each expression of the ontology.

    They may contain its blank nodes. An ill-formed list is ignored: an axiom that uses it reports
    it.
    """
    is_one = Expression("dt-eq", (_NUMBER, _ONE))
    rules = [
        replace(rule, filters=(is_one,)) if rule.name.endswith("-one") else rule
        for rule in parse_rules(_SOURCE, _text())
    ]
    return [
        *rules,
        *_enumeration_rules(graph),
        *_only_value_rules(graph),
        *_list_rules(graph, "intersectionOf"),
        *_list_rules(graph, "unionOf"),
    ]


@cache
def _text() -> str:
    """Return the text of the file, which a process that may open no files has read before."""
    return Path(__file__).with_name("further-rules.txt").read_text("utf-8")


def _enumeration_rules(graph: OntologyGraph) -> Iterator[Rule]:
    """Yield rules by which what only has values of an enumeration has at most so many of any class.

    The members may be equal, so there may be fewer values than members.
    """
    wide, narrow, property_ = Variable("d"), Variable("c"), Variable("p")
    for number, (class_, members) in enumerate(graph.subjects_and_objects(OWL["oneOf"]), start=1):
        try:
            count = len(graph.list_members(members))
        except UnsupportedAxiom:
            continue
        if graph.is_datatype(class_):
            continue
        names = ", ".join(map(rule_name_part, graph.list_members(members)))
        limit = Literal(str(count), datatype=XSD["nonNegativeInteger"])
        for predicate in _MAXIMA:
            yield Rule(
                f"oo-{predicate.value.removeprefix(OWL)}-{number}",
                (Atom(narrow, RDFS["subClassOf"], wide),),
                (
                    Atom(narrow, OWL["allValuesFrom"], class_),
                    Atom(narrow, OWL["onProperty"], property_),
                    Atom(wide, OWL["onProperty"], property_),
                    Atom(wide, predicate, _NUMBER),
                ),
                (Expression(">=", (_NUMBER, limit)),),
                sentence={
                    "en": f"What has no values but {names} has at most {count}.",
                    "zh": f"除{names}外别无他值者，至多有{count}个值。",
                },
                source=f"{_SOURCE} owl:{predicate.value.removeprefix(OWL)}",
            )


def _only_value_rules(graph: OntologyGraph) -> Iterator[Rule]:
    """Yield rules by which all values are of a class if the only possible value is of it."""
    thing, value, type_ = Variable("x"), Variable("y"), RDF["type"]
    for number, (node, filler) in enumerate(graph.subjects_and_objects(OWL["allValuesFrom"]), 1):
        for property_ in graph.objects(node, OWL["onProperty"]):
            if not isinstance(property_, NamedNode) or graph.is_datatype(filler):
                continue
            of_class = Atom(value, type_, filler)
            name = rule_name_part(property_)
            yield Rule(
                f"avf-fp-{name}-{number}",
                (Atom(thing, type_, node),),
                (
                    Atom(property_, type_, OWL["FunctionalProperty"]),
                    Atom(thing, property_, value),
                    *(() if filler == OWL["Thing"] else (of_class,)),
                ),
                sentence={
                    "en": f"If the only possible value of {name} is of a class, then all are.",
                    "zh": f"若{name}唯一可能的值属于某类，则所有值皆属于该类。",
                },
                source=f"{_SOURCE} owl:allValuesFrom",
            )


def _list_rules(graph: OntologyGraph, key: str) -> Iterator[Rule]:
    """Yield a rule for each intersection and union of classes.

    A class that is within each part is within the intersection; if each part is within a class, the
    union is. With table 9 of OWL 2 RL, which says that the intersection is within each part and
    each part within the union, they define these classes.
    """
    other, sub_class, is_union = Variable("c"), RDFS["subClassOf"], key == "unionOf"
    for number, (node, members) in enumerate(graph.subjects_and_objects(OWL[key]), start=1):
        try:
            parts = graph.list_members(members)
        except UnsupportedAxiom:
            continue
        if not 1 <= len(parts) <= _MAX_PARTS or graph.is_datatype(node):
            continue
        pairs = [(part, other) if is_union else (other, part) for part in parts]
        english, chinese = (
            mark.join(graph.label(part, language) for part in parts)
            for mark, language in ((", ", "en"), ("、", "zh"))
        )
        sentence = {
            "en": f"What is within each of {english} is within their intersection.",
            "zh": f"{chinese}各自的共同子类是其交的子类。",
        }
        if is_union:
            sentence["en"] = f"What contains each of {english} contains their union."
            sentence["zh"] = f"{chinese}的共同上位类是其并的上位类。"
        yield Rule(
            f"{'uni' if is_union else 'int'}-{number}",
            (Atom(node, sub_class, other) if is_union else Atom(other, sub_class, node),),
            tuple(Atom(narrow, sub_class, wide) for narrow, wide in pairs),
            sentence=sentence,
            source=f"{_SOURCE} owl:{key}",
        )
