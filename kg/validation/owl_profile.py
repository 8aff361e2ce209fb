"""Check the ontology's axioms against the global restrictions of OWL 2 DL.

Source: OWL 2 Structural Specification, section 5.8.1 (one kind for each property), sections 11.1
and 11.2 (simple properties, regular property chains).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.namespaces import BASE, DCTERMS, GLOCAL, OWL, RDFS, SOURCE, XSD, expand_all, is_in
from kg.statuses import Status
from kg.validation.findings import Problem, format_term
from kg.validation.hierarchy import closure, list_members, members_by_type, pairs_of
from kg.validation.names import (
    ANNOTATION_PROPERTY,
    DATATYPE_PROPERTY,
    OBJECT_PROPERTY,
    PROPERTY_KINDS,
    TYPE,
    declared_types,
)

_SUBPROPERTY, _CHAIN, _INVERSE = expand_all(
    "rdfs:subPropertyOf owl:propertyChainAxiom owl:inverseOf"
)
_ENDS: Final = expand_all("rdfs:domain rdfs:range")
_STATUSES: Final = frozenset(status.iri for status in Status)
_SIMPLE_ONLY: Final = expand_all(
    "owl:FunctionalProperty owl:InverseFunctionalProperty owl:IrreflexiveProperty "
    "owl:AsymmetricProperty"
)
_CARDINALITIES: Final = expand_all(
    "owl:cardinality owl:maxCardinality owl:minCardinality owl:hasSelf owl:qualifiedCardinality "
    "owl:maxQualifiedCardinality owl:minQualifiedCardinality"
)


def check_owl_profile(ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find axioms that OWL 2 DL forbids, or from which nothing or too much follows."""
    axioms = [quad for quad in ontology if quad.predicate not in (RDFS["label"], RDFS["comment"])]
    yield from _mixed_kinds(axioms)
    yield from _non_simple_properties(axioms)
    yield from _irregular_chains(axioms)
    yield from _property_cycles(axioms)
    yield from _idle_ends(axioms)
    yield from _unknown_imports(axioms)
    for quad in axioms:
        if quad.predicate == GLOCAL["ruleStatus"] and quad.object not in _STATUSES:
            message = f"{format_term(quad.object)} is not the status of an axiom."
            yield Problem.of_quad(quad, message, "a status, such as glocal:Thesis.", "rule-status")
    yield from _theses_without_passage(axioms)


def _theses_without_passage(axioms: Sequence[Quad]) -> Iterator[Problem]:
    with_passage = {
        quad.subject
        for quad in axioms
        if quad.predicate == DCTERMS["source"] and is_in(quad.object, SOURCE)
    }
    for quad in axioms:
        is_thesis = (quad.predicate, quad.object) == (GLOCAL["ruleStatus"], Status.THESIS.iri)
        if is_thesis and quad.subject not in with_passage:
            message = "an axiom is a thesis but names no passage that states it."
            remedy = "dcterms:source with the passage, or glocal:isModellingDecision true."
            yield Problem.of_quad(quad, message, remedy, "rule-status")


def _mixed_kinds(axioms: Sequence[Quad]) -> Iterator[Problem]:
    types = declared_types(axioms)
    for name, types_of_name in types.items():
        declared = [kind for kind in (*PROPERTY_KINDS, OWL["Class"]) if kind in types_of_name]
        if len(declared) > 1 and isinstance(name, NamedNode):
            names = " and ".join(format_term(kind) for kind in declared)
            message = f"{format_term(name)} is declared as {names}."
            yield Problem(message, "only one of them.", "one-kind", name, TYPE, declared[1])
    for quad in axioms:
        if quad.predicate == _SUBPROPERTY:
            lower, upper = (
                next((kind for kind in PROPERTY_KINDS if kind in types.get(term, ())), None)
                for term in (quad.subject, quad.object)
            )
            if lower and upper and lower != upper:
                above = f"{format_term(quad.object)}, which is another kind of property"
                message = f"{format_term(quad.subject)} is a subproperty of {above}."
                remedy = "two properties of the same kind."
                yield Problem.of_quad(quad, message, remedy, "one-kind")


def _property_cycles(axioms: Sequence[Quad]) -> Iterator[Problem]:
    """Find properties that are as wide as a subproperty: each is a subproperty of the other."""
    above = closure(pairs_of(axioms, _SUBPROPERTY))
    for quad in axioms:
        if quad.predicate == _SUBPROPERTY and quad.subject in above.get(quad.object, ()):
            lower, upper = format_term(quad.subject), format_term(quad.object)
            message = f"{lower} is as wide as {upper}: each is a subproperty of the other."
            remedy = "one of the two axioms, or one property for both."
            yield Problem.of_quad(quad, message, remedy, "width-of-properties")


