"""Check that types are not disjoint, labels are unique and language tags are plain.

Check the classes and labels of entities, and the classes of properties' subjects and objects.

`schema:domainIncludes` and `schema:rangeIncludes` give the allowed classes of subject and object.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, GRAPH, ID, OWL, QB, RDF, RDFS, SCHEMA, SOURCE, shorten
from kg.validation.evidence import holding_graphs
from kg.validation.findings import Object, Problem, format_term
from kg.validation.names import TYPE, TypesByTerm, declared_types

_ENTITIES: Final = GRAPH["entities"]
_LABEL: Final = RDFS["label"]
_SUBCLASS: Final = RDFS["subClassOf"]
_PLAIN_TAG: Final = re.compile(r"[a-z]{2,3}")


def check_labels_and_disjointness(
    curated: Sequence[Quad], ontology: Sequence[Quad]
) -> Iterator[Problem]:
    """Find entities with disjoint types, shared labels, and language tags with region or script."""
    yield from _regional_tags((*curated, *ontology))
    yield from _shared_term_labels(ontology)
    superclasses = closure(_pairs(ontology, _SUBCLASS))
    yield from _disjoint_types(curated, disjoint_pairs(ontology), superclasses)
    works = {name for name, supers in superclasses.items() if GLOCAL["Work"] in supers}
    yield from _shared_entity_labels(curated, works | {GLOCAL["Work"]})


def closure(pairs: Iterable[tuple[object, object]]) -> dict[object, set[object]]:
    """Return the transitive closure: each first member with everything reachable from it."""
    direct: defaultdict[object, set[object]] = defaultdict(set)
    for lower, upper in pairs:
        direct[lower].add(upper)
    reachable: dict[object, set[object]] = {}
    for start in list(direct):
        visited: set[object] = set()
        pending = [*direct[start]]
        while pending:
            name = pending.pop()
            if name not in visited:
                visited.add(name)
                pending.extend(direct.get(name, ()))
        reachable[start] = visited
    return reachable


def disjoint_pairs(ontology: Sequence[Quad]) -> set[frozenset[object]]:
    """Return the pairs of classes declared disjoint, pairwise or by `owl:AllDisjointClasses`."""
    pairs = {frozenset(pair) for pair in _pairs(ontology, OWL["disjointWith"])}
    for node, members in _pairs(ontology, OWL["members"]):
        if any(q.subject == node and q.object == OWL["AllDisjointClasses"] for q in ontology):
            classes = list_members(ontology, members)
            pairs |= {frozenset(pair) for pair in combinations(classes, 2)}
    return pairs


def list_members(quads: Sequence[Quad], head: object) -> list[object]:
    """Return the members of an RDF list, in order."""
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
    trusted_graphs = {_ENTITIES, *holding_graphs(curated)}
    for quad in curated:
        if quad.predicate == TYPE and quad.graph_name in trusted_graphs:
            types[quad.subject].setdefault(quad.object, quad)
    for quads in types.values():
        for first, second in combinations(quads.values(), 2):
            first_classes = {first.object, *superclasses.get(first.object, ())}
            second_classes = {second.object, *superclasses.get(second.object, ())}
            if any(frozenset((a, b)) in disjoint for a in first_classes for b in second_classes):
                yield Problem.of_quad(
                    second,
                    f"{format_term(first.subject)} is both {format_term(first.object)} and "
                    f"{format_term(second.object)}, which are disjoint.",
                    "one of the two types, or two entities.",
                    "disjoint-types",
                )


def _shared_entity_labels(curated: Sequence[Quad], works: set[object]) -> Iterator[Problem]:
    types = defaultdict(set)
    for quad in curated:
        if quad.graph_name == _ENTITIES and quad.predicate == TYPE:
            types[quad.subject].add(quad.object)
    first_uses: dict[object, Quad] = {}
    for quad in curated:
        if quad.graph_name == _ENTITIES and quad.predicate == _LABEL:
            for class_ in types[quad.subject] - works:
                first = first_uses.setdefault((class_, quad.object), quad)
                if first.subject != quad.subject:
                    yield _shared_label(quad, first)


def _shared_term_labels(ontology: Sequence[Quad]) -> Iterator[Problem]:
    first_uses: dict[object, Quad] = {}
    for quad in ontology:
        if quad.predicate == _LABEL:
            first = first_uses.setdefault(quad.object, quad)
            if first.subject != quad.subject:
                yield _shared_label(quad, first)


def _shared_label(quad: Quad, first: Quad) -> Problem:
    return Problem.of_quad(
        quad,
        f"{format_term(quad.subject)} has the same label as {format_term(first.subject)}.",
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
                f"@{tag.split('-')[0].lower()}, a tag without region or script.",
                "plain-language-tags",
            )


_ENTITY: Final = GLOCAL["Entity"]
_WORK: Final = GLOCAL["Work"]
_CUBE_CLASSES: Final = frozenset(
    QB[name] for name in ("ComponentSpecification", "DataSet", "DataStructureDefinition")
)
_INCLUDES: Final = [SCHEMA[name] for name in ("domainIncludes", "rangeIncludes")]
# SHACL shapes check the labels of the subclasses of these; entities of these classes alone, or of
# no class of the ontology, are checked here.
_WITHOUT_SHAPE: Final = frozenset({_ENTITY, GLOCAL["Source"]})

_Types = Mapping[object, set[object]]
# Property -> the classes of its subjects and of its objects; an empty sequence allows any class.
_EndClasses = Mapping[object, tuple[Sequence[Object], Sequence[Object]]]


def check_classes(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find entities without an entity class or labels, and subjects or objects of a wrong class."""
    superclasses = closure(
        (quad.subject, quad.object) for quad in ontology if quad.predicate == RDFS["subClassOf"]
    )
    stated_types: defaultdict[object, set[object]] = defaultdict(set)
    for quad in (*curated, *ontology):
        if quad.predicate == TYPE:
            stated_types[quad.subject].add(quad.object)
    types = {
        name: classes.union(*(superclasses.get(class_, ()) for class_ in classes))
        for name, classes in stated_types.items()
    }
    yield from _without_entity_class(curated, types, declared_types(ontology))
    yield from _unlabelled(curated, types)
    yield from _wrong_ends(curated, types, _read_end_classes(ontology))


