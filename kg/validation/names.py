"""Check that every name is declared or described, and that properties are used as declared.

Check that withdrawn names have a reason and a time, and are no longer used.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import (
    BASE,
    DCTERMS,
    GLOCAL,
    GRAPH,
    ID,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    WITHDRAWN,
    XSD,
    shorten,
)
from kg.validation.findings import Problem, format_term

TYPE: Final = RDF["type"]
_RESERVED_NAMESPACES: Final = (RDF, RDFS, OWL, XSD)
OBJECT_PROPERTY: Final = OWL["ObjectProperty"]
DATATYPE_PROPERTY: Final = OWL["DatatypeProperty"]
ANNOTATION_PROPERTY: Final = OWL["AnnotationProperty"]
_PROPERTY_KINDS: Final = frozenset({OBJECT_PROPERTY, DATATYPE_PROPERTY, ANNOTATION_PROPERTY})
_CLASS_KINDS: Final = frozenset({OWL["Class"], RDFS["Datatype"]})

# Predicates of axioms, by what they relate: a property to a class, two classes, two properties.
_PROPERTY_TO_CLASS: Final = frozenset({RDFS["domain"], RDFS["range"]})
_CLASS_AXIOMS: Final = frozenset(
    {
        RDFS["subClassOf"],
        *(OWL[name] for name in ("equivalentClass", "disjointWith", "complementOf", "onClass")),
        *(OWL[name] for name in ("someValuesFrom", "allValuesFrom")),
    }
)
_PROPERTY_AXIOMS: Final = frozenset(
    {
        RDFS["subPropertyOf"],
        *(OWL[name] for name in ("onProperty", "inverseOf", "equivalentProperty")),
        OWL["propertyDisjointWith"],
    }
)

TypesByTerm = Mapping[object, frozenset[object]]


def check_declarations(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find names without a declaration or description, and properties used against their kind."""
    kinds = declared_types(ontology)
    described: set[object] = {
        quad.subject
        for quad in (*curated, *ontology)
        if quad.predicate == TYPE or quad.graph_name == WITHDRAWN
    }
    quads = (*curated, *ontology)
    yield from _undeclared_terms(quads, kinds)
    yield from _undescribed_individuals(quads, described)
    yield from _undeclared_external_terms(quads, kinds)
    yield from _misused_properties(quads, kinds)


def declared_types(ontology: Iterable[Quad]) -> TypesByTerm:
    """Return each name that the ontology declares, with its types."""
    kinds: dict[object, set[object]] = {}
    for quad in ontology:
        if quad.predicate == TYPE:
            kinds.setdefault(quad.subject, set()).add(quad.object)
    return {name: frozenset(types) for name, types in kinds.items()}


def _undeclared_terms(quads: Iterable[Quad], kinds: TypesByTerm) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (GLOCAL,), kinds):
        yield Problem.of_quad(
            quad,
            f"{shorten(name.value)} is used but the ontology does not declare it.",
            f"{_suggestion(name, kinds)}a declaration in ontology/.",
            "declared-terms",
        )


def _undescribed_individuals(quads: Iterable[Quad], described: set[object]) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (ID, SOURCE), described):
        folder = "source" if _is_in(name, SOURCE) else "entities"
        yield Problem.of_quad(
            quad,
            f"{shorten(name.value)} is used but not described.",
            f"{_suggestion(name, described)}a type and labels in kg/curated/{folder}/.",
            "described-individuals",
        )


def _undeclared_external_terms(quads: Iterable[Quad], kinds: TypesByTerm) -> Iterator[Problem]:
    seen: set[object] = set()
    for quad in quads:
        # Mappings and withdrawals use SKOS, DCMI and PROV terms, which need no declaration.
        if quad.graph_name in (GRAPH["links"], WITHDRAWN):
            continue
        for name, owl_type, role in _terms_in_axiom(quad):
            fitting = _CLASS_KINDS if role == "class" else _PROPERTY_KINDS
            is_declared = not fitting.isdisjoint(kinds.get(name, ()))
            is_external = not any(
                _is_in(name, namespace) for namespace in (*_RESERVED_NAMESPACES, GLOCAL)
            )
            if is_external and not is_declared and name not in seen:
                seen.add(name)
                yield Problem.of_quad(
                    quad,
                    f"{shorten(name.value)} is used as a {role} but not declared as one.",
                    f"{shorten(name.value)} a {owl_type} in ontology/core.ttl.",
                    "declared-outside-terms",
                )


def _terms_in_axiom(quad: Quad) -> Iterator[tuple[NamedNode, str, str]]:
    """Yield each name in the place of a class or property, with its OWL type and its role."""
    as_class, as_property = ("owl:Class", "class"), ("owl:…Property", "property")
    yield quad.predicate, *as_property
    roles: tuple[tuple[str, str] | None, tuple[str, str] | None] = (None, None)
    if quad.predicate in _PROPERTY_TO_CLASS:
        roles = (as_property, as_class)
    elif quad.predicate == TYPE:
        roles = (None, as_class)
    elif quad.predicate in _CLASS_AXIOMS:
        roles = (as_class, as_class)
    elif quad.predicate in _PROPERTY_AXIOMS:
        roles = (as_property, as_property)
    for term, role in zip((quad.subject, quad.object), roles, strict=True):
        if role is not None and isinstance(term, NamedNode):
            yield term, *role


