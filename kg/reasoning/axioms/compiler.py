"""Compile OWL axioms to rules, named as in OWL 2 RL.

An axiom that no rule can express is listed, never dropped silently. The rules look inside a class
expression (`A SubClassOf p only B` becomes one rule) and never derive that something is an instance
of the expression's own node.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, pairwise
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.builder import AddPair, RuleBuilder, X, Y, Z
from kg.reasoning.axioms.class_expressions import (
    EXPRESSION_PREDICATES,
    Alternative,
    Consequence,
    at_most_one_consequences,
    individual_alternative,
    join_all,
    membership_rule_name,
    same_consequence,
)
from kg.reasoning.axioms.fixed_rules import equality_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part, variable_names
from kg.reasoning.rules.datatypes import are_identical
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule

# Subject and object of a pattern.
_Ends = tuple[Variable, Variable]

# Type -> rule name, the ends of each pattern in the body, those of the head if there is one.
_CHARACTERISTICS: Final[dict[str, tuple[str, tuple[_Ends, ...], _Ends | None]]] = {
    "SymmetricProperty": ("prp-symp", ((X, Y),), (Y, X)),
    "TransitiveProperty": ("prp-trp", ((X, Y), (Y, Z)), (X, Z)),
    "AsymmetricProperty": ("prp-asyp", ((X, Y), (Y, X)), None),
    "IrreflexiveProperty": ("prp-irp", ((X, X),), None),
}
# OWL predicates that are read as axioms or parts of axioms, or that describe the document.
_SUPPORTED_PREDICATES: Final = (
    "equivalentClass disjointWith disjointUnionOf hasKey equivalentProperty inverseOf "
    "propertyChainAxiom propertyDisjointWith members distinctMembers sameAs differentFrom "
    "intersectionOf unionOf complementOf oneOf onProperty someValuesFrom allValuesFrom hasValue "
    "hasSelf cardinality minCardinality maxCardinality qualifiedCardinality "
    "minQualifiedCardinality maxQualifiedCardinality onClass onDataRange onDatatype "
    "withRestrictions datatypeComplementOf sourceIndividual assertionProperty targetIndividual "
    "targetValue annotatedSource annotatedProperty annotatedTarget imports versionIRI versionInfo "
    "priorVersion backwardCompatibleWith incompatibleWith deprecated"
)


@dataclass(frozen=True)
class CompiledAxioms:
    """The rules of an ontology, and the axioms that no rule can express, with their reasons.

    `distinct_terms` has the sets of terms that the ontology states to be different individuals.
    """

    rules: list[Rule]
    uncompiled: list[str]
    distinct_terms: list[tuple[Term, ...]]


def compile_axioms(
    ontology: Iterable[Quad],
    places: Mapping[Triple, str] | None = None,
    *,
    facts_make_equal: bool = False,
) -> CompiledAxioms:
    """Compile the axioms of an ontology to rules; annotations and declarations are not axioms.

    A rule's name consists of the terms of its axiom (`prp-spo2-memberOf-addressesIssue-…`), so
    it does not change when other axioms are added or removed. Labels in the ontology, also those of
    individuals, appear in the sentences; the places (see `statement_places`) are copied to the
    rules. Assertions about individuals are premises and yield no rules.

    Rules about equality and contradictions about different individuals are included only where two
    terms can be the same: an axiom derives `owl:sameAs`, or the ontology or the facts state it.

    Raises:
        UnsupportedAxiom: an expression or list is part of itself.
    """
    graph = OntologyGraph(ontology)
    compiler = _AxiomCompiler(graph, places)
    compiler.compile_classes()
    compiler.compile_properties()
    compiler.compile_individuals()
    equality: list[Rule] = []
    if facts_make_equal or compiler.derives_equality:
        compiler.compile_differences()
        equality = equality_rules()
    uncompiled = sorted({*compiler.uncompiled, *map(str, _unsupported(graph))})
    rules = [*compiler.rules(), *equality]
    return CompiledAxioms(rules, uncompiled, list(_distinct_terms(graph)))


def _unsupported(graph: OntologyGraph) -> Iterator[UnsupportedAxiom]:
    """Yield the triples in OWL's vocabulary that no part of the compiler reads."""
    for node in graph.instances(OWL["ReflexiveProperty"]):
        axiom = f"{graph.to_manchester(node)} a owl:ReflexiveProperty"
        yield UnsupportedAxiom(axiom, "the rule would apply to everything")
    supported = {OWL[name] for name in _SUPPORTED_PREDICATES.split()}
    for predicate in graph.predicates:
        if predicate.value.startswith(OWL) and predicate not in supported:
            for subject, object_ in graph.subjects_and_objects(predicate):
                texts = map(graph.to_manchester, (subject, predicate, object_))
                yield UnsupportedAxiom(" ".join(texts), "not compiled to a rule")


