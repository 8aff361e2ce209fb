"""Check that every name is declared or described, used as declared, and not used once withdrawn.

Terms of the ontology are declared in its modules; individuals are described in curated files, or
withdrawn with a reason and a time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
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
    is_in,
    shorten,
)
from kg.validation.findings import Problem, format_term

TYPE: Final = RDF["type"]
OBJECT_PROPERTY: Final = OWL["ObjectProperty"]
DATATYPE_PROPERTY: Final = OWL["DatatypeProperty"]
ANNOTATION_PROPERTY: Final = OWL["AnnotationProperty"]
_PROPERTY_KINDS: Final = frozenset({OBJECT_PROPERTY, DATATYPE_PROPERTY, ANNOTATION_PROPERTY})
# Role in an axiom -> the types a declaration of the name may have, and how messages write them.
_TYPES_OF_ROLE: Final = {
    "class": (frozenset({OWL["Class"], RDFS["Datatype"]}), "owl:Class"),
    "property": (_PROPERTY_KINDS, "owl:…Property"),
}
_CLASS_AXIOMS: Final = (
    "equivalentClass disjointWith complementOf onClass someValuesFrom allValuesFrom"
)
_PROPERTY_AXIOMS: Final = "onProperty inverseOf equivalentProperty propertyDisjointWith"
# Predicate -> the roles of its subject and its object.
_ROLES: Final[Mapping[NamedNode, tuple[str | None, str | None]]] = {
    TYPE: (None, "class"),
    RDFS["domain"]: ("property", "class"),
    RDFS["range"]: ("property", "class"),
    RDFS["subClassOf"]: ("class", "class"),
    RDFS["subPropertyOf"]: ("property", "property"),
    **{OWL[name]: ("class", "class") for name in _CLASS_AXIOMS.split()},
    **{OWL[name]: ("property", "property") for name in _PROPERTY_AXIOMS.split()},
}
# Mappings and withdrawals use SKOS, DCMI and PROV terms, which need no declaration.
_EXEMPT_GRAPHS: Final = (GRAPH["links"], WITHDRAWN)
_TRUE: Final = Literal("true", datatype=XSD["boolean"])

TypesByTerm = Mapping[object, Set[object]]


def check_names(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find names without a declaration or description, misused properties, and bad withdrawals."""
    quads = (*curated, *ontology)
    declared = declared_types(ontology)
    described = {q.subject for q in quads if q.predicate == TYPE or q.graph_name == WITHDRAWN}
    yield from _unknown_names(quads, declared, described)
    yield from _undeclared_external_terms(quads, declared)
    yield from _misused_properties(quads, declared)
    yield from _bad_withdrawals(curated)


def declared_types(quads: Iterable[Quad]) -> TypesByTerm:
    """Return each term that has a type, with its types."""
    types: defaultdict[object, set[object]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == TYPE:
            types[quad.subject].add(quad.object)
    return dict(types)


def _unknown_names(
    quads: Sequence[Quad], declared: TypesByTerm, described: Collection[object]
) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (GLOCAL,), declared):
        message = f"{shorten(name.value)} is used but the ontology does not declare it."
        remedy = f"{_suggestion(name, declared)}a declaration in ontology/."
        yield Problem.of_quad(quad, message, remedy, "declared-terms")
    for name, quad in _first_uses(quads, (ID, SOURCE), described):
        folder = "source" if is_in(name, SOURCE) else "entities"
        message = f"{shorten(name.value)} is used but not described."
        remedy = f"{_suggestion(name, described)}a type and labels in kg/curated/{folder}/."
        yield Problem.of_quad(quad, message, remedy, "described-individuals")


def _first_uses(
    quads: Iterable[Quad], namespaces: tuple[str, ...], known: Iterable[object]
) -> Iterator[tuple[NamedNode, Quad]]:
    """Yield each unknown name in these namespaces with the first quad that uses it."""
    seen = set(known)
    for quad in quads:
        for name in (quad.subject, quad.predicate, quad.object):
            if is_in(name, *namespaces) and name not in seen:
                seen.add(name)
                yield name, quad


