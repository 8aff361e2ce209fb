"""Turtle with the project's prefixes, and the number of random examples, for tests of reasoning."""

from hypothesis import settings
from pyoxigraph import Quad, RdfFormat, Triple, parse

from kg.namespaces import PREFIXES

# The empty prefix is that of the ontology.
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += f"@prefix : <{PREFIXES['glocal']}> .\n"


def quads(turtle: str) -> list[Quad]:
    return list(parse(HEAD + turtle, RdfFormat.TURTLE))


def triples(turtle: str) -> set[Triple]:
    return {quad.triple for quad in quads(turtle)}


def examples(number: int) -> settings:
    """Return settings for so many examples, the same in each run; ten times as many if thorough."""
    default = settings.default
    assert default is not None
    return settings(
        max_examples=number * default.max_examples // 100, deadline=None, derandomize=True
    )
