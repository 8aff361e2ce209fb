"""Find rules that join a statement which is only possible, or made of some, as if it were plain.

A rule with one premise, perhaps for things of certain types, says no more than it, and what it
derives shows the same qualifiers. A rule that joins several needs each of them plainly.
"""

from collections.abc import Sequence

from pyoxigraph import Quad

from kg.content import Content
from kg.namespaces import GLOCAL, RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Derivation, derive
from kg.reasoning.derivation.release_graphs import premises_of
from kg.reasoning.proofs.words import format_triple
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import statement_places
from kg.statuses import QUALIFYING
from kg.validation.findings import Finding, display_path

_LIMITING = GLOCAL["LimitingQualifier"]


def find_limited_premises(
    curated: Sequence[Quad], ontology: Sequence[Quad], rules: Sequence[Rule], content: Content
) -> list[Finding]:
    """Return one finding for each rule that joins a limited statement, at the rule.

    `rules` are of rule files. Raises Contradiction if statements that hold contradict each other.
    """
    limited_graphs = _limited_graphs(curated, ontology)
    plain = set(premises_of([quad for quad in curated if quad.graph_name not in limited_graphs]))
    premises = premises_of(curated)
    if plain.issuperset(premises):
        return []
    compiled = compile_axioms(ontology, statement_places(ontology, content.ontology)).rules
    all_rules = {rule.name: rule for rule in (*compiled, *rules)}
    # Without what is limited, and without the limited types alone.
    typed = [one for one in premises if one in plain or one.triple.predicate != RDF["type"]]
    from_all, from_plain, from_typed = (
        set(derive(each, [*all_rules.values()]).derivations) for each in (premises, plain, typed)
    )
    wrong: dict[str, list[Derivation]] = {}
    for each in sorted(from_all - (from_plain & from_typed), key=str):
        rule = all_rules[each.rule]
        if _joins(rule) or (len(rule.body) > 1 and each not in from_typed):
            wrong.setdefault(each.rule, []).append(each)
    return [_finding(all_rules[name], found, content) for name, found in wrong.items()]


def _joins(rule: Rule) -> bool:
    """Tell whether it has several premises beside the types of things, or counts or negates."""
    related = [atom for atom in rule.body if atom.predicate != RDF["type"]]
    return len(related) > 1 or not rule.is_monotone


def _limited_graphs(curated: Sequence[Quad], ontology: Sequence[Quad]) -> set[object]:
    limiting = {
        quad.subject
        for quad in ontology
        if quad.predicate == RDF["type"] and quad.object == _LIMITING
    }
    return {
        quad.subject for quad in curated if quad.predicate in QUALIFYING and quad.object in limiting
    }


def _finding(rule: Rule, found: Sequence[Derivation], content: Content) -> Finding:
    file, _, line = rule.location.partition(":")
    path = display_path(content.ontology / file)
    message = f"the rule {rule.name} joins a statement that is only possible, or made of some."
    remedy = "a rule that does not need it, or evidence without the limiting qualifier."
    detail = "\n".join(["It derives:", *(format_triple(each.triple) for each in found)])
    return Finding(
        path, int(line) if line else None, message, remedy, "no-limited-premises", detail
    )
