"""The command `glocal whatif`: print what would change if facts were added or removed."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import Release, app, refusing, text_argument
from kg.namespaces import PREFIXES
from kg.store.query import prologue
from kg.store.syntax_errors import own_lines

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Answers, Outcome


class OutcomeFormat(StrEnum):
    """The output formats of `glocal whatif`."""

    tree = "tree"
    json = "json"
    json_ld = "json-ld"
    turtle = "turtle"


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
    result_format: Annotated[
        OutcomeFormat, typer.Option("--format", help="Output format.")
    ] = OutcomeFormat.tree,
    release: Release = None,
) -> None:
    """Show what would newly hold and what would no longer hold if facts were added or removed.

    Nothing is stored. Without GRAPH, a triple is added as a fact, or removed from all graphs that
    assert it. With an evidence graph, it is added with the status and holder of that graph, or
    removed from that graph only. The project's prefixes need no declaration.

    Example: glocal whatif 'DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }'
    --query 'ASK { id:London glocal:indirectlyInfluences id:UNHabitat }'
    """
    from kg.reasoning.whatif.engine import WhatIf
    from kg.reasoning.whatif.outcome import Asker
    from kg.reasoning.whatif.patches import media_type_of, read_patch
    from kg.store.quad_store import Store
    from kg.store.release_folder import find

    with refusing():
        store = Store.open(find(release))
        text = text_argument("patch", patch)
        parsed_patch = read_patch(text, media_type_of(text), prefixes=PREFIXES)
        query_text = text_argument("--query", query) if query else None
        outcome = WhatIf(store).suppose(parsed_patch)
        answers = None
        if query_text is not None:
            declarations = prologue(query_text, PREFIXES)
            with own_lines(declarations):
                answers = Asker(store).ask(outcome.dataset, declarations + query_text)
    _print(outcome, answers, result_format, proofs)


def _print(
    outcome: "Outcome", answers: "Answers | None", result_format: OutcomeFormat, proofs: bool
) -> None:
    from rich.console import Console

    from kg.reasoning.whatif import linked_data, words

    if result_format is OutcomeFormat.turtle:
        body = linked_data.turtle(outcome, proofs=proofs)
    elif result_format is not OutcomeFormat.tree:
        body = linked_data.json_ld(outcome, answers, proofs=proofs)
    elif sys.stdout.isatty():
        for tree in words.trees(outcome, proofs=proofs):
            Console().print(tree)
        for line in words.in_words(answers) if answers else ():
            typer.echo(line)
        return
    else:
        body = words.plain_text(outcome, answers, proofs=proofs).encode()
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
