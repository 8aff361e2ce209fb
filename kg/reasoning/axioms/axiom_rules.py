"""Axioms about classes -> rules: subclass, equivalence and disjointness.

Source: OWL 2 Profiles, section 4.3, tables 6 and 7.

Axioms about properties -> rules: hierarchy, chains, inverses, characteristics, ends.

Source: OWL 2 Profiles, section 4.3, table 5.

Axioms about individuals -> rules: what they are not, and which of them are two or one.

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
from kg.reasoning.axioms.ontology_graph import local_name, variable_names
from kg.reasoning.axioms.subclasses import (
    EXPRESSIONS,
    Alternative,
    Consequence,
    at_most_one,
    body_kind,
)
from kg.reasoning.rules.datatypes import are_one_value
from kg.reasoning.rules.patterns import Atom, Filter, Term


class ClassAxioms:
    """Reads the axioms about classes into the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def read(self) -> None:
        """Reads them all."""
        start, pairs = self._builder.start, self._graph.pairs
        for narrow, broad in pairs(RDFS["subClassOf"]):
            start(narrow, RDFS["subClassOf"], broad, "SubClassOf")
            self._subclass(narrow, broad, "cax-sco")
        for one, other in pairs(OWL["equivalentClass"]):
            # The definition of a datatype is read where the datatype is used.
            if not self._graph.is_datatype(one):
                start(one, OWL["equivalentClass"], other, "EquivalentTo")
                self._subclass(one, other, "cax-eqc1")
                self._subclass(other, one, "cax-eqc2")
        for one, other in pairs(OWL["disjointWith"]):
            start(one, OWL["disjointWith"], other, "DisjointWith")
            self._disjoint("cax-dw", one, other)
        for one, members in pairs(OWL["disjointUnionOf"]):
            start(one, OWL["disjointUnionOf"], members, "DisjointUnionOf")
            self._disjoint_union(one, self._graph.items(members))
        for one, members in pairs(OWL["hasKey"]):
            start(one, OWL["hasKey"], members, "HasKey")
            self._key(one, self._graph.items(members))
        self._read_groups()
        self._read_named_expressions()

    def _read_groups(self) -> None:
        for node in self._graph.instances(OWL["AllDisjointClasses"]):
            for members in self._graph.objects(node, OWL["members"]):
                classes = self._graph.items(members)
                self._builder.start_group(node, "DisjointClasses", classes)
                for one, other in combinations(classes, 2):
                    self._disjoint("cax-adc", one, other)

    def _read_named_expressions(self) -> None:
        """A class with a name and, on the same node, what describes it."""
        for key in EXPRESSIONS:
            for name, value in self._graph.pairs(key):
                if isinstance(name, NamedNode):
                    self._builder.start_description(name, key, value)
                    self._named_expression(name)

    def _named_expression(self, name: NamedNode) -> None:
        """Both ways: who fits is an instance, who is an instance fits."""
        builder, reader = self._builder, self._builder.reader()
        is_instance = Atom(X, RDF["type"], name)
        with builder.refusing():
            ways = reader.described(name, X)
            head = Consequence("", (local_name(name),), is_instance)
            builder.follow(body_kind(self._graph, name) or "cax-sco", ways, ([head], []))
        with builder.refusing():
            way = Alternative((is_instance,), (local_name(name),))
            kind = "cls-int2" if self._graph.objects(name, OWL["intersectionOf"]) else "cax-sco"
            builder.follow(kind, [way], reader.described_consequences(name, X))

    def _subclass(self, narrow: Term, broad: Term, named_kind: str) -> None:
        builder, reader = self._builder, self._builder.reader()
        kind = named_kind if isinstance(narrow, NamedNode) else body_kind(self._graph, narrow)
        with builder.refusing():
            ways = reader.alternatives(narrow, X)
            builder.follow(kind or named_kind, ways, reader.consequences(broad, X))

    def _key(self, class_: Term, properties: list[Term]) -> None:
        """Two instances with the same values of all key properties are the same."""
        builder, reader, graph = self._builder, self._builder.reader(), self._graph
        atoms, names = [], []
        with builder.refusing():
            for property_ in properties:
                value = reader.new_variable()
                (one, name), (other, _) = (
                    graph.property_atom(property_, owner, value) for owner in (X, Y)
                )
                atoms += [one, other]
                names.append(name)
            if not atoms:
                raise UnsupportedAxiom(graph.text(class_), "a key of no property")
            both = [
                way
                for one_way in reader.alternatives(class_, X)
                for other_way in reader.alternatives(class_, Y)
                if (way := one_way.joined(replace(other_way, names=())))
            ]
            same, differ = Atom(X, OWL["sameAs"], Y), Filter("!=", (X, Y))
            key = Consequence("", tuple(names), same, tuple(atoms), (differ,))
            builder.follow("prp-key", both, ([key], []))

    def _disjoint_union(self, one: Term, members: list[Term]) -> None:
        for member in members:
            self._subclass(member, one, "cax-sco")
        for first, second in combinations(members, 2):
            self._disjoint("cax-dw", first, second)
        reason = "that each instance is in one of the parts"
        self._builder.refuse(UnsupportedAxiom(self._graph.text(one), reason))

    def _disjoint(self, kind: str, one: Term, other: Term) -> None:
        reader = self._builder.reader()
        first, second = sorted((one, other), key=self._graph.text)
        with self._builder.refusing():
            for way in reader.alternatives(first, X):
                for other_way in reader.alternatives(second, X):
                    both = way.joined(other_way)
                    if both is not None:
                        self._builder.add(Consequence(kind, (), None).after(kind, both))


