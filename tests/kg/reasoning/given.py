"""What the tests of reasoning are given: Turtle with the project's prefixes, random examples."""

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
    """As many random examples, the same in each run; ten times as many in the profile thorough."""
    default = settings.default
    assert default is not None
    return settings(
        max_examples=number * default.max_examples // 100, deadline=None, derandomize=True
    )
