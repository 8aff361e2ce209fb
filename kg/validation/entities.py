"""Check entities, and the ends of properties, against the classes and labels of the ontology.

An entity has an entity class, no two disjoint classes, and labels that tell it apart. The ends of
a property, its subject and object, have a class that `schema:domainIncludes` and
`schema:rangeIncludes` list.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeVar

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, ID, OWL, QB, RDF, RDFS, SCHEMA, SOURCE, is_in
from kg.validation.evidence import ENTITIES, holding_graphs
from kg.validation.findings import Object, Problem, Subject, format_alternatives, format_term
from kg.validation.names import TYPE, TypesByTerm, declared_types

_LABEL: Final = RDFS["label"]
_ENTITY: Final = GLOCAL["Entity"]
_WORK: Final = GLOCAL["Work"]
_CUBE_CLASSES: Final = frozenset(
    QB[name] for name in ("ComponentSpecification", "DataSet", "DataStructureDefinition")
)
# SHACL shapes check the labels of the subclasses of these; entities of these classes alone, or of
# no class of the ontology, are checked here.
_WITHOUT_SHAPE: Final = frozenset({_ENTITY, GLOCAL["Source"]})
_PLAIN_TAG: Final = re.compile(r"[a-z]{2,3}")

_Node = TypeVar("_Node")


def check_entities(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find wrong classes of entities and of subjects and objects, and labels that are not usable.

    Labels are unusable if they are shared, incomplete or tagged with a region or script.
    """
    superclasses: dict[object, set[object]] = closure(pairs_of(ontology, RDFS["subClassOf"]))
    types = {
        name: {*classes, *(above for class_ in classes for above in superclasses.get(class_, ()))}
        for name, classes in declared_types((*curated, *ontology)).items()
    }
    typings: dict[object, Quad] = {}
    for quad in curated:
        if quad.graph_name == ENTITIES and quad.predicate == TYPE and is_in(quad.subject, ID):
            typings.setdefault(quad.subject, quad)
    works = {_WORK, *(name for name, above in superclasses.items() if _WORK in above)}
    yield from _regional_tags((*curated, *ontology))
    yield from _shared_labels(curated, ontology, works)
    yield from _disjoint_types(curated, ontology, superclasses)
    yield from _without_entity_class(typings.values(), types, declared_types(ontology))
    yield from _incomplete_labels(curated, typings, types)
    yield from _wrong_ends(curated, ontology, types)


def closure(pairs: Iterable[tuple[_Node, _Node]]) -> dict[_Node, set[_Node]]:
    """Return the transitive closure: each first member with everything reachable from it."""
    direct: defaultdict[_Node, set[_Node]] = defaultdict(set)
    for lower, upper in pairs:
        direct[lower].add(upper)
    reachable: dict[_Node, set[_Node]] = {}
    for start in direct:
        visited: set[_Node] = set()
        pending = [start]
        while pending:
            new = direct.get(pending.pop(), set()) - visited
            visited |= new
            pending += new
        reachable[start] = visited
    return reachable


def disjoint_classes(ontology: Sequence[Quad]) -> list[tuple[object, object]]:
    """Return the pairs declared disjoint, first those of `owl:AllDisjointClasses`."""
    axioms = {quad.subject for quad in ontology if quad.object == OWL["AllDisjointClasses"]}
    return [
        *(
            pair
            for axiom, members in pairs_of(ontology, OWL["members"])
            if axiom in axioms
            for pair in combinations(list_members(ontology, members), 2)
        ),
        *pairs_of(ontology, OWL["disjointWith"]),
    ]


def list_members(quads: Sequence[Quad], head: object) -> list[object]:
    """Return the members of an RDF list, in order; a cyclic list ends where it repeats."""
    first: dict[object, object] = dict(pairs_of(quads, RDF["first"]))
    rest: dict[object, object] = dict(pairs_of(quads, RDF["rest"]))
    members = []
    while head in first:
        members.append(first.pop(head))
        head = rest.get(head)
    return members


def pairs_of(quads: Iterable[Quad], predicate: NamedNode) -> list[tuple[Subject, Object]]:
    """Return subject and object of each quad with this predicate."""
    return [(quad.subject, quad.object) for quad in quads if quad.predicate == predicate]


def _regional_tags(quads: Iterable[Quad]) -> Iterator[Problem]:
    for quad in quads:
        tag = quad.object.language if isinstance(quad.object, Literal) else None
        if tag and not _PLAIN_TAG.fullmatch(tag):
            message = f"{format_term(quad.predicate)} has the language tag @{tag}."
            remedy = f"@{tag.split('-')[0].lower()}, a tag without region or script."
            yield Problem.of_quad(quad, message, remedy, "plain-language-tags")


def _shared_labels(
    curated: Sequence[Quad], ontology: Sequence[Quad], works: set[object]
) -> Iterator[Problem]:
    """Find terms that share a label, and entities that share one and a class other than works."""
    types = declared_types(quad for quad in curated if quad.graph_name == ENTITIES)
    scopes: list[tuple[object, Quad]] = [
        *((None, quad) for quad in ontology),
        *(
            (class_, quad)
            for quad in curated
            if quad.graph_name == ENTITIES
            for class_ in types.get(quad.subject, set()) - works
        ),
    ]
    first_uses: dict[object, Quad] = {}
    for scope, quad in scopes:
        if quad.predicate == _LABEL:
            first = first_uses.setdefault((scope, quad.object), quad)
            if first.subject != quad.subject:
                subject, other = format_term(quad.subject), format_term(first.subject)
                message = f"{subject} has the same label as {other}."
                remedy = "labels that tell them apart, or one IRI for both."
                yield Problem.of_quad(quad, message, remedy, "unique-labels")


