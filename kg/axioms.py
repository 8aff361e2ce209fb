"""OWL axioms -> rules, named as in OWL 2 RL; what no rule says is listed, never dropped.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from pyoxigraph import NamedNode, Quad, Variable

from kg.axiom_statuses import AxiomStatuses
from kg.errors import UnsupportedAxiom
from kg.expressions import ExpressionReader, body_kind
from kg.namespaces import OWL, RDF, RDFS
from kg.ontology_graph import OntologyGraph, variable_names
from kg.patterns import Term
from kg.rule_builder import RuleBuilder
from kg.rules import Rule

_X, _Y, _Z = Variable("x"), Variable("y"), Variable("z")

# Axioms that no rule is made of, because they would derive owl:sameAs or are checked elsewhere.
_REFUSED_TYPES = (
    "FunctionalProperty",
    "InverseFunctionalProperty",
    "ReflexiveProperty",
    "NegativePropertyAssertion",
)
_READ = (
    "equivalentClass disjointWith disjointUnionOf equivalentProperty inverseOf propertyChainAxiom "
    "propertyDisjointWith members distinctMembers differentFrom intersectionOf unionOf "
    "complementOf oneOf onProperty someValuesFrom allValuesFrom hasValue hasSelf cardinality "
    "minCardinality maxCardinality qualifiedCardinality minQualifiedCardinality "
    "maxQualifiedCardinality onClass onDataRange onDatatype withRestrictions annotatedSource "
    "annotatedProperty annotatedTarget imports versionIRI versionInfo priorVersion "
    "backwardCompatibleWith incompatibleWith deprecated sourceIndividual assertionProperty "
    "targetIndividual targetValue topObjectProperty"
)


@dataclass(frozen=True)
class CompiledAxioms:
    """The rules by name; the axioms no rule says, in words; sets of terms said to be distinct."""

    rules: list[Rule]
    uncompiled: list[str]
    distinct: list[tuple[Term, ...]]


def compile_axioms(ontology: Iterable[Quad]) -> CompiledAxioms:
    """The rules that the axioms of the ontology amount to.

    Names are made of what the axiom says (`prp-spo2-memberOf-addressesIssue-…`), so they stay
    when other axioms come and go. Annotations and declarations are no axioms.
    """
    graph = OntologyGraph(ontology)
    compiler = _Compiler(graph)
    compiler.read_classes()
    compiler.read_properties()
    compiler.read_characteristics()
    compiler.read_disjointness()
    compiler.read_leftovers()
    distinct = list(graph.pairs(OWL["differentFrom"]))
    groups = [
        tuple(graph.items(members))
        for node in graph.instances(OWL["AllDifferent"])
        for predicate in (OWL["distinctMembers"], OWL["members"])
        for members in graph.objects(node, predicate)
    ]
    uncompiled = sorted(set(compiler.uncompiled))
    return CompiledAxioms(compiler.builder.rules(), uncompiled, [*distinct, *groups])


class _Compiler:
    """Goes through the axioms by kind; rules gather in `builder`."""

    def __init__(self, graph: OntologyGraph) -> None:
        self._graph = graph
        self._statuses = AxiomStatuses(graph)
        self.builder = RuleBuilder(graph)
        self.uncompiled: list[str] = []

    def read_classes(self) -> None:
        """Subclass and equivalent class axioms, also as expressions put on a class directly."""
        graph = self._graph
        for narrow, broad in graph.pairs(RDFS["subClassOf"]):
            self._start(narrow, RDFS["subClassOf"], broad, "SubClassOf")
            self._subclass(narrow, broad, "cax-sco")
        for one, other in graph.pairs(OWL["equivalentClass"]):
            self._start(one, OWL["equivalentClass"], other, "EquivalentTo")
            self._subclass(one, other, "cax-eqc1")
            self._subclass(other, one, "cax-eqc2")
        for one, members in graph.pairs(OWL["disjointUnionOf"]):
            self._start(one, OWL["disjointUnionOf"], members, "DisjointUnionOf")
            self._disjoint_union(one, graph.items(members))
        for key in ("intersectionOf", "unionOf", "complementOf", "oneOf"):
            for name, _ in graph.pairs(OWL[key]):
                if isinstance(name, NamedNode):
                    self._refuse(f"{graph.text(name)} {key} …", "put it in an equivalentClass")

    def read_properties(self) -> None:
        """Axioms that say of one property what follows for another or for a class."""
        graph = self._graph
        for narrow, broad in self._object_pairs(RDFS["subPropertyOf"], "SubPropertyOf"):
            self._implies("prp-spo1", narrow, broad)
        for one, other in self._object_pairs(OWL["equivalentProperty"], "EquivalentTo"):
            self._implies("prp-eqp1", one, other)
            self._implies("prp-eqp2", other, one)
        for one, other in self._object_pairs(OWL["inverseOf"], "InverseOf"):
            self._inverses(one, other)
        for broad, members in graph.pairs(OWL["propertyChainAxiom"]):
            self._start(broad, OWL["propertyChainAxiom"], members, "SuperPropertyOf")
            self._chain(graph.items(members), broad)
        for property_, class_ in self._object_pairs(RDFS["domain"], "Domain"):
            self._typed("prp-dom", property_, class_, _X)
        for property_, class_ in self._object_pairs(RDFS["range"], "Range"):
            self._typed("prp-rng", property_, class_, _Y)

    def read_characteristics(self) -> None:
        """Symmetric, transitive, asymmetric and irreflexive properties."""
        there, back = (_X, _Y), (_Y, _X)
        kinds = {
            "SymmetricProperty": ("prp-symp", [there], back),
            "TransitiveProperty": ("prp-trp", [there, (_Y, _Z)], (_X, _Z)),
            "AsymmetricProperty": ("prp-asyp", [there, back], None),
            "IrreflexiveProperty": ("prp-irp", [(_X, _X)], None),
        }
        for type_, (kind, body_ends, head_ends) in kinds.items():
            for node in self._graph.instances(OWL[type_]):
                self._start(node, RDF["type"], OWL[type_], "Characteristics:")
                with self.builder.refusing(self.uncompiled):
                    body = [self._graph.property_atom(node, *ends) for ends in body_ends]
                    head = self._graph.property_atom(node, *head_ends)[0] if head_ends else None
                    self.builder.add(kind, [body[0][1]], head, [atom for atom, _ in body])

    def read_disjointness(self) -> None:
        """Disjoint classes and properties: rules that end in a contradiction."""
        graph = self._graph
        for one, other in graph.pairs(OWL["disjointWith"]):
            self._start(one, OWL["disjointWith"], other, "DisjointWith")
            self._disjoint("cax-dw", one, other)
        for one, other in graph.pairs(OWL["propertyDisjointWith"]):
            self._start(one, OWL["propertyDisjointWith"], other, "DisjointWith")
            self._disjoint_properties("prp-pdw", one, other)
        for type_, kind in (
            ("AllDisjointClasses", "cax-adc"),
            ("AllDisjointProperties", "prp-adp"),
        ):
            for node in graph.instances(OWL[type_]):
                members = [
                    item
                    for each in graph.objects(node, OWL["members"])
                    for item in graph.items(each)
                ]
                text = f"{type_}: {', '.join(map(graph.text, members))}"
                self.builder.start(text, self._statuses.of_node(node))
                for one, other in combinations(members, 2):
                    if kind == "cax-adc":
                        self._disjoint(kind, one, other)
                    else:
                        self._disjoint_properties(kind, one, other)

    def read_leftovers(self) -> None:
        """Lists what speaks OWL and was not read above."""
        graph = self._graph
        for type_ in _REFUSED_TYPES:
            for node in graph.instances(OWL[type_]):
                self._refuse(f"{graph.text(node)} a owl:{type_}", "no rule is made of it")
        read = {OWL[name] for name in _READ.split()}
        for predicate in graph.predicates:
            if predicate.value.startswith(OWL) and predicate not in read:
                for subject, object_ in graph.pairs(predicate):
                    words = (subject, predicate, object_)
                    self._refuse(" ".join(map(graph.text, words)), "no rule is made of it")

    def _start(self, subject: Term, predicate: NamedNode, object_: Term, word: str) -> None:
        """Makes this axiom the one that the next rules come from."""
        graph = self._graph
        is_list = predicate in {OWL["propertyChainAxiom"], OWL["disjointUnionOf"]}
        target = " o ".join(graph.texts(object_)) if is_list else graph.text(object_)
        text = f"{graph.text(subject)} {word} {target}"
        self.builder.start(text, self._statuses.of(subject, predicate, object_))

    def _refuse(self, axiom: str, reason: str) -> None:
        self.uncompiled.append(str(UnsupportedAxiom(axiom, reason)))

    def _object_pairs(self, predicate: NamedNode, word: str) -> Iterable[tuple[Term, Term]]:
        """The axioms with this predicate; those about annotation properties say nothing."""
        for subject, object_ in self._graph.pairs(predicate):
            annotates = self._graph.is_a(subject, OWL["AnnotationProperty"])
            is_expression = predicate == OWL["inverseOf"] and not isinstance(subject, NamedNode)
            if not annotates and not is_expression:
                self._start(subject, predicate, object_, word)
                yield subject, object_

    def _subclass(self, narrow: Term, broad: Term, named_kind: str) -> None:
        reader = self._reader()
        kind = body_kind(self._graph, narrow) or named_kind
        with self.builder.refusing(self.uncompiled):
            ways = reader.alternatives(narrow, _X)
            consequences, refused = reader.consequences(broad, _X)
            for error in refused:
                self.builder.refuse(self.uncompiled, error)
            for consequence in consequences:
                for way in ways:
                    names = [*way.names, *consequence.names]
                    atoms = [*way.atoms, *consequence.atoms]
                    rule_kind = consequence.kind or kind
                    self.builder.add(rule_kind, names, consequence.head, atoms, way.bound)

    def _disjoint_union(self, one: Term, members: list[Term]) -> None:
        for member in members:
            self._subclass(member, one, "cax-sco")
        for first, second in combinations(members, 2):
            self._disjoint("cax-dw", first, second)
        error = UnsupportedAxiom(self._graph.text(one), "that an instance is in one of the parts")
        self.builder.refuse(self.uncompiled, error)

    def _disjoint(self, kind: str, one: Term, other: Term) -> None:
        reader = self._reader()
        first, second = sorted((one, other), key=self._graph.text)
        with self.builder.refusing(self.uncompiled):
            for way in reader.alternatives(first, _X):
                for other_way in reader.alternatives(second, _X):
                    both = way.joined(other_way)
                    if both is not None:
                        self.builder.add(kind, both.names, None, both.atoms, both.bound)

    def _disjoint_properties(self, kind: str, one: Term, other: Term) -> None:
        with self.builder.refusing(self.uncompiled):
            ends = sorted((one, other), key=self._graph.text)
            atoms = [self._graph.property_atom(each, _X, _Y) for each in ends]
            self.builder.add(kind, [name for _, name in atoms], None, [atom for atom, _ in atoms])

    def _implies(self, kind: str, narrow: Term, broad: Term) -> None:
        with self.builder.refusing(self.uncompiled):
            body, first = self._graph.property_atom(narrow, _X, _Y)
            head, second = self._graph.property_atom(broad, _X, _Y)
            self.builder.add(kind, [first, second], head, [body])

    def _inverses(self, one: Term, other: Term) -> None:
        with self.builder.refusing(self.uncompiled):
            there, first = self._graph.property_atom(one, _X, _Y)
            back, second = self._graph.property_atom(other, _Y, _X)
            self.builder.add("prp-inv1", [first, second], back, [there])
            self.builder.add("prp-inv2", [second, first], there, [back])

    def _chain(self, links: list[Term], broad: Term) -> None:
        names = iter(variable_names())
        ends = [next(names) for _ in range(len(links) + 1)]
        with self.builder.refusing(self.uncompiled):
            body = [
                self._graph.property_atom(link, ends[place], ends[place + 1])
                for place, link in enumerate(links)
            ]
            head, name = self._graph.property_atom(broad, ends[0], ends[-1])
            parts = [*(part for _, part in body), name]
            self.builder.add("prp-spo2", parts, head, [atom for atom, _ in body])

    def _typed(self, kind: str, property_: Term, class_: Term, variable: Variable) -> None:
        with self.builder.refusing(self.uncompiled):
            body, name = self._graph.property_atom(property_, _X, _Y)
            consequences, refused = self._reader().consequences(class_, variable)
            for error in refused:
                self.builder.refuse(self.uncompiled, error)
            for each in consequences:
                self.builder.add(kind, [name, *each.names], each.head, [body, *each.atoms])

    def _reader(self) -> ExpressionReader:
        taken = {_X, _Y}
        fresh = (variable for variable in variable_names() if variable not in taken)
        return ExpressionReader(self._graph, fresh)