def _idle_ends(axioms: Sequence[Quad]) -> Iterator[Problem]:
    """Find domains and ranges of annotation properties, and ranges of the wrong kind."""
    types = declared_types(axioms)
    for quad in axioms:
        if quad.predicate not in _ENDS:
            continue
        kinds, end = types.get(quad.subject, set()), format_term(quad.predicate)
        is_range_datatype = is_in(quad.object, XSD) or RDFS["Datatype"] in types.get(
            quad.object, ()
        )
        name, value = format_term(quad.subject), format_term(quad.object)
        if kinds & {*PROPERTY_KINDS} == {ANNOTATION_PROPERTY}:
            message = f"the annotation property {name} has an {end}, from which nothing follows."
            yield Problem.of_quad(quad, message, f"no {end}, or a shape.", "ends-of-properties")
        elif is_range_datatype != (DATATYPE_PROPERTY in kinds) and quad.predicate == _ENDS[1]:
            wrong, right = ("datatype", "class") if is_range_datatype else ("class", "datatype")
            message = f"the {end} of {name} is {value}, which is no {right}."
            remedy = (
                f"a {right}, or another kind of property than one whose values are of a {wrong}."
            )
            yield Problem.of_quad(quad, message, remedy, "ends-of-properties")


def _unknown_imports(axioms: Sequence[Quad]) -> Iterator[Problem]:
    headers = {quad.subject for quad in axioms if quad.object == OWL["Ontology"]}
    for quad in axioms:
        is_own = quad.predicate == OWL["imports"] and is_in(quad.object, BASE)
        if is_own and quad.object not in headers:
            message = f"{format_term(quad.object)} is imported but no module has this name."
            yield Problem.of_quad(quad, message, "the name of a module.", "known-imports")


def _non_simple_properties(axioms: Sequence[Quad]) -> Iterator[Problem]:
    properties = _Properties(axioms)
    superproperties = closure(properties.hierarchy())
    composite = {
        properties.named(quad.subject)
        for quad in axioms
        if quad.predicate == _CHAIN or quad.object == OWL["TransitiveProperty"]
    }
    non_simple = composite.union(*(superproperties.get(name, ()) for name in composite))
    restricted = {quad.subject for quad in axioms if quad.predicate in _CARDINALITIES}
    pairwise_disjoint = set[object]().union(*members_by_type(axioms, OWL["AllDisjointProperties"]))
    for quad in axioms:
        is_disjoint = quad.object == OBJECT_PROPERTY and quad.subject in pairwise_disjoint
        expressions: list[object] = []
        if quad.predicate == TYPE and (quad.object in _SIMPLE_ONLY or is_disjoint):
            expressions = [quad.subject]
        elif quad.predicate == OWL["propertyDisjointWith"]:
            expressions = [quad.subject, quad.object]
        elif quad.predicate == OWL["onProperty"] and quad.subject in restricted:
            expressions = [quad.object]
        for name in map(properties.named, expressions):
            if name in non_simple:
                reason = "transitive or derived by a chain, so OWL 2 DL does not allow this axiom"
                message = f"{format_term(name)} is {reason}."
                kinds = "cardinality, functionality, irreflexivity, asymmetry or disjointness"
                yield Problem.of_quad(quad, message, f"no {kinds} here.", "simple-properties")


def _irregular_chains(axioms: Sequence[Quad]) -> Iterator[Problem]:
    """Find chains that use a property which itself depends on the property they derive."""
    properties = _Properties(axioms)
    edges = list(properties.chain_edges())
    before = [(part, derived) for part, derived, _ in edges]
    dependents = closure([*properties.hierarchy(), *before])
    for part, derived, quad in edges:
        if part in dependents.get(derived, ()):
            name = format_term(derived)
            uses = f"the chain for {name} uses {format_term(part)}"
            message = f"{uses}, which depends on {name} itself."
            remedy = "chains without a cycle; a property may only begin or end its own chain."
            yield Problem.of_quad(quad, message, remedy, "regular-chains")


class _Properties:
    """The properties of axioms; an inverse counts as its property, being simple if that is."""

    def __init__(self, axioms: Sequence[Quad]) -> None:
        self._axioms = axioms
        self._inverses: dict[object, object] = dict(reversed(pairs_of(axioms, _INVERSE)))

    def named(self, expression: object) -> NamedNode:
        """Return the property that an expression names, itself or as its inverse."""
        if isinstance(expression, NamedNode):
            return expression
        inverse = self._inverses.get(expression)
        return inverse if isinstance(inverse, NamedNode) else OWL["topObjectProperty"]

    def hierarchy(self) -> Iterator[tuple[NamedNode, NamedNode]]:
        """Yield pairs of a property and a superproperty, in both directions if equivalent."""
        for quad in self._axioms:
            if quad.predicate in (_SUBPROPERTY, OWL["equivalentProperty"], _INVERSE):
                lower, upper = self.named(quad.subject), self.named(quad.object)
                yield lower, upper
                if quad.predicate != _SUBPROPERTY:
                    yield upper, lower

    def chain_edges(self) -> Iterator[tuple[NamedNode, NamedNode, Quad]]:
        """Yield parts of chains that must precede the derived property; part, property and axiom.

        The first part, the last, or both in a chain of two may be the derived property itself.
        """
        for quad in self._axioms:
            if quad.predicate != _CHAIN:
                continue
            derived = self.named(quad.subject)
            parts = [self.named(part) for part in list_members(self._axioms, quad.object)]
            if parts == [derived, derived]:
                parts = []
            elif derived in parts[:1]:
                parts = parts[1:]
            elif derived in parts[-1:]:
                parts = parts[:-1]
            yield from ((part, derived, quad) for part in parts)
