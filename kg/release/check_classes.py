"""Find axioms that make a class as wide as its parent, or leave it without possible members.

The rules are applied to one imagined member of each class: if it turns out to be a member of a
subclass as well, all members are, and the subclass no longer says anything.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.content import Content
from kg.errors import Contradiction
from kg.namespaces import BASE, GLOCAL, OWL, RDF, RDFS, is_in
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import statement_places
from kg.statuses import Status
from kg.validation.findings import Finding, Problem, display_path, format_term, to_findings
from kg.validation.hierarchy import Object, closure, pairs_of

_TYPE: Final = RDF["type"]
_MEMBER: Final = f"{BASE}member-of/"


def check_classes(ontology: Sequence[Quad], content: Content) -> list[Finding]:
    """Return the findings about classes, at the line of the axiom that widens or empties one."""
    rules = compile_axioms(ontology, statement_places(ontology, content.ontology)).rules
    rules = [rule for rule in rules if rule.status is None or rule.status.holds]
    classes = {
        quad.subject
        for quad in ontology
        if (quad.predicate, quad.object) == (_TYPE, OWL["Class"]) and is_in(quad.subject, GLOCAL)
    }
    members = {_member_of(name): name for name in sorted(classes, key=str)}
    empty: list[Problem] = []
    while True:
        premises = [
            Premise(Triple(member, _TYPE, name), Status.FACT) for member, name in members.items()
        ]
        try:
            derived = derive(premises, rules).derivations
        except Contradiction as error:
            name = next(members.pop(term) for term in members.copy() if term in _terms(error))
            message = f"{format_term(name)} can have no members: rule {error.rule} excludes them."
            remedy = "superclasses that are not disjoint."
            predicate = RDFS["subClassOf"]
            empty.append(Problem(message, remedy, "possible-members", name, predicate))
        else:
            break
    by_name = {rule.name: rule for rule in rules}
    widened = [
        (members[subject], derivation.triple.object, by_name[derivation.rule])
        for derivation in derived
        if isinstance(subject := derivation.triple.subject, NamedNode)
        and derivation.triple.predicate == _TYPE
        and subject in members
    ]
    return [*to_findings(empty, content), *_too_wide(widened, ontology, content.ontology)]


def _too_wide(
    widened: Sequence[tuple[NamedNode, Object, Rule]], ontology: Sequence[Quad], folder: Path
) -> Iterator[Finding]:
    """Yield a finding for each axiom by which all members of a class are in a subclass of it."""
    below = closure((upper, lower) for lower, upper in pairs_of(ontology, RDFS["subClassOf"]))
    reported: set[str] = set()
    for name, subclass, rule in widened:
        if subclass == name or subclass not in below.get(name, ()) or rule.location in reported:
            continue
        reported.add(rule.location)
        file, _, line = rule.location.partition(":")
        message = f"{format_term(subclass)} is as wide as {format_term(name)}, its superclass."
        remedy = "an axiom that lets the superclass have other members, or one class for both."
        number = int(line) if line.isdecimal() else None
        yield Finding(display_path(folder / file), number, message, remedy, "width-of-classes")


def _member_of(name: NamedNode) -> NamedNode:
    return NamedNode(_MEMBER + name.value.removeprefix(GLOCAL))


def _terms(error: Contradiction) -> set[object]:
    return {term for triple in error.triples for term in (triple.subject, triple.object)}
