"""RDF terms as in SPARQL results in JSON: the members of a row, read and written."""

from collections.abc import Mapping
from typing import Any, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import XSD
from service.answers.json_types import ResultTerm, TripleTerm

Term = NamedNode | BlankNode | Literal | Triple


def write_term(term: Term) -> ResultTerm:
    """Return a term as JSON."""
    if isinstance(term, Literal):
        described = ResultTerm(type="literal", value=term.value)
        if term.language:
            described["xml:lang"] = term.language
        elif term.datatype != XSD["string"]:
            described["datatype"] = term.datatype.value
        return described
    if isinstance(term, Triple):
        subject, predicate, object_ = map(write_term, term)
        value = TripleTerm(subject=subject, predicate=predicate, object=object_)
        return {"type": "triple", "value": value}
    return {"type": "bnode" if isinstance(term, BlankNode) else "uri", "value": term.value}


def read_row(row: object) -> Mapping[str, Term]:
    """Return the terms of a row by variable; ValueError or TypeError if it is no row."""
    if not isinstance(row, dict):
        raise TypeError("a row is an object")
    return {name: _read_term(term) for name, term in row.items()}


def _read_term(term: Any) -> Any:
    members = cast("Mapping[str, Any]", term) if isinstance(term, dict) else {}
    value, language = members.get("value"), members.get("xml:lang")
    match members.get("type"), value:
        case "uri", str():
            return NamedNode(value)
        case "bnode", str():
            return BlankNode(value)
        case "literal" | "typed-literal", str():
            datatype = members.get("datatype")
            return Literal(
                value,
                language=language if isinstance(language, str) else None,
                datatype=NamedNode(datatype) if isinstance(datatype, str) else None,
            )
        case "triple", dict():
            parts = [_read_term(value.get(name)) for name in ("subject", "predicate", "object")]
            return Triple(*parts)
    raise ValueError("a term has a type and a value")
