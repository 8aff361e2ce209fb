"""The terms of RDF as tools write and read them: names for things, and the cells of tables.

An IRI is a CURIE if it has one (`id:London`), and a text is in quotation marks (`"London"@en`), so
that each can be given to another tool as it is.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import unquote

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import KgError
from kg.namespaces import BASE, GLOCAL, ID, PREFIXES, XSD, expand, shorten
from kg.store.query import Query
from service.agents.calls import fetch, post, require_success, send
from service.errors import ToolFailed

# A value of JSON, or None for a variable without a value.
Cell = str | int | float | bool | None
_LOCAL_NAME: Final = re.compile(r"[\w](?:[\w.-]*[\w-])?")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_NUMBERS: Final = {XSD["integer"]: int, XSD["decimal"]: float, XSD["double"]: float}
# Characters of a text; the rest is left out.
_MAX_CHARACTERS: Final = 2_000
# How JSON-LD of the service writes `id:`.
_ENTITY_PREFIX: Final = "entity:"


def write_iri(iri: str) -> str:
    """Return the CURIE of an IRI if it has one that SPARQL can read, and else `<IRI>`."""
    short = shorten(iri)
    _, _, local_name = short.partition(":")
    return short if short != iri and _LOCAL_NAME.fullmatch(local_name) else f"<{iri}>"


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


async def read_name(name: str) -> str:
    """Return the IRI of the thing that a name stands for; raise ToolFailed if there is not one.

    The name is an IRI, a CURIE, the local name of an entity or a term, or any other name of an
    entity in any language.
    """
    name = name.strip()
    if name.startswith(_ENTITY_PREFIX):
        name = f"id:{name.removeprefix(_ENTITY_PREFIX)}"
    prefix, colon, rest = name.partition(":")
    if name.startswith("<") or rest.startswith("//") or (colon and prefix in PREFIXES):
        try:
            iri = expand(name).value
        except KgError as error:
            raise ToolFailed(f"{error} Try: find, which searches by name") from error
        if iri.startswith(BASE) and not await find_known([iri]):
            # It names what is similar.
            await fetch("/lookup", iri=iri)
        return iri
    if _LOCAL_NAME.fullmatch(name):
        known = await find_known([f"{namespace}{name}" for namespace in (ID, GLOCAL)])
        if known:
            return known[0]
    reply = require_success(await send("GET", "/lookup", alias=name or " "))
    if location := reply.headers.get("location"):
        return BASE + unquote(location).lstrip("/")
    choices = ", ".join(write_iri(choice["id"]) for choice in reply.json()["choices"])
    raise ToolFailed(f"'{name}' is the name of several things. Try: one of {choices}")


async def find_known(iris: Sequence[str]) -> list[str]:
    """Return those of these IRIs that the release describes, in their order."""
    values = " ".join(f"<{iri}>" for iri in iris)
    query = f"SELECT ?iri WHERE {{ VALUES ?iri {{ {values} }} FILTER EXISTS {{ ?iri ?p ?o }} }}"
    rows = (await post("/sparql", query=query)).json()["results"]["bindings"]
    known = {row["iri"]["value"] for row in rows}
    return [iri for iri in iris if iri in known]


async def read_object(name: str) -> str:
    """Return the object of a triple: an IRI, or a literal in quotation marks, as Turtle has it."""
    name = name.strip()
    if name.startswith('"'):
        return name
    if _NUMBER.fullmatch(name):
        return f'"{name}"^^xsd:{"decimal" if "." in name else "integer"}'
    return await read_name(name)


def declare(text: str) -> Query:
    """Return a query that may use the prefixes of the project without declaring them."""
    return Query.with_prefixes(text, PREFIXES)
