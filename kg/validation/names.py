"""Names that are used but not declared, or used as what they are not.

Names that are withdrawn: that each says so, why and since when, and is used no more.
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
from kg.validation.findings import Problem, name_of

TYPE: Final = RDF["type"]
_RESERVED: Final = (RDF, RDFS, OWL, XSD)
OBJECT_PROPERTY: Final = OWL["ObjectProperty"]
DATATYPE_PROPERTY: Final = OWL["DatatypeProperty"]
ANNOTATION_PROPERTY: Final = OWL["AnnotationProperty"]
_PROPERTY_KINDS: Final = frozenset({OBJECT_PROPERTY, DATATYPE_PROPERTY, ANNOTATION_PROPERTY})
_CLASS_KINDS: Final = frozenset({OWL["Class"], RDFS["Datatype"]})

# Where an axiom names a class or a property: subject, object and list members stand for one.
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

Kinds = Mapping[object, frozenset[object]]


def name_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Names without a declaration or description, and properties used against their kind."""
    kinds = kinds_of(ontology)
    described: set[object] = {
        quad.subject
        for quad in (*curated, *ontology)
        if quad.predicate == TYPE or quad.graph_name == WITHDRAWN
    }
    quads = (*curated, *ontology)
    yield from _undeclared_terms(quads, kinds)
    yield from _undescribed_individuals(quads, described)
    yield from _undeclared_outside_terms(quads, kinds)
    yield from _misused_properties(quads, kinds)


def kinds_of(ontology: Iterable[Quad]) -> Kinds:
    """Each name that the ontology types, with its types."""
    kinds: dict[object, set[object]] = {}
    for quad in ontology:
        if quad.predicate == TYPE:
            kinds.setdefault(quad.subject, set()).add(quad.object)
    return {name: frozenset(types) for name, types in kinds.items()}


def _undeclared_terms(quads: Iterable[Quad], kinds: Kinds) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (GLOCAL,), kinds):
        yield Problem.of_quad(
            quad,
            f"{shorten(name.value)} is used but the ontology does not declare it.",
            f"{_nearest(name, kinds)}a declaration in ontology/.",
            "declared-terms",
        )


def _undescribed_individuals(quads: Iterable[Quad], described: set[object]) -> Iterator[Problem]:
    for name, quad in _first_uses(quads, (ID, SOURCE), described):
        folder = "source" if _is_in(name, SOURCE) else "entities"
        yield Problem.of_quad(
            quad,
            f"{shorten(name.value)} is used but nothing says what it is.",
            f"{_nearest(name, described)}a type and labels in kg/curated/{folder}/.",
            "described-individuals",
        )


def _undeclared_outside_terms(quads: Iterable[Quad], kinds: Kinds) -> Iterator[Problem]:
    seen: set[object] = set()
    for quad in quads:
        # Mappings and withdrawals speak the words of SKOS, DCMI and PROV.
        if quad.graph_name in (GRAPH["links"], WITHDRAWN):
            continue
        for name, wanted, what in _positions(quad):
            fitting = _CLASS_KINDS if what == "class" else _PROPERTY_KINDS
            known = not fitting.isdisjoint(kinds.get(name, ()))
            outside = not any(_is_in(name, space) for space in (*_RESERVED, GLOCAL))
            if outside and not known and name not in seen:
                seen.add(name)
                yield Problem.of_quad(
                    quad,
                    f"{shorten(name.value)} is used as a {what} but its OWL kind is not declared.",
                    f"{shorten(name.value)} a {wanted} in ontology/core.ttl.",
                    "declared-outside-terms",
                )


def _positions(quad: Quad) -> Iterator[tuple[NamedNode, str, str]]:
    """The names in a quad that stand where a class or property must, with the kind needed."""
    of_class, of_property = ("owl:Class", "class"), ("owl:…Property", "property")
    yield quad.predicate, *of_property
    wanted: tuple[tuple[str, str] | None, tuple[str, str] | None] = (None, None)
    if quad.predicate in _PROPERTY_TO_CLASS:
        wanted = (of_property, of_class)
    elif quad.predicate == TYPE:
        wanted = (None, of_class)
    elif quad.predicate in _CLASS_AXIOMS:
        wanted = (of_class, of_class)
    elif quad.predicate in _PROPERTY_AXIOMS:
        wanted = (of_property, of_property)
    for end, kind in zip((quad.subject, quad.object), wanted, strict=True):
        if kind is not None and isinstance(end, NamedNode):
            yield end, *kind


