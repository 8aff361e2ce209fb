"""The terms of RDF as tools write and read them: names for things, and the cells of tables.

An IRI is a CURIE if it has one (`id:London`), and a text is in quotation marks (`"London"@en`), so
that each can be given to another tool as it is.
"""

import re
from typing import Any, Final, cast
from urllib.parse import unquote

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import BASE, PREFIXES, XSD, write_iri
from kg.sparql.query import Query
from service.agents.calls import require_success, send
from service.errors import ToolFailed

# A value of JSON, or None for a variable without a value.
Cell = str | int | float | bool | None
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_NUMBERS: Final = {XSD["integer"]: int, XSD["decimal"]: float, XSD["double"]: float}
# Characters of a text; the rest is left out.
_MAX_CHARACTERS: Final = 2_000


def write_cell(term: Any) -> Cell:
    """Return a term of a result as a value of JSON; a long text is cut, and says so."""
    if term is None:
        return None
    if isinstance(term, bool):
        return term
    if isinstance(term, NamedNode):
        return write_iri(term.value)
    if not isinstance(term, Literal) or isinstance(term, BlankNode):
        return str(term)
    if term.datatype == XSD["boolean"]:
        return term.value in ("true", "1")
    if term.datatype in _NUMBERS:
        return cast("float", _NUMBERS[term.datatype](term.value))
    rest = len(term.value) - _MAX_CHARACTERS
    text = f"{term.value[:_MAX_CHARACTERS]}… [{rest} more characters]" if rest > 0 else term.value
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    if term.language:
        return f'"{quoted}"@{term.language}'
    is_plain = term.datatype == XSD["string"]
    return f'"{quoted}"' if is_plain else f'"{quoted}"^^{write_iri(term.datatype.value)}'


async def read_name(name: str, *, is_term: bool = False) -> str:
    """Return the IRI of the thing that a name stands for; raise ToolFailed if there is not one.

    For `is_term`, classes and properties come first, otherwise entities.
    """
    wanted = {"term" if is_term else "name": name.strip() or " "}
    reply = require_success(await send("GET", "/lookup", **wanted))
    if location := reply.headers.get("location"):
        path = unquote(location)
        return BASE + path.removeprefix("/") if path.startswith("/") else path
    choices = ", ".join(write_iri(choice["id"]) for choice in reply.json()["choices"])
    raise ToolFailed(f"'{name}' is the name of several things. Try: one of {choices}")


async def read_object(name: str, *, is_term: bool = False) -> str:
    """Return the object of a triple: an IRI, or a literal in quotation marks, as Turtle has it.

    For `is_term` see `read_name`.
    """
    name = name.strip()
    if name.startswith('"'):
        return name
    if _NUMBER.fullmatch(name):
        return f'"{name}"^^xsd:{"decimal" if "." in name else "integer"}'
    return await read_name(name, is_term=is_term)


def declare(text: str) -> Query:
    """Return a query that may use the prefixes of the project without declaring them."""
    return Query.with_prefixes(text, PREFIXES)
