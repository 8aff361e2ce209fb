"""Load the rules of an entailment regime for a graph: RDFS, or OWL 2 RL with the RDF semantics.

Source: SPARQL 1.1 Entailment Regimes, sections 3 and 5; OWL 2 Profiles, section 4.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Quad, Triple, Variable

from kg.errors import UnsupportedRules
from kg.namespaces import OWL, RDF, RDFS, is_in
from kg.reasoning.axioms.class_expressions import EXPRESSION_PREDICATES
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import (
    datatype_rules,
    parse_rules,
    rdfs_rules,
    schema_rules,
)
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from kg.reasoning.regimes.further_rules import further_rules
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.rules.patterns import Expression
from kg.reasoning.rules.rule import Rule, read_own_rules
from kg.sources.imports import Imports

# Left out: they say that every subject and object is a resource. `_OF_RESOURCES` says what follows
# from that.
_TRIVIAL: Final = frozenset({"rdfs4a", "rdfs4b"})
_OF_RESOURCES: Final = """
rdfs4a-9: rdfs:Resource rdfs:subClassOf ?c . ?x ?p ?y -> ?x rdf:type ?c
    Whatever has a property is in every class around that of resources.
    凡具有某属性者，皆属资源类的每个上位类。
rdfs4b-9: rdfs:Resource rdfs:subClassOf ?c . ?x ?p ?y -> ?y rdf:type ?c
    Whatever is a value is in every class around that of resources.
    凡为某属性之值者，皆属资源类的每个上位类。
"""
# Predicates of RDF, RDFS and OWL that no rule is made from, since they state facts or annotations.
_OF_DATA: Final = frozenset(
    {
        *(RDFS[name] for name in ("label", "comment", "seeAlso", "isDefinedBy", "member")),
        *(RDF[name] for name in ("type", "value", "subject", "predicate", "object")),
        *(OWL[name] for name in ("sameAs", "differentFrom", "versionInfo", "deprecated")),
    }
)
_CLASSES_OF_DATA: Final = frozenset(
    {
        *(OWL[name] for name in ("Thing", "Nothing", "NamedIndividual")),
        *(RDF[name] for name in ("Statement", "Seq", "Bag", "Alt")),
    }
)


@dataclass(frozen=True)
class Regime:
    """The rules by which everything follows under a regime, and what they leave out.

    `uncompiled` names each axiom that no rule expresses once, and each import that is not there.
    If it `reads_schema`, other axioms make other rules; if not, the rules are the same for each
    graph. `hidden` are anonymous classes: only named ones may be answers to a query, so what is
    derived about the others serves the rules alone.
    """

    name: RegimeName
    rules: list[Rule]
    uncompiled: list[str]
    reads_schema: bool = True
    hidden: frozenset[BlankNode] = frozenset()

    def shows(self, triple: Triple) -> bool:
        """Return whether a derived triple may be part of an answer."""
        return triple.subject not in self.hidden and triple.object not in self.hidden


def load_regime(
    name: RegimeName, schema: Iterable[Quad], rules_folder: Path | None = None
) -> Regime:
    """Return the rules of a regime for a graph whose axioms are these quads.

    `schema` has the quads for which `is_schema` is true; they must be among the facts, with the
    same blank nodes. The rules `<rule>.rq` of a folder are added, whatever their status. Nothing is
    loaded from the network.

    Raises:
        MalformedRule: a rule file is not a rule, or its body is an undeclared product.
        MalformedInput: the folder does not exist or has no rules.
        UnsupportedRules: a rule has NOT EXISTS or an aggregate.
        UnsupportedAxiom: an expression or list is part of itself.
    """
    quads = list(schema)
    rules, uncompiled = _rdfs() if name == "rdfs" else _owl_rl(quads)
    if rules_folder is not None:
        rules = [*rules, *_read_folder(rules_folder)]
    imports = Imports()
    imports.note(quads)
    left_out = [*imports.notes("its file among the data"), *uncompiled]
    named, is_owl = _with_distinct_names(rules), name == "owl-rl"
    hidden = _anonymous_classes(quads) if is_owl else frozenset[BlankNode]()
    return Regime(name, named, left_out, reads_schema=is_owl, hidden=hidden)


def is_schema(triple: Triple | Quad) -> bool:
    """Return whether a triple may be part of an axiom, so that rules may depend on it."""
    predicate, object_ = triple.predicate, triple.object
    if predicate == RDF["type"]:
        is_term = is_in(object_, RDF, RDFS, OWL) and object_ not in _CLASSES_OF_DATA
        return is_term or isinstance(object_, BlankNode)
    return is_in(predicate, RDF, RDFS, OWL) and predicate not in _OF_DATA


def _rdfs() -> tuple[list[Rule], list[str]]:
    is_other = Expression("!=", (Variable("c"), RDFS["Resource"]))
    rules = [rule for rule in rdfs_rules() if rule.name not in _TRIVIAL]
    of_resources = parse_rules("RDF 1.1 Semantics", _OF_RESOURCES)
    return [*rules, *(replace(rule, filters=(is_other,)) for rule in of_resources)], []


def _owl_rl(schema: list[Quad]) -> tuple[list[Rule], list[str]]:
    compiled = compile_axioms(schema, facts_make_equal=True)
    rules = [
        *compiled.rules,
        *schema_rules(schema),
        *datatype_rules(),
        *anonymous_class_rules(schema),
        *further_rules(OntologyGraph(schema)),
    ]
    return rules, compiled.uncompiled


def _anonymous_classes(schema: Iterable[Quad]) -> frozenset[BlankNode]:
    return frozenset(
        quad.subject
        for quad in schema
        if quad.predicate in EXPRESSION_PREDICATES and isinstance(quad.subject, BlankNode)
    )


def _read_folder(folder: Path) -> list[Rule]:
    rules = read_own_rules(folder)
    unsupported = [rule.name for rule in rules if not rule.is_monotone]
    if unsupported:
        reason = "a change that adds triples could remove what they derive"
        raise UnsupportedRules("--entailment", unsupported, reason)
    return [replace(rule, status=None) for rule in rules]


def _with_distinct_names(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules, each with a name of its own: a rule file may be named like an axiom."""
    named: dict[str, Rule] = {}
    for rule in rules:
        name, number = rule.name, 2
        while name in named and named[name] != rule:
            name, number = f"{rule.name}-{number}", number + 1
        named[name] = replace(rule, name=name)
    return list(named.values())
