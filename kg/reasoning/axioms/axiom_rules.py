"""Compile the axioms about classes, properties and individuals to rules.

Source: OWL 2 Profiles, section 4.3, tables 4 to 7.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, islice, pairwise
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

# Subject and object of a pattern.
_Ends = tuple[Variable, Variable]

# Type -> rule name, the ends of each pattern in the body, those of the head if there is one.
_CHARACTERISTICS: Final[dict[str, tuple[str, tuple[_Ends, ...], _Ends | None]]] = {
    "SymmetricProperty": ("prp-symp", ((X, Y),), (Y, X)),
    "TransitiveProperty": ("prp-trp", ((X, Y), (Y, Z)), (X, Z)),
    "AsymmetricProperty": ("prp-asyp", ((X, Y), (Y, X)), None),
    "IrreflexiveProperty": ("prp-irp", ((X, X),), None),
}


class ClassAxiomCompiler:
    """Compiles subclasses, equivalence, disjointness and keys: prp-key, and tables 6 and 7."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Add the rules of all axioms about classes to the builder."""
        graph, axioms = self._graph, self._builder.axioms
        for narrow, broad in axioms(RDFS["subClassOf"], "SubClassOf"):
            self._add_subclass(narrow, broad, "cax-sco")
        # The definition of a datatype is read where the datatype is used.
        equivalence = OWL["equivalentClass"]
        for first, second in axioms(equivalence, "EquivalentTo", unless=graph.is_datatype):
            self._add_subclass(first, second, "cax-eqc1")
            self._add_subclass(second, first, "cax-eqc2")
        for first, second in axioms(OWL["disjointWith"], "DisjointWith"):
            self._add_disjoint("cax-dw", first, second)
        for class_, members in axioms(OWL["disjointUnionOf"], "DisjointUnionOf"):
            self._add_disjoint_union(class_, graph.list_members(members))
        for class_, members in axioms(OWL["hasKey"], "HasKey"):
            self._add_key(class_, graph.list_members(members))
        for pair in self._builder.pairs_in_groups("AllDisjointClasses", "DisjointClasses"):
            self._add_disjoint("cax-adc", *pair)
        self._read_named_expressions()

    def _read_named_expressions(self) -> None:
        """Compile named classes whose expression is written on the same node."""
        for predicate in EXPRESSION_PREDICATES:
            for name, value in self._graph.subjects_and_objects(predicate):
                if isinstance(name, NamedNode):
                    self._builder.begin_class_description(name, predicate, value)
                    is_intersection = self._graph.objects(name, OWL["intersectionOf"])
                    kind = "cls-int2" if is_intersection else "cax-sco"
                    reader = self._builder.new_reader()
                    self._builder.add_definition(reader, name, rule_name_part(name), kind)

    def _add_subclass(self, narrow: Term, broad: Term, default_kind: str) -> None:
        """Add the rules of a subclass axiom; `default_kind` is for a named subclass."""
        builder, reader, kind = self._builder, self._builder.new_reader(), default_kind
        if not isinstance(narrow, NamedNode):
            kind = membership_rule_name(self._graph, narrow) or default_kind
        with builder.listing_unsupported():
            alternatives = reader.alternatives(narrow, X)
            builder.add_rules(kind, alternatives, reader.consequences(broad, X))

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
                    if joined := first_way.join(second_way):
                        self._builder.add_rule(Consequence(kind, (), None).with_body(kind, joined))


