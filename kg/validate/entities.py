"""Entities: that each is typed, of no two disjoint kinds, and told apart by its labels."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, GRAPH, OWL, RDF, RDFS, shorten
from kg.validate.evidence import holding_graphs
from kg.validate.findings import Problem, name_of
from kg.validate.names import TYPE

_ENTITIES: Final = GRAPH["entities"]
_LABEL: Final = RDFS["label"]
_SUBCLASS: Final = RDFS["subClassOf"]
_PLAIN_TAG: Final = re.compile(r"[a-z]{2,3}")


def entity_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Disjoint types, labels that two things share, language tags with a region or script."""
    yield from _regional_tags((*curated, *ontology))
    yield from _shared_term_labels(ontology)
    superclasses = closure(_pairs(ontology, _SUBCLASS))
    yield from _disjoint_types(curated, disjoint_pairs(ontology), superclasses)
    works = {name for name, supers in superclasses.items() if GLOCAL["Work"] in supers}
    yield from _shared_entity_labels(curated, works | {GLOCAL["Work"]})


def closure(pairs: Iterable[tuple[object, object]]) -> dict[object, set[object]]:
    """Each first member with all that is reached from it, one step or many."""
    direct: defaultdict[object, set[object]] = defaultdict(set)
    for lower, upper in pairs:
        direct[lower].add(upper)
    reached: dict[object, set[object]] = {}
    for start in list(direct):
        found: set[object] = set()
        waiting = [*direct[start]]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(direct.get(name, ()))
        reached[start] = found
    return reached


def disjoint_pairs(ontology: Sequence[Quad]) -> set[frozenset[object]]:
    """The pairs of classes that the ontology calls disjoint, in either form of the axiom."""
    pairs = {frozenset(pair) for pair in _pairs(ontology, OWL["disjointWith"])}
    for node, members in _pairs(ontology, OWL["members"]):
        if any(q.subject == node and q.object == OWL["AllDisjointClasses"] for q in ontology):
            listed = list_members(ontology, members)
            pairs |= {frozenset(pair) for pair in combinations(listed, 2)}
    return pairs


def list_members(quads: Sequence[Quad], head: object) -> list[object]:
    """The members of an RDF list, in order."""
    first = dict(_pairs(quads, RDF["first"]))
    rest = dict(_pairs(quads, RDF["rest"]))
    members = []
    while head in first:
        members.append(first[head])
        head = rest.get(head)
    return members


def _pairs(quads: Iterable[Quad], predicate: NamedNode) -> list[tuple[object, object]]:
    return [(quad.subject, quad.object) for quad in quads if quad.predicate == predicate]


def _disjoint_types(
    curated: Sequence[Quad],
    disjoint: set[frozenset[object]],
    superclasses: dict[object, set[object]],
) -> Iterator[Problem]:
    types: defaultdict[object, dict[object, Quad]] = defaultdict(dict)
    holding = {_ENTITIES, *holding_graphs(curated)}
    for quad in curated:
        if quad.predicate == TYPE and quad.graph_name in holding:
            types[quad.subject].setdefault(quad.object, quad)
    for quads in types.values():
        for one, other in combinations(quads.values(), 2):
            ones = {one.object, *superclasses.get(one.object, ())}
            others = {other.object, *superclasses.get(other.object, ())}
            if any(frozenset((a, b)) in disjoint for a in ones for b in others):
                yield Problem.of_quad(
                    other,
                    f"{name_of(one.subject)} is both {name_of(one.object)} and "
                    f"{name_of(other.object)}, which nothing can be.",
                    "one of the two, or two entities.",
                    "disjoint-types",
                )


def _shared_entity_labels(curated: Sequence[Quad], works: set[object]) -> Iterator[Problem]:
    types = defaultdict(set)
    for quad in curated:
        if quad.graph_name == _ENTITIES and quad.predicate == TYPE:
            types[quad.subject].add(quad.object)
    first: dict[object, Quad] = {}
    for quad in curated:
        if quad.graph_name == _ENTITIES and quad.predicate == _LABEL:
            for kind in types[quad.subject] - works:
                other = first.setdefault((kind, quad.object), quad)
                if other.subject != quad.subject:
                    yield _shared(quad, other)


def _shared_term_labels(ontology: Sequence[Quad]) -> Iterator[Problem]:
    first: dict[object, Quad] = {}
    for quad in ontology:
        if quad.predicate == _LABEL:
            other = first.setdefault(quad.object, quad)
            if other.subject != quad.subject:
                yield _shared(quad, other)


def _shared(quad: Quad, other: Quad) -> Problem:
    return Problem.of_quad(
        quad,
        f"{name_of(quad.subject)} has the same label as {name_of(other.subject)}.",
        "labels that tell them apart, or one IRI for both.",
        "unique-labels",
    )


def _regional_tags(quads: Iterable[Quad]) -> Iterator[Problem]:
    for quad in quads:
        tag = quad.object.language if isinstance(quad.object, Literal) else None
        if tag and not _PLAIN_TAG.fullmatch(tag):
            yield Problem.of_quad(
                quad,
                f"{shorten(quad.predicate.value)} has the language tag @{tag}.",
                f"@{tag.split('-')[0].lower()}: tags without region or script.",
                "plain-language-tags",
            )
