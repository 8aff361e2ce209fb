"""One spelling of each value, whichever server it was read from.

A server may keep the value of a literal and not its spelling. Equal values are equal terms here,
so that what was loaded can be compared with what is read.
"""

import re
from functools import lru_cache
from typing import Any, Final

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import XSD

# The datatypes whose literals Virtuoso or oxigraph spells anew.
_RESPELT: Final = frozenset(
    XSD[name]
    for name in (
        *("boolean", "decimal", "double", "float", "integer"),
        *("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth", "time"),
        *("byte", "int", "long", "short", "negativeInteger", "nonNegativeInteger"),
        *("nonPositiveInteger", "positiveInteger"),
        *("unsignedByte", "unsignedInt", "unsignedLong", "unsignedShort"),
        *("dayTimeDuration", "duration", "yearMonthDuration"),
    )
)
# Virtuoso writes the year -0044 as -044.
_WITH_YEARS: Final = frozenset(
    XSD[name] for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth")
)
_SHORT_YEAR: Final = re.compile(r"-(\d{1,3})(?=-|\Z|Z|\+)")
# It writes a duration of days and less as its seconds.
_SECONDS: Final = re.compile(r"(-?)(\d+(?:\.\d+)?)")
_DAYS_AND_LESS: Final = XSD["dayTimeDuration"]
# Its name of the datatype of shapes and places, in JSON.
_GEOMETRY: Final = NamedNode("http://www.openlinksw.com/schemas/virtrdf#Geometry")
_WKT: Final = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
_ANY: Final = NamedNode("urn:any")


def normalize(term: Any) -> Any:
    """Return the literal with the same value in the spelling of a release; other terms as they are.

    A release has what its store returns, so the spelling is the one of the embedded engine.
    """
    if not isinstance(term, Literal):
        return term
    if term.datatype == _GEOMETRY:
        return Literal(term.value, datatype=_WKT)
    return _respelt(term) if term.datatype in _RESPELT else term


@lru_cache(maxsize=20_000)
def _respelt(literal: Literal) -> Literal:
    text, datatype = literal.value, literal.datatype
    if datatype in _WITH_YEARS and (short := _SHORT_YEAR.match(text)):
        text = f"-{short[1]:0>4}{text[short.end() :]}"
    elif datatype == _DAYS_AND_LESS and (seconds := _SECONDS.fullmatch(text)):
        text = f"{seconds[1]}PT{seconds[2]}S"
    store = pyoxigraph.Store()
    store.add(Quad(_ANY, _ANY, Literal(text, datatype=datatype)))
    stored = next(iter(store)).object
    return stored if isinstance(stored, Literal) else literal