def _without_entity_class(
    curated: Sequence[Quad], types: _Types, declared: TypesByTerm
) -> Iterator[Problem]:
    """Find entities none of whose types is `glocal:Entity` or a subclass of it."""
    seen: set[object] = set()
    for quad in curated:
        if quad.predicate != TYPE or not _is_entity(quad) or quad.subject in seen:
            continue
        seen.add(quad.subject)
        classes = types[quad.subject]
        # `kg.validation.names` reports undeclared classes, such as misspelled ones.
        is_declared = quad.object in declared or not str(quad.object).startswith(f"<{GLOCAL}")
        if is_declared and _ENTITY not in classes and _CUBE_CLASSES.isdisjoint(classes):
            yield Problem.of_quad(
                quad,
                f"{format_term(quad.subject)} is typed as {format_term(quad.object)}, which is not an "
                "entity class.",
                "glocal:Entity or a subclass of it, such as glocal:Concept.",
                "known-kinds",
            )


def _unlabelled(curated: Sequence[Quad], types: _Types) -> Iterator[Problem]:
    """Find entities without labels that no shape checks, and works without an English label."""
    languages: defaultdict[object, list[str]] = defaultdict(list)
    typing: dict[object, Quad] = {}
    for quad in curated:
        if quad.predicate == _LABEL and isinstance(quad.object, Literal) and _is_entity(quad):
            languages[quad.subject].append(quad.object.language or "")
        elif quad.predicate == TYPE and _is_entity(quad):
            typing.setdefault(quad.subject, quad)
    for name, quad in typing.items():
        tags, classes = languages[name], types[name]
        if _WORK in classes and tags and "en" not in tags:
            remedy = "an English gloss as rdfs:label @en beside the title in its language."
            yield _label_problem(quad, tags, "the work has no label in English.", remedy)
        elif _has_no_shape(classes) and sorted(tags) != ["en", "zh"]:
            message = "not exactly one label in English and one in Chinese."
            remedy = "one rdfs:label @en and one @zh; other names are skos:altLabel."
            yield _label_problem(quad, tags, message, remedy)


def _has_no_shape(classes: set[object]) -> bool:
    own_classes = {class_ for class_ in classes if str(class_).startswith(f"<{GLOCAL}")}
    return own_classes <= _WITHOUT_SHAPE and _CUBE_CLASSES.isdisjoint(classes)


def _label_problem(quad: Quad, tags: Sequence[str], message: str, remedy: str) -> Problem:
    # Without a label there is no label statement to point at, only the typing.
    predicate = _LABEL if tags else TYPE
    message = f"{format_term(quad.subject)}: {message}"
    return Problem(message, remedy, "entity-labels", quad.subject, predicate, None, _ENTITIES)


def _read_end_classes(ontology: Sequence[Quad]) -> _EndClasses:
    """Return the classes that the ontology lists for each property's subjects and objects.

    They are sorted, so that messages are stable. Unlike `rdfs:domain` and `rdfs:range`, they
    entail nothing.
    """
    ends: defaultdict[object, tuple[list[Object], list[Object]]] = defaultdict(lambda: ([], []))
    for quad in sorted(ontology, key=str):
        if quad.predicate in _INCLUDES:
            ends[quad.subject][_INCLUDES.index(quad.predicate)].append(quad.object)
    return ends


def _wrong_ends(
    curated: Sequence[Quad], types: _Types, end_classes: _EndClasses
) -> Iterator[Problem]:
    for quad in curated:
        classes_of_ends = end_classes.get(quad.predicate)
        if not classes_of_ends:
            continue
        for role, term, allowed in zip(
            ("subject", "object"), (quad.subject, quad.object), classes_of_ends, strict=True
        ):
            classes = types.get(term, set())
            if not allowed or not classes.isdisjoint(allowed):
                continue
            # `kg.validation.names` reports undescribed things and literals in place of things.
            is_own = isinstance(term, NamedNode) and term.value.startswith((ID, SOURCE))
            if isinstance(term, Literal) or (is_own and not classes):
                continue
            alternatives = _join_names(allowed)
            yield Problem.of_quad(
                quad,
                f"the {role} of {shorten(quad.predicate.value)} is {format_term(term)}, which is not "
                f"a {alternatives}.",
                f"a {alternatives} as the {role}, or another property.",
                "kinds-of-ends",
            )


def _join_names(classes: Sequence[Object]) -> str:
    curies = [format_term(class_) for class_ in classes]
    return " or ".join(part for part in (", ".join(curies[:-1]), curies[-1]) if part)


def _is_entity(quad: Quad) -> bool:
    return (
        quad.graph_name == _ENTITIES
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(ID)
    )
