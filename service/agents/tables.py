"""Tables: some rows of a result, with the true number of all.

Results are read in formats with one row per line, so that the others can be counted as they pass.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    parse,
    parse_query_results,
)

from kg.sparql.query import Query
from service.agents.answers import Table, fit
from service.agents.calls import Reply, fetch, post
from service.agents.terms import Cell, declare, write_cell
from service.errors import ToolFailed

MAX_ROWS: Final = 500
_TSV: Final = "text/tab-separated-values"
_ONE_ROW_PER_LINE: Final = f"{_TSV}, application/n-triples"
_IN_QUOTES: Final = re.compile(r'"([^"]*)"')
_POSITION: Final = re.compile(r"\(line (\d+), column")


class Rows(NamedTuple):
    """Some rows of a result, as terms; `total` counts all, or is None if it was cut off.

    `warnings` name the terms of the query that do not exist, with similar ones.
    """

    columns: list[str]
    rows: Sequence[Sequence[Any]]
    total: int | None
    view: str
    world: str
    warnings: list[str]

    @property
    def dicts(self) -> list[dict[str, Any]]:
        """The rows, with the values by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


async def select(query: str, *, view: str = "", world: str = "", most: int = MAX_ROWS) -> Rows:
    """Run a query that may use the project's prefixes; return its first rows."""
    return await run_query(declare(query), view, world, 0, most)


async def run_query(query: Query, view: str, world: str, offset: int, limit: int) -> Rows:
    """Run a query with its declarations; return the rows from `offset` on, at most `limit`.

    ToolFailed names lines as they are in the text without the declarations.
    """
    try:
        reply = await post(
            "/sparql", accept=_ONE_ROW_PER_LINE, query=query.full_text, view=view, world=world
        )
    except ToolFailed as error:
        shift = query.declarations.count("\n")
        text = _POSITION.sub(lambda one: f"(line {int(one[1]) - shift}, column", str(error))
        raise ToolFailed(text, error.problem) from error
    return _read_rows(reply, offset, limit)


async def run_saved_query(name: str, offset: int, limit: int, **parameters: str) -> Rows:
    """Run a saved query with these values, view and world."""
    reply = await fetch(f"/queries/{name}", accept=_ONE_ROW_PER_LINE, **parameters)
    return _read_rows(reply, offset, limit)


def write_table(rows: Rows, offset: int, why_empty: str) -> Table:
    """Return the answer with as many of the rows as fit; `why_empty` explains that there are none.

    ToolFailed if not even one fits.
    """
    cells: list[list[Cell]] = [[*map(write_cell, row)] for row in rows.rows]
    table = Table(
        columns=rows.columns, rows=cells, total=rows.total, view=rows.view, world=rows.world
    )
    fit(table, "rows")
    if cells and not table.rows:
        raise ToolFailed("One row is too long for an answer. Try: select fewer columns")
    end = offset + len(table.rows)
    if not cells:
        beyond = offset and rows.total
        table.note = f"There are only {rows.total} rows. Try: offset 0" if beyond else why_empty
    elif rows.total is None:
        table.note = "A limit of the service cut the result off. Try: LIMIT, or a narrower query"
    elif end < rows.total:
        table.note = f"Rows {offset + 1} to {end} of {rows.total}. For more: offset={end}"
    table.note = " ".join([*rows.warnings, table.note]).strip()
    return table


def _read_rows(reply: Reply, offset: int, limit: int) -> Rows:
    is_table = reply.headers.get("content-type", "").startswith(_TSV)
    lines = reply.body.splitlines(keepends=True)
    # The last one may have been cut.
    whole = [line for line in lines if line.endswith(b"\n")]
    named = (reply.headers.get(f"glocal-{name}", "") for name in ("view", "world", "warning"))
    view, world, warning = named
    about = view, world, [*map(unquote, _IN_QUOTES.findall(warning))]
    if not is_table:
        total = reply.line_breaks if reply.is_complete else None
        triples = parse(b"".join(whole[offset : offset + limit]), format=RdfFormat.N_TRIPLES)
        rows = [(one.subject, one.predicate, one.object) for one in triples]
        return Rows(["subject", "predicate", "object"], rows, total, *about)
    wanted = b"".join([*whole[:1], *whole[1 + offset : 1 + offset + limit]])
    results = parse_query_results(wanted or reply.body, format=QueryResultsFormat.TSV)
    if isinstance(results, QueryBoolean):
        return Rows(["answer"], [(bool(results),)], 1, *about)
    if isinstance(results, QueryTriples):
        raise TypeError("expected solutions or a boolean, got triples")
    names = [variable.value for variable in results.variables]
    total = reply.line_breaks - 1 if reply.is_complete else None
    return Rows(names, [tuple(row) for row in results], total, *about)
