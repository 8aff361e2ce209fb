"""glocal whatif: what would hold, and what no longer would, if some facts were otherwise."""

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
    """How `glocal whatif` prints what would come of a patch."""

    tree = "tree"
    json = "json"
    json_ld = "json-ld"
    turtle = "turtle"


@app.command()
def whatif(
    patch: Annotated[
        str,
        typer.Argument(
            help="INSERT DATA and DELETE DATA, or TriG to add, in which graph:removed holds what "
            "is removed; or a file that holds it, or - for stdin."
        ),
    ],
    query: Annotated[
        str | None,
        typer.Option(help="A SELECT or ASK, or a file that holds it, answered before and after."),
    ] = None,
    proofs: Annotated[
        bool, typer.Option("--proofs/--no-proofs", help="Whether to show what each rests on.")
    ] = True,
    result_format: Annotated[
        OutcomeFormat, typer.Option("--format", help="How it is printed.")
    ] = OutcomeFormat.tree,
    release: Release = None,
) -> None:
    """Say what would newly hold and what no longer would, if facts were added or removed.

    Nothing is stored. Without GRAPH a triple is removed from wherever it is asserted, and added
    as a fact; in an evidence graph it is removed from there alone, or added with the status and
    holder of that graph. The project's prefixes are declared for you.

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
        read = read_patch(text, media_type_of(text), prefixes=PREFIXES)
        asked = text_argument("--query", query) if query else None
        outcome = WhatIf(store).suppose(read)
        answers = None
        if asked is not None:
            declared = prologue(asked, PREFIXES)
            with own_lines(declared):
                answers = Asker(store).ask(outcome.dataset, declared + asked)
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
