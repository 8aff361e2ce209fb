"""Check entities, and the ends of properties, against the classes and labels of the ontology.

The ends are subject and object; `schema:domainIncludes` and `schema:rangeIncludes` list classes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, ID, OWL, RDFS, SCHEMA, SOURCE, expand_all, is_in
from kg.validation.evidence import ENTITIES, holding_graphs
from kg.validation.findings import Problem, format_alternatives, format_term, in_each, language_name
from kg.validation.hierarchy import ClassHierarchy, Object, pairs_of
from kg.validation.names import TYPE, TypesByTerm, declared_types

_LABEL, _ENTITY, _WORK = expand_all("rdfs:label glocal:Entity glocal:Work")
# Classes of what the text does not speak about: the cubes of its figures, and the curators.
_OUTSIDE_CLASSES: Final = frozenset(
    expand_all("qb:ComponentSpecification qb:DataSet qb:DataStructureDefinition prov:Agent")
)
# SHACL shapes check the labels of the subclasses of these; entities of these classes alone, or of
# no class of the ontology, are checked here.
_WITHOUT_SHAPE: Final = frozenset({_ENTITY, GLOCAL["Source"]})
_PLAIN_TAG: Final = re.compile(r"[a-z]{2,3}")


def check_entities(
    curated: Sequence[Quad], ontology: Sequence[Quad], languages: Sequence[str]
) -> Iterator[Problem]:
    """Find wrong classes, and labels that are shared, incomplete or tagged with a region."""
    hierarchy, declared = ClassHierarchy(ontology), declared_types((*curated, *ontology))
    types = {name: hierarchy.above(classes) for name, classes in declared.items()}
    typings: dict[object, Quad] = {}
    for quad in curated:
        if quad.graph_name == ENTITIES and quad.predicate == TYPE and is_in(quad.subject, ID):
            typings.setdefault(quad.subject, quad)
    works = {_WORK, *(name for name, above in hierarchy.superclasses.items() if _WORK in above)}
    yield from _regional_tags((*curated, *ontology))
    yield from _shared_labels(curated, ontology, works)
    yield from _disjoint_types(curated, hierarchy)
    yield from _without_entity_class(typings.values(), types, declared_types(ontology))
    yield from _incomplete_labels(curated, typings, types, languages)
    yield from _wrong_ends(curated, ontology, types)


def check_kinds(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find kinds whose class lacks an axiom like `City SubClassOf (ofKind value id:City)`."""
    of_kind = {on for on, name in pairs_of(ontology, OWL["onProperty"]) if name == GLOCAL["ofKind"]}
    denotes_class = GLOCAL["denotesClass"]
    kinds: dict[object, Object] = dict(pairs_of(ontology, OWL["hasValue"]))
    stated = {
        (class_, kinds.get(above))
        for class_, above in pairs_of(ontology, RDFS["subClassOf"])
        if above in of_kind
    }
    for quad in curated:
        if quad.predicate == denotes_class and (quad.object, quad.subject) not in stated:
            class_, kind = format_term(quad.object), format_term(quad.subject)
            message = f"what is a {class_} is not of the kind {kind}, which denotes this class."
            remedy = f"the axiom {class_} SubClassOf (glocal:ofKind value {kind}) in ontology/."
            yield Problem.of_quad(quad, message, remedy, "kinds-of-members")


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


def _disjoint_types(curated: Sequence[Quad], hierarchy: ClassHierarchy) -> Iterator[Problem]:
    types: defaultdict[object, dict[object, Quad]] = defaultdict(dict)
    trusted_graphs = {ENTITIES, *holding_graphs(curated)}
    for quad in curated:
        if quad.predicate == TYPE and quad.graph_name in trusted_graphs:
            types[quad.subject].setdefault(quad.object, quad)
    for quads in types.values():
        for first, second in combinations(quads.values(), 2):
            classes, others = hierarchy.above([first.object]), hierarchy.above([second.object])
            if hierarchy.find_disjoint(classes, others):
                subject, *both = map(format_term, (first.subject, first.object, second.object))
                message = f"{subject} is both {' and '.join(both)}, which are disjoint."
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
        if is_declared and _ENTITY not in classes and classes.isdisjoint(_OUTSIDE_CLASSES):
            subject, class_ = format_term(quad.subject), format_term(quad.object)
            message = f"{subject} is typed as {class_}, which is not an entity class."
            remedy = "glocal:Entity or a subclass of it, such as glocal:Concept."
            yield Problem.of_quad(quad, message, remedy, "known-kinds")


def _incomplete_labels(
    curated: Sequence[Quad],
    typings: Mapping[object, Quad],
    types: TypesByTerm,
    languages: Sequence[str],
) -> Iterator[Problem]:
    """Find entities without labels that no shape checks, and works without the first language."""
    first, name_of_first = languages[0], language_name(languages[0])
    tags_of: defaultdict[object, list[str]] = defaultdict(list)
    for quad in curated:
        is_label = quad.graph_name == ENTITIES and quad.predicate == _LABEL
        if is_label and isinstance(quad.object, Literal):
            tags_of[quad.subject].append(quad.object.language or "")
    for name, quad in typings.items():
        tags, classes = tags_of[name], types[name]
        has_shape = any(is_in(c, GLOCAL) and c not in _WITHOUT_SHAPE for c in classes)
        if _WORK in classes and tags and first not in tags:
            message = f"the work has no label in {name_of_first}."
            gloss = f"{'an' if name_of_first[0] in 'AEIOU' else 'a'} {name_of_first} gloss"
            remedy = f"{gloss} as rdfs:label @{first} beside the title in its language."
        elif not has_shape and not classes & _OUTSIDE_CLASSES and sorted(tags) != sorted(languages):
            labels, remedy = in_each("label", "rdfs:label", languages)
            message = f"the entity does not have exactly {labels}."
            remedy += "; other names are skos:altLabel."
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
    pairs = sorted(pairs_of(ontology, predicate), key=lambda pair: str(pair[1]))
    return {name: [class_ for other, class_ in pairs if other == name] for name, _ in pairs}
