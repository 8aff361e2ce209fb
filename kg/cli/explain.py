"""The command `glocal explain`: print proofs of a triple, or of contradictions."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import ReleaseOption, app, open_store, print_bytes, reporting_errors
from kg.errors import MalformedParameter, NotDerived

if TYPE_CHECKING:
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.proofs.proof import AnyProof, Proof


class ProofFormat(StrEnum):
    """The output formats of `glocal explain`."""

    tree = "tree"
    json_ld = "json-ld"
    turtle = "turtle"
    mermaid = "mermaid"


@app.command()
def explain(
    subject: Annotated[
        str, typer.Argument(help="A CURIE such as id:London, or a full IRI.", show_default=False)
    ] = "",
    predicate: Annotated[
        str, typer.Argument(help="A CURIE or a full IRI.", show_default=False)
    ] = "",
    object_: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A CURIE, a full IRI, or a literal in quotation marks.",
            show_default=False,
        ),
    ] = "",
    contradictions: Annotated[
        bool,
        typer.Option(
            "--contradictions",
            help="Instead of a triple, explain everything that contradicts what holds.",
        ),
    ] = False,
    limit: Annotated[
        int,
        typer.Option(
            help="Maximum number of proofs; the strongest and smallest come first.", min=1
        ),
    ] = 1,
    result_format: Annotated[
        ProofFormat, typer.Option("--format", help="Output format.")
    ] = ProofFormat.tree,
    release: ReleaseOption = None,
) -> None:
    """Explain a triple: the rules and premises that it is derived from, down to the passages.

    If the triple does not follow, the command prints which premises are missing.

    Examples:
    glocal explain id:C40 rdf:type glocal:Organization
    glocal explain id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative
    glocal explain --contradictions
    """
    from kg.reasoning.proofs.explainer import Explainer

    terms = (subject, predicate, object_)
    with reporting_errors():
        _refuse_bad_combinations(terms, contradictions)
        explainer = Explainer(open_store(release))
        proofs: Sequence[AnyProof]
        if contradictions:
            proofs = explainer.explain_contradictions()
        else:
            proofs = _proofs(explainer, terms, limit)
    _print(proofs, result_format)


def _refuse_bad_combinations(terms: Sequence[str], contradictions: bool) -> None:
    names = ("SUBJECT", "PREDICATE", "OBJECT")
    if contradictions and any(terms):
        raise MalformedParameter("--contradictions", "cannot be combined with a triple")
    missing = [name for name, term in zip(names, terms, strict=True) if not term]
    if missing and not contradictions:
        reason = "is missing; expected subject, predicate and object, or --contradictions"
        raise MalformedParameter(missing[0], reason)


def _proofs(explainer: "Explainer", terms: Sequence[str], limit: int) -> "Sequence[Proof]":
    from kg.reasoning.proofs import words

    try:
        return explainer.explain(words.read_triple(*terms), limit=limit)
    except NotDerived as error:
        for near_miss in error.nearest:
            typer.echo(words.format_near_miss(near_miss), err=True)
        raise


def _print(proofs: "Sequence[AnyProof]", result_format: ProofFormat) -> None:
    from rich.console import Console

    from kg.reasoning.proofs import linked_data, words

    if result_format is ProofFormat.tree and sys.stdout.isatty() and proofs:
        for proof in proofs:
            Console().print(words.build_tree(proof))
    elif result_format is ProofFormat.tree:
        print_bytes((words.render_text(proofs) or words.NO_CONTRADICTIONS).encode())
    elif result_format is ProofFormat.json_ld:
        print_bytes(linked_data.to_json_ld(proofs))
    elif result_format is ProofFormat.turtle:
        print_bytes(linked_data.to_turtle(proofs))
    else:
        print_bytes(words.render_mermaid(proofs).encode())
