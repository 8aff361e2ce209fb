"""Axioms about properties -> rules: hierarchy, chains, inverses, characteristics, ends.

Source: OWL 2 Profiles, section 4.3, table 5.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.axioms.builder import RuleBuilder, X, Y, Z
from kg.axioms.graph import variable_names
from kg.axioms.ways import Alternative, Consequence, at_most_one
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.rules.patterns import Atom, Filter, Term

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
