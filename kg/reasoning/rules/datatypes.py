"""The rules of table 8 of OWL 2 RL/RDF as tests in filters: datatypes as sets of values.

- `dt-type2(?y, D)`: the value is in the datatype D.
- `dt-eq(?y, ?z)`: two literals have the same value. Its negation is dt-diff.
- `dt-not-type(?y)`: a literal is not in its own datatype.
- `dt-restriction(base, facet, …)`: all operands are true. It is an error if the base is one,
  because facets mean nothing for an unknown value.

The result is an error for a term that is not a literal, since an IRI can denote any value, and for
a literal whose datatype OWL 2 does not define. The tests compare values and not spellings:
"5.0"^^xsd:decimal is in xsd:integer. "1"^^xsd:double is not, because the decimals, floats and
doubles of OWL 2 have no values in common.

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
from kg.reasoning.rules.values import (
    BOOLEANS,
    DATE_DATATYPES,
    FLOAT_DATATYPES,
    INTEGER_DATATYPES,
    INTEGER_RANGES,
    normalize_date,
    numeric_value,
    parse_date,
)

# The name of the primitive datatype, and the value in it.
_Value = tuple[str, Any]

# Characters of XML names except the colon. Source: XML 1.0, fifth edition, section 2.3.
_NAME_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_CHARACTER: Final = rf"{_NAME_START}\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
_STRINGS: Final[Mapping[NamedNode, re.Pattern[str]]] = {
    XSD[name]: re.compile(pattern)
    for name, pattern in {
        "string": r"[\s\S]*",
        "normalizedString": r"[^\t\n\r]*",
        "token": r"([^\t\n\r ]+( [^\t\n\r ]+)*)?",
        "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
        "NMTOKEN": f"[:{_NAME_CHARACTER}]+",
        "Name": f"[:{_NAME_START}][:{_NAME_CHARACTER}]*",
        "NCName": f"[{_NAME_START}][{_NAME_CHARACTER}]*",
    }.items()
}
_OTHERS: Final = {XSD["boolean"], XSD["anyURI"], XSD["hexBinary"], XSD["base64Binary"]}

STRING_DATATYPES: Final = frozenset(_STRINGS) | {XSD["anyURI"], RDF["PlainLiteral"]}
ORDERED_DATATYPES: Final = INTEGER_DATATYPES | FLOAT_DATATYPES | DATE_DATATYPES | {XSD["decimal"]}
KNOWN_DATATYPES: Final = (
    STRING_DATATYPES
    | ORDERED_DATATYPES
    | _OTHERS
    | {RDF["XMLLiteral"], RDF["HTML"], RDF["langString"], RDFS["Literal"]}
)


def is_in_datatype(term: Term, datatype: Term) -> bool | None:
    """Return whether the term's value is in the datatype, or None if that is unknown."""
    if not isinstance(term, Literal) or datatype not in KNOWN_DATATYPES:
        return None
    if datatype == RDFS["Literal"]:
        return not (term.datatype in KNOWN_DATATYPES and value_of(term) is None)
    if term.datatype not in KNOWN_DATATYPES:
        return None
    value = value_of(term)
    return value is not None and _contains(datatype, value)  # type: ignore[arg-type]


def is_ill_typed(term: Term) -> bool | None:
    """Return whether the text of a literal is invalid for its datatype, or None if unknown."""
    if not isinstance(term, Literal) or term.datatype not in KNOWN_DATATYPES:
        return None
    return value_of(term) is None


def are_identical(left: Term, right: Term) -> bool | None:
    """Return whether two literals are the identical value, or None if that is unknown.

    Identity is stricter than SPARQL's `=`: zero and minus zero are equal but not identical.
    """
    if left == right:
        return True
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return None
    left_value, right_value = value_of(left), value_of(right)
    if left_value is None or right_value is None or None in (left_value[1], right_value[1]):
        return None
    return left_value == right_value


def _name(datatype: NamedNode) -> str:
    return datatype.value.rpartition("#")[2]


def _contains(datatype: NamedNode, typed_value: _Value) -> bool:
    primitive, value = typed_value
    if datatype in INTEGER_RANGES:
        minimum, maximum = INTEGER_RANGES[datatype]
        return primitive == "decimal" and value == int(value) and minimum <= value <= maximum
    if datatype in _STRINGS:
        return primitive == "string" and _STRINGS[datatype].fullmatch(value) is not None
    if datatype == RDF["PlainLiteral"]:
        return primitive in {"string", "langString"}
    if datatype == XSD["dateTimeStamp"]:
        return primitive == "dateTime" and (value is None or value[-1] is not None)
    return primitive == _name(datatype)


def value_of(literal: Literal) -> _Value | None:
    """Return the primitive datatype and the value; None for an ill-typed literal.

    The value is None if the text is well-formed but its value is not computed.
    """
    datatype, text = literal.datatype, literal.value
    if literal.language is not None:
        return "langString", (text, literal.language.lower())
    if datatype in _STRINGS:
        return ("string", text) if _STRINGS[datatype].fullmatch(text) else None
    if datatype in DATE_DATATYPES:
        primitive = "dateTime" if datatype == XSD["dateTimeStamp"] else _name(datatype)
        return None if parse_date(literal) is None else (primitive, normalize_date(literal))
    if datatype in ORDERED_DATATYPES:
        return _numeric_value(literal)
    if datatype in _OTHERS:
        return _other_value(_name(datatype), text)
    # Markup would have to be compared as trees, and rdf:PlainLiteral and rdfs:Literal have no
    # spellings of their own.
    return _name(datatype), None


def _numeric_value(literal: Literal) -> _Value | None:
    value = numeric_value(literal)
    if value is None:
        return None
    if isinstance(value, Decimal):
        minimum, maximum = INTEGER_RANGES.get(literal.datatype, (-inf, inf))
        return ("decimal", value) if minimum <= value <= maximum else None
    # The text and the sign, because zero and minus zero are two values but NaN is one.
    return _name(literal.datatype), (repr(value), copysign(1, value))


def _other_value(primitive: str, text: str) -> _Value | None:
    if primitive == "boolean":
        return (primitive, BOOLEANS[text]) if text in BOOLEANS else None
    if primitive == "anyURI":
        return primitive, text
    try:
        if primitive == "hexBinary":
            return primitive, bytes.fromhex(text)
        return primitive, a2b_base64(text.replace(" ", ""), strict_mode=True)
    except (Error, ValueError):
        return None


# The connective of a datatype test and facets, and the test of a literal; see the top of this file.
RESTRICTION: Final = "dt-restriction"
ILL_TYPED: Final = "dt-not-type"
DATATYPE_TESTS: Final[Mapping[str, Callable[..., bool | None]]] = {
    "dt-type2": is_in_datatype,
    "dt-eq": are_identical,
    ILL_TYPED: is_ill_typed,
}
