"""Load the rules of an entailment regime for a graph: RDFS, or OWL 2 RL with the RDF semantics.

Source: SPARQL 1.1 Entailment Regimes, sections 3 and 5; OWL 2 Profiles, section 4.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Quad, Triple

from kg.errors import MalformedInput, UnsupportedRules
from kg.namespaces import OWL, RDF, RDFS, is_in
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import datatype_rules, rdfs_rules, schema_rules
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.rules.rule import Rule, read_rules

# Left out: they give a type to every subject, predicate and object.
_TRIVIAL: Final = frozenset({"rdfD2", "rdfs4a", "rdfs4b"})
# The rules for facts, which the compiled axioms say again.
_OF_FACTS: Final = frozenset({"rdfs2", "rdfs3", "rdfs7", "rdfs9"})
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
    graph.
    """

    name: RegimeName
    rules: list[Rule]
    uncompiled: list[str]
    reads_schema: bool = True


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
    left_out = [*uncompiled, *_missing_imports(quads)]
    return Regime(name, _with_distinct_names(rules), left_out, reads_schema=name == "owl-rl")


def is_schema(triple: Triple | Quad) -> bool:
    """Return whether a triple may be part of an axiom, so that rules may depend on it."""
    predicate, object_ = triple.predicate, triple.object
    if predicate == RDF["type"]:
        is_term = is_in(object_, RDF, RDFS, OWL) and object_ not in _CLASSES_OF_DATA
        return is_term or isinstance(object_, BlankNode)
    return is_in(predicate, RDF, RDFS, OWL) and predicate not in _OF_DATA


def _rdfs() -> tuple[list[Rule], list[str]]:
    return [rule for rule in rdfs_rules() if rule.name not in _TRIVIAL], []


def _owl_rl(schema: list[Quad]) -> tuple[list[Rule], list[str]]:
    compiled = compile_axioms(schema, facts_make_equal=True)
    left_out = _TRIVIAL | _OF_FACTS
    rules = [
        *compiled.rules,
        *schema_rules(schema),
        *(rule for rule in rdfs_rules() if rule.name not in left_out),
        *(rule for rule in datatype_rules() if rule.head),
    ]
    return rules, compiled.uncompiled


def _read_folder(folder: Path) -> list[Rule]:
    rules = read_rules(folder, needs_header=False)
    if not rules:
        reason = "contains no rule file (*.rq)" if folder.is_dir() else "is not a folder"
        raise MalformedInput(f"{folder} {reason}")
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


def _missing_imports(schema: Iterable[Quad]) -> list[str]:
    quads = list(schema)
    ontologies = {quad.subject for quad in quads if quad.object == OWL["Ontology"]}
    imported = {quad.object for quad in quads if quad.predicate == OWL["imports"]}
    return [
        f"owl:imports {iri}: nothing is loaded from the network; give its file, too"
        for iri in sorted(imported - ontologies, key=str)
    ]
