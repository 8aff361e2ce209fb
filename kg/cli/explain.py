"""glocal explain: why a triple stands, and what clashes with what holds."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import Release, app, refusing
from kg.errors import MalformedParameter, NotDerived

if TYPE_CHECKING:
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.proofs.proof import AnyProof, Proof


class ProofFormat(StrEnum):
    """How `glocal explain` prints a proof."""

    tree = "tree"
    json_ld = "json-ld"
    turtle = "turtle"
    mermaid = "mermaid"


@app.command()
def explain(
    subject: Annotated[
        str, typer.Argument(help="A CURIE such as id:London, or a full IRI.", show_default=False)
    ] = "",
    predicate: Annotated[str, typer.Argument(help="The same.", show_default=False)] = "",
    object_: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="The same, or a literal in quotation marks.",
            show_default=False,
        ),
    ] = "",
    contradictions: Annotated[
        bool,
        typer.Option(
            "--contradictions",
            help="Instead of a triple: all that clashes with what holds, each with its proof.",
        ),
    ] = False,
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
    from kg.reasoning.proofs.explainer import Explainer
    from kg.store.quad_store import Store
    from kg.store.release_folder import find

    terms = (subject, predicate, object_)
    with refusing():
        _refuse_unless_one_is_asked(terms, contradictions)
        explainer = Explainer(Store.open(find(release)))
        proofs: Sequence[AnyProof] = (
            explainer.contradictions() if contradictions else _proofs(explainer, terms, limit)
        )
    _print(proofs, result_format)


def _refuse_unless_one_is_asked(terms: Sequence[str], contradictions: bool) -> None:
    names = ("SUBJECT", "PREDICATE", "OBJECT")
    if contradictions and any(terms):
        raise MalformedParameter("--contradictions", "goes without a triple")
    missing = [name for name, term in zip(names, terms, strict=True) if not term]
    if missing and not contradictions:
        reason = "is missing; right would be three terms, or --contradictions"
        raise MalformedParameter(missing[0], reason)


def _proofs(explainer: "Explainer", terms: Sequence[str], limit: int) -> "Sequence[Proof]":
    from kg.reasoning.proofs import words

    try:
        return explainer.explain(words.read_triple(*terms), limit=limit)
    except NotDerived as error:
        for miss in error.nearest:
            typer.echo(words.near_miss(miss), err=True)
        raise


def _print(proofs: "Sequence[AnyProof]", result_format: ProofFormat) -> None:
    from rich.console import Console

    from kg.reasoning.proofs import linked_data, words

    if result_format is ProofFormat.tree and sys.stdout.isatty() and proofs:
        for proof in proofs:
            Console().print(words.tree(proof))
        return
    writers = {
        ProofFormat.tree: lambda: (words.plain_text(proofs) or words.NO_CONTRADICTIONS).encode(),
        ProofFormat.json_ld: lambda: linked_data.json_ld(proofs),
        ProofFormat.turtle: lambda: linked_data.turtle(proofs),
        ProofFormat.mermaid: lambda: words.mermaid(proofs).encode(),
    }
    body = writers[result_format]()
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