def _misused_properties(quads: Iterable[Quad], kinds: Kinds) -> Iterator[Problem]:
    for quad in quads:
        types = kinds.get(quad.predicate)
        if not types or not _is_in(quad.predicate, GLOCAL):
            continue
        name, is_text = shorten(quad.predicate.value), isinstance(quad.object, Literal)
        if types.isdisjoint(_PROPERTY_KINDS):
            message, remedy = f"{name} is no property.", "a property of the ontology."
        elif is_text and OBJECT_PROPERTY in types:
            message = f"{name} relates two things, but what follows is a text or number."
            remedy = "the IRI of a thing."
        elif not is_text and DATATYPE_PROPERTY in types:
            message = f"{name} gives a text or number, but what follows is a thing."
            remedy = "a literal, or an object property."
        else:
            continue
        yield Problem.of_quad(quad, message, remedy, "property-kinds")


def _first_uses(
    quads: Iterable[Quad], spaces: tuple[str, ...], known: Iterable[object]
) -> Iterator[tuple[NamedNode, Quad]]:
    """Each name of these namespaces that is not known, with the first quad that uses it."""
    seen = set(known)
    for quad in quads:
        for name in (quad.subject, quad.predicate, quad.object):
            if isinstance(name, NamedNode) and name not in seen and name.value.startswith(spaces):
                seen.add(name)
                yield name, quad


def _nearest(name: NamedNode, known: Iterable[object]) -> str:
    """The known name of the same namespace that is spelled most like this one, and "or"."""
    prefix, colon, local_name = shorten(name.value).partition(":")
    curies = [shorten(other.value) for other in known if isinstance(other, NamedNode)]
    local_names = [c.partition(":")[2] for c in curies if c.startswith(prefix + colon)]
    near = get_close_matches(local_name, local_names, n=1, cutoff=0.7)
    return f"{prefix}{colon}{near[0]}, or " if near else ""


def _is_in(name: object, space: str) -> bool:
    return isinstance(name, NamedNode) and name.value.startswith(space)


_RULE: Final = "withdrawn-names"
_LANGUAGES: Final = {"en", "zh"}
_YES: Final = Literal("true", datatype=XSD["boolean"])
_SINCE: Final = PROV["invalidatedAtTime"]


def withdrawal_problems(curated: Sequence[Quad]) -> Iterator[Problem]:
    """What a withdrawal lacks, withdrawn names that are still used, and terms among them.

    A term of the ontology is deprecated where it is declared: it is still there.
    """
    said: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in curated:
        if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode):
            said[quad.subject].append(quad)
    for name, quads in said.items():
        if not name.value.startswith(BASE) or name.value.startswith(GLOCAL):
            remedy = "a name of an entity, passage or evidence graph of this project."
            yield Problem.of_quad(quads[0], f"{name_of(name)} is none to withdraw.", remedy, _RULE)
        for message, remedy in _lacks(quads):
            yield Problem.of_quad(quads[0], f"{name_of(name)} {message}.", remedy, _RULE)
    yield from _still_used(curated, said.keys())


def _lacks(quads: Sequence[Quad]) -> Iterator[tuple[str, str]]:
    """What is missing in the withdrawal of one name, each with what would be right."""
    if not any(one.predicate == OWL["deprecated"] and one.object == _YES for one in quads):
        yield "is not said to be withdrawn", "owl:deprecated true."
    reasons = {
        one.object.language
        for one in quads
        if one.predicate == SKOS["changeNote"] and isinstance(one.object, Literal)
    }
    if reasons != _LANGUAGES:
        yield "has no reason in both languages", 'skos:changeNote "…"@en , "…"@zh.'
    times = [one.object for one in quads if one.predicate == _SINCE]
    if [getattr(one, "datatype", None) for one in times] != [XSD["dateTime"]]:
        remedy = 'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.'
        yield "does not say since when it is withdrawn", remedy


def _still_used(curated: Sequence[Quad], names: Set[NamedNode]) -> Iterator[Problem]:
    for quad in curated:
        ends = (quad.subject, quad.object, quad.graph_name)
        is_about = quad.graph_name == WITHDRAWN and quad.predicate != DCTERMS["isReplacedBy"]
        for name in () if is_about else names & set(ends[quad.graph_name == WITHDRAWN :]):
            yield Problem.of_quad(
                quad,
                f"{name_of(name)} is withdrawn and still used.",
                "its successor, or no withdrawal.",
                _RULE,
            )
