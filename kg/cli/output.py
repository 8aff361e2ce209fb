"""The formats of `glocal query` and `glocal describe`, and what the engine calls them.

A JSON-LD document that holds its context -> the same with those names alone that it uses.

Results and graphs -> standard output, in the format that was asked for.
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
from kg.describe.json_ld_writer import write
from kg.errors import MalformedParameter
from kg.namespaces import PREFIXES, shorten
from kg.paths import ONTOLOGY_FILES
from kg.store.quad_store import Results

TABLE: Final = "table"
JSON_LD: Final = "jsonld"
ROWS: Final = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
GRAPHS: Final = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "rdfxml": RdfFormat.RDF_XML,
}
WITH_GRAPHS: Final = ("trig", "nquads", JSON_LD)
# The endings of files, as the service takes them too.
_OTHER_NAMES: Final = {
    "json-ld": JSON_LD,
    "nq": "nquads",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "ttl": "turtle",
}
# A format of rows that a graph is asked for in is its nearest relative.
_OF_GRAPHS: Final = {TABLE: "turtle", "json": JSON_LD, "xml": "rdfxml"}
_DESCRIBING: Final = (*GRAPHS, JSON_LD)
_QUERYING: Final = (TABLE, *ROWS, *_DESCRIBING)


def of_graph(name: str) -> str:
    """The format in which triples are written where this one was asked for."""
    return _OF_GRAPHS.get(name, name)


def _read(value: str, known: tuple[str, ...]) -> str:
    name = _OTHER_NAMES.get(value.lower(), value.lower())
    if name not in known:
        raise typer.BadParameter(f"'{value}' is none of {', '.join(known)}")
    return name


def _querying(value: str) -> str:
    return _read(value, _QUERYING)


def _describing(value: str) -> str:
    return _read(of_graph(value), _DESCRIBING)


QueryFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_querying,
        metavar="|".join(_QUERYING),
        help="By default a table in a terminal, else csv; triples as turtle.",
    ),
]
GraphFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_describing,
        metavar="|".join(_DESCRIBING),
        help="By default turtle, or trig; the endings of files, such as ttl and nt, do as well.",
    ),
]


_CONTEXT: Final = "@context"


def trimmed(text: bytes) -> bytes:
    """The same document, of whose context a person sees what matters here.

    >>> json.loads(trimmed(b'{"@context": {"a": "http://x/a", "b": "http://x/b"}, "a": 1}'))
    {'@context': {'a': 'http://x/a'}, 'a': 1}
    """
    document = json.loads(text)
    context = document.get(_CONTEXT) if isinstance(document, dict) else None
    if not isinstance(context, dict):
        return text
    content = {name: value for name, value in document.items() if name != _CONTEXT}
    words = set(_words(content))
    terms = {name: value for name, value in context.items() if name in words or name[0] == "@"}
    # Names that begin with a prefix stand in the document and in the meanings of its terms.
    prefixes = {word.partition(":")[0] for word in (*words, *_words(terms)) if ":" in word}
    used = {name: value for name, value in context.items() if name in terms or name in prefixes}
    return json.dumps({_CONTEXT: used, **content}, ensure_ascii=False, indent=1).encode()


def _words(value: Any) -> Iterator[str]:
    """All names and texts in it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        yield value


def print_results(results: Results, name: str | None) -> None:
    """Print what a query found; without a name, as a table in a terminal and else as CSV.

    Raises:
        MalformedParameter: the format is none for what the query returned.
    """
    chosen = name or (TABLE if sys.stdout.isatty() else "csv")
    if isinstance(results, QueryTriples):
        print_graph(list(results), of_graph(name or TABLE))
        return
    if chosen == TABLE and isinstance(results, QuerySolutions):
        _print_table(results)
        return
    if chosen not in ROWS and chosen != TABLE:
        right = ", ".join(ROWS)
        raise MalformedParameter("--format", f"rows are not written as {chosen}, but as {right}")
    print_bytes(results.serialize(format=ROWS.get(chosen, ROWS["csv"])) or b"")


def print_graph(
    statements: Sequence[Triple] | Sequence[Quad],
    name: str,
    *,
    root: NamedNode | None = None,
    profile: Profile = Profile.compacted,
) -> None:
    """Print triples, or quads in formats that can hold them.

    Args:
        statements: what is printed.
        name: the format.
        root: what a JSON-LD document is about.
        profile: which form of JSON-LD that is.

    Raises:
        MalformedParameter: the format is none for triples.
    """
    if name == JSON_LD:
        text = write(newest_context(), statements, root=root, profiles=[profile])
        print_bytes(trimmed(text))
        return
    if name not in GRAPHS:
        right = ", ".join([*GRAPHS, JSON_LD])
        raise MalformedParameter("--format", f"triples are not written as {name}, but as {right}")
    print_bytes(_written(statements, GRAPHS[name]))


def newest_context() -> Context:
    """The context by which JSON-LD is written; it stands in each document, which is then whole."""
    return list(read_contexts(ONTOLOGY_FILES).values())[-1]


def print_bytes(body: bytes) -> None:
    """Print a text that is encoded already, and end its last line."""
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")


def _print_table(solutions: QuerySolutions) -> None:
    """The rows for a person: IRIs as CURIEs, literals by their value."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*[variable.value for variable in solutions.variables])
    count = 0
    for count, solution in enumerate(solutions, 1):  # noqa: B007 - the last one is the count
        table.add_row(*[_shown(term) for term in solution])
    Console().print(table)
    typer.secho(f"{count} row(s)", err=True, dim=True)


def _shown(term: object) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else getattr(term, "value", "")


def _written(statements: Sequence[Triple] | Sequence[Quad], format_: RdfFormat) -> bytes:
    """The statements with only the prefixes that they use."""
    text = (serialize(statements, format=format_, prefixes=dict(PREFIXES)) or b"").decode()
    lines = text.splitlines()
    body = "\n".join(line for line in lines if not line.startswith("@prefix"))
    declared = [line for line in lines if line.startswith("@prefix")]
    used = [line for line in declared if re.search(rf"(?<!\w){line.split()[1]}", body)]
    return "\n".join([*used, "", body] if used else [body]).encode()
