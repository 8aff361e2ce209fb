"""Outcomes of tests -> a report in the Evaluation and Report Language, as Turtle.

Source: EARL 1.0 Schema; as the W3C's implementation reports use it.
"""

from collections.abc import Mapping
from typing import Final

from pyoxigraph import Literal

_PROJECT: Final = "https://w3id.org/glocal/"
_HEAD: Final = f"""\
@prefix doap: <http://usefulinc.com/ns/doap#> .
@prefix earl: <http://www.w3.org/ns/earl#> .

<{_PROJECT}> a doap:Project , earl:Software , earl:TestSubject ;
    doap:name "Glocal" .
"""


def earl(outcomes: Mapping[str, tuple[str, str]]) -> str:
    """One assertion for each test: IRI -> `passed`, `failed` or `untested`, and what to add."""
    return _HEAD + "".join(
        f"""
[] a earl:Assertion ;
    earl:assertedBy <{_PROJECT}> ;
    earl:mode earl:automatic ;
    earl:subject <{_PROJECT}> ;
    earl:test <{iri}> ;
    earl:result [ a earl:TestResult ;
        earl:outcome earl:{outcome} ;
        earl:info {Literal(note)} ] .
"""
        for iri, (outcome, note) in outcomes.items()
    )
