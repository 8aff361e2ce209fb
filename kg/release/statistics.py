"""Triples -> what VoID counts of them: how many, of which classes, by which properties."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import RDF, RDFS

_TYPE: Final = RDF["type"]
_SUBCLASS: Final = RDFS["subClassOf"]
_NONE: Final[frozenset[NamedNode]] = frozenset()
Classes = Mapping[object, frozenset[NamedNode]]


@dataclass
class Ends:
    """How many triples have a property, and how many subjects and objects these have."""

    triples: int = 0
    subjects: set[object] = field(default_factory=set)
    objects: set[object] = field(default_factory=set)


@dataclass
class Use:
    """How the instances of a class use a property: in how many triples, with what as object.

    `classes` are the most specific ones of the objects that are no literals.
    """

    triples: int = 0
    classes: set[NamedNode] = field(default_factory=set)
    datatypes: set[NamedNode] = field(default_factory=set)


@dataclass(frozen=True)
class Statistics:
    """What VoID counts of one graph.

    `typed` counts the subjects that have a type, `instances` those of a class. `properties` is by
    property, `within` by class and then by property: of the triples whose subject is an instance
    of the class. A class without an IRI is none here.
    """

    triples: int
    typed: int
    subjects: int
    objects: int
    instances: Mapping[NamedNode, int]
    properties: Mapping[NamedNode, Ends]
    within: Mapping[NamedNode, Mapping[NamedNode, Use]]


def count(triples: Sequence[Triple]) -> Statistics:
    """The statistics of one graph.

    Source: Describing Linked Datasets with the VoID Vocabulary, sections 4.5 and 4.6; partitions
    by the objects' class or datatype as the sparql-editor of SIB reads them.
    """
    classes = _classes(triples)
    properties: defaultdict[NamedNode, Ends] = defaultdict(Ends)
    for one in triples:
        ends = properties[one.predicate]
        ends.triples += 1
        ends.subjects.add(one.subject)
        ends.objects.add(one.object)
    return Statistics(
        triples=len(triples),
        typed=len({one.subject for one in triples if one.predicate == _TYPE}),
        subjects=len({one.subject for one in triples}),
        objects=len({one.object for one in triples}),
        instances=Counter(name for names in classes.values() for name in names),
        properties=properties,
        within=_within(triples, classes),
    )


def _within(triples: Sequence[Triple], classes: Classes) -> dict[NamedNode, dict[NamedNode, Use]]:
    """By class and property; what differs in nothing but its names is counted first, as one."""
    specific = _most_specific(triples, classes)
    alike = Counter(
        (
            classes.get(one.subject, _NONE),
            one.predicate,
            one.object.datatype
            if isinstance(one.object, Literal)
            else specific.get(one.object, _NONE),
        )
        for one in triples
    )
    found: defaultdict[NamedNode, defaultdict[NamedNode, Use]]
    found = defaultdict(lambda: defaultdict(Use))
    for (names, predicate, kind), number in alike.items():
        for name in names:
            use = found[name][predicate]
            use.triples += number
            if isinstance(kind, NamedNode):
                use.datatypes.add(kind)
            else:
                use.classes |= kind
    return {name: dict(uses) for name, uses in found.items()}


def _classes(triples: Sequence[Triple]) -> Classes:
    found: defaultdict[object, set[NamedNode]] = defaultdict(set)
    for one in triples:
        if one.predicate == _TYPE and isinstance(one.object, NamedNode):
            found[one.subject].add(one.object)
    return {thing: frozenset(names) for thing, names in found.items()}


def _most_specific(triples: Sequence[Triple], classes: Classes) -> Classes:
    """Of the classes of each thing those without a subclass among them; all of a circle of equals.

    Superclasses are stated as the graph has them: one that is only inferred is not known here.
    """
    above: defaultdict[object, set[object]] = defaultdict(set)
    for one in triples:
        if one.predicate == _SUBCLASS:
            above[one.subject].add(one.object)
    together = set(classes.values())
    higher = {name: _reachable(name, above) for name in frozenset().union(*together)}
    found = {
        names: frozenset(
            name
            for name in names
            if not any(name in higher[other] and other not in higher[name] for other in names)
        )
        for names in together
    }
    return {thing: found[names] for thing, names in classes.items()}


def _reachable(start: NamedNode, above: Mapping[object, set[object]]) -> set[object]:
    found: set[object] = set()
    waiting: list[object] = [start]
    while waiting:
        new = above.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
