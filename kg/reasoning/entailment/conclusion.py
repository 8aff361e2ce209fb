"""Divide a conclusion into parts that can be shown one after another.

Blank nodes are of two kinds: those that describe an expression, list or axiom, and those that stand
for some thing. The triples that lead to the same thing have to be shown of one and the same thing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import OWL
from kg.reasoning.entailment.vocabulary import (
    ABOUT_EXTENSIONS,
    EXPRESSION_TYPES,
    EXPRESSIONS,
    FACETS,
    GROUPS,
    NEGATIVE,
    STRUCTURE,
    TYPE,
)

_AXIOM_NODES: Final = GROUPS | {NEGATIVE}
_IN_EXPRESSIONS: Final = STRUCTURE - {OWL["inverseOf"]}
# The parts of nodes that are axioms. Rules must never be made of these.
_PARTS_OF_AXIOMS: Final = frozenset(
    OWL[name]
    for name in (
        "members",
        "distinctMembers",
        "sourceIndividual",
        "assertionProperty",
        "targetIndividual",
        "targetValue",
    )
)


@dataclass
class Conclusion:
    """The parts of a conclusion.

    Attributes:
        ground: triples without blank nodes.
        axioms: triples whose blank nodes are expressions or, for their types, axioms.
        expressions: a triple of each anonymous class that no axiom mentions.
        somethings: groups of triples that lead to the same blank nodes that stand for things.
        structure: the triples that describe expressions, lists and axioms.
        written_on: for each blank node made for an expression on a named class, that class.
    """

    ground: list[Triple] = field(default_factory=list)
    axioms: list[Triple] = field(default_factory=list)
    expressions: list[Triple] = field(default_factory=list)
    somethings: list[list[Triple]] = field(default_factory=list)
    structure: list[Triple] = field(default_factory=list)
    written_on: Mapping[BlankNode, NamedNode] = field(default_factory=dict)

    @property
    def needs_suppositions(self) -> bool:
        """Whether more than looking up triples may be needed."""
        about_owl = any(each.predicate.value.startswith(OWL) for each in self.ground)
        return about_owl or any((self.axioms, self.expressions, self.somethings))

    @property
    def described(self) -> list[Triple]:
        """The structure without nodes that are axioms: what only describes, and says nothing."""
        axioms = {each.subject for each in self.structure if each.predicate in _PARTS_OF_AXIOMS}
        axioms |= {each.subject for each in self.structure if each.object in _AXIOM_NODES}
        return [each for each in self.structure if each.subject not in axioms]


def divide(triples: Sequence[Triple]) -> Conclusion:
    """Return the parts of a conclusion.

    What is written on a named class, as `:C owl:unionOf (…)`, is read as an equivalent class.
    """
    written_on: dict[BlankNode, NamedNode] = {}
    triples = list(_with_separate_expressions(triples, written_on))
    result = Conclusion(written_on=written_on)
    structural: set[object] = {
        each.subject
        for each in triples
        if isinstance(each.subject, BlankNode) and each.predicate in STRUCTURE | FACETS
    }
    rest: list[Triple] = []
    for triple in triples:
        is_part = triple.subject in structural and _is_structure(triple)
        (result.structure if is_part else rest).append(triple)
    rest += _axiom_nodes(result.structure)
    reach = Reach(result.structure)
    somethings: list[tuple[Triple, set[object]]] = []
    for triple in rest:
        ends: set[object] = {triple.subject, triple.object}
        if not any(isinstance(end, BlankNode) for end in ends):
            result.ground.append(triple)
            continue
        things = {node for node in reach.blank_nodes(triple) if node not in structural}
        if not _speaks_of_extensions(triple):
            things |= ends & structural
        if things:
            somethings.append((triple, things))
        else:
            result.axioms.append(triple)
    result.somethings = _connected(somethings)
    used = {each.object for each in triples} | {each.subject for each in rest}
    result.expressions = [
        each
        for each in result.structure
        if each.subject not in used and each.predicate in EXPRESSIONS
    ]
    return result


class Reach:
    """The triples that describe the blank nodes of a triple, and those of their parts."""

    def __init__(self, structure: Iterable[Triple]) -> None:
        self._by_subject: dict[object, list[Triple]] = defaultdict(list)
        for triple in structure:
            self._by_subject[triple.subject].append(triple)

    def __contains__(self, node: object) -> bool:
        """Whether the node is described."""
        return node in self._by_subject

    def triples(self, triple: Triple) -> list[Triple]:
        """Return the triple and all that describe what it mentions, each once."""
        found, seen = {triple: None}, set[object]()
        stack: list[object] = [triple.subject, triple.object]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                for each in self._by_subject.get(node, ()):
                    found[each] = None
                    stack.append(each.object)
        return list(found)

    def blank_nodes(self, triple: Triple) -> set[object]:
        """Return the blank nodes that the triple mentions, directly or in an expression."""
        ends = (end for each in self.triples(triple) for end in (each.subject, each.object))
        return {end for end in ends if isinstance(end, BlankNode)}


def _is_structure(triple: Triple) -> bool:
    if triple.predicate == TYPE:
        return triple.object in EXPRESSION_TYPES | _AXIOM_NODES
    return triple.predicate in STRUCTURE | FACETS


def _speaks_of_extensions(triple: Triple) -> bool:
    """Return whether a triple is about the instances of an expression, not about its node.

    Two nodes of the same description have the same instances, so such triples can be shown one by
    one.
    """
    return triple.predicate in ABOUT_EXTENSIONS or _is_structure(triple)


def _axiom_nodes(structure: Iterable[Triple]) -> list[Triple]:
    """Return a triple of each node that is an axiom: its type if it has one."""
    found: dict[object, Triple] = {}
    for triple in structure:
        is_type = triple.predicate == TYPE and triple.object in _AXIOM_NODES
        if is_type or triple.predicate == OWL["sourceIndividual"]:
            known = found.setdefault(triple.subject, triple)
            if is_type and known.predicate != TYPE:
                found[triple.subject] = triple
    return list(found.values())


def _with_separate_expressions(
    triples: Sequence[Triple], written_on: dict[BlankNode, NamedNode]
) -> Iterator[Triple]:
    """Yield the triples with what is written on a named class on a blank node of its own."""
    nodes = {
        each.subject: BlankNode()
        for each in triples
        if isinstance(each.subject, NamedNode) and each.predicate in EXPRESSIONS
    }
    for name, node in nodes.items():
        written_on[node] = name
        yield Triple(name, OWL["equivalentClass"], node)
    for triple in triples:
        if triple.subject in nodes and triple.predicate in _IN_EXPRESSIONS:
            yield Triple(nodes[triple.subject], triple.predicate, triple.object)  # type: ignore[index]
        else:
            yield triple


def _connected(triples: Sequence[tuple[Triple, set[object]]]) -> list[list[Triple]]:
    """Return the triples in groups that have blank nodes in common, directly or by others."""
    by_node: dict[object, list[int]] = defaultdict(list)
    for index, (_, nodes) in enumerate(triples):
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
            for node in triples[index][1]:
                new = set(by_node.pop(node, ())) - seen
                seen |= new
                stack += new
        groups.append([triples[index][0] for index in sorted(group)])
    return groups
