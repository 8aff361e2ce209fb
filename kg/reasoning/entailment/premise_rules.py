"""The rules by which everything follows from a premise, and the classes of its conclusion.

Beside those of the axioms these are the rules of RDFS and OWL 2 RL about axioms. The rules of RDFS
for facts say the same as the compiled ones, so they are only used where axioms follow from facts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple, Variable

from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.class_expressions import EXPRESSION_PREDICATES
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import (
    datatype_rules,
    equality_rules,
    parse_rules,
    rdfs_rules,
    schema_rules,
)
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.entailment.sources import Premise
from kg.reasoning.entailment.vocabulary import NOTHING, SAME_AS, THING, TYPE, is_reserved
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule

# The name that stands for an anonymous class of the conclusion in rules.
_DEFINED: Final = "urn:glocal:class:"
_DYNAMIC: Final = frozenset({"rdfs2", "rdfs3", "rdfs7", "rdfs9"})
# Left out: they give a type to every subject, predicate and object. `Truths` knows these.
_TRIVIAL: Final = frozenset({"rdfD2", "rdfs4a", "rdfs4b"})
_ANNOTATIONS: Final = frozenset(
    RDFS[name] for name in ("label", "comment", "seeAlso", "isDefinedBy")
)
_RESERVED: Final = tuple(f"<{namespace}" for namespace in (RDF, RDFS, OWL, XSD))
_X, _P, _Y = Variable("x"), Variable("p"), Variable("y")


@dataclass(frozen=True)
class PremiseRules:
    """The rules, what they leave out, and the names of the conclusion's anonymous classes.

    `graph` has the axioms and the expressions of the conclusion. `incomplete` are the names whose
    class is not fully expressed by rules.
    """

    rules: list[Rule]
    uncompiled: list[str]
    graph: OntologyGraph
    names: Mapping[BlankNode, NamedNode]
    incomplete: frozenset[NamedNode]
    has_axioms_from_facts: bool


def compile_premise(
    premise: Premise,
    described: Sequence[Triple],
    structure: Sequence[Triple],
    *,
    is_direct: bool,
    can_make_equal: bool,
) -> PremiseRules:
    """Compile the axioms of a premise, and the classes that the conclusion describes.

    `structure` also has the nodes of the conclusion that are axioms: they can be read in the graph,
    but no rule is made of them.

    Raises UnsupportedAxiom if an expression or list is part of itself.
    """
    axioms = [Quad(*triple) for triple in axioms_of(premise)]
    expressions = [Quad(*triple) for triple in described]
    nodes = dict.fromkeys(
        each.subject
        for each in described
        if each.predicate in EXPRESSION_PREDICATES and isinstance(each.subject, BlankNode)
    )
    names = {node: NamedNode(f"{_DEFINED}{number}") for number, node in enumerate(nodes, 1)}
    graph = OntologyGraph([*axioms, *(Quad(*triple) for triple in structure)])
    defined = [
        Quad(name, RDFS["subClassOf"], node)
        for node, name in names.items()
        if not graph.is_datatype(node)
    ]
    compiled = compile_axioms([*axioms, *expressions, *defined], facts_make_equal=can_make_equal)
    about_names = [text for text in compiled.uncompiled if text.startswith(_DEFINED)]
    incomplete = {NamedNode(text.partition(" ")[0]) for text in about_names}
    reflexive = graph.instances(OWL["ReflexiveProperty"])
    uncompiled = [text for text in compiled.uncompiled if not text.startswith(_DEFINED)]
    has_axioms_from_facts = any(map(_derives_axiom, compiled.rules))
    left_out = _TRIVIAL if has_axioms_from_facts else _TRIVIAL | _DYNAMIC
    known = {rule.name for rule in compiled.rules}
    rules = [
        *(_for_named_things(rule) if is_direct else rule for rule in compiled.rules),
        *(rule for rule in equality_rules() if rule.name not in known),
        *schema_rules(axioms),
        *(rule for rule in rdfs_rules() if rule.name not in left_out),
        *(rule for rule in datatype_rules() if rule.head),
        *parse_rules("OWL 2", _text()),
        *(rule for node in reflexive for rule in _reflexive_rules(graph, node)),
    ]
    return PremiseRules(
        rules, uncompiled, graph, names, frozenset(incomplete), has_axioms_from_facts
    )


def axioms_of(premise: Premise) -> Iterator[Triple]:
    """Yield the triples of a premise that axioms are read from, with the labels of their terms."""
    vocabulary = premise.assertions.vocabulary
    predicates = [vocabulary.decode(code) for code in premise.assertions.columns]
    names = (each for each in predicates if isinstance(each, NamedNode))
    reserved = [each for each in names if is_reserved(each) and each != TYPE]
    axioms = [
        *premise.triples(each for each in reserved if each not in _ANNOTATIONS),
        *premise.typed(lambda type_: isinstance(type_, BlankNode) or is_reserved(type_)),
    ]
    yield from axioms
    terms = {term for triple in axioms for term in (triple.subject, triple.object)}
    codes = {vocabulary.find(term) for term in terms if not isinstance(term, Triple)}

    def is_wanted(code: int) -> bool:
        return code in codes or vocabulary.spelling(code).startswith(_RESERVED)

    # Facts have many labels, which take long to read.
    yield from premise.triples((each for each in reserved if each in _ANNOTATIONS), about=is_wanted)


def _text() -> str:
    return Path(__file__).with_name("entailment-rules.txt").read_text("utf-8")


def _derives_axiom(rule: Rule) -> bool:
    """Return whether a rule of an axiom derives an axiom rather than a fact."""
    for _, predicate, object_ in rule.head:
        if predicate == TYPE and is_reserved(object_) and object_ not in {THING, NOTHING}:
            return True
        if is_reserved(predicate) and predicate not in {TYPE, SAME_AS}:
            return True
    return False


def _for_named_things(rule: Rule) -> Rule:
    """Restrict a key to things with names, as the direct semantics does; others stay as they are.

    Source: OWL 2 Direct Semantics, section 2.3.5.
    """
    if not rule.name.startswith("prp-key"):
        return rule
    variables: Iterable[Variable] = dict.fromkeys(
        slot
        for atom in rule.body
        for slot in (atom.subject, atom.object)
        if isinstance(slot, Variable)
    )
    named = (Expression("!", (Expression("isBlank", (each,)),)) for each in variables)
    return replace(rule, filters=(*rule.filters, *named))


def _reflexive_rules(graph: OntologyGraph, node: object) -> Iterator[Rule]:
    """Yield the rule that everything has a reflexive property to itself, as subject or object.

    OWL 2 RL leaves it out, because it would apply to everything.
    """
    if not isinstance(node, NamedNode):
        return
    axiom = f"{graph.to_manchester(node)} Characteristics: owl:ReflexiveProperty"
    for number, slot in enumerate((_X, _Y), 1):
        english = f"Everything has {graph.label(node, 'en')} to itself."
        chinese = f"任何事物皆对其自身具有“{graph.label(node, 'zh')}”。"
        yield Rule(
            f"prp-rflp-{number}-{graph.to_manchester(node)}",
            (Atom(slot, node, slot),),
            (Atom(_X, _P, _Y),),
            sentence={"en": english, "zh": chinese},
            source=f"OWL 2 Direct Semantics, table 6: {axiom}",
        )
