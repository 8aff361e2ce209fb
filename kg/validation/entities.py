"""Entities: that each is typed, of no two disjoint kinds, and told apart by its labels.

Kinds: that each entity is of one the ontology knows, and stands where its kind may stand.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, GRAPH, ID, OWL, QB, RDF, RDFS, SCHEMA, SOURCE, shorten
from kg.validation.evidence import holding_graphs
from kg.validation.findings import Object, Problem, name_of
from kg.validation.names import TYPE, Kinds, kinds_of

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


_ENTITY: Final = GLOCAL["Entity"]
_WORK: Final = GLOCAL["Work"]
_CUBE: Final = frozenset(
    QB[name] for name in ("ComponentSpecification", "DataSet", "DataStructureDefinition")
)
_INCLUDES: Final = [SCHEMA[name] for name in ("domainIncludes", "rangeIncludes")]
# Shapes ask the classes below these for their labels, for a work is asked less than the others.
_WITHOUT_SHAPE: Final = frozenset({_ENTITY, GLOCAL["Source"]})

_Types = Mapping[object, set[object]]
# Relation -> the classes of what it starts at and of what it leads to; none where all may stand.
_Ends = Mapping[object, tuple[Sequence[Object], Sequence[Object]]]


def kind_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Entities of no known kind or without labels, and relations between the wrong kinds."""
    superclasses = closure(
        (quad.subject, quad.object) for quad in ontology if quad.predicate == RDFS["subClassOf"]
    )
    said: defaultdict[object, set[object]] = defaultdict(set)
    for quad in (*curated, *ontology):
        if quad.predicate == TYPE:
            said[quad.subject].add(quad.object)
    types = {
        name: kinds.union(*(superclasses.get(kind, ()) for kind in kinds))
        for name, kinds in said.items()
    }
    yield from _of_no_kind(curated, types, kinds_of(ontology))
    yield from _unlabelled(curated, types)
    yield from _misplaced(curated, types, _ends(ontology))


def _of_no_kind(curated: Sequence[Quad], types: _Types, declared: Kinds) -> Iterator[Problem]:
    """Entities that are typed, but by nothing at or below glocal:Entity."""
    seen: set[object] = set()
    for quad in curated:
        if quad.predicate != TYPE or not _is_entity(quad) or quad.subject in seen:
            continue
        seen.add(quad.subject)
        kinds = types[quad.subject]
        # A class that is misspelled is found as such.
        is_declared = quad.object in declared or not str(quad.object).startswith(f"<{GLOCAL}")
        if is_declared and _ENTITY not in kinds and _CUBE.isdisjoint(kinds):
            yield Problem.of_quad(
                quad,
                f"{name_of(quad.subject)} is of no kind of entity: {name_of(quad.object)} is none.",
                "a class of the ontology at or below glocal:Entity, such as glocal:Concept.",
                "known-kinds",
            )


def _unlabelled(curated: Sequence[Quad], types: _Types) -> Iterator[Problem]:
    """Entities of a kind that no shape asks for labels, and works without an English one."""
    languages: defaultdict[object, list[str]] = defaultdict(list)
    typing: dict[object, Quad] = {}
    for quad in curated:
        if quad.predicate == _LABEL and isinstance(quad.object, Literal) and _is_entity(quad):
            languages[quad.subject].append(quad.object.language or "")
        elif quad.predicate == TYPE and _is_entity(quad):
            typing.setdefault(quad.subject, quad)
    for name, quad in typing.items():
        tags, kinds = languages[name], types[name]
        if _WORK in kinds and tags and "en" not in tags:
            remedy = "an English gloss as rdfs:label @en beside the title in its language."
            yield _of_labels(quad, tags, "the work has no label in English.", remedy)
        elif _has_no_shape(kinds) and sorted(tags) != ["en", "zh"]:
            message = "not exactly one label in English and one in Chinese."
            remedy = "one rdfs:label @en and one @zh; other names are skos:altLabel."
            yield _of_labels(quad, tags, message, remedy)


def _has_no_shape(kinds: set[object]) -> bool:
    own = {kind for kind in kinds if str(kind).startswith(f"<{GLOCAL}")}
    return own <= _WITHOUT_SHAPE and _CUBE.isdisjoint(kinds)


def _of_labels(quad: Quad, tags: Sequence[str], message: str, remedy: str) -> Problem:
    predicate = _LABEL if tags else TYPE
    message = f"{name_of(quad.subject)}: {message}"
    return Problem(message, remedy, "entity-labels", quad.subject, predicate, None, _ENTITIES)


def _ends(ontology: Sequence[Quad]) -> _Ends:
    """What the ontology says of the ends of its relations, sorted; nothing is concluded from it."""
    found: defaultdict[object, tuple[list[Object], list[Object]]] = defaultdict(lambda: ([], []))
    for quad in sorted(ontology, key=str):
        if quad.predicate in _INCLUDES:
            found[quad.subject][_INCLUDES.index(quad.predicate)].append(quad.object)
    return found


def _misplaced(curated: Sequence[Quad], types: _Types, all_ends: _Ends) -> Iterator[Problem]:
    for quad in curated:
        ends = all_ends.get(quad.predicate)
        if not ends:
            continue
        for verb, end, wanted in zip(
            ("starts at", "leads to"), (quad.subject, quad.object), ends, strict=True
        ):
            kinds = types.get(end, set())
            if not wanted or not kinds.isdisjoint(wanted):
                continue
            # What nothing describes, and text in a thing's place, are found as such.
            is_own = isinstance(end, NamedNode) and end.value.startswith((ID, SOURCE))
            if isinstance(end, Literal) or (is_own and not kinds):
                continue
            yield Problem.of_quad(
                quad,
                f"{shorten(quad.predicate.value)} {verb} {name_of(end)}, which is no "
                f"{_listed(wanted)}.",
                f"a {_listed(wanted)} there, or another relation.",
                "kinds-of-ends",
            )


def _listed(classes: Sequence[Object]) -> str:
    curies = [name_of(one) for one in classes]
    return " or ".join(part for part in (", ".join(curies[:-1]), curies[-1]) if part)


def _is_entity(quad: Quad) -> bool:
    return (
        quad.graph_name == _ENTITIES
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(ID)
    )
