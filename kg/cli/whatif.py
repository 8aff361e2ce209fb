"""The command `glocal whatif`: print what would change if facts were added or removed."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kg.cli.application import app, open_store, print_bytes, reporting_errors, say, text_argument
from kg.cli.options import ReleaseOption, ViewOption, WorldOption
from kg.errors import MalformedParameter
from kg.namespaces import PREFIXES
from kg.sparql.query import Query

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Answers, Outcome


OutcomeFormat = Literal["tree", "json", "json-ld", "turtle"]


@app.command()
def whatif(
    patch: Annotated[
        str,
        typer.Argument(
            help="The changes: SPARQL Update (INSERT DATA, DELETE DATA), or TriG with triples to "
            "add, and triples to remove in graph:removed. Or a file with them, or - for stdin."
        ),
    ],
    query: Annotated[
        str | None,
        typer.Option(
            help="A SELECT or ASK query, or a file with one, to answer before and after the change."
        ),
    ] = None,
    proofs: Annotated[
        bool, typer.Option("--proofs/--no-proofs", help="Print the proof of each change.")
    ] = True,
    limit: Annotated[
        int | None,
        typer.Option(help="Print and prove only this many changes; all are counted.", min=1),
    ] = None,
    offset: Annotated[
        int, typer.Option(help="Number of changes to skip; contradictions count first.", min=0)
    ] = 0,
    result_format: Annotated[
        OutcomeFormat,
        typer.Option(
            "--format",
            help="tree: text for people; json or json-ld: one document that is both; turtle: RDF, "
            "without the answers to a query.",
        ),
    ] = "tree",
    view: ViewOption = None,
    world: WorldOption = None,
    release: ReleaseOption = None,
) -> None:
    """Show what would newly hold and what would no longer hold if facts were added or removed.

    Nothing is stored. Without GRAPH, a triple is added as a fact, or removed from all graphs that
    assert it. With an evidence graph, it is added with the status and holder of that graph, or
    removed from that graph only. The project's prefixes need no declaration.

    Example: glocal whatif 'DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }'
    --query 'ASK { id:London glocal:indirectlyInfluences id:UNHabitat }'
    """
    from kg.linking.resolver import Resolver
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.whatif.engine import WhatIf
    from kg.reasoning.whatif.outcome import AnswerComparison
    from kg.reasoning.whatif.patches import guess_media_type, parse_patch

    with reporting_errors():
        if query and result_format == "turtle":
            reason = "cannot be combined with --format turtle, which has no form for answers"
            raise MalformedParameter("--query", reason)
        store = open_store(release)
        text = text_argument("patch", patch)
        parsed_patch = parse_patch(text, guess_media_type(text), prefixes=PREFIXES)
        query_text = text_argument("--query", query) if query else None
        shown = Resolver.of(store).read_view(view, world)
        page = slice(offset, None if limit is None else offset + limit)
        outcome = WhatIf(Explainer(store)).evaluate(parsed_patch, shown, page)
        answers = None
        if query_text is not None:
            parsed_query = Query.with_prefixes(query_text, PREFIXES)
            answers = AnswerComparison(store).compare(outcome.dataset, parsed_query, shown)
    _print(outcome, answers, result_format, proofs)


def _print(
    outcome: "Outcome", answers: "Answers | None", result_format: OutcomeFormat, proofs: bool
) -> None:
    from rich.console import Console

    from kg.reasoning.whatif import linked_data
    from kg.reasoning.whatif import words as outcome_words

    if result_format == "turtle":
        print_bytes(linked_data.turtle(outcome, proofs=proofs))
    elif result_format != "tree":
        print_bytes(linked_data.json_ld(outcome, answers, proofs=proofs))
    elif not sys.stdout.isatty():
        print_bytes(outcome_words.plain_text(outcome, answers, proofs=proofs).encode())
    else:
        for tree in outcome_words.change_trees(outcome, proofs=proofs):
            Console().print(tree)
        for line in outcome_words.answer_lines(answers) if answers else ():
            say(line)
