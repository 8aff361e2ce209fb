"""Results and graphs -> standard output, in the format that was asked for."""

import re
import sys
from collections.abc import Sequence

import typer
from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Triple, serialize

from kg.cli.formats import GRAPHS, JSON_LD, ROWS, TABLE, of_graph
from kg.cli.inline_context import trimmed
from kg.describe.json_ld_context import Context, Profile, read_contexts
from kg.describe.json_ld_writer import write
from kg.errors import MalformedParameter
from kg.namespaces import PREFIXES, shorten
from kg.paths import ONTOLOGY_FILES
from kg.store.quad_store import Results


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
