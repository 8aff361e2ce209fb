"""The command `glocal query`: query a release without HTTP."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.cli.application import app, open_store, reporting_errors, say, tell, text_argument
from kg.cli.options import ReleaseOption, ViewOption, WorldOption
from kg.cli.output import QueryFormat, print_results
from kg.errors import KgError, MalformedParameter
from kg.namespaces import PREFIXES
from kg.sparql.hints import find_date_comparisons
from kg.sparql.paging import ALL_ROWS, Page
from kg.sparql.query import Query
from kg.sparql.select_clauses import find_unbound
from kg.sparql.stack import run_with_large_stack
from kg.store.quad_store import Results, Store
from kg.store.release_folder import CONTENT_FOLDER, find_release
from kg.store.unknown_terms import TermChecker
from kg.store.viewed_store import in_view

if TYPE_CHECKING:
    from kg.linking.resolver import Resolver

# Characters from which on a query may need more than the usual stack.
_LONG_TEXT: Final = 400


def _complete_name(incomplete: str) -> Iterator[str]:
    """Yield the names of saved queries for the completion of a shell, none without a release."""
    with suppress(KgError, OSError):
        for path in sorted((find_release() / CONTENT_FOLDER / "queries").glob("*.rq")):
            if path.stem.startswith(incomplete):
                yield path.stem


@app.command()
def query(
    text: Annotated[
        str,
        typer.Argument(
            help="SPARQL, a file with SPARQL, - for stdin, or the name of a saved query.",
            show_default=False,
            autocompletion=_complete_name,
        ),
    ] = "",
    sparql: Annotated[
        str,
        typer.Option(
            "--text",
            help="SPARQL that is never taken for a file or a name, unlike the argument.",
            show_default=False,
        ),
    ] = "",
    lists: Annotated[
        bool,
        typer.Option("--list", help="List the saved queries: names, questions, parameters."),
    ] = False,
    bind: Annotated[
        list[str] | None,
        typer.Option(
            help="Value of a parameter of a saved query, such as holder=TangWei; repeatable."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most rows of a saved query.", show_default=False)
    ] = None,
    offset: Annotated[
        int, typer.Option(min=0, help="Rows of a saved query to leave out first.")
    ] = 0,
    release: ReleaseOption = None,
    result_format: QueryFormat = None,
    view: ViewOption = None,
    world: WorldOption = None,
    asserted_only: Annotated[
        bool, typer.Option("--asserted-only", help="Query only asserted triples, not derived ones.")
    ] = False,
) -> None:
    """Query a release with SPARQL, or run a saved query by name.

    The project's prefixes need no declaration. Each saved query has a view of its own.

    Examples:
    glocal query 'SELECT ?city WHERE { ?city glocal:memberOf id:C40 }'
    glocal query question.rq --format json
    glocal query --list
    glocal query claims-of-a-holder --bind holder=BenjaminBarber --limit 10
    glocal query 'ASK { id:Paris a glocal:WideNormActor }' --view readings --world LiuJianghua
    """
    from kg.linking.resolver import Resolver

    entailment, page = "none" if asserted_only else "all", Page(limit, offset)
    with reporting_errors():
        if lists:
            _list_saved_queries(open_store(release))
            return
        if bool(text) == bool(sparql):
            reason = "expected a query, --text or --list, and only one of them"
            raise MalformedParameter("TEXT", reason)
        store = open_store(release)
        resolver = Resolver.of(store)
        if re.fullmatch(r"[\w-]+", text) and text != "-" and not Path(text).exists():
            results = _run_saved_query(resolver, text, bind or [], entailment, view, world, page)
            print_results(results, result_format, store)
        elif bind:
            raise MalformedParameter("--bind", "needs the name of a saved query")
        elif page != ALL_ROWS:
            reason = "need the name of a saved query; expected LIMIT and OFFSET in the query"
            raise MalformedParameter("--limit and --offset", reason)
        else:
            viewed = in_view(store, resolver.read_view(view, world))
            parsed = Query.with_prefixes(sparql or text_argument("text", text), PREFIXES)

            def run_query() -> None:
                print_results(viewed.query(parsed, entailment=entailment), result_format, store)
                unknown, unbound = TermChecker(store).check(parsed), find_unbound(parsed)
                for warning in (*unknown, *unbound, *find_date_comparisons(parsed)):
                    tell(f"Warning: {warning}")

            # Results are computed while they are printed, in the same thread.
            if len(parsed.text) > _LONG_TEXT:
                run_with_large_stack(run_query)
            else:
                run_query()


def _list_saved_queries(store: Store) -> None:
    from kg.store.saved_queries import read_queries

    content = store.content
    for saved in read_queries(content.queries, languages=content.languages).values():
        typer.secho(saved.name, bold=True)
        for question in saved.questions.values():
            say(f"    {question}")
        for name, parameter in saved.parameters.items():
            say(f"    --bind {name}=…  {parameter.expected}")


def _run_saved_query(
    resolver: "Resolver",
    name: str,
    pairs: list[str],
    entailment: str,
    view: str | None,
    world: str | None,
    page: Page,
) -> Results:
    from kg.store.saved_queries import get_query, read_queries

    store, content = resolver.store, resolver.store.content
    saved = get_query(read_queries(content.queries, languages=content.languages), name)
    values: dict[str, str] = {}
    for key, equals, text in (pair.partition("=") for pair in pairs):
        if not (key and equals and text):
            raise MalformedParameter("--bind", f"expected name=value, got '{key}{equals}'")
        values[key] = text
    bound = saved.bind(values, resolver.read_value)
    # A world alone is that of the query's own view.
    shown = resolver.read_view(view or saved.view, world or ("" if view else saved.world))
    return saved.run(store, bound, entailment=entailment, view=shown, page=page)
