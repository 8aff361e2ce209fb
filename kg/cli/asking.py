"""glocal query, describe: a release asked without HTTP."""

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pyoxigraph import NamedNode, Quad, QuerySolutions, RdfFormat, Triple, serialize

from kg.cli.shared import Release, app, refusing, text_argument
from kg.errors import MalformedParameter, UnknownName
from kg.namespaces import PREFIXES, expand, shorten
from kg.query_errors import own_lines
from kg.query_text import prologue

if TYPE_CHECKING:
    from kg.store import Results, Store


class ResultFormat(StrEnum):
    """How `glocal query` prints what it found."""

    table = "table"
    csv = "csv"
    json = "json"
    tsv = "tsv"
    xml = "xml"
    turtle = "turtle"
    ntriples = "ntriples"


@app.command()
def query(
    text: Annotated[
        str, typer.Argument(help="SPARQL, a file that holds it, - for stdin, or a saved query.")
    ],
    bind: Annotated[
        list[str] | None,
        typer.Option(help="A saved query's parameter: holder=id:TangWei. May be repeated."),
    ] = None,
    release: Release = None,
    result_format: Annotated[
        ResultFormat | None,
        typer.Option("--format", help="By default a table in a terminal, else csv or turtle."),
    ] = None,
    asserted_only: Annotated[
        bool, typer.Option("--asserted-only", help="Leave out what is derived.")
    ] = False,
) -> None:
    """Ask a release by SPARQL, or one of its saved queries by name.

    The project's prefixes are declared for you. Examples:
    glocal query 'SELECT ?city WHERE { ?city glocal:memberOf id:C40 }';
    glocal query claims-of-a-holder --bind holder=id:BenjaminBarber
    """
    from kg.release import find
    from kg.saved_queries import find_query, read_queries
    from kg.store import Store, serialize_results

    entailment = "none" if asserted_only else "all"
    chosen = result_format or (ResultFormat.table if sys.stdout.isatty() else None)
    with refusing():
        store = Store.open(find(release))
        if re.fullmatch(r"[\w-]+", text) and text != "-" and not Path(text).exists():
            saved = find_query(read_queries(), text)
            results = saved.run(store, _bindings(bind or []), entailment=entailment)
        elif bind:
            raise MalformedParameter("--bind", "goes with a saved query's name")
        else:
            results = _ask(store, text_argument("text", text), entailment)
        if chosen is ResultFormat.table and isinstance(results, QuerySolutions):
            _print_table(results)
            return
        is_named = chosen is not None and chosen is not ResultFormat.table
        body = serialize_results(results, chosen.value if is_named and chosen else None)
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A CURIE such as id:London, or a full IRI.")],
    release: Release = None,
) -> None:
    """Everything that holds of one thing, as Turtle; of a graph, what it holds, as TriG.

    Example: glocal describe id:London
    """
    from kg.release import find
    from kg.store import Store

    with refusing():
        store = Store.open(find(release))
        iri = expand(name)
        triples, content = store.describe(iri), store.graph(iri)
        if not triples and not content:
            raise UnknownName(name, [shorten(one) for one in store.names], kind="thing")
    parts = [_written(triples, RdfFormat.TURTLE), _written(content, RdfFormat.TRIG)]
    typer.echo("\n\n".join(part for part in parts if part))


def _ask(store: "Store", text: str, entailment: str) -> "Results":
    declared = prologue(text, PREFIXES)
    with own_lines(declared):
        return store.query(declared + text, entailment=entailment)


def _bindings(pairs: list[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    for name, equals, value in split:
        if not (name and equals and value):
            raise MalformedParameter("--bind", f"of the form name=value, not '{name}{equals}'")
    return {name: value for name, _, value in split}


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


def _written(statements: list[Triple] | list[Quad], format_: RdfFormat) -> str:
    """The statements with only the prefixes that they use."""
    text = (serialize(statements, format=format_, prefixes=dict(PREFIXES)) or b"").decode()
    lines = text.splitlines() if statements else []
    body = "\n".join(line for line in lines if not line.startswith("@prefix"))
    declared = [line for line in lines if line.startswith("@prefix")]
    used = [line for line in declared if re.search(rf"(?<!\w){line.split()[1]}", body)]
    return "\n".join([*used, "", body]) if body else ""
