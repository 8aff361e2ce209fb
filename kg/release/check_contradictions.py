"""Curated statements that cannot hold together: what `glocal build` would stop at, with lines."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, Triple

from kg.errors import Contradiction
from kg.namespaces import GRAPH, RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.levels import Premise, derive
from kg.reasoning.derivation.release_graphs import ENTITIES, META, premises
from kg.reasoning.proofs.explainer import in_words, prove
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import places_of
from kg.validation.evidence import holding_graphs, is_evidence
from kg.validation.findings import Finding, Problem, locate, name_of

# Beyond these, one wrong axiom is to blame and not so many statements.
MOST_REPORTED: Final = 25


def contradictions(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rules: Sequence[Rule],
    *,
    curated_folder: Path,
    ontology_folder: Path,
) -> list[Finding]:
    """The statements without which what holds would be free of contradictions.

    One finding each, at most `MOST_REPORTED`, at the line of one of the statements that clash:
    rather in evidence than in an entity file, then the weakest, then the last. The others are
    named; the detail is the proof, and where all of them are written.

    Args:
        curated: as `read_curated` gives them.
        ontology: as `read_ontology` gives them.
        rules: those of the rule files.
        curated_folder: where `curated` was read; looked into only to tell file and line.
        ontology_folder: where `ontology` was read; likewise.
    """
    compiled = compile_axioms(ontology, places_of(ontology, ontology_folder)).rules
    holding = [rule for rule in (*compiled, *rules) if rule.status is None or rule.status.holds]

    def detail(culprits: Sequence[Premise], clash: Contradiction) -> str:
        reduced = _without_others(curated, culprits)
        proof = prove(clash, reduced, ontology, holding, ontology_folder / "rules")
        return in_words(proof, curated_folder, ontology_folder)

    asserted = _strongest(premises(curated))
    named = {quad.triple for quad in curated if not is_evidence(quad.graph_name)}
    problems: list[Problem] = []
    while len(problems) < MOST_REPORTED and (clash := _clash(asserted, holding)):
        culprits = _culprits(asserted, holding, clash)
        if not culprits:
            break
        to_blame = max(
            reversed(culprits), key=lambda one: (one.triple not in named, one.status.level)
        )
        # What these few clash by need not be what all together clashed by first.
        clash = _clash(culprits, holding) or clash
        problem = _problem(to_blame, culprits, clash, curated)
        problems.append(replace(problem, detail=detail(culprits, clash)))
        asserted = [premise for premise in asserted if premise.triple != to_blame.triple]
    return locate(problems, curated_folder, ontology_folder)


def _strongest(stated: Sequence[Premise]) -> list[Premise]:
    """Each triple that holds, once, as strongly as it stands anywhere."""
    found: dict[Triple, Premise] = {}
    for premise in stated:
        if premise.status.holds:
            known = found.setdefault(premise.triple, premise)
            if premise.status.level < known.status.level:
                found[premise.triple] = premise
    return list(found.values())


def _without_others(curated: Sequence[Quad], culprits: Sequence[Premise]) -> list[Quad]:
    """Of all that reasoning starts from, only these; and what describes evidence and entities."""
    needed = {premise.triple for premise in culprits}
    described = {META, GRAPH["source"]}
    return [
        quad
        for quad in curated
        if quad.triple in needed
        or quad.graph_name in described
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
    """A smallest set of premises that clash: none of them can be left out; in their order."""
    near: set[object] = {end for triple in clash.triples for end in _ends(triple)}
    while True:
        found = [one for one in asserted if not near.isdisjoint(_ends(one.triple))]
        if _clash(found, rules):
            needed = _needed([], found, rules, is_growing=False)
            return [one for one in found if one in needed]
        # What the clash rests on stands further off.
        wider = near | {end for one in found for end in _ends(one.triple)}
        if wider == near:
            return []
        near = wider


def _needed(
    given: list[Premise], candidates: list[Premise], rules: Sequence[Rule], *, is_growing: bool
) -> list[Premise]:
    """Those of the candidates that clash with what is given, as few as possible.

    Source: Junker, QuickXplain: Preferred Explanations and Relaxations, AAAI 2004.
    """
    if is_growing and _clash(given, rules):
        return []
    if len(candidates) == 1:
        return candidates
    half = len(candidates) // 2
    first, second = candidates[:half], candidates[half:]
    of_second = _needed(given + first, second, rules, is_growing=True)
    of_first = _needed(given + of_second, first, rules, is_growing=bool(of_second))
    return of_first + of_second


def _ends(triple: Triple) -> set[object]:
    """What the triple speaks about; of a type only the subject."""
    if triple.predicate == RDF["type"]:
        return {triple.subject}
    return {triple.subject, triple.object}


def _problem(
    to_blame: Premise, culprits: Sequence[Premise], clash: Contradiction, curated: Sequence[Quad]
) -> Problem:
    others = [_words(one.triple) for one in culprits if one is not to_blame]
    beside = " and ".join(others) or "the ontology"
    message = (
        f"{_words(to_blame.triple)} cannot hold beside {beside}: by {clash.rule}, "
        f"{' excludes '.join(clash.terms)}."
    )
    holding = holding_graphs(curated)
    places = [quad for quad in curated if quad.triple == to_blame.triple]
    place = next((quad for quad in places if quad.graph_name in holding), places[0])
    remedy = "one of the statements less, or an axiom less."
    return Problem.of_quad(place, message, remedy, "no-contradiction")


def _words(triple: Triple) -> str:
    return " ".join(name_of(term) for term in (triple.subject, triple.predicate, triple.object))
