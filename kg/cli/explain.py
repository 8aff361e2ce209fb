"""The command `glocal explain`: print proofs of a triple, or of contradictions."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pyoxigraph import Triple

from kg.cli.application import app, open_store, print_bytes, reporting_errors, say, tell
from kg.cli.options import ReleaseOption, ViewOption, WorldOption
from kg.errors import MalformedParameter, NotDerived
from kg.statuses import Standing

if TYPE_CHECKING:
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.proofs.proof import AnyProof, Proof


ProofFormat = Literal["tree", "json-ld", "turtle", "mermaid"]


@app.command()
def explain(
    subject: Annotated[
        str,
        typer.Argument(
            help="Any name, such as London, 伦敦 or id:London, or a full IRI.", show_default=False
        ),
    ] = "",
    predicate: Annotated[
        str, typer.Argument(help="A name, a CURIE or a full IRI.", show_default=False)
    ] = "",
    object_: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A name, a CURIE, a full IRI, or a literal in quotation marks.",
            show_default=False,
        ),
    ] = "",
    contradictions: Annotated[
        bool,
        typer.Option(
            "--contradictions",
            help="Instead of a triple, explain everything in a world that contradicts the rest.",
        ),
    ] = False,
    disagreements: Annotated[
        bool,
        typer.Option(
            "--disagreements",
            help="Instead of a triple, show which holders' claims contradict each other or the "
            "rest, and the disagreements that the text reports.",
        ),
    ] = False,
    limit: Annotated[
        int,
        typer.Option(
            help="Maximum number of proofs; the strongest and smallest come first.", min=1
        ),
    ] = 1,
    result_format: Annotated[ProofFormat, typer.Option("--format", help="Output format.")] = "tree",
    derivation: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Instead of a release, the folder that glocal reason --witness wrote; terms are "
            "then IRIs, CURIEs or in N-Triples.",
        ),
    ] = None,
    view: ViewOption = None,
    world: WorldOption = None,
    release: ReleaseOption = None,
) -> None:
    """Explain a triple: the rules and premises that it is derived from, down to the passages.

    Without a view and world, proofs may be of any. If the triple does not follow, the command
    prints which premises are missing.

    Examples:
    glocal explain id:C40 rdf:type glocal:Organization
    glocal explain id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative
    glocal explain --contradictions
    glocal explain --disagreements
    glocal explain --derivation witnesses/ https://example.org/a rdf:type https://example.org/City
    """
    from kg.linking.resolver import Resolver
    from kg.linking.triple_terms import read_triple
    from kg.reasoning.proofs import words
    from kg.reasoning.proofs.explainer import Explainer

    terms = (subject, predicate, object_)
    with reporting_errors():
        _refuse_bad_combinations(terms, contradictions or disagreements)
        if derivation is not None:
            from kg.spark.explanation import StoredDerivation

            print_bytes(StoredDerivation(derivation).explain(*terms).encode())
            return
        store = open_store(release)
        explainer = Explainer(store)
        proofs: Sequence[AnyProof]
        caveat = ""
        if disagreements:
            from kg.reasoning.whatif.disagreements import find_disagreements
            from kg.reasoning.whatif.engine import WhatIf

            proofs = find_disagreements(WhatIf(explainer))
        elif contradictions:
            proofs = explainer.explain_contradictions()
        else:
            resolver = Resolver.of(store)
            shown = resolver.read_view(view, world) if view or world else None
            triple = read_triple(resolver, *terms)
            proofs = _proofs(explainer, triple, limit, shown)
            caveat = words.format_caveat(explainer.suppositions(triple))
    _print(proofs, result_format, caveat)


def _refuse_bad_combinations(terms: Sequence[str], is_list: bool) -> None:
    names = ("SUBJECT", "PREDICATE", "OBJECT")
    if is_list and any(terms):
        reason = "cannot be combined with a triple"
        raise MalformedParameter("--contradictions or --disagreements", reason)
    missing = [name for name, term in zip(names, terms, strict=True) if not term]
    if missing and not is_list:
        reason = "is missing; expected subject, predicate and object, or --contradictions"
        raise MalformedParameter(missing[0], reason)


def _proofs(
    explainer: "Explainer", triple: Triple, limit: int, view: Standing | None
) -> "Sequence[Proof]":
    from kg.reasoning.proofs import words

    try:
        return explainer.explain(triple, limit=limit, view=view)
    except NotDerived as error:
        for near_miss in error.nearest:
            tell(words.format_near_miss(near_miss))
        raise


def _print(proofs: "Sequence[AnyProof]", result_format: ProofFormat, caveat: str) -> None:
    from rich.console import Console

    from kg.reasoning.proofs import linked_data, words

    if result_format == "tree" and sys.stdout.isatty() and proofs:
        if caveat:
            say(caveat)
        for proof in proofs:
            Console().print(words.build_tree(proof))
    elif result_format == "tree":
        print_bytes(words.render_answer(proofs, caveat).encode())
    elif result_format == "json-ld":
        print_bytes(linked_data.to_json_ld(proofs, caveat=caveat))
    elif result_format == "turtle":
        print_bytes(linked_data.to_turtle(proofs, caveat=caveat))
    else:
        print_bytes(words.render_mermaid(proofs).encode())
