"""Terms as the embedded engine returns them: a server may write the same value in another form.

Virtuoso returns booleans as 1 and 0, doubles with all their digits, durations in seconds, years
before the common era without leading zeros, and in JSON shapes with a type of its own. Lost for
good are integers of more than 64 bits, whose type becomes decimal, decimals of more than 15 digits,
and fractions of a microsecond.
"""

import re
from functools import lru_cache
from typing import Any, Final

import pyoxigraph
from pyoxigraph import Literal, NamedNode, QuerySolutions, Variable

from kg.namespaces import RDF, XSD

_TEXTS: Final = frozenset({XSD["string"], RDF["langString"]})
_DURATIONS: Final = frozenset({XSD["duration"], XSD["dayTimeDuration"]})
_NUMBER: Final = re.compile(r"(-?)(\d+(?:\.\d+)?)")
_YEAR_BEFORE: Final = re.compile(r"-(\d{1,3})(?=-|\Z|Z|\+)")
_WITH_YEARS: Final = frozenset(
    XSD[name] for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth")
)
_GEOMETRY: Final = NamedNode("http://www.openlinksw.com/schemas/virtrdf#Geometry")
_WKT: Final = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
_ENGINE: Final = pyoxigraph.Store()
_TERM: Final = Variable("term")


def repaired(term: Any) -> Any:
    """Return the term that the embedded engine returns for the same value."""
    if isinstance(term, Literal) and term.datatype not in _TEXTS:
        return _canonical(term)
    return term


@lru_cache(maxsize=65_536)
def _canonical(literal: Literal) -> Literal:
    value = literal.value
    if literal.datatype in _DURATIONS and (number := _NUMBER.fullmatch(value)):
        value = f"{number[1]}PT{number[2]}S"
    elif literal.datatype in _WITH_YEARS and (year := _YEAR_BEFORE.match(value)):
        value = f"-{year[1]:0>4}{value[year.end() :]}"
    elif literal.datatype == _GEOMETRY:
        return Literal(value, datatype=_WKT)
    given = Literal(value, datatype=literal.datatype)
    # The engine stores numbers and times by value, and writes them in their canonical form.
    found = _ENGINE.query(f"SELECT ?term {{ VALUES ?term {{ {given} }} }}")
    if not isinstance(found, QuerySolutions):
        raise TypeError("a SELECT has solutions")
    [solution] = found
    canonical = solution[_TERM]
    return canonical if isinstance(canonical, Literal) else given
