"""Datatypes as sets of values: the rules of OWL 2 RL/RDF's table 8 as tests of a filter.

`dt-type2(?y, D)` asks whether the value is one of the datatype D, `dt-eq(?y, ?z)` whether two
literals are one value (its negation is dt-diff), `dt-not-type(?y)` whether a literal is none of
its own datatype; `dt-restriction(base, facet, …)` whether all are true, an error where the base
is one: the facets of a value that may be anything say nothing. What is no literal is neither in
a datatype nor outside: a name may stand for any value. So is a literal of a datatype that OWL 2
does not have.

Values and not spellings: "5.0"^^xsd:decimal is an xsd:integer; "1"^^xsd:double is none, as the
decimals, floats and doubles of OWL 2 have no value in common.

Source: OWL 2 Profiles, section 4.3, table 8; OWL 2 Structural Specification, section 4.
"""

import re
from binascii import Error, a2b_base64
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import copysign, inf
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import RDF, RDFS, XSD
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.values import DATES, FLOATS, INTEGERS, instant, number, parts_of, truth

_Value = tuple[str, Any]

_INTEGER_RANGES: Final[Mapping[NamedNode, tuple[float, float]]] = {
    XSD["integer"]: (-inf, inf),
    XSD["nonNegativeInteger"]: (0, inf),
    XSD["positiveInteger"]: (1, inf),
    XSD["nonPositiveInteger"]: (-inf, 0),
    XSD["negativeInteger"]: (-inf, -1),
    **{
        XSD[name]: (-(2**n), 2**n - 1)
        for name, n in {"long": 63, "int": 31, "short": 15, "byte": 7}.items()
    },
    **{
        XSD[f"unsigned{name}"]: (0, 2**bits - 1)
        for name, bits in {"Long": 64, "Int": 32, "Short": 16, "Byte": 8}.items()
    },
}
# Letters of XML names: XML 1.0, fifth edition, section 2.3, without the colon.
_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART: Final = rf"{_START}\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
_STRINGS: Final[Mapping[NamedNode, re.Pattern[str]]] = {
    XSD[name]: re.compile(pattern)
    for name, pattern in {
        "string": r"[\s\S]*",
        "normalizedString": r"[^\t\n\r]*",
        "token": r"([^\t\n\r ]+( [^\t\n\r ]+)*)?",
        "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
        "NMTOKEN": f"[:{_PART}]+",
        "Name": f"[:{_START}][:{_PART}]*",
        "NCName": f"[{_START}][{_PART}]*",
    }.items()
}
_OTHERS: Final = frozenset({XSD["boolean"], XSD["anyURI"], XSD["hexBinary"], XSD["base64Binary"]})
_MARKUP: Final = frozenset({RDF["XMLLiteral"], RDF["HTML"]})

STRING_DATATYPES: Final = frozenset(_STRINGS) | {XSD["anyURI"], RDF["PlainLiteral"]}
ORDERED_DATATYPES: Final = INTEGERS | FLOATS | DATES | {XSD["decimal"]}
KNOWN_DATATYPES: Final = (
    STRING_DATATYPES | ORDERED_DATATYPES | _OTHERS | _MARKUP | {RDFS["Literal"], RDF["langString"]}
)


def is_of(term: Term, datatype: Term) -> bool | None:
    """Whether the term is a literal whose value is one of the datatype."""
    if not isinstance(term, Literal) or datatype not in KNOWN_DATATYPES:
        return None
    if datatype == RDFS["Literal"]:
        return not (term.datatype in KNOWN_DATATYPES and _value(term) is None)
    if term.datatype not in KNOWN_DATATYPES:
        return None
    value = _value(term)
    return value is not None and _holds(datatype, value)  # type: ignore[arg-type]


def is_ill_typed(term: Term) -> bool | None:
    """Whether the text of a literal is none that its datatype has."""
    if not isinstance(term, Literal) or term.datatype not in KNOWN_DATATYPES:
        return None
    return _value(term) is None


def are_one_value(left: Term, right: Term) -> bool | None:
    """Whether two literals are identical values, so that nothing can tell them apart."""
    if left == right:
        return True
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return None
    one, other = _value(left), _value(right)
    if one is None or other is None or None in (one[1], other[1]):
        return None
    return one == other


def _name(datatype: NamedNode) -> str:
    return datatype.value.rpartition("#")[2]


def _holds(datatype: NamedNode, value: _Value) -> bool:
    family, inner = value
    if datatype in _INTEGER_RANGES:
        least, most = _INTEGER_RANGES[datatype]
        return family == "decimal" and inner == int(inner) and least <= inner <= most
    if datatype in _STRINGS:
        return family == "string" and _STRINGS[datatype].fullmatch(inner) is not None
    if datatype == RDF["PlainLiteral"]:
        return family in {"string", "langString"}
    if datatype == XSD["dateTimeStamp"]:
        return family == "dateTime" and (inner is None or inner[-1] is not None)
    return family == _name(datatype)


def _value(literal: Literal) -> _Value | None:
    """The primitive datatype's name and the value in it; None for an ill-typed literal.

    The value is None where the text is well-formed and the value cannot be told.
    """
    datatype, text = literal.datatype, literal.value
    if literal.language is not None:
        return "langString", (text, literal.language.lower())
    if datatype in _STRINGS:
        return ("string", text) if _STRINGS[datatype].fullmatch(text) else None
    if datatype in DATES:
        family = "dateTime" if datatype == XSD["dateTimeStamp"] else _name(datatype)
        return None if parts_of(literal) is None else (family, instant(literal))
    if datatype in ORDERED_DATATYPES:
        return _numeric_value(literal)
    if datatype in _OTHERS:
        return _other_value(_name(datatype), literal)
    # Markup is equal as trees, which nobody here builds; plain literals have no text of their own.
    return _name(datatype), None


def _numeric_value(literal: Literal) -> _Value | None:
    value = number(literal)
    if value is None:
        return None
    if isinstance(value, Decimal):
        least, most = _INTEGER_RANGES.get(literal.datatype, (-inf, inf))
        return ("decimal", value) if least <= value <= most else None
    # Zero and minus zero are two values, "not a number" is one: by its text.
    return _name(literal.datatype), (repr(value), copysign(1, value))


def _other_value(family: str, literal: Literal) -> _Value | None:
    text = literal.value
    if family == "boolean":
        return (family, truth(literal)) if text in {"true", "false", "1", "0"} else None
    if family == "anyURI":
        return family, text
    try:
        if family == "hexBinary":
            return family, bytes.fromhex(text)
        return family, a2b_base64(text.replace(" ", ""), strict_mode=True)
    except (Error, ValueError):
        return None


# A connective of a datatype and conditions on its values.
RESTRICTION: Final = "dt-restriction"
DATATYPE_TESTS: Final[Mapping[str, Callable[..., bool | None]]] = {
    "dt-type2": is_of,
    "dt-eq": are_one_value,
    "dt-not-type": is_ill_typed,
}