def _distinct_terms(graph: OntologyGraph) -> Iterator[tuple[Term, ...]]:
    """Yield each stated set; `_AxiomCompiler.compile_differences` makes rules of them."""
    yield from graph.subjects_and_objects(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.list_members(members))


class _AxiomCompiler(RuleBuilder):
    """Adds the rules of one kind of axioms after another."""

    def compile_classes(self) -> None:
        for_each, add_subclass = self.for_each_axiom, self._add_subclass
        for_each(RDFS["subClassOf"], partial(add_subclass, "cax-sco"))
        # The definition of a datatype is read where the datatype is used.
        each_definition = partial(for_each, OWL["equivalentClass"], unless=self.graph.is_datatype)
        each_definition(partial(add_subclass, "cax-eqc1"))
        each_definition(lambda first, second: add_subclass("cax-eqc2", second, first))
        for_each(OWL["disjointWith"], partial(self._add_disjoint_classes, "cax-dw"))
        for_each(OWL["disjointUnionOf"], self._add_disjoint_union)
        for_each(OWL["hasKey"], self._add_key)
        self.for_each_pair("AllDisjointClasses", partial(self._add_disjoint_classes, "cax-adc"))
        # Named classes whose expression is written on the same node.
        for predicate in EXPRESSION_PREDICATES:
            for name, value in self.graph.subjects_and_objects(predicate):
                if isinstance(name, NamedNode):
                    self.begin_axiom(name, predicate, value)
                    is_intersection = self.graph.objects(name, OWL["intersectionOf"])
                    kind = "cls-int2" if is_intersection else "cax-sco"
                    self.add_definition(self.new_reader(), name, rule_name_part(name), kind)

    def _add_subclass(self, default_kind: str, narrow: Term, broad: Term) -> None:
        """Add the rules of a subclass axiom; `default_kind` is for a named subclass."""
        reader = self.new_reader()
        kind = None if isinstance(narrow, NamedNode) else membership_rule_name(self.graph, narrow)
        alternatives, consequences = reader.alternatives(narrow, X), reader.consequences(broad, X)
        self.add_rules(kind or default_kind, alternatives, consequences)

    def _add_key(self, class_: Term, properties: Term) -> None:
        """Add the rule that instances with equal values of all key properties are the same."""
        reader, equal = self.new_reader(), Alternative()
        for property_ in self.graph.list_members(properties):
            ends = [(owner, value) for value in (reader.new_variable(),) for owner in (X, Y)]
            equal = equal.join(self._property_patterns(property_, *ends))
        if not equal.atoms:
            raise UnsupportedAxiom(self.graph.to_manchester(class_), "a key without properties")
        pairs = [
            first.join(second._replace(names=()))
            for first in reader.alternatives(class_, X)
            for second in reader.alternatives(class_, Y)
        ]
        self.add_rules("prp-key", pairs, [same_consequence(X, Y).of("", equal)])

    def _add_disjoint_union(self, class_: Term, list_: Term) -> None:
        """Add the parts as disjoint subclasses, and list the half that no rule can express."""
        members = self.graph.list_members(list_)
        for member in members:
            with self.listing_unsupported():
                self._add_subclass("cax-sco", member, class_)
        for first, second in combinations(members, 2):
            with self.listing_unsupported():
                self._add_disjoint_classes("cax-dw", first, second)
        reason = "each instance has to be in one of the parts"
        raise UnsupportedAxiom(self.graph.to_manchester(class_), reason)

    def _add_disjoint_classes(self, kind: str, left: Term, right: Term) -> None:
        """Add the contradiction that something is an instance of both classes."""
        reader = self.new_reader()
        ordered = sorted((left, right), key=self.graph.to_manchester)
        both = join_all(reader.alternatives(class_, X) for class_ in ordered)
        self.add_rules(kind, both, [Consequence("", None)])

    def compile_properties(self) -> None:
        imply = self._add_implication
        self._for_each(RDFS["subPropertyOf"], partial(imply, "prp-spo1"))
        self._for_each(OWL["equivalentProperty"], partial(imply, "prp-eqp1"))
        self._for_each(OWL["equivalentProperty"], lambda one, other: imply("prp-eqp2", other, one))
        self._for_each(OWL["inverseOf"], self._add_inverses)
        self._for_each(OWL["propertyChainAxiom"], self._add_chain)
        self._for_each(RDFS["domain"], self._add_domain)
        self._for_each(RDFS["range"], self._add_range)
        add_disjoint = self._add_disjoint_properties
        self._for_each(OWL["propertyDisjointWith"], partial(add_disjoint, "prp-pdw"))
        self.for_each_pair("AllDisjointProperties", partial(add_disjoint, "prp-adp"))
        for type_ in _CHARACTERISTICS:
            self.for_each_property(type_, partial(self._add_characteristic, type_))
        self.for_each_property("FunctionalProperty", self._add_functional)
        self.for_each_property("InverseFunctionalProperty", self._add_inverse_functional)

    def _for_each(self, predicate: NamedNode, add: AddPair) -> None:
        """Add the rules of each axiom with this predicate, except on annotation properties."""

        def is_no_axiom(subject: Term) -> bool:
            # An owl:inverseOf on a blank node is an expression.
            is_expression = predicate == OWL["inverseOf"] and not isinstance(subject, NamedNode)
            return is_expression or self.graph.is_a(subject, OWL["AnnotationProperty"])

        self.for_each_axiom(predicate, add, unless=is_no_axiom)

    def _add_property_rule(
        self,
        kind: str,
        *body: tuple[Term, Variable, Variable],
        head: tuple[Term, Variable, Variable] | None = None,
        name_count: int | None = None,
    ) -> None:
        """Add a rule of property patterns, named after all properties or the first few of them."""
        patterns = [self.graph.property_atom(*each) for each in (*body, head) if each]
        atoms, names = tuple(atom for atom, _ in patterns), tuple(name for _, name in patterns)
        condition = Alternative(atoms[: len(body)], names[:name_count])
        self.add_rule(Consequence(kind, atoms[-1] if head else None, condition))

    def _property_patterns(self, property_: Term, *ends: _Ends) -> Alternative:
        """Return patterns of one property, with its name once."""
        patterns = [self.graph.property_atom(property_, *pair) for pair in ends]
        return Alternative(tuple(atom for atom, _ in patterns), (patterns[0][1],))

    def _add_implication(self, kind: str, narrow: Term, broad: Term) -> None:
        self._add_property_rule(kind, (narrow, X, Y), head=(broad, X, Y))

    def _add_inverses(self, first: Term, second: Term) -> None:
        self._add_property_rule("prp-inv1", (first, X, Y), head=(second, Y, X))
        self._add_property_rule("prp-inv2", (second, Y, X), head=(first, X, Y))

    def _add_chain(self, broad: Term, list_: Term) -> None:
        links = self.graph.list_members(list_)
        variables = list(islice(variable_names(), len(links) + 1))
        body = [(link, *ends) for link, ends in zip(links, pairwise(variables), strict=True)]
        self._add_property_rule("prp-spo2", *body, head=(broad, variables[0], variables[-1]))

    def _add_domain(self, property_: Term, class_: Term) -> None:
        pattern = self._property_patterns(property_, (X, Y))
        self.add_rules("prp-dom", [pattern], self.new_reader().consequences(class_, X))

    def _add_range(self, property_: Term, class_: Term) -> None:
        pattern = self._property_patterns(property_, (X, Y))
        self.add_rules("prp-rng", [pattern], self.new_reader().value_consequences(class_, Y))

    def _add_disjoint_properties(self, kind: str, first: Term, second: Term) -> None:
        properties = sorted((first, second), key=self.graph.to_manchester)
        self._add_property_rule(kind, *((property_, X, Y) for property_ in properties))

    def _add_characteristic(self, type_: str, node: Term) -> None:
        kind, body_ends, head_ends = _CHARACTERISTICS[type_]
        body, head = [(node, *ends) for ends in body_ends], head_ends and (node, *head_ends)
        self._add_property_rule(kind, *body, head=head, name_count=1)

    def _add_functional(self, node: Term) -> None:
        # Values can be literals, which are compared by value. Subjects cannot.
        consequences = at_most_one_consequences(self.graph, node, Y, Z)
        self.add_rules("prp-fp", [self._property_patterns(node, (X, Y), (X, Z))], consequences)

    def _add_inverse_functional(self, node: Term) -> None:
        patterns = self._property_patterns(node, (Y, X), (Z, X))
        self.add_rules("prp-ifp", [patterns], [same_consequence(Y, Z)])

    def compile_individuals(self) -> None:
        self.for_each_axiom(OWL["sameAs"], self._add_equality)
        for node, source in self.graph.subjects_and_objects(OWL["sourceIndividual"]):
            self._add_negative_assertion(node, source)
        for individual, type_ in self.graph.subjects_and_objects(RDF["type"]):
            objects = partial(self.graph.objects, type_)
            if isinstance(type_, BlankNode) and any(map(objects, EXPRESSION_PREDICATES)):
                self.begin_axiom(individual, RDF["type"], type_)
                with self.listing_unsupported():
                    consequences = self.new_reader().consequences(type_, X)
                    self.add_rules("cax-sco", [individual_alternative(X, individual)], consequences)

    def compile_differences(self) -> None:
        """Add the contradictions that two different terms are the same, if some terms can be."""
        self.for_each_axiom(OWL["differentFrom"], partial(self._add_difference, "eq-diff1"))
        for key, kind in (("members", "eq-diff2"), ("distinctMembers", "eq-diff3")):
            self.for_each_pair("AllDifferent", partial(self._add_difference, kind), key)

    def _add_equality(self, first: Term, second: Term) -> None:
        names = (rule_name_part(first), rule_name_part(second))
        same = Atom(first, OWL["sameAs"], second)
        self.add_rule(Consequence("eq-same", same, Alternative(names=names)))

    def _add_difference(self, kind: str, first: Term, second: Term) -> None:
        if isinstance(first, Literal):
            first, second = second, first
        names = (rule_name_part(first), rule_name_part(second))
        # Every term is the same as itself (eq-ref), and a literal the same as others of its
        # value, so stating that these differ is a contradiction without any fact. Two literals
        # with two values differ anyway.
        if are_identical(first, second):
            self.add_rule(Consequence(kind, None, Alternative(names=names)))
        elif not isinstance(first, Literal):
            same = Atom(first, OWL["sameAs"], second)
            self.add_rule(Consequence(kind, None, Alternative((same,), names)))

    def _add_negative_assertion(self, node: Term, source: Term) -> None:
        graph = self.graph
        individuals = graph.objects(node, OWL["targetIndividual"])
        targets = [*individuals, *graph.objects(node, OWL["targetValue"])]
        parts = [source, *graph.objects(node, OWL["assertionProperty"]), *targets]
        self.begin_axiom_node(node, "NegativePropertyAssertion", parts)
        with self.listing_unsupported():
            if len(parts) != 3 or not targets:
                reason = "expected exactly one property and one target"
                raise UnsupportedAxiom(graph.to_manchester(source), reason)
            pattern = self.new_reader().value_alternative(parts[1], X, targets[0])
            kind = "prp-npa1" if individuals else "prp-npa2"
            self.add_rule(Consequence(kind, None, individual_alternative(X, source).join(pattern)))
