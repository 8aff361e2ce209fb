"""Compile the axioms about classes to rules: subclasses, equivalence, disjointness and keys.

Source: OWL 2 Profiles, section 4.3, tables 5 (prp-key), 6 and 7.

Compile the axioms about properties to rules.

They are hierarchies, chains, inverses, characteristics, domains and ranges.

Source: OWL 2 Profiles, section 4.3, table 5.

Compile the axioms about individuals to rules: equality, difference and types.

Source: OWL 2 Profiles, section 4.3, tables 4 and 5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.builder import RuleBuilder, X, Y, Z
from kg.reasoning.axioms.ontology_graph import rule_name_part, variable_names
from kg.reasoning.axioms.subclasses import (
    EXPRESSION_PREDICATES,
    Alternative,
    Consequence,
    at_most_one_consequences,
    membership_rule_name,
)
from kg.reasoning.rules.datatypes import are_identical
from kg.reasoning.rules.patterns import Atom, Expression, Term


class ClassAxiomCompiler:
    """Compiles the axioms about classes and adds their rules to the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Compile all axioms about classes."""
        start, pairs = self._builder.begin_axiom, self._graph.subjects_and_objects
        for narrow, broad in pairs(RDFS["subClassOf"]):
            start(narrow, RDFS["subClassOf"], broad, "SubClassOf")
            self._add_subclass(narrow, broad, "cax-sco")
        for first, second in pairs(OWL["equivalentClass"]):
            # The definition of a datatype is read where the datatype is used.
            if not self._graph.is_datatype(first):
                start(first, OWL["equivalentClass"], second, "EquivalentTo")
                self._add_subclass(first, second, "cax-eqc1")
                self._add_subclass(second, first, "cax-eqc2")
        for first, second in pairs(OWL["disjointWith"]):
            start(first, OWL["disjointWith"], second, "DisjointWith")
            self._add_disjoint("cax-dw", first, second)
        for class_, members in pairs(OWL["disjointUnionOf"]):
            start(class_, OWL["disjointUnionOf"], members, "DisjointUnionOf")
            self._add_disjoint_union(class_, self._graph.list_members(members))
        for class_, members in pairs(OWL["hasKey"]):
            start(class_, OWL["hasKey"], members, "HasKey")
            self._add_key(class_, self._graph.list_members(members))
        self._read_disjoint_groups()
        self._read_named_expressions()

    def _read_disjoint_groups(self) -> None:
        for node in self._graph.instances(OWL["AllDisjointClasses"]):
            for members in self._graph.objects(node, OWL["members"]):
                classes = self._graph.list_members(members)
                self._builder.begin_axiom_node(node, "DisjointClasses", classes)
                for first, second in combinations(classes, 2):
                    self._add_disjoint("cax-adc", first, second)

    def _read_named_expressions(self) -> None:
        """Compile named classes whose expression is written on the same node."""
        for predicate in EXPRESSION_PREDICATES:
            for name, value in self._graph.subjects_and_objects(predicate):
                if isinstance(name, NamedNode):
                    self._builder.begin_class_description(name, predicate, value)
                    self._add_named_expression(name)

    def _add_named_expression(self, name: NamedNode) -> None:
        """Add rules in both directions between the class and its expression."""
        builder, reader = self._builder, self._builder.new_reader()
        is_instance = Atom(X, RDF["type"], name)
        with builder.listing_unsupported():
            alternatives = reader.expression_alternatives(name, X)
            membership = Consequence("", (rule_name_part(name),), is_instance)
            kind = membership_rule_name(self._graph, name) or "cax-sco"
            builder.add_rules(kind, alternatives, ([membership], []))
        with builder.listing_unsupported():
            alternative = Alternative((is_instance,), (rule_name_part(name),))
            kind = "cls-int2" if self._graph.objects(name, OWL["intersectionOf"]) else "cax-sco"
            builder.add_rules(kind, [alternative], reader.expression_consequences(name, X))

    def _add_subclass(self, narrow: Term, broad: Term, default_kind: str) -> None:
        """Add the rules of a subclass axiom; `default_kind` is for a named subclass."""
        builder, reader = self._builder, self._builder.new_reader()
        kind = (
            default_kind
            if isinstance(narrow, NamedNode)
            else membership_rule_name(self._graph, narrow)
        )
        with builder.listing_unsupported():
            alternatives = reader.alternatives(narrow, X)
            builder.add_rules(kind or default_kind, alternatives, reader.consequences(broad, X))

    def _add_key(self, class_: Term, properties: list[Term]) -> None:
        """Add the rule that instances with equal values of all key properties are the same."""
        builder, reader, graph = self._builder, self._builder.new_reader(), self._graph
        atoms, names = [], []
        with builder.listing_unsupported():
            for property_ in properties:
                value = reader.new_variable()
                (first, name), (second, _) = (
                    graph.property_atom(property_, owner, value) for owner in (X, Y)
                )
                atoms += [first, second]
                names.append(name)
            if not atoms:
                raise UnsupportedAxiom(graph.to_manchester(class_), "a key without properties")
            alternatives = [
                joined
                for first_way in reader.alternatives(class_, X)
                for second_way in reader.alternatives(class_, Y)
                if (joined := first_way.join(replace(second_way, names=())))
            ]
            same, differ = Atom(X, OWL["sameAs"], Y), Expression("!=", (X, Y))
            key = Consequence("", tuple(names), same, tuple(atoms), (differ,))
            builder.add_rules("prp-key", alternatives, ([key], []))

    def _add_disjoint_union(self, class_: Term, members: list[Term]) -> None:
        """Add the parts as disjoint subclasses, and list the half that no rule can express."""
        for member in members:
            self._add_subclass(member, class_, "cax-sco")
        for first, second in combinations(members, 2):
            self._add_disjoint("cax-dw", first, second)
        reason = "each instance has to be in one of the parts"
        self._builder.list_unsupported(UnsupportedAxiom(self._graph.to_manchester(class_), reason))

    def _add_disjoint(self, kind: str, left: Term, right: Term) -> None:
        """Add the contradiction that something is an instance of both classes."""
        reader = self._builder.new_reader()
        first, second = sorted((left, right), key=self._graph.to_manchester)
        with self._builder.listing_unsupported():
            for first_way in reader.alternatives(first, X):
                for second_way in reader.alternatives(second, X):
                    joined = first_way.join(second_way)
                    if joined is not None:
                        self._builder.add_rule(Consequence(kind, (), None).with_body(kind, joined))


# Subject and object of a pattern.
_Ends = tuple[Variable, Variable]

# Type -> rule name, the ends of each pattern in the body, those of the head if there is one.
_CHARACTERISTICS: Final[dict[str, tuple[str, tuple[_Ends, ...], _Ends | None]]] = {
    "SymmetricProperty": ("prp-symp", ((X, Y),), (Y, X)),
    "TransitiveProperty": ("prp-trp", ((X, Y), (Y, Z)), (X, Z)),
    "AsymmetricProperty": ("prp-asyp", ((X, Y), (Y, X)), None),
    "IrreflexiveProperty": ("prp-irp", ((X, X),), None),
}
_FUNCTIONAL: Final = {"FunctionalProperty": "prp-fp", "InverseFunctionalProperty": "prp-ifp"}


class PropertyAxiomCompiler:
    """Compiles the axioms about properties and adds their rules to the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Compile all axioms about properties."""
        for narrow, broad in self._axioms(RDFS["subPropertyOf"], "SubPropertyOf"):
            self._add_implication("prp-spo1", narrow, broad)
        for first, second in self._axioms(OWL["equivalentProperty"], "EquivalentTo"):
            self._add_implication("prp-eqp1", first, second)
            self._add_implication("prp-eqp2", second, first)
        for first, second in self._axioms(OWL["inverseOf"], "InverseOf"):
            self._add_inverses(first, second)
        for broad, members in self._axioms(OWL["propertyChainAxiom"], "SuperPropertyOf"):
            self._add_chain(self._graph.list_members(members), broad)
        for property_, class_ in self._axioms(RDFS["domain"], "Domain"):
            self._add_domain_or_range("prp-dom", property_, class_, X)
        for property_, class_ in self._axioms(RDFS["range"], "Range"):
            self._add_domain_or_range("prp-rng", property_, class_, Y)
        for first, second in self._axioms(OWL["propertyDisjointWith"], "DisjointWith"):
            self._add_disjoint("prp-pdw", first, second)
        self._read_functional()
        self._read_disjoint_groups()
        self._read_characteristics()

    def _axioms(self, predicate: NamedNode, word: str) -> Iterator[tuple[Term, Term]]:
        """Begin and yield each axiom with this predicate, except on annotation properties.

        An `owl:inverseOf` on a blank node is an expression and not an axiom.
        """
        for subject, object_ in self._graph.subjects_and_objects(predicate):
            is_annotation = self._graph.is_a(subject, OWL["AnnotationProperty"])
            is_expression = predicate == OWL["inverseOf"] and not isinstance(subject, NamedNode)
            if not is_annotation and not is_expression:
                self._builder.begin_axiom(subject, predicate, object_, word)
                yield subject, object_

    def _read_disjoint_groups(self) -> None:
        for node in self._graph.instances(OWL["AllDisjointProperties"]):
            for members in self._graph.objects(node, OWL["members"]):
                properties = self._graph.list_members(members)
                self._builder.begin_axiom_node(node, "DisjointProperties", properties)
                for first, second in combinations(properties, 2):
                    self._add_disjoint("prp-adp", first, second)

    def _read_characteristics(self) -> None:
        for type_, (kind, body_ends, head_ends) in _CHARACTERISTICS.items():
            for node in self._graph.instances(OWL[type_]):
                self._builder.begin_axiom(node, RDF["type"], OWL[type_], "Characteristics:")
                with self._builder.listing_unsupported():
                    named_atoms = [self._graph.property_atom(node, *ends) for ends in body_ends]
                    head = self._graph.property_atom(node, *head_ends)[0] if head_ends else None
                    self._add_rule(
                        kind, [named_atoms[0][1]], head, [atom for atom, _ in named_atoms]
                    )

    def _read_functional(self) -> None:
        """Compile functional and inverse functional properties."""
        for type_, kind in _FUNCTIONAL.items():
            for node in self._graph.instances(OWL[type_]):
                self._builder.begin_axiom(node, RDF["type"], OWL[type_], "Characteristics:")
                with self._builder.listing_unsupported():
                    body_ends = ((X, Y), (X, Z)) if kind == "prp-fp" else ((Y, X), (Z, X))
                    named_atoms = [self._graph.property_atom(node, *ends) for ends in body_ends]
                    atoms, names = tuple(atom for atom, _ in named_atoms), (named_atoms[0][1],)
                    same, differ = Atom(Y, OWL["sameAs"], Z), Expression("!=", (Y, Z))
                    consequences = [Consequence("", (), same, (), (differ,))]
                    # Values can be literals, which are compared by value. Subjects cannot.
                    if kind == "prp-fp":
                        consequences = at_most_one_consequences(self._graph, node, Y, Z)
                    body = Alternative(atoms, names)
                    self._builder.add_rules(kind, [body], (consequences, []))

    def _add_rule(
        self, kind: str, names: Sequence[str], head: Atom | None, atoms: Sequence[Atom]
    ) -> None:
        self._builder.add_rule(Consequence(kind, tuple(names), head, tuple(atoms)))

    def _add_implication(self, kind: str, narrow: Term, broad: Term) -> None:
        with self._builder.listing_unsupported():
            body, narrow_name = self._graph.property_atom(narrow, X, Y)
            head, broad_name = self._graph.property_atom(broad, X, Y)
            self._add_rule(kind, [narrow_name, broad_name], head, [body])

    def _add_inverses(self, first: Term, second: Term) -> None:
        with self._builder.listing_unsupported():
            forward, first_name = self._graph.property_atom(first, X, Y)
            backward, second_name = self._graph.property_atom(second, Y, X)
            self._add_rule("prp-inv1", [first_name, second_name], backward, [forward])
            self._add_rule("prp-inv2", [second_name, first_name], forward, [backward])

    def _add_chain(self, links: list[Term], broad: Term) -> None:
        variables = iter(variable_names())
        ends = [next(variables) for _ in range(len(links) + 1)]
        with self._builder.listing_unsupported():
            named_atoms = [
                self._graph.property_atom(link, ends[index], ends[index + 1])
                for index, link in enumerate(links)
            ]
            head, broad_name = self._graph.property_atom(broad, ends[0], ends[-1])
            names = [*(name for _, name in named_atoms), broad_name]
            self._add_rule("prp-spo2", names, head, [atom for atom, _ in named_atoms])

    def _add_domain_or_range(
        self, kind: str, property_: Term, class_: Term, variable: Variable
    ) -> None:
        with self._builder.listing_unsupported():
            body, name = self._graph.property_atom(property_, X, Y)
            reader = self._builder.new_reader()
            # Only a range can be a data range.
            read = reader.value_consequences if kind == "prp-rng" else reader.consequences
            consequences = read(class_, variable)
            self._builder.add_rules(kind, [Alternative((body,), (name,))], consequences)

    def _add_disjoint(self, kind: str, first: Term, second: Term) -> None:
        with self._builder.listing_unsupported():
            properties = sorted((first, second), key=self._graph.to_manchester)
            named_atoms = [self._graph.property_atom(property_, X, Y) for property_ in properties]
            names = [name for _, name in named_atoms]
            self._add_rule(kind, names, None, [atom for atom, _ in named_atoms])


class IndividualAxiomCompiler:
    """Compiles the axioms about individuals and adds their rules to the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Compile all axioms about individuals except those about differences."""
        for first, second in self._graph.subjects_and_objects(OWL["sameAs"]):
            self._builder.begin_axiom(first, OWL["sameAs"], second, "SameAs")
            names = (rule_name_part(first), rule_name_part(second))
            same = Atom(first, OWL["sameAs"], second)
            self._builder.add_rule(Consequence("eq-same", names, same))
        for node, source in self._graph.subjects_and_objects(OWL["sourceIndividual"]):
            self._add_negative_assertion(node, source)
        self._read_types()

    def compile_differences(self) -> None:
        """Add the contradictions that two different terms are the same.

        They are needed only where some terms can be the same.
        """
        for first, second in self._graph.subjects_and_objects(OWL["differentFrom"]):
            self._builder.begin_axiom(first, OWL["differentFrom"], second, "DifferentFrom")
            self._add_difference("eq-diff1", first, second)
        for node in self._graph.instances(OWL["AllDifferent"]):
            for key, kind in (("members", "eq-diff2"), ("distinctMembers", "eq-diff3")):
                for members in self._graph.objects(node, OWL[key]):
                    individuals = self._graph.list_members(members)
                    self._builder.begin_axiom_node(node, "DifferentIndividuals", individuals)
                    for first, second in combinations(individuals, 2):
                        self._add_difference(kind, first, second)

    def _add_difference(self, kind: str, first: Term, second: Term) -> None:
        if isinstance(first, Literal):
            first, second = second, first
        names = (rule_name_part(first), rule_name_part(second))
        # Every term is the same as itself (eq-ref), and a literal the same as others of its
        # value, so stating that these differ is a contradiction without any fact. Two literals
        # with two values differ anyway.
        if are_identical(first, second):
            self._builder.add_rule(Consequence(kind, names, None))
        elif not isinstance(first, Literal):
            same = Atom(first, OWL["sameAs"], second)
            self._builder.add_rule(Consequence(kind, names, None, (same,)))

    def _add_negative_assertion(self, node: Term, source: Term) -> None:
        """Add the contradiction of a negative property assertion."""
        graph, parts = self._graph, [source]
        targets = [
            (kind, value)
            for key, kind in (("targetIndividual", "prp-npa1"), ("targetValue", "prp-npa2"))
            for value in graph.objects(node, OWL[key])
        ]
        parts += graph.objects(node, OWL["assertionProperty"]) + [value for _, value in targets]
        self._builder.begin_axiom_node(node, "NegativePropertyAssertion", parts)
        with self._builder.listing_unsupported():
            if len(parts) != 3 or not targets:  # source, property, target
                reason = "expected exactly one property and one target"
                raise UnsupportedAxiom(graph.to_manchester(source), reason)
            (kind, value), reader = targets[0], self._builder.new_reader()
            pattern = reader.value_alternative(parts[1], X, value)
            named = replace(pattern, names=(rule_name_part(source), *pattern.names))
            contradiction = Consequence("", (), None, bound={X: source})
            self._builder.add_rules(kind, [named], ([contradiction], []))

    def _read_types(self) -> None:
        """Compile the types of individuals that are expressions without a name."""
        for individual, type_ in self._graph.subjects_and_objects(RDF["type"]):
            is_expression = isinstance(type_, BlankNode) and any(
                self._graph.objects(type_, predicate) for predicate in EXPRESSION_PREDICATES
            )
            if is_expression:
                self._builder.begin_axiom(individual, RDF["type"], type_, "Types:")
                with self._builder.listing_unsupported():
                    alternative = Alternative((), (rule_name_part(individual),), {X: individual})
                    consequences = self._builder.new_reader().consequences(type_, X)
                    self._builder.add_rules("cax-sco", [alternative], consequences)
