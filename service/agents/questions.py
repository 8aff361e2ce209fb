"""Tools that run queries: the saved questions, and SPARQL."""

from typing import Annotated, Final

from pydantic import Field

from service.agents.answers import Question, Questions, Table, fit_first
from service.agents.calls import fetch
from service.agents.parameters import Limit, Offset, QueryText, View, World
from service.agents.tables import run_query, run_saved_query, write_table
from service.agents.terms import declare
from service.errors import ToolFailed

_RESERVED: Final = ("format", "entailment", "view", "world", "limit", "offset")


async def questions(
    search: Annotated[str, Field(description="Words in the question or its name.")] = "",
    limit: Limit = 60,
) -> Questions:
    """List the saved questions, each with its parameters; they answer much without SPARQL."""
    words = search.casefold().split()
    listed = [Question(**one) for one in (await fetch("/queries")).json()["queries"]]
    found = [
        one for one in listed if all(word in one.model_dump_json().casefold() for word in words)
    ]
    if not found:
        advice = f"other words than '{search}', or none, to list all {len(listed)}"
        raise ToolFailed(f"No saved question has these words. Try: {advice}")
    answer = Questions(questions=found[:limit], total=len(found))
    return fit_first(answer, "questions", len(found), "search, or limit")


async def ask_question(
    name: Annotated[str, Field(description="The name of a saved question, as listed.")],
    values: Annotated[
        dict[str, str] | None, Field(description='The value of each parameter: {"city": "id:X"}.')
    ] = None,
    view: View = "",
    world: World = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Table:
    """Ask a saved question; without `view` and `world`, in those it is meant for."""
    values = values or {}
    for reserved in _RESERVED:
        if reserved in values:
            raise ToolFailed(f"'{reserved}' is no parameter of a question. Try: questions")
    rows = await run_saved_query(name, offset, limit, **values, view=view, world=world)
    why_empty = (
        f"The question has no answer for these values in view={rows.view or 'paper'}. Try: "
        "describe a value, or another view, such as readings, or a world"
    )
    return write_table(rows, offset, why_empty)


async def sparql(
    query: QueryText, view: View = "", world: World = "", limit: Limit = 50, offset: Offset = 0
) -> Table:
    """Run a SPARQL query, read-only. Its default graph is what holds in the view.

    Claims and the like are only in named graphs: `GRAPH ?g { … } ?g glocal:hasStatus ?status`.
    """
    rows = await run_query(declare(query), view, world, offset, limit)
    why_empty = "No solutions in this view. Try: check_query, which names the pattern to blame"
    return write_table(rows, offset, why_empty)
