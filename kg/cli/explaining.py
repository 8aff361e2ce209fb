"""glocal explain: why a triple stands."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from kg.cli.shared import Release, app, refusing
from kg.errors import NotDerived


class ProofFormat(StrEnum):
    """How `glocal explain` prints a proof."""

    tree = "tree"
    json_ld = "json-ld"
    turtle = "turtle"
    mermaid = "mermaid"


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="A CURIE such as id:London, or a full IRI.")],
    predicate: Annotated[str, typer.Argument(help="The same.")],
    object_: Annotated[
        str, typer.Argument(metavar="OBJECT", help="The same, or a literal in quotation marks.")
    ],
    limit: Annotated[
        int, typer.Option(help="How many proofs at most, strongest and smallest first.", min=1)
    ] = 1,
    result_format: Annotated[
        ProofFormat, typer.Option("--format", help="How they are printed.")
    ] = ProofFormat.tree,
    release: Release = None,
) -> None:
    """Say why a triple stands: rules, premises, and the passages at the end.

    Example: glocal explain id:London glocal:contributedToLaunchOf
    id:CitiesAndClimateChangeInitiative
    """
    from rich.console import Console

    from kg.explain import Explainer, linked_data, words
    from kg.release import find
    from kg.store import Store

    with refusing():
        triple = words.read_triple(subject, predicate, object_)
        try:
            proofs = Explainer(Store.open(find(release))).explain(triple, limit=limit)
        except NotDerived as error:
            for miss in error.nearest:
                typer.echo(words.near_miss(miss), err=True)
            raise
    if result_format is ProofFormat.tree and sys.stdout.isatty():
        for proof in proofs:
            Console().print(words.tree(proof))
        return
    writers = {
        ProofFormat.tree: lambda: words.plain_text(proofs).encode(),
        ProofFormat.json_ld: lambda: linked_data.json_ld(proofs),
        ProofFormat.turtle: lambda: linked_data.turtle(proofs),
        ProofFormat.mermaid: lambda: words.mermaid(proofs).encode(),
    }
    body = writers[result_format]()
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
