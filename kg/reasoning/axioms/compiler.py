"""OWL axioms -> rules, named as in OWL 2 RL; what no rule says is listed, never dropped.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.

Class expressions without a name as classes with instances, for data that asks about them.

The compiled axioms go through an expression (`A SubClassOf p only B` becomes one rule) and never
say that something is an instance of its node. Where the ontology is among the facts, a question
may ask for just that (`?x a [ owl:onProperty :p ; owl:someValuesFrom :B ]`), and an axiom between
expressions may follow from others by table 9. These rules say it as the tables of OWL 2 RL/RDF
do, with the node as the class.

Source: OWL 2 Profiles, section 4.3, tables 6 and 7.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF
from kg.reasoning.axioms.axiom_rules import ClassAxioms, IndividualAxioms, PropertyAxioms
from kg.reasoning.axioms.builder import RuleBuilder, X
from kg.reasoning.axioms.fixed_rules import FixedRule, equality_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph, local_name, variable_names
from kg.reasoning.axioms.subclasses import EXPRESSIONS, Alternative, Consequence, body_kind
from kg.reasoning.axioms.superclasses import Consequences, ExpressionReader
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule

# Axioms that no rule is made of, and why.
_REFUSED_TYPES: Final = {"ReflexiveProperty": "it would speak of everything there is"}
# The words of OWL that are read as axioms or parts of them, or that are about the document.
_READ: Final = (
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
    """The rules by name; the axioms no rule says, in words; sets of terms said to be distinct."""

    rules: list[Rule]
    uncompiled: list[str]
    distinct: list[tuple[Term, ...]]


def compile_axioms(
    ontology: Iterable[Quad],
    places: Mapping[Triple, str] | None = None,
    *,
    facts_make_equal: bool = False,
) -> CompiledAxioms:
    """The rules that the axioms of the ontology amount to.

    Names are made of what the axiom says (`prp-spo2-memberOf-addressesIssue-…`), so they stay
    when other axioms come and go. Annotations and declarations are no axioms. Graph names do
    not matter, and labels of individuals may be among the quads: sentences use them.

    Rules about equality, and contradictions about what differs, are among them only where
    something can be the same as something else: an axiom derives `owl:sameAs` or the ontology
    states it.

    Args:
        ontology: its axioms; assertions of facts are the caller's premises and make no rules.
        places: where the triples are written, as `kg.sources.places_of` says; those of the rules.
        facts_make_equal: whether the facts that the rules are for state `owl:sameAs`.

    Raises:
        UnsupportedAxiom: an expression or list that is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph, places)
    ClassAxioms(builder).read()
    PropertyAxioms(builder).read()
    individuals = IndividualAxioms(builder)
    individuals.read()
    equality: list[Rule] = []
    if facts_make_equal or builder.makes_equal:
        individuals.read_differences()
        equality = equality_rules()
    uncompiled = sorted({*builder.uncompiled, *map(str, _unread(graph))})
    rules = [*builder.rules(), *equality]
    return CompiledAxioms(rules, uncompiled, list(_distinct(graph)))


def _unread(graph: OntologyGraph) -> Iterator[UnsupportedAxiom]:
    """What speaks OWL and is none of the axioms that are read."""
    for type_, reason in _REFUSED_TYPES.items():
        for node in graph.instances(OWL[type_]):
            yield UnsupportedAxiom(f"{graph.text(node)} a owl:{type_}", reason)
    read = {OWL[name] for name in _READ.split()}
    for predicate in graph.predicates:
        if predicate.value.startswith(OWL) and predicate not in read:
            for subject, object_ in graph.pairs(predicate):
                texts = map(graph.text, (subject, predicate, object_))
                yield UnsupportedAxiom(" ".join(texts), "no rule is made of it")


def _distinct(graph: OntologyGraph) -> Iterator[tuple[Term, ...]]:
    """Only recorded; see `IndividualAxioms.read_differences` for the rules."""
    yield from graph.pairs(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.items(members))


_BETWEEN_CLASSES: Final = (
    FixedRule(
        "cax-sco",
        "?x rdf:type ?d",
        "?c rdfs:subClassOf ?d . ?x rdf:type ?c",
        "An instance of a class is one of every class around it.",
        "某类的实例亦为其上位类的实例。",
    ),
    FixedRule(
        "cax-eqc1",
        "?x rdf:type ?d",
        "?c owl:equivalentClass ?d . ?x rdf:type ?c",
        "An instance of a class is one of every equivalent class.",
        "某类的实例亦为其等价类的实例。",
    ),
    FixedRule(
        "cax-eqc2",
        "?x rdf:type ?c",
        "?c owl:equivalentClass ?d . ?x rdf:type ?d",
        "An instance of an equivalent class is one of the class.",
        "等价类的实例亦为该类的实例。",
    ),
    FixedRule(
        "prp-dom",
        "?x rdf:type ?c",
        "?p rdfs:domain ?c . ?x ?p ?y",
        "What has a property is in its domain.",
        "凡具有某属性者，皆属其定义域。",
    ),
    FixedRule(
        "prp-rng",
        "?y rdf:type ?c",
        "?p rdfs:range ?c . ?x ?p ?y",
        "What is a value of a property is in its range.",
        "凡为某属性之值者，皆属其值域。",
    ),
    FixedRule(
        "cax-dw",
        "",
        "?c owl:disjointWith ?d . ?x rdf:type ?c . ?x rdf:type ?d",
        "It cannot be that something is an instance of two disjoint classes.",
        "任何事物不可能同时为两个不相交类的实例。",
    ),
)
_NAME: Final = "anonymous"


class _NodeReader(ExpressionReader):
    """Reads one expression, to whose parts without a name it does not go down."""

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """An instance of a part is one of its node."""
        if isinstance(node, BlankNode):
            return [Alternative((Atom(variable, RDF["type"], node),), (_NAME,))]
        return super().alternatives(node, variable)

    def consequences(self, node: Term, variable: Variable) -> Consequences:
        """An instance of a part is one of its node."""
        if isinstance(node, BlankNode):
            return [Consequence("", (_NAME,), Atom(variable, RDF["type"], node))], []
        return super().consequences(node, variable)


def anonymous_class_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """Who fits an expression is an instance of its node, and an instance of the node fits it.

    They come on top of the compiled axioms. Not seen is a key of, or a group of disjoint classes
    with, an expression that holds by its node alone (`A SubClassOf p some B`, a key of
    `p some B`).

    Args:
        ontology: its quads, which must be among the facts as well: blank nodes in the rules are
            those of the quads.

    Raises:
        UnsupportedAxiom: an expression or list that is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph)
    for key in EXPRESSIONS:
        for node, value in graph.pairs(key):
            if not graph.is_datatype(node):
                builder.start_description(node, key, value)
                _describe(builder, node)
    return [*(each.rule("OWL 2 RL") for each in _BETWEEN_CLASSES), *builder.rules()]


def _describe(builder: RuleBuilder, node: Term) -> None:
    graph = builder.graph
    fresh = (variable for variable in variable_names() if variable != X)
    reader, is_instance = _NodeReader(graph, fresh), Atom(X, RDF["type"], node)
    name = local_name(node) if isinstance(node, NamedNode) else _NAME
    # One side is all that most expressions have; the axiom that lacks the other lists it.
    with builder.refusing():
        found = Consequence("", (name,), is_instance)
        kind = body_kind(graph, node) or "cax-sco"
        builder.follow(kind, reader.described(node, X), ([found], []))
    with builder.refusing():
        way = Alternative((is_instance,), (name,))
        builder.follow("cls-int2", [way], reader.described_consequences(node, X))
