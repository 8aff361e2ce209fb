"""Axioms about classes -> rules: subclass, equivalence and disjointness.

Source: OWL 2 Profiles, section 4.3, tables 6 and 7.
"""

from itertools import combinations

from pyoxigraph import NamedNode

from kg.axioms.builder import RuleBuilder, X
from kg.axioms.expressions import body_kind
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDFS
from kg.rules.patterns import Term


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
            start(one, OWL["equivalentClass"], other, "EquivalentTo")
            self._subclass(one, other, "cax-eqc1")
            self._subclass(other, one, "cax-eqc2")
        for one, other in pairs(OWL["disjointWith"]):
            start(one, OWL["disjointWith"], other, "DisjointWith")
            self._disjoint("cax-dw", one, other)
        for one, members in pairs(OWL["disjointUnionOf"]):
            start(one, OWL["disjointUnionOf"], members, "DisjointUnionOf")
            self._disjoint_union(one, self._graph.items(members))
        self._read_groups()
        self._refuse_direct_expressions()

    def _read_groups(self) -> None:
        for node in self._graph.instances(OWL["AllDisjointClasses"]):
            for members in self._graph.objects(node, OWL["members"]):
                classes = self._graph.items(members)
                self._builder.start_group(node, "DisjointClasses", classes)
                for one, other in combinations(classes, 2):
                    self._disjoint("cax-adc", one, other)

    def _refuse_direct_expressions(self) -> None:
        for key in ("intersectionOf", "unionOf", "complementOf", "oneOf"):
            for name, members in self._graph.pairs(OWL[key]):
                if isinstance(name, NamedNode):
                    self._builder.start(name, OWL[key], members, f"owl:{key}")
                    reason = "an expression put on a named class; owl:equivalentClass does"
                    self._builder.refuse(UnsupportedAxiom(self._graph.text(name), reason))

    def _subclass(self, narrow: Term, broad: Term, named_kind: str) -> None:
        builder, reader = self._builder, self._builder.reader()
        kind = body_kind(self._graph, narrow) or named_kind
        with builder.refusing():
            ways = reader.alternatives(narrow, X)
            consequences, refused = reader.consequences(broad, X)
            for error in refused:
                builder.refuse(error)
            for consequence in consequences:
                for way in ways:
                    names = [*way.names, *consequence.names]
                    atoms = [*way.atoms, *consequence.atoms]
                    rule_kind = consequence.kind or kind
                    builder.add(rule_kind, names, consequence.head, atoms, way.bound)

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
                        self._builder.add(kind, both.names, None, both.atoms, both.bound)
