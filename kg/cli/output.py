"""The output formats of `glocal query` and `glocal describe`, with the engine's names for them.

Remove unused names from the context inside a JSON-LD document.

Print query results and graphs in the requested format.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import typer
from pyoxigraph import (
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from kg.describe.json_ld_context import Context, Profile, read_contexts
from kg.describe.json_ld_writer import write_document
from kg.errors import MalformedParameter
from kg.namespaces import PREFIXES, shorten
from kg.paths import ONTOLOGY_FOLDER
from kg.store.quad_store import Results

TABLE: Final = "table"
JSON_LD: Final = "jsonld"
ROW_FORMATS: Final = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
GRAPH_FORMATS: Final = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "rdfxml": RdfFormat.RDF_XML,
}
QUAD_FORMATS: Final = ("trig", "nquads", JSON_LD)
# File extensions, which the service accepts too.
_ALIASES: Final = {
    "json-ld": JSON_LD,
    "nq": "nquads",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "ttl": "turtle",
}
# The format of a graph that is closest to a format of rows.
_GRAPH_FORMATS: Final = {TABLE: "turtle", "json": JSON_LD, "xml": "rdfxml"}
_DESCRIBE_FORMATS: Final = (*GRAPH_FORMATS, JSON_LD)
_QUERY_FORMATS: Final = (TABLE, *ROW_FORMATS, *_DESCRIBE_FORMATS)


def graph_format(name: str) -> str:
    """Return the format for triples when this format was requested."""
    return _GRAPH_FORMATS.get(name, name)


def _parse(value: str, known: tuple[str, ...]) -> str:
    name = _ALIASES.get(value.lower(), value.lower())
    if name not in known:
        raise typer.BadParameter(f"unknown format '{value}', expected one of {', '.join(known)}")
    return name


def _parse_query_format(value: str) -> str:
    return _parse(value, _QUERY_FORMATS)


def _parse_describe_format(value: str) -> str:
    return _parse(graph_format(value), _DESCRIBE_FORMATS)


QueryFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_parse_query_format,
        metavar="|".join(_QUERY_FORMATS),
        help="Output format. By default rows are a table in a terminal and CSV elsewhere, and "
        "triples are Turtle.",
    ),
]
GraphFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_parse_describe_format,
        metavar="|".join(_DESCRIBE_FORMATS),
        help="Output format. By default Turtle, or TriG if there are named graphs. File extensions "
        "such as ttl and nt are accepted too.",
    ),
]


_CONTEXT: Final = "@context"


def trim_context(text: bytes) -> bytes:
    """Return the document with only those names in its context that it uses.

    A document without an inline context is returned unchanged.

    >>> json.loads(trimmed(b'{"@context": {"a": "http://x/a", "b": "http://x/b"}, "a": 1}'))
    {'@context': {'a': 'http://x/a'}, 'a': 1}
    """
    document = json.loads(text)
    context = document.get(_CONTEXT) if isinstance(document, dict) else None
    if not isinstance(context, dict):
        return text
    content = {name: value for name, value in document.items() if name != _CONTEXT}
    strings = set(_strings(content))
    terms = {name: value for name, value in context.items() if name in strings or name[0] == "@"}
    # CURIEs occur both in the content and in the definitions of its terms.
    curies = (string for string in (*strings, *_strings(terms)) if ":" in string)
    prefixes = {curie.partition(":")[0] for curie in curies}
    used = {name: value for name, value in context.items() if name in terms or name in prefixes}
    return json.dumps({_CONTEXT: used, **content}, ensure_ascii=False, indent=1).encode()


def _strings(value: Any) -> Iterator[str]:
    """Yield all member names and strings in a JSON value."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _strings(member)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value


def print_results(results: Results, name: str | None) -> None:
    """Print the results of a query.

    Args:
        results: rows, a boolean or triples.
        name: the format; by default a table in a terminal and CSV elsewhere.

    Raises:
        MalformedParameter: results of this kind cannot be written in the format.
    """
    chosen_format = name or (TABLE if sys.stdout.isatty() else "csv")
    if isinstance(results, QueryTriples):
        print_graph(list(results), graph_format(name or TABLE))
        return
    if chosen_format == TABLE and isinstance(results, QuerySolutions):
        _print_table(results)
        return
    if chosen_format not in ROW_FORMATS and chosen_format != TABLE:
        reason = (
            f"rows cannot be written as {chosen_format}, expected one of {', '.join(ROW_FORMATS)}"
        )
        raise MalformedParameter("--format", reason)
    print_bytes(results.serialize(format=ROW_FORMATS.get(chosen_format, ROW_FORMATS["csv"])) or b"")


def print_graph(
    statements: Sequence[Triple] | Sequence[Quad],
    name: str,
    *,
    root: NamedNode | None = None,
    profile: Profile = Profile.compacted,
) -> None:
    """Print triples, or quads in formats that can hold them.

    Args:
        statements: the triples or quads.
        name: the format.
        root: the thing that a JSON-LD document is about.
        profile: the form of a JSON-LD document.

    Raises:
        MalformedParameter: triples cannot be written in the format.
    """
    if name == JSON_LD:
        document = write_document(read_newest_context(), statements, root=root, profiles=[profile])
        print_bytes(trim_context(document))
        return
    if name not in GRAPH_FORMATS:
        known = ", ".join([*GRAPH_FORMATS, JSON_LD])
        reason = f"triples cannot be written as {name}, expected one of {known}"
        raise MalformedParameter("--format", reason)
    print_bytes(_serialize(statements, GRAPH_FORMATS[name]))


def read_newest_context() -> Context:
    """Read the newest context; it is put into each document, which then needs no other file."""
    return list(read_contexts(ONTOLOGY_FOLDER).values())[-1]


def print_bytes(body: bytes) -> None:
    """Print encoded text, with a line break at its end."""
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")


def _print_table(solutions: QuerySolutions) -> None:
    """Print the rows for people: IRIs as CURIEs, literals as their values."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*[variable.value for variable in solutions.variables])
    count = 0
    for count, solution in enumerate(solutions, 1):  # noqa: B007 - used after the loop
        table.add_row(*[_display(term) for term in solution])
    Console().print(table)
    typer.secho(f"{count} row(s)", err=True, dim=True)


def _display(term: object) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else getattr(term, "value", "")


def _serialize(statements: Sequence[Triple] | Sequence[Quad], syntax: RdfFormat) -> bytes:
    """Serialise the statements and declare only the prefixes that they use."""
    text = (serialize(statements, format=syntax, prefixes=dict(PREFIXES)) or b"").decode()
    lines = text.splitlines()
    body = "\n".join(line for line in lines if not line.startswith("@prefix"))
    declarations = [line for line in lines if line.startswith("@prefix")]
    used = [line for line in declarations if re.search(rf"(?<!\w){line.split()[1]}", body)]
    return "\n".join([*used, "", body] if used else [body]).encode()