def _misused_properties(quads: Iterable[Quad], kinds: TypesByTerm) -> Iterator[Problem]:
    for quad in quads:
        types = kinds.get(quad.predicate)
        if not types or not _is_in(quad.predicate, GLOCAL):
            continue
        name, is_literal = shorten(quad.predicate.value), isinstance(quad.object, Literal)
        if types.isdisjoint(_PROPERTY_KINDS):
            message, remedy = f"{name} is not a property.", "a property of the ontology."
        elif is_literal and OBJECT_PROPERTY in types:
            message = f"{name} is an object property, but its value is a literal."
            remedy = "the IRI of a thing."
        elif not is_literal and DATATYPE_PROPERTY in types:
            message = f"{name} is a datatype property, but its value is not a literal."
            remedy = "a literal, or an object property."
        else:
            continue
        yield Problem.of_quad(quad, message, remedy, "property-kinds")


def _first_uses(
    quads: Iterable[Quad], namespaces: tuple[str, ...], known: Iterable[object]
) -> Iterator[tuple[NamedNode, Quad]]:
    """Yield each unknown name in these namespaces with the first quad that uses it."""
    seen = set(known)
    for quad in quads:
        for name in (quad.subject, quad.predicate, quad.object):
            if (
                isinstance(name, NamedNode)
                and name not in seen
                and name.value.startswith(namespaces)
            ):
                seen.add(name)
                yield name, quad


def _suggestion(name: NamedNode, known: Iterable[object]) -> str:
    """Return the known name with the most similar spelling, followed by ", or "; else nothing.

    Only names in the same namespace are considered.
    """
    prefix, colon, local_name = shorten(name.value).partition(":")
    curies = [shorten(other.value) for other in known if isinstance(other, NamedNode)]
    local_names = [c.partition(":")[2] for c in curies if c.startswith(prefix + colon)]
    matches = get_close_matches(local_name, local_names, n=1, cutoff=0.7)
    return f"{prefix}{colon}{matches[0]}, or " if matches else ""


def _is_in(name: object, namespace: str) -> bool:
    return isinstance(name, NamedNode) and name.value.startswith(namespace)


_RULE: Final = "withdrawn-names"
_LANGUAGES: Final = {"en", "zh"}
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_TIME: Final = PROV["invalidatedAtTime"]


def check_withdrawals(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find incomplete withdrawals, withdrawn names still in use, and names not to be withdrawn.

    A term of the ontology is not withdrawn: it stays in the ontology and is deprecated there.
    """
    withdrawals: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in curated:
        if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode):
            withdrawals[quad.subject].append(quad)
    for name, quads in withdrawals.items():
        if not name.value.startswith(BASE) or name.value.startswith(GLOCAL):
            remedy = "the name of an entity, passage or evidence graph of this project."
            yield Problem.of_quad(
                quads[0], f"{format_term(name)} cannot be withdrawn.", remedy, _RULE
            )
        for message, remedy in _missing_statements(quads):
            yield Problem.of_quad(quads[0], f"{format_term(name)} {message}.", remedy, _RULE)
    yield from _still_used(curated, withdrawals.keys())


def _missing_statements(quads: Sequence[Quad]) -> Iterator[tuple[str, str]]:
    """Yield the error and the remedy for each statement missing from one name's withdrawal."""
    if not any(quad.predicate == OWL["deprecated"] and quad.object == _TRUE for quad in quads):
        yield "is not marked as deprecated", "owl:deprecated true."
    reason_languages = {
        quad.object.language
        for quad in quads
        if quad.predicate == SKOS["changeNote"] and isinstance(quad.object, Literal)
    }
    if reason_languages != _LANGUAGES:
        yield "lacks a reason in English or Chinese", 'skos:changeNote "…"@en , "…"@zh.'
    times = [quad.object for quad in quads if quad.predicate == _TIME]
    if [getattr(time, "datatype", None) for time in times] != [XSD["dateTime"]]:
        remedy = 'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.'
        yield "does not say when it was withdrawn", remedy


def _still_used(curated: Sequence[Quad], names: Set[NamedNode]) -> Iterator[Problem]:
    for quad in curated:
        terms = (quad.subject, quad.object, quad.graph_name)
        is_withdrawal = quad.graph_name == WITHDRAWN
        if is_withdrawal and quad.predicate != DCTERMS["isReplacedBy"]:
            continue
        # A withdrawal may name its subject, but its successor must not be withdrawn too.
        for name in names & set(terms[is_withdrawal:]):
            yield Problem.of_quad(
                quad,
                f"{format_term(name)} is withdrawn but still used.",
                "its successor, or no withdrawal.",
                _RULE,
            )
