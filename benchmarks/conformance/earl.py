"""Write test outcomes in the Evaluation and Report Language (EARL), as Turtle.

Source: EARL 1.0 Schema, as used in the W3C's implementation reports.
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
    """Return a report with one assertion for each test.

    Args:
        outcomes: for the IRI of each test, `passed`, `failed` or `untested`, and a note.
    """
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
