"""Find curated statements that contradict each other, on which `glocal build` would stop."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pyoxigraph import Quad, Triple

from kg.content import Content
from kg.errors import Contradiction
from kg.namespaces import EVIDENCE, GRAPH, ID, RDF, is_in
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.derivation.release_graphs import ENTITIES, META, premises_of
from kg.reasoning.proofs.explainer import format_contradiction, prove_contradiction
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import statement_places
from kg.validation.evidence import holding_graphs
from kg.validation.findings import Finding, Problem, format_term, to_findings

# So many contradictions are likely to have one wrong axiom as their cause.
_MAX_REPORTED: Final = 25


def find_contradictions(
    curated: Sequence[Quad], ontology: Sequence[Quad], rules: Sequence[Rule], content: Content
) -> list[Finding]:
    """Return one finding for each statement whose removal is needed to resolve all contradictions.

    Each is at the line of one of the statements that clash: one in evidence rather than in an
    entity file, then the weakest, then the last. There are at most 25. `rules` are of rule files.
    """
    compiled = compile_axioms(ontology, statement_places(ontology, content.ontology)).rules
    holding = [rule for rule in (*compiled, *rules) if rule.status is None or rule.status.holds]

    asserted = _strongest(premises_of(curated))
    in_entity_files = {quad.triple for quad in curated if not is_in(quad.graph_name, EVIDENCE)}
    problems: list[Problem] = []
    while len(problems) < _MAX_REPORTED and (clash := _clash(asserted, holding)):
        culprits = _culprits(asserted, holding, clash)
        if not culprits:
            break
        reported = max(
            reversed(culprits),
            key=lambda premise: (premise.triple not in in_entity_files, premise.status.base or 0),
        )
        # The culprits alone may clash by another rule than all premises together did.
        clash = _clash(culprits, holding) or clash
        needed = _without_others(curated, culprits)
        curators = ID[content.curators]
        proof = prove_contradiction(clash, needed, ontology, holding, curators)
        detail = format_contradiction(proof, content)
        problem = _problem(reported, culprits, clash, curated)
        problems.append(replace(problem, detail=detail))
        asserted = [premise for premise in asserted if premise.triple != reported.triple]
    return to_findings(problems, content)


def _strongest(asserted: Sequence[Premise]) -> list[Premise]:
    """Return each triple that holds once, with the strongest status that it has anywhere."""
    strongest: dict[Triple, Premise] = {}
    for premise in asserted:
        if premise.status.holds:
            known = strongest.setdefault(premise.triple, premise)
            if (premise.status.base or 0) < (known.status.base or 0):
                strongest[premise.triple] = premise
    return list(strongest.values())


def _without_others(curated: Sequence[Quad], culprits: Sequence[Premise]) -> list[Quad]:
    """Reduce the curated quads to the culprits and the descriptions of evidence and entities."""
    needed = {premise.triple for premise in culprits}
    descriptions = {META, GRAPH["source"]}
    return [
        quad
        for quad in curated
        if quad.triple in needed
        or quad.graph_name in descriptions
        or (quad.graph_name == ENTITIES and quad.predicate != RDF["type"])
    ]


def _clash(asserted: Sequence[Premise], rules: Sequence[Rule]) -> Contradiction | None:
    try:
        derive(asserted, rules)
    except Contradiction as error:
        return error
    return None


def _culprits(
    asserted: Sequence[Premise], rules: Sequence[Rule], clash: Contradiction
) -> list[Premise]:
    """Return a minimal clashing set, in order, or none; the search widens from the clash."""
    terms: set[object] = {term for triple in clash.triples for term in _terms(triple)}
    while True:
        nearby = [premise for premise in asserted if not terms.isdisjoint(_terms(premise.triple))]
        if _clash(nearby, rules):
            needed = _minimal([], nearby, rules, is_growing=False)
            return [premise for premise in nearby if premise in needed]
        # The clash also rests on premises about other terms.
        wider = terms | {term for premise in nearby for term in _terms(premise.triple)}
        if wider == terms:
            return []
        terms = wider


def _minimal(
    given: list[Premise], candidates: list[Premise], rules: Sequence[Rule], *, is_growing: bool
) -> list[Premise]:
    """Return a minimal set of the candidates that clash with the given premises.

    With `is_growing`, the given premises have grown since they were last checked.
    Source: Junker, QuickXplain: Preferred Explanations and Relaxations, AAAI 2004.
    """
    if is_growing and _clash(given, rules):
        return []
    if len(candidates) == 1:
        return candidates
    half = len(candidates) // 2
    first, second = candidates[:half], candidates[half:]
    of_second = _minimal(given + first, second, rules, is_growing=True)
    of_first = _minimal(given + of_second, first, rules, is_growing=bool(of_second))
    return of_first + of_second


def _terms(triple: Triple) -> set[object]:
    """Return subject and object; only the subject if the triple is a type."""
    return {triple.subject} if triple.predicate == RDF["type"] else {triple.subject, triple.object}


def _problem(
    reported: Premise, culprits: Sequence[Premise], clash: Contradiction, curated: Sequence[Quad]
) -> Problem:
    others = [_text(premise.triple) for premise in culprits if premise is not reported]
    opposed = " and ".join(others) or "the ontology"
    message = (
        f"{_text(reported.triple)} cannot hold together with {opposed}: by rule {clash.rule}, "
        f"{' excludes '.join(clash.terms)}."
    )
    holding = holding_graphs(curated)
    quads = [quad for quad in curated if quad.triple == reported.triple]
    quad = next((quad for quad in quads if quad.graph_name in holding), quads[0])
    remedy = "one of the statements or one of the axioms removed."
    return Problem.of_quad(quad, message, remedy, "no-contradiction")


def _text(triple: Triple) -> str:
    return " ".join(format_term(term) for term in (triple.subject, triple.predicate, triple.object))
