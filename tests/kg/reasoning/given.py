"""Turtle with the project's prefixes, and the number of random examples, for tests of reasoning."""

from collections.abc import Iterable, Sequence

from hypothesis import settings
from pyoxigraph import Quad, RdfFormat, Triple, parse

from kg.namespaces import PREFIXES
from kg.reasoning.derivation.derive import Derivation, Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

# The empty prefix is that of the ontology.
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += f"@prefix : <{PREFIXES['glocal']}> .\n"


def quads(turtle: str) -> list[Quad]:
    return list(parse(HEAD + turtle, RdfFormat.TURTLE))


def triples(turtle: str) -> set[Triple]:
    return {quad.triple for quad in quads(turtle)}


def derived(facts: str | list[Quad], rules: Sequence[Rule]) -> set[Triple]:
    """All that follows from the facts."""
    return {each.triple for each in _derivations(facts, rules)}


def derived_by(name: str, facts: str | list[Quad], rules: Sequence[Rule]) -> set[Triple]:
    """Return the triples that rules of this name derive, with or without terms after it."""
    found = _derivations(facts, rules)
    return {each.triple for each in found if f"{each.rule}-".startswith(f"{name}-")}


def _derivations(facts: str | list[Quad], rules: Sequence[Rule]) -> Iterable[Derivation]:
    given = quads(facts) if isinstance(facts, str) else facts
    premises = [Premise(triple, Status.FACT) for triple in {quad.triple for quad in given}]
    return derive(premises, rules).derivations


def examples(number: int) -> settings:
    """Return settings for so many examples, the same in each run; ten times as many if thorough."""
    default = settings.default
    assert default is not None
    return settings(
        max_examples=number * default.max_examples // 100, deadline=None, derandomize=True
    )
