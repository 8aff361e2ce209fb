"""Count what VoID describes: triples, classes, properties, and their use together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import RDF, RDFS
from kg.validation.hierarchy import reachable

_TYPE: Final = RDF["type"]
_SUBCLASS: Final = RDFS["subClassOf"]
_NO_CLASSES: Final[frozenset[NamedNode]] = frozenset()
_Classes = Mapping[object, frozenset[NamedNode]]


@dataclass
class PropertyUse:
    """The use of a property: the number of triples, and their distinct subjects and objects."""

    triples: int = 0
    subjects: set[object] = field(default_factory=set)
    objects: set[object] = field(default_factory=set)


@dataclass
class ClassPropertyUse:
    """The use of a property by a class: most specific classes, or datatypes, of the objects."""

    triples: int = 0
    classes: set[NamedNode] = field(default_factory=set)
    datatypes: set[NamedNode] = field(default_factory=set)


class Statistics(NamedTuple):
    """The numbers of VoID for one graph. Classes without an IRI are not counted."""

    triples: int
    typed_subjects: int
    subjects: int
    objects: int
    instances: Mapping[NamedNode, int]
    properties: Mapping[NamedNode, PropertyUse]
    uses_by_class: Mapping[NamedNode, Mapping[NamedNode, ClassPropertyUse]]


def count_statistics(triples: Sequence[Triple]) -> Statistics:
    """Count the statistics of one graph.

    Source: Describing Linked Datasets with the VoID Vocabulary, sections 4.5 and 4.6, and SIB's
    sparql-editor for partitions by class or datatype of the objects.
    """
    classes = _classes_by_instance(triples)
    properties: defaultdict[NamedNode, PropertyUse] = defaultdict(PropertyUse)
    for triple in triples:
        ends = properties[triple.predicate]
        ends.triples += 1
        ends.subjects.add(triple.subject)
        ends.objects.add(triple.object)
    return Statistics(
        triples=len(triples),
        typed_subjects=len({triple.subject for triple in triples if triple.predicate == _TYPE}),
        subjects=len({triple.subject for triple in triples}),
        objects=len({triple.object for triple in triples}),
        instances=Counter(name for names in classes.values() for name in names),
        properties=properties,
        uses_by_class=_uses_by_class(triples, classes),
    )


def _uses_by_class(
    triples: Sequence[Triple], classes: _Classes
) -> dict[NamedNode, dict[NamedNode, ClassPropertyUse]]:
    # Far fewer groups than triples, so the triples of a group are counted together first.
    specific = _most_specific(triples, classes)
    groups = Counter(
        (
            classes.get(triple.subject, _NO_CLASSES),
            triple.predicate,
            triple.object.datatype
            if isinstance(triple.object, Literal)
            else specific.get(triple.object, _NO_CLASSES),
        )
        for triple in triples
    )
    uses_by_class: defaultdict[NamedNode, defaultdict[NamedNode, ClassPropertyUse]]
    uses_by_class = defaultdict(lambda: defaultdict(ClassPropertyUse))
    for (class_names, predicate, object_kind), number in groups.items():
        for name in class_names:
            use = uses_by_class[name][predicate]
            use.triples += number
            if isinstance(object_kind, NamedNode):
                use.datatypes.add(object_kind)
            else:
                use.classes |= object_kind
    return {name: dict(uses) for name, uses in uses_by_class.items()}


def _classes_by_instance(triples: Sequence[Triple]) -> _Classes:
    classes: defaultdict[object, set[NamedNode]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == _TYPE and isinstance(triple.object, NamedNode):
            classes[triple.subject].add(triple.object)
    return {instance: frozenset(names) for instance, names in classes.items()}


def _most_specific(triples: Sequence[Triple], classes: _Classes) -> _Classes:
    """Return each instance's classes but those above another; equivalent classes are all kept."""
    superclasses: defaultdict[object, set[object]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == _SUBCLASS:
            superclasses[triple.subject].add(triple.object)
    combinations = set(classes.values())
    names_in_use: frozenset[object] = frozenset().union(*combinations)
    above = {name: reachable(name, lambda one: superclasses.get(one, ())) for name in names_in_use}
    specific = {
        names: frozenset(
            name
            for name in names
            if not any(name in above[other] and other not in above[name] for other in names)
        )
        for names in combinations
    }
    return {instance: specific[names] for instance, names in classes.items()}