_Ends = tuple[Variable, Variable]

# Type: the rule's name, the ends of the property in the body, and in the head if there is one.
_CHARACTERISTICS: Final[dict[str, tuple[str, tuple[_Ends, ...], _Ends | None]]] = {
    "SymmetricProperty": ("prp-symp", ((X, Y),), (Y, X)),
    "TransitiveProperty": ("prp-trp", ((X, Y), (Y, Z)), (X, Z)),
    "AsymmetricProperty": ("prp-asyp", ((X, Y), (Y, X)), None),
    "IrreflexiveProperty": ("prp-irp", ((X, X),), None),
}
_FUNCTIONAL: Final = {"FunctionalProperty": "prp-fp", "InverseFunctionalProperty": "prp-ifp"}


class PropertyAxioms:
    """Reads the axioms about properties into the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def read(self) -> None:
        """Reads them all."""
        for narrow, broad in self._pairs(RDFS["subPropertyOf"], "SubPropertyOf"):
            self._implies("prp-spo1", narrow, broad)
        for one, other in self._pairs(OWL["equivalentProperty"], "EquivalentTo"):
            self._implies("prp-eqp1", one, other)
            self._implies("prp-eqp2", other, one)
        for one, other in self._pairs(OWL["inverseOf"], "InverseOf"):
            self._inverses(one, other)
        for broad, members in self._pairs(OWL["propertyChainAxiom"], "SuperPropertyOf"):
            self._chain(self._graph.items(members), broad)
        for property_, class_ in self._pairs(RDFS["domain"], "Domain"):
            self._typed("prp-dom", property_, class_, X)
        for property_, class_ in self._pairs(RDFS["range"], "Range"):
            self._typed("prp-rng", property_, class_, Y)
        for one, other in self._pairs(OWL["propertyDisjointWith"], "DisjointWith"):
            self._disjoint("prp-pdw", one, other)
        self._read_functional()
        self._read_groups()
        self._read_characteristics()

    def _pairs(self, predicate: NamedNode, word: str) -> Iterator[tuple[Term, Term]]:
        """The axioms with this predicate; those about annotation properties say nothing."""
        for subject, object_ in self._graph.pairs(predicate):
            annotates = self._graph.is_a(subject, OWL["AnnotationProperty"])
            is_expression = predicate == OWL["inverseOf"] and not isinstance(subject, NamedNode)
            if not annotates and not is_expression:
                self._builder.start(subject, predicate, object_, word)
                yield subject, object_

    def _read_groups(self) -> None:
        for node in self._graph.instances(OWL["AllDisjointProperties"]):
            for members in self._graph.objects(node, OWL["members"]):
                properties = self._graph.items(members)
                self._builder.start_group(node, "DisjointProperties", properties)
                for one, other in combinations(properties, 2):
                    self._disjoint("prp-adp", one, other)

    def _read_characteristics(self) -> None:
        for type_, (kind, body_ends, head_ends) in _CHARACTERISTICS.items():
            for node in self._graph.instances(OWL[type_]):
                self._builder.start(node, RDF["type"], OWL[type_], "Characteristics:")
                with self._builder.refusing():
                    atoms = [self._graph.property_atom(node, *ends) for ends in body_ends]
                    head = self._graph.property_atom(node, *head_ends)[0] if head_ends else None
                    self._add(kind, [atoms[0][1]], head, [atom for atom, _ in atoms])

    def _read_functional(self) -> None:
        """At most one value, or at most one owner of a value."""
        for type_, kind in _FUNCTIONAL.items():
            for node in self._graph.instances(OWL[type_]):
                self._builder.start(node, RDF["type"], OWL[type_], "Characteristics:")
                with self._builder.refusing():
                    ends = ((X, Y), (X, Z)) if kind == "prp-fp" else ((Y, X), (Z, X))
                    found = [self._graph.property_atom(node, *each) for each in ends]
                    atoms, names = tuple(atom for atom, _ in found), (found[0][1],)
                    same, differ = Atom(Y, OWL["sameAs"], Z), Filter("!=", (Y, Z))
                    verdicts = [Consequence("", (), same, (), (differ,))]
                    if kind == "prp-fp":
                        verdicts = at_most_one(self._graph, node, Y, Z)
                    way = Alternative(atoms, names)
                    self._builder.follow(kind, [way], (verdicts, []))

    def _add(
        self, kind: str, names: Sequence[str], head: Atom | None, atoms: Sequence[Atom]
    ) -> None:
        self._builder.add(Consequence(kind, tuple(names), head, tuple(atoms)))

    def _implies(self, kind: str, narrow: Term, broad: Term) -> None:
        with self._builder.refusing():
            body, first = self._graph.property_atom(narrow, X, Y)
            head, second = self._graph.property_atom(broad, X, Y)
            self._add(kind, [first, second], head, [body])

    def _inverses(self, one: Term, other: Term) -> None:
        with self._builder.refusing():
            there, first = self._graph.property_atom(one, X, Y)
            back, second = self._graph.property_atom(other, Y, X)
            self._add("prp-inv1", [first, second], back, [there])
            self._add("prp-inv2", [second, first], there, [back])

    def _chain(self, links: list[Term], broad: Term) -> None:
        names = iter(variable_names())
        ends = [next(names) for _ in range(len(links) + 1)]
        with self._builder.refusing():
            atoms = [
                self._graph.property_atom(link, ends[place], ends[place + 1])
                for place, link in enumerate(links)
            ]
            head, name = self._graph.property_atom(broad, ends[0], ends[-1])
            parts = [*(part for _, part in atoms), name]
            self._add("prp-spo2", parts, head, [atom for atom, _ in atoms])

    def _typed(self, kind: str, property_: Term, class_: Term, variable: Variable) -> None:
        with self._builder.refusing():
            body, name = self._graph.property_atom(property_, X, Y)
            reader = self._builder.reader()
            read = reader.value_consequences if kind == "prp-rng" else reader.consequences
            consequences = read(class_, variable)
            self._builder.follow(kind, [Alternative((body,), (name,))], consequences)

    def _disjoint(self, kind: str, one: Term, other: Term) -> None:
        with self._builder.refusing():
            ends = sorted((one, other), key=self._graph.text)
            atoms = [self._graph.property_atom(each, X, Y) for each in ends]
            names = [name for _, name in atoms]
            self._add(kind, names, None, [atom for atom, _ in atoms])


class IndividualAxioms:
    """Reads the axioms about individuals into the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def read(self) -> None:
        """Reads all but those on differences."""
        for one, other in self._graph.pairs(OWL["sameAs"]):
            self._builder.start(one, OWL["sameAs"], other, "SameAs")
            names = (local_name(one), local_name(other))
            same = Atom(one, OWL["sameAs"], other)
            self._builder.add(Consequence("eq-same", names, same))
        for node, source in self._graph.pairs(OWL["sourceIndividual"]):
            self._not_so(node, source)
        self._read_types()

    def read_differences(self) -> None:
        """Contradictions between two that differ and their being the same.

        Asked for only where something can be the same as something else.
        """
        for one, other in self._graph.pairs(OWL["differentFrom"]):
            self._builder.start(one, OWL["differentFrom"], other, "DifferentFrom")
            self._differ("eq-diff1", one, other)
        for node in self._graph.instances(OWL["AllDifferent"]):
            for key, kind in (("members", "eq-diff2"), ("distinctMembers", "eq-diff3")):
                for members in self._graph.objects(node, OWL[key]):
                    individuals = self._graph.items(members)
                    self._builder.start_group(node, "DifferentIndividuals", individuals)
                    for one, other in combinations(individuals, 2):
                        self._differ(kind, one, other)

    def _differ(self, kind: str, one: Term, other: Term) -> None:
        if isinstance(one, Literal):
            one, other = other, one
        names = (local_name(one), local_name(other))
        # Everything is the same as itself (eq-ref), and a literal as others of its value: that
        # it is not contradicts without a fact. Two literals of two values differ anyway.
        if are_one_value(one, other):
            self._builder.add(Consequence(kind, names, None))
        elif not isinstance(one, Literal):
            same = Atom(one, OWL["sameAs"], other)
            self._builder.add(Consequence(kind, names, None, (same,)))

    def _not_so(self, node: Term, source: Term) -> None:
        """A negative property assertion, about an individual or a literal."""
        graph, parts = self._graph, [source]
        targets = [
            (kind, value)
            for key, kind in (("targetIndividual", "prp-npa1"), ("targetValue", "prp-npa2"))
            for value in graph.objects(node, OWL[key])
        ]
        parts += graph.objects(node, OWL["assertionProperty"]) + [value for _, value in targets]
        self._builder.start_group(node, "NegativePropertyAssertion", parts)
        with self._builder.refusing():
            if len(parts) != 3 or not targets:  # source, property, target
                reason = "not one property and one target"
                raise UnsupportedAxiom(graph.text(source), reason)
            (kind, value), reader = targets[0], self._builder.reader()
            way = reader.with_value(parts[1], X, value)
            named = replace(way, names=(local_name(source), *way.names))
            never = Consequence("", (), None, bound={X: source})
            self._builder.follow(kind, [named], ([never], []))

    def _read_types(self) -> None:
        """Individuals that are said to fit an expression without a name."""
        for individual, type_ in self._graph.pairs(RDF["type"]):
            is_expression = isinstance(type_, BlankNode) and any(
                self._graph.objects(type_, key) for key in EXPRESSIONS
            )
            if is_expression:
                self._builder.start(individual, RDF["type"], type_, "Types:")
                with self._builder.refusing():
                    way = Alternative((), (local_name(individual),), {X: individual})
                    consequences = self._builder.reader().consequences(type_, X)
                    self._builder.follow("cax-sco", [way], consequences)