def _suggestion(name: NamedNode, known: Iterable[object]) -> str:
    """Return the most similar known name of the same namespace and ", or ", or else nothing."""
    prefix, colon, local_name = shorten(name.value).partition(":")
    curies = [shorten(other.value) for other in known if isinstance(other, NamedNode)]
    local_names = [c.partition(":")[2] for c in curies if c.startswith(prefix + colon)]
    matches = get_close_matches(local_name, local_names, n=1, cutoff=0.7)
    return f"{prefix}{colon}{matches[0]}, or " if matches else ""


def _undeclared_external_terms(quads: Iterable[Quad], declared: TypesByTerm) -> Iterator[Problem]:
    seen: set[object] = set()
    for quad in quads:
        if quad.graph_name in _EXEMPT_GRAPHS:
            continue
        roles = ("property", *_ROLES.get(quad.predicate, (None, None)))
        names = (quad.predicate, quad.subject, quad.object)
        for role, name in zip(roles, names, strict=True):
            if role is None or not isinstance(name, NamedNode) or name in seen:
                continue
            fitting, written = _TYPES_OF_ROLE[role]
            is_declared = not fitting.isdisjoint(declared.get(name, ()))
            if not is_declared and not is_in(name, GLOCAL, RDF, RDFS, OWL, XSD):
                seen.add(name)
                message = f"{shorten(name.value)} is used as a {role} but not declared as one."
                remedy = f"{shorten(name.value)} a {written} in ontology/core.ttl."
                yield Problem.of_quad(quad, message, remedy, "declared-outside-terms")


def _misused_properties(quads: Iterable[Quad], declared: TypesByTerm) -> Iterator[Problem]:
    for quad in quads:
        types = declared.get(quad.predicate)
        if not types or not is_in(quad.predicate, GLOCAL):
            continue
        name, is_literal = shorten(quad.predicate.value), isinstance(quad.object, Literal)
        if _PROPERTY_KINDS.isdisjoint(types):
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


def _bad_withdrawals(curated: Sequence[Quad]) -> Iterator[Problem]:
    withdrawals: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in curated:
        if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode):
            withdrawals[quad.subject].append(quad)
    for name, quads in withdrawals.items():
        for message, remedy in _errors_of_withdrawal(name, quads):
            yield Problem.of_quad(
                quads[0], f"{format_term(name)} {message}.", remedy, "withdrawn-names"
            )
    for quad in curated:
        terms = (quad.subject, quad.object, quad.graph_name)
        is_withdrawal = quad.graph_name == WITHDRAWN
        if is_withdrawal and quad.predicate != DCTERMS["isReplacedBy"]:
            continue
        # A withdrawal may name its subject, but its successor must not be withdrawn too.
        for name in withdrawals.keys() & set(terms[is_withdrawal:]):
            message = f"{format_term(name)} is withdrawn but still used."
            remedy = "its successor, or no withdrawal."
            yield Problem.of_quad(quad, message, remedy, "withdrawn-names")


def _errors_of_withdrawal(name: NamedNode, quads: Sequence[Quad]) -> Iterator[tuple[str, str]]:
    """Yield the message and the remedy for each error in the withdrawal of one name."""
    # A term of the ontology stays there and is deprecated.
    if not is_in(name, BASE) or is_in(name, GLOCAL):
        yield (
            "cannot be withdrawn",
            "the name of an entity, passage or evidence graph of this project.",
        )
    if not any(quad.predicate == OWL["deprecated"] and quad.object == _TRUE for quad in quads):
        yield "is not marked as deprecated", "owl:deprecated true."
    reason_languages = {
        quad.object.language
        for quad in quads
        if quad.predicate == SKOS["changeNote"] and isinstance(quad.object, Literal)
    }
    if reason_languages != {"en", "zh"}:
        yield "lacks a reason in English or Chinese", 'skos:changeNote "…"@en , "…"@zh.'
    times = [quad.object for quad in quads if quad.predicate == PROV["invalidatedAtTime"]]
    if [getattr(time, "datatype", None) for time in times] != [XSD["dateTime"]]:
        remedy = 'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.'
        yield "does not say when it was withdrawn", remedy
