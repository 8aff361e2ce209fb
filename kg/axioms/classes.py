"""Axioms about classes -> rules: subclass, equivalence and disjointness.

Source: OWL 2 Profiles, section 4.3, tables 6 and 7.
"""

from dataclasses import replace
from itertools import combinations

from pyoxigraph import NamedNode

from kg.axioms.builder import RuleBuilder, X, Y
from kg.axioms.index import local_name
from kg.axioms.subclasses import EXPRESSIONS, body_kind
from kg.axioms.ways import Alternative, Consequence
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
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
