"""Print query results and graphs in the format that an option requests.

JSON-LD documents contain their context, without the names that they do not use.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import typer
from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Triple, serialize

from kg.cli.application import print_bytes
from kg.content import Content
from kg.controls import show_controls
from kg.describe.json_ld_context import Context, Profile, read_contexts
from kg.describe.json_ld_writer import write_document
from kg.errors import MalformedParameter
from kg.namespaces import PREFIXES, shorten
from kg.store.quad_store import GRAPH_FORMATS, RESULT_FORMATS, Results, Store, serialize_results

_TABLE: Final = "table"
JSON_LD: Final = "jsonld"
QUAD_FORMATS: Final = ("trig", "nquads", JSON_LD)
# Names that the service accepts too: file extensions and `json-ld`.
_ALIASES: Final = {
    "json-ld": JSON_LD,
    "nq": "nquads",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "ttl": "turtle",
}
# The format of a graph that is closest to a format of rows.
_CLOSEST_GRAPH_FORMATS: Final = {_TABLE: "turtle", "json": JSON_LD, "xml": "rdfxml"}
_DESCRIBE_FORMATS: Final = (*GRAPH_FORMATS, JSON_LD)
_QUERY_FORMATS: Final = (_TABLE, *RESULT_FORMATS, *_DESCRIBE_FORMATS)


def _parse(value: str, known: tuple[str, ...]) -> str:
    name = _ALIASES.get(value.lower(), value.lower())
    if name not in known:
        raise typer.BadParameter(f"unknown format '{value}', expected one of {', '.join(known)}")
    return name


QueryFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=lambda value: _parse(value, _QUERY_FORMATS),
        metavar="|".join(_QUERY_FORMATS),
        help="Output format. By default rows are a table in a terminal and CSV elsewhere, and "
        "triples are Turtle.",
    ),
]
GraphFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=lambda value: _parse(_CLOSEST_GRAPH_FORMATS.get(value, value), _DESCRIBE_FORMATS),
        metavar="|".join(_DESCRIBE_FORMATS),
        help="Output format. By default Turtle, or TriG if there are named graphs. File extensions "
        "such as ttl and nt are accepted too.",
    ),
]


def print_results(results: Results, name: str | None, store: Store) -> None:
    """Print results in the format of this name, by default a table in a terminal, else CSV.

    Raises MalformedParameter if results of this kind cannot be written in the format.
    """
    name = name or (_TABLE if isinstance(results, QueryTriples) or sys.stdout.isatty() else "csv")
    if isinstance(results, QueryTriples):
        print_graph(list(results), _CLOSEST_GRAPH_FORMATS.get(name, name), store)
    elif name == _TABLE and isinstance(results, QuerySolutions):
        _print_table(results)
    elif name in RESULT_FORMATS or name == _TABLE:
        print_bytes(serialize_results(results, "csv" if name == _TABLE else name))
    else:
        known = ", ".join(RESULT_FORMATS)
        reason = f"rows cannot be written as {name}, expected one of {known}"
        raise MalformedParameter("--format", reason)


def print_graph(
    statements: Sequence[Triple] | Sequence[Quad],
    name: str,
    store: Store,
    *,
    root: NamedNode | None = None,
    profile: Profile = Profile.compacted,
) -> None:
    """Print triples, or quads in formats that can hold them; JSON-LD with the store's context.

    Raises MalformedParameter if triples cannot be written in the format.
    """
    if name == JSON_LD:
        context = read_newest_context(store.content)
        document = write_document(context, statements, root=root, profiles=[profile])
        print_bytes(trim_context(document))
    elif name in GRAPH_FORMATS:
        print_bytes(_serialize(statements, GRAPH_FORMATS[name]))
    else:
        known = ", ".join(_DESCRIBE_FORMATS)
        reason = f"triples cannot be written as {name}, expected one of {known}"
        raise MalformedParameter("--format", reason)


def trim_context(text: bytes) -> bytes:
    """Return the document with only those names in its context that it uses.

    A document without an inline context is returned unchanged.

    >>> json.loads(trim_context(b'{"@context": {"a": "http://x/a", "b": "http://x/b"}, "a": 1}'))
    {'@context': {'a': 'http://x/a'}, 'a': 1}
    """
    document = json.loads(text)
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        return text
    content = {name: value for name, value in document.items() if name != "@context"}
    strings = set(_strings(content))
    terms = {name: value for name, value in context.items() if name in strings or name[0] == "@"}
    # CURIEs occur both in the content and in the definitions of its terms.
    curies = (string for string in (*strings, *_strings(terms)) if ":" in string)
    prefixes = {curie.partition(":")[0] for curie in curies}
    used = {name: value for name, value in context.items() if name in terms or name in prefixes}
    return json.dumps({"@context": used, **content}, ensure_ascii=False, indent=1).encode()


def read_newest_context(content: Content) -> Context:
    """Read the newest context, which is put into each document: it then needs no other file."""
    return list(read_contexts(content.ontology).values())[-1]


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


def _print_table(solutions: QuerySolutions) -> None:
    """Print the rows for people: IRIs as CURIEs, literals as their values."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    def cell(text: str) -> Text:
        # No text is read as markup.
        return Text(show_controls(text))

    table = Table()
    for variable in solutions.variables:
        table.add_column(cell(variable.value))
    count = 0
    for count, solution in enumerate(solutions, 1):  # noqa: B007 - used after the loop
        table.add_row(
            *(
                cell(
                    shorten(term.value)
                    if isinstance(term, NamedNode)
                    else getattr(term, "value", "")
                )
                for term in solution
            )
        )
    Console().print(table)
    typer.secho(f"{count} row(s)", err=True, dim=True)


def _serialize(statements: Sequence[Triple] | Sequence[Quad], syntax: RdfFormat) -> bytes:
    """Serialise the statements and declare only the prefixes that they use."""
    text = (serialize(statements, format=syntax, prefixes=dict(PREFIXES)) or b"").decode()
    lines = text.splitlines()
    body = "\n".join(line for line in lines if not line.startswith("@prefix"))
    declarations = [line for line in lines if line.startswith("@prefix")]
    used = [line for line in declarations if re.search(rf"(?<!\w){line.split()[1]}", body)]
    return "\n".join([*used, "", body] if used else [body]).encode()