class PropertyAxiomCompiler:
    """Compiles hierarchies, chains, inverses, characteristics, domains and ranges: table 5."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Add the rules of all axioms about properties to the builder."""
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
        self._add_functional("FunctionalProperty", "prp-fp", (X, Y), (X, Z))
        self._add_functional("InverseFunctionalProperty", "prp-ifp", (Y, X), (Z, X))
        for pair in self._builder.pairs_in_groups("AllDisjointProperties", "DisjointProperties"):
            self._add_disjoint("prp-adp", *pair)
        self._read_characteristics()

    def _axioms(self, predicate: NamedNode, word: str) -> Iterator[tuple[Term, Term]]:
        """Begin and yield each axiom with this predicate, except on annotation properties."""

        def is_no_axiom(subject: Term) -> bool:
            # An owl:inverseOf on a blank node is an expression.
            is_expression = predicate == OWL["inverseOf"] and not isinstance(subject, NamedNode)
            return is_expression or self._graph.is_a(subject, OWL["AnnotationProperty"])

        return self._builder.axioms(predicate, word, unless=is_no_axiom)

    def _add_rule(
        self,
        kind: str,
        *body: tuple[Term, Variable, Variable],
        head: tuple[Term, Variable, Variable] | None = None,
        name_count: int | None = None,
    ) -> None:
        """Add a rule of property patterns, named after all properties or the first few of them."""
        patterns = [self._graph.property_atom(*each) for each in (*body, head) if each]
        atoms, names = tuple(atom for atom, _ in patterns), tuple(name for _, name in patterns)
        conclusion, premises = atoms[-1] if head else None, atoms[: len(body)]
        self._builder.add_rule(Consequence(kind, names[:name_count], conclusion, premises))

    def _add_implication(self, kind: str, narrow: Term, broad: Term) -> None:
        with self._builder.listing_unsupported():
            self._add_rule(kind, (narrow, X, Y), head=(broad, X, Y))

    def _add_inverses(self, first: Term, second: Term) -> None:
        with self._builder.listing_unsupported():
            self._add_rule("prp-inv1", (first, X, Y), head=(second, Y, X))
            self._add_rule("prp-inv2", (second, Y, X), head=(first, X, Y))

    def _add_chain(self, links: list[Term], broad: Term) -> None:
        variables = list(islice(variable_names(), len(links) + 1))
        body = [(link, *ends) for link, ends in zip(links, pairwise(variables), strict=True)]
        with self._builder.listing_unsupported():
            self._add_rule("prp-spo2", *body, head=(broad, variables[0], variables[-1]))

    def _add_domain_or_range(
        self, kind: str, property_: Term, class_: Term, variable: Variable
    ) -> None:
        with self._builder.listing_unsupported():
            body, name = self._graph.property_atom(property_, X, Y)
            reader = self._builder.new_reader()
            # Only a range can be a data range.
            read = reader.value_consequences if kind == "prp-rng" else reader.consequences
            self._builder.add_rules(kind, [Alternative((body,), (name,))], read(class_, variable))

    def _add_disjoint(self, kind: str, first: Term, second: Term) -> None:
        with self._builder.listing_unsupported():
            properties = sorted((first, second), key=self._graph.to_manchester)
            self._add_rule(kind, *((property_, X, Y) for property_ in properties))

    def _read_characteristics(self) -> None:
        for type_, (kind, body_ends, head_ends) in _CHARACTERISTICS.items():
            for node in self._builder.characteristics(type_):
                body = [(node, *ends) for ends in body_ends]
                head = head_ends and (node, *head_ends)
                with self._builder.listing_unsupported():
                    self._add_rule(kind, *body, head=head, name_count=1)

    def _add_functional(self, type_: str, kind: str, *ends: _Ends) -> None:
        """Add the rules of functional or inverse functional properties: y and z are the same."""
        for node in self._builder.characteristics(type_):
            with self._builder.listing_unsupported():
                (first, name), (second, _) = (
                    self._graph.property_atom(node, *pair) for pair in ends
                )
                same, differ = Atom(Y, OWL["sameAs"], Z), Expression("!=", (Y, Z))
                consequences = [Consequence("", (), same, (), (differ,))]
                # Values can be literals, which are compared by value. Subjects cannot.
                if kind == "prp-fp":
                    consequences = at_most_one_consequences(self._graph, node, Y, Z)
                body = Alternative((first, second), (name,))
                self._builder.add_rules(kind, [body], (consequences, []))


class IndividualAxiomCompiler:
    """Compiles equality, difference, types and negative assertions: tables 4 and 5."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def compile(self) -> None:
        """Add the rules of all axioms about individuals, except differences, to the builder."""
        for first, second in self._builder.axioms(OWL["sameAs"], "SameAs"):
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
        for pair in self._builder.axioms(OWL["differentFrom"], "DifferentFrom"):
            self._add_difference("eq-diff1", *pair)
        for key, kind in (("members", "eq-diff2"), ("distinctMembers", "eq-diff3")):
            for pair in self._builder.pairs_in_groups("AllDifferent", "DifferentIndividuals", key):
                self._add_difference(kind, *pair)

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
        graph = self._graph
        properties = graph.objects(node, OWL["assertionProperty"])
        individuals = graph.objects(node, OWL["targetIndividual"])
        targets = [*individuals, *graph.objects(node, OWL["targetValue"])]
        parts = [source, *properties, *targets]
        self._builder.begin_axiom_node(node, "NegativePropertyAssertion", parts)
        with self._builder.listing_unsupported():
            if len(parts) != 3 or not targets:
                reason = "expected exactly one property and one target"
                raise UnsupportedAxiom(graph.to_manchester(source), reason)
            pattern = self._builder.new_reader().value_alternative(parts[1], X, targets[0])
            named = replace(pattern, names=(rule_name_part(source), *pattern.names))
            contradiction = Consequence("", (), None, bound={X: source})
            kind = "prp-npa1" if individuals else "prp-npa2"
            self._builder.add_rules(kind, [named], ([contradiction], []))

    def _read_types(self) -> None:
        """Compile the types of individuals that are expressions without a name."""
        for individual, type_ in self._graph.subjects_and_objects(RDF["type"]):
            if isinstance(type_, BlankNode) and any(
                self._graph.objects(type_, predicate) for predicate in EXPRESSION_PREDICATES
            ):
                self._builder.begin_axiom(individual, RDF["type"], type_, "Types:")
                with self._builder.listing_unsupported():
                    alternative = Alternative((), (rule_name_part(individual),), {X: individual})
                    consequences = self._builder.new_reader().consequences(type_, X)
                    self._builder.add_rules("cax-sco", [alternative], consequences)