def _disjoint_types(
    curated: Sequence[Quad], ontology: Sequence[Quad], superclasses: TypesByTerm
) -> Iterator[Problem]:
    disjoint = {frozenset(pair) for pair in disjoint_classes(ontology)}
    types: defaultdict[object, dict[object, Quad]] = defaultdict(dict)
    trusted_graphs = {ENTITIES, *holding_graphs(curated)}
    for quad in curated:
        if quad.predicate == TYPE and quad.graph_name in trusted_graphs:
            types[quad.subject].setdefault(quad.object, quad)
    for quads in types.values():
        for first, second in combinations(quads.values(), 2):
            first_classes = {first.object, *superclasses.get(first.object, ())}
            second_classes = {second.object, *superclasses.get(second.object, ())}
            if any(frozenset((a, b)) in disjoint for a in first_classes for b in second_classes):
                both = f"{format_term(first.object)} and {format_term(second.object)}"
                message = f"{format_term(first.subject)} is both {both}, which are disjoint."
                remedy = "one of the two types, or two entities."
                yield Problem.of_quad(second, message, remedy, "disjoint-types")


def _without_entity_class(
    typings: Iterable[Quad], types: TypesByTerm, declared: TypesByTerm
) -> Iterator[Problem]:
    """Find entities none of whose types is `glocal:Entity` or a subclass of it."""
    for quad in typings:
        # `kg.validation.names` reports undeclared classes, such as misspelled ones.
        is_declared = quad.object in declared or not is_in(quad.object, GLOCAL)
        classes = types[quad.subject]
        if is_declared and _ENTITY not in classes and _CUBE_CLASSES.isdisjoint(classes):
            subject, class_ = format_term(quad.subject), format_term(quad.object)
            message = f"{subject} is typed as {class_}, which is not an entity class."
            remedy = "glocal:Entity or a subclass of it, such as glocal:Concept."
            yield Problem.of_quad(quad, message, remedy, "known-kinds")


def _incomplete_labels(
    curated: Sequence[Quad], typings: Mapping[object, Quad], types: TypesByTerm
) -> Iterator[Problem]:
    """Find entities without labels that no shape checks, and works without an English label."""
    languages: defaultdict[object, list[str]] = defaultdict(list)
    for quad in curated:
        is_label = quad.graph_name == ENTITIES and quad.predicate == _LABEL
        if is_label and isinstance(quad.object, Literal):
            languages[quad.subject].append(quad.object.language or "")
    for name, quad in typings.items():
        tags, classes = languages[name], types[name]
        has_shape = any(is_in(c, GLOCAL) and c not in _WITHOUT_SHAPE for c in classes)
        if _WORK in classes and tags and "en" not in tags:
            message = "the work has no label in English."
            remedy = "an English gloss as rdfs:label @en beside the title in its language."
        elif not has_shape and _CUBE_CLASSES.isdisjoint(classes) and sorted(tags) != ["en", "zh"]:
            message = "the entity does not have exactly one label in English and one in Chinese."
            remedy = "one rdfs:label @en and one @zh; other names are skos:altLabel."
        else:
            continue
        # Without a label there is no label statement to point at, only the typing.
        predicate = _LABEL if tags else TYPE
        message = f"{format_term(quad.subject)}: {message}"
        yield Problem(message, remedy, "entity-labels", quad.subject, predicate, None, ENTITIES)


def _wrong_ends(
    curated: Sequence[Quad], ontology: Sequence[Quad], types: TypesByTerm
) -> Iterator[Problem]:
    # Unlike rdfs:domain and rdfs:range, these entail nothing.
    of_subject = _classes_by_property(ontology, SCHEMA["domainIncludes"])
    of_object = _classes_by_property(ontology, SCHEMA["rangeIncludes"])
    for quad in curated:
        for role, term, classes in (
            ("subject", quad.subject, of_subject.get(quad.predicate)),
            ("object", quad.object, of_object.get(quad.predicate)),
        ):
            if not classes or not types.get(term, set()).isdisjoint(classes):
                continue
            # `kg.validation.names` reports undescribed things and literals in place of things.
            if isinstance(term, Literal) or (is_in(term, ID, SOURCE) and term not in types):
                continue
            allowed = format_alternatives(classes)
            predicate = format_term(quad.predicate)
            message = f"the {role} of {predicate} is {format_term(term)}, which is not a {allowed}."
            remedy = f"a {allowed} as the {role}, or another property."
            yield Problem.of_quad(quad, message, remedy, "kinds-of-ends")


def _classes_by_property(
    ontology: Sequence[Quad], predicate: NamedNode
) -> Mapping[object, list[Object]]:
    """Return the classes listed for each property, sorted so that messages are stable."""
    classes: defaultdict[object, list[Object]] = defaultdict(list)
    for property_, class_ in sorted(pairs_of(ontology, predicate), key=lambda pair: str(pair[1])):
        classes[property_].append(class_)
    return classes
