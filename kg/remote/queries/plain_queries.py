"""Queries in which nothing tells blank nodes from IRIs, as one regular expression finds them.

A server that evaluates SPARQL 1.1 as it stands answers them rightly as they are written, so they
need not be read into parts, which takes longer than all else that is done to a query.
"""

import re
from typing import Final

# Keywords and functions whose results are the same for an IRI and the blank node that it stands
# for. None names a graph, puts rows in order or is of SPARQL 1.2.
_WORDS: Final = (
    "SELECT|DISTINCT|REDUCED|WHERE|FILTER|OPTIONAL|UNION|MINUS|BIND|AS|VALUES|UNDEF|GROUP|BY|HAVING"
    "|LIMIT|OFFSET|COUNT|SUM|AVG|BOUND|IN|NOT|EXISTS|LANG|LANGMATCHES|CONTAINS|STRSTARTS|STRENDS"
    "|LCASE|UCASE|STRLEN|REGEX|TRUE|FALSE|A"
)
_SPACE: Final = r"(?:[\x00-\x20]|\#[^\n\r]*+)"
# Whatever comes before is no function that is named by its IRI.
_NO_CALL: Final = rf"(?!{_SPACE}*+\()"
# Without parentheses, so that no function is in what the engine takes for two comparisons.
_IRI: Final = r'<[A-Za-z][A-Za-z0-9+.-]*+:[^<>"{}|^`\\()\x00-\x20]*+>'
_NAME: Final = r"(?:[^\W\d_][\w.-]*+)?+:[\w.:%-]*+"
_PART: Final = rf"""
    {_SPACE}
  | {_IRI} {_NO_CALL}
  | "(?!"")[^"\\\n\r]*+" | '(?!'')[^'\\\n\r]*+'
  | [?$]\w++
  | @[A-Za-z]++(?:-[A-Za-z0-9]++)*+ (?!-)
  | _:\w++
  | {_NAME} {_NO_CALL}
  | (?:{_WORDS})(?![\w.:-])
  | \d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+
  | \^\^ | <(?!<) | >(?!>) | \{{(?!\|) | [}}()\[\].;,=!|&*/+?^-]
"""
_PLAIN: Final = re.compile(
    rf"""
    (?: {_SPACE} | PREFIX {_SPACE}++ {_NAME} {_SPACE}*+ {_IRI} )*+
    (SELECT|ASK|CONSTRUCT) (?![\w.:-])
    (?: {_PART} )*+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def form_of_plain(text: str) -> str | None:
    """Return the form of a query if it is plain: SELECT, ASK or CONSTRUCT, or else None."""
    match = _PLAIN.fullmatch(text)
    return match[1].upper() if match else None
