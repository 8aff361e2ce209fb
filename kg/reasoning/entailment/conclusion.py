"""Divide a conclusion into parts that can be shown one after another.

Blank nodes are of two kinds: those that describe an expression, list or axiom, and those that stand
for some thing, which the triples that mention it must have in common.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import OWL
from kg.reasoning.entailment.vocabulary import (
    EXPRESSION_TYPES,
    FACETS,
    GROUPS,
    NEGATIVE,
    STRUCTURE,
    TYPE,
)

_EXPRESSIONS = frozenset(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)


@dataclass
class Conclusion:
    """The parts of a conclusion.

    Attributes:
        ground: triples without blank nodes.
        axioms: triples with blank nodes that are expressions, but none that stands for a thing.
        nodes: a triple for each blank node that is an axiom: its type, or else its source.
        expressions: the type triples of anonymous classes that no axiom mentions.
        somethings: groups of triples that mention the same blank nodes that stand for things.
        structure: the triples that describe expressions, lists and axioms.
    """

    ground: list[Triple] = field(default_factory=list)
    axioms: list[Triple] = field(default_factory=list)
    nodes: list[Triple] = field(default_factory=list)
    expressions: list[Triple] = field(default_factory=list)
    somethings: list[list[Triple]] = field(default_factory=list)
    structure: list[Triple] = field(default_factory=list)

    @property
    def needs_suppositions(self) -> bool:
        """Whether more than looking up triples may be needed."""
        others = (self.axioms, self.nodes, self.expressions)
        reserved = any(each.predicate.value.startswith(OWL) for each in self.ground)
        return reserved or any(others) or bool(self.somethings)


def divide(triples: Sequence[Triple]) -> Conclusion:
    """Return the parts of a conclusion.

    What is written on a named class, as `:C owl:unionOf (…)`, is read as an equivalent class.
    """
    triples = list(_with_separate_expressions(triples))
    structural = {
        each.subject
        for each in triples
        if isinstance(each.subject, BlankNode) and each.predicate in STRUCTURE | FACETS
    }
    result, rest = Conclusion(), list[Triple]()
    for triple in triples:
        if triple.subject in structural and _is_structure(triple):
            result.structure.append(triple)
        else:
            rest.append(triple)
    result.nodes = _axiom_nodes(result.structure)
    somethings: list[Triple] = []
    for triple in rest:
        blank = {end for end in (triple.subject, triple.object) if isinstance(end, BlankNode)}
        if not blank:
            result.ground.append(triple)
        elif blank <= structural:
            result.axioms.append(triple)
        else:
            somethings.append(triple)
    result.somethings = _connected(somethings, structural)
    used = {each.object for each in triples} | {each.subject for each in rest}
    used |= {each.subject for each in result.nodes}
    for triple in result.structure:
        if triple.subject not in used and triple.predicate in _EXPRESSIONS:
            result.expressions.append(triple)
    return result


def _is_structure(triple: Triple) -> bool:
    if triple.predicate == TYPE:
        return triple.object in EXPRESSION_TYPES | GROUPS | {NEGATIVE}
    return triple.predicate in STRUCTURE | FACETS


def _axiom_nodes(structure: Iterable[Triple]) -> list[Triple]:
    found: dict[object, Triple] = {}
    for triple in structure:
        is_type = triple.predicate == TYPE and triple.object in GROUPS | {NEGATIVE}
        if is_type or triple.predicate == OWL["sourceIndividual"]:
            known = found.setdefault(triple.subject, triple)
            if is_type and known.predicate != TYPE:
                found[triple.subject] = triple
    return list(found.values())


def _with_separate_expressions(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Yield the triples with what is written on a named class on a blank node of its own."""
    nodes: dict[object, BlankNode] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and triple.predicate in STRUCTURE - {
            OWL["inverseOf"]
        }:
            known = triple.subject in nodes
            node = nodes.setdefault(triple.subject, BlankNode())
            if not known:
                yield Triple(triple.subject, OWL["equivalentClass"], node)
            yield Triple(node, triple.predicate, triple.object)
        else:
            yield triple


def _connected(triples: Sequence[Triple], structural: set[object]) -> list[list[Triple]]:
    """Return the triples in groups that share blank nodes other than the structural ones."""
    by_node: dict[object, list[int]] = defaultdict(list)
    ends = [
        [
            end
            for end in (triple.subject, triple.object)
            if isinstance(end, BlankNode) and end not in structural
        ]
        for triple in triples
    ]
    for index, nodes in enumerate(ends):
        for node in nodes:
            by_node[node].append(index)
    seen, groups = set[int](), list[list[Triple]]()
    for start in range(len(triples)):
        if start in seen:
            continue
        seen.add(start)
        stack, group = [start], list[int]()
        while stack:
            index = stack.pop()
            group.append(index)
            for node in ends[index]:
                for other in by_node.pop(node, ()):
                    if other not in seen:
                        seen.add(other)
                        stack.append(other)
        groups.append([triples[index] for index in sorted(group)])
    return groups
