"""Check that every name is declared or described, used as declared, and not used once withdrawn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import (
    BASE,
    EVIDENCE,
    GLOCAL,
    ID,
    OWL,
    RDF,
    RDFS,
    SOURCE,
    XSD,
    expand_all,
    is_in,
)
from kg.validation.findings import Problem, format_term, language_name

TypesByTerm = Mapping[object, Set[object]]

TYPE: Final = RDF["type"]
PROPERTY_KINDS: Final = expand_all("owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty")
OBJECT_PROPERTY, DATATYPE_PROPERTY, ANNOTATION_PROPERTY = PROPERTY_KINDS
# Role in an axiom -> the types a declaration of the name may have, and how messages write them.
_TYPES_OF_ROLE: Final = {
    "class": (expand_all("owl:Class rdfs:Datatype"), "owl:Class"),
    "property": (PROPERTY_KINDS, "owl:…Property"),
}
_CLASS_AXIOMS: Final = (
    "rdfs:subClassOf owl:equivalentClass owl:disjointWith owl:complementOf owl:onClass "
    "owl:someValuesFrom owl:allValuesFrom"
)
_PROPERTY_AXIOMS: Final = (
    "rdfs:subPropertyOf owl:onProperty owl:inverseOf owl:equivalentProperty "
    "owl:propertyDisjointWith"
)
# Predicate -> the roles of its subject and its object.
_ROLES: Final[Mapping[NamedNode, tuple[str | None, str | None]]] = {
    TYPE: (None, "class"),
    **dict.fromkeys(expand_all("rdfs:domain rdfs:range"), ("property", "class")),
    **dict.fromkeys(expand_all(_CLASS_AXIOMS), ("class", "class")),
    **dict.fromkeys(expand_all(_PROPERTY_AXIOMS), ("property", "property")),
}
# Mappings and withdrawals use SKOS, DCMI and PROV terms, which need no declaration.
EXEMPT_GRAPHS: Final = expand_all("graph:links graph:withdrawn")
LINKS, WITHDRAWN = EXEMPT_GRAPHS
WITHDRAWAL_PREDICATES: Final = expand_all(
    "owl:deprecated dcterms:isReplacedBy prov:invalidatedAtTime skos:changeNote"
)
_DEPRECATED, _REPLACED_BY, _INVALIDATED_AT, _CHANGE_NOTE = WITHDRAWAL_PREDICATES


def check_names(
    curated: Sequence[Quad], ontology: Sequence[Quad], languages: Sequence[str]
) -> Iterator[Problem]:
    """Find names without a declaration or description, misused properties, and bad withdrawals."""
    quads = (*curated, *ontology)
    declared = declared_types(ontology)
    described = {q.subject for q in quads if q.predicate == TYPE or q.graph_name == WITHDRAWN}
    yield from _unknown_names(quads, declared, described)
    yield from _undeclared_external_terms(quads, declared)
    yield from _misused_properties(quads, declared)
    yield from _bad_withdrawals(curated, languages)
    yield from _relations_to_itself(quads)


def declared_types(quads: Iterable[Quad]) -> TypesByTerm:
    """Return each term that has a type, with its types."""
    types: dict[object, set[object]] = {}
    for quad in quads:
        if quad.predicate == TYPE:
            types.setdefault(quad.subject, set()).add(quad.object)
    return types


def _unknown_names(
    quads: Sequence[Quad], declared: TypesByTerm, described: Collection[object]
) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (GLOCAL,), declared):
        message = f"{format_term(name)} is used but the ontology does not declare it."
        remedy = f"{suggest_name(name, declared)}a declaration in ontology/."
        yield Problem.of_quad(quad, message, remedy, "declared-terms")
    for name, quad in _first_uses(quads, (ID, SOURCE), described):
        folder = "source" if is_in(name, SOURCE) else "entities"
        message = f"{format_term(name)} is used but not described."
        remedy = f"{suggest_name(name, described)}a type and labels in kg/curated/{folder}/."
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


def suggest_name(name: NamedNode, known: Iterable[object]) -> str:
    """Return the most similar known name of the same namespace and `, or `, or else nothing."""
    prefix, colon, local_name = format_term(name).partition(":")
    curies = [format_term(other) for other in known if isinstance(other, NamedNode)]
    local_names = [c.partition(":")[2] for c in curies if c.startswith(prefix + colon)]
    matches = get_close_matches(local_name, local_names, n=1, cutoff=0.7)
    return f"{prefix}{colon}{matches[0]}, or " if matches else ""


def _undeclared_external_terms(quads: Iterable[Quad], declared: TypesByTerm) -> Iterator[Problem]:
    seen: set[object] = set()
    for quad in quads:
        if quad.graph_name in EXEMPT_GRAPHS:
            continue
        roles = ("property", *_ROLES.get(quad.predicate, (None, None)))
        names = (quad.predicate, quad.subject, quad.object)
        for role, name in zip(roles, names, strict=True):
            if role is None or not isinstance(name, NamedNode) or name in seen:
                continue
            fitting, written = _TYPES_OF_ROLE[role]
            is_declared = not declared.get(name, set()).isdisjoint(fitting)
            if not is_declared and not is_in(name, GLOCAL, RDF, RDFS, OWL, XSD):
                seen.add(name)
                message = f"{format_term(name)} is used as a {role} but not declared as one."
                remedy = f"{format_term(name)} a {written} in ontology/core.ttl."
                yield Problem.of_quad(quad, message, remedy, "declared-outside-terms")


def _misused_properties(quads: Iterable[Quad], declared: TypesByTerm) -> Iterator[Problem]:
    for quad in quads:
        types = declared.get(quad.predicate)
        if not types or not is_in(quad.predicate, GLOCAL):
            continue
        is_literal = isinstance(quad.object, Literal)
        if types.isdisjoint(PROPERTY_KINDS):
            error, remedy = "not a property", "a property of the ontology."
        elif is_literal and OBJECT_PROPERTY in types:
            error, remedy = "an object property, but its value is a literal", "the IRI of a thing."
        elif not is_literal and DATATYPE_PROPERTY in types:
            error = "a datatype property, but its value is not a literal"
            remedy = "a literal, or an object property."
        else:
            continue
        message = f"{format_term(quad.predicate)} is {error}."
        yield Problem.of_quad(quad, message, remedy, "property-kinds")


def _bad_withdrawals(curated: Sequence[Quad], languages: Sequence[str]) -> Iterator[Problem]:
    withdrawals: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in curated:
        if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode):
            withdrawals[quad.subject].append(quad)
    for name, quads in withdrawals.items():
        for error, remedy in _errors_of_withdrawal(name, quads, languages):
            message = f"{format_term(name)} {error}."
            yield Problem.of_quad(quads[0], message, remedy, "withdrawn-names")
    remedy = "its successor, or no withdrawal."
    for quad in curated:
        used: set[object] = {quad.subject, quad.object, quad.graph_name}
        # A withdrawal may name its subject, but its successor must not be withdrawn too.
        if quad.graph_name == WITHDRAWN:
            used = {quad.object} if quad.predicate == _REPLACED_BY else set()
        for name in withdrawals.keys() & used:
            message = f"{format_term(name)} is withdrawn but still used."
            yield Problem.of_quad(quad, message, remedy, "withdrawn-names")
    graphs = {quad.graph_name for quad in curated}
    for quad in curated:
        is_successor = quad.graph_name == WITHDRAWN and quad.predicate == _REPLACED_BY
        if is_successor and is_in(quad.object, EVIDENCE) and quad.object not in graphs:
            message = f"the successor {format_term(quad.object)} does not exist."
            remedy = "an evidence graph of a curated file, or no dcterms:isReplacedBy."
            yield Problem.of_quad(quad, message, remedy, "withdrawn-names")


def _relations_to_itself(quads: Iterable[Quad]) -> Iterator[Problem]:
    for quad in quads:
        if quad.subject == quad.object and quad.graph_name != WITHDRAWN:
            name, predicate = format_term(quad.subject), format_term(quad.predicate)
            message = f"{name} {predicate} itself, which says nothing."
            yield Problem.of_quad(quad, message, "another object.", "two-ends")


def _errors_of_withdrawal(
    name: NamedNode, quads: Sequence[Quad], languages: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield the message and the remedy for each error in the withdrawal of one name."""
    # A term of the ontology stays there and is deprecated.
    if not is_in(name, BASE) or is_in(name, GLOCAL):
        remedy = "the name of an entity, passage or evidence graph of this project."
        yield "cannot be withdrawn", remedy
    values: defaultdict[NamedNode, list[Any]] = defaultdict(list)
    for quad in quads:
        values[quad.predicate].append(quad.object)
    if Literal(True) not in values[_DEPRECATED]:
        yield "is not marked as deprecated", "owl:deprecated true."
    reasons = (reason for reason in values[_CHANGE_NOTE] if isinstance(reason, Literal))
    if {reason.language for reason in reasons} != set(languages):
        texts = " , ".join(f'"…"@{language}' for language in languages)
        names = " or ".join(map(language_name, languages))
        yield f"lacks a reason in {names}", f"skos:changeNote {texts}."
    if [getattr(time, "datatype", None) for time in values[_INVALIDATED_AT]] != [XSD["dateTime"]]:
        remedy = 'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.'
        yield "does not say when it was withdrawn", remedy
