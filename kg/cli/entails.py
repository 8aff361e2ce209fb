"""The command `glocal entails`: does one graph or ontology follow from another?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kg.cli.application import StageProgress, app, print_bytes, say, tell
from kg.cli.options import ImportOption, MaxTriplesOption, read_imports
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.reasoning.entailment.entailment import Entailment

_MAX_LISTED = 20
_BAD_INPUT = 2
_SENTENCES = {
    "ENTAILED": "Entailed: a proof of the whole conclusion was found.",
    "NOT_ENTAILED": "Not entailed: no proof, and premise and conclusion stay in OWL 2 RL.",
    "CONTRADICTION": "The premise contradicts itself, so everything follows from it.",
    "UNDECIDED": "Undecided: no proof was found, but what is outside OWL 2 RL may give one.",
}


@app.command()
def entails(
    premise: Annotated[Path, typer.Argument(help="RDF file in any syntax; may be gzipped (.gz).")],
    conclusion: Annotated[Path, typer.Argument(help="RDF file that may follow from it.")],
    ontology: Annotated[
        list[Path] | None,
        typer.Option(help="File with more axioms of the premise; repeatable."),
    ] = None,
    imports: ImportOption = None,
    semantics: Annotated[
        Literal["rdf", "direct"],
        typer.Option(help="Semantics of OWL 2: RDF-Based, or Direct, which ignores annotations."),
    ] = "rdf",
    proof: Annotated[
        bool,
        typer.Option("--proof", help="Print a proof of each triple of the conclusion."),
    ] = False,
    max_refutations: Annotated[
        int, typer.Option(help="Stop if more suppositions than this are needed.", min=0)
    ] = 10_000,
    max_triples: MaxTriplesOption = 20_000_000,
    max_seconds: Annotated[float, typer.Option(help="Stop after this many seconds.", min=0)] = 3600,
) -> None:
    """Say whether a graph or ontology follows from another, and prove it.

    Exit codes: 0 a proof was found; 1 there is none, and the question stays in OWL 2 RL; 4 there is
    none, and it does not (undecided); 3 the premise contradicts itself; 2 bad input, or a limit was
    exceeded. Every command: 70 a fault of glocal; 74 its output cannot be written.

    Example: glocal entails family.ttl conclusion.ttl --proof
    """
    from kg.reasoning.entailment.entailment import decide

    try:
        result = decide(
            premise,
            conclusion,
            ontology=ontology or [],
            imports=read_imports(imports),
            semantics=semantics,
            with_proofs=proof,
            max_refutations=max_refutations,
            max_triples=max_triples,
            max_seconds=max_seconds,
            tell=StageProgress(),
        )
    except (KgError, OSError) as error:
        tell(str(error), "red")
        raise typer.Exit(_BAD_INPUT) from error
    _print(result)
    raise typer.Exit(result.verdict.value)


def _print(result: "Entailment") -> None:
    """Print the proofs and the answer, and on stderr what is outside OWL 2 RL."""
    from kg.reasoning.proofs.words import render_text

    for reason in result.outside_rl:
        tell(f"Outside OWL 2 RL: {reason}", "yellow")
    if result.proofs:
        print_bytes(render_text(result.proofs).encode())
        sys.stdout.flush()
    for line in result.unproved_texts[:_MAX_LISTED]:
        say(f"No proof: {line}")
    if len(result.unproved) > _MAX_LISTED:
        say(f"and {len(result.unproved) - _MAX_LISTED:,} more triples without a proof")
    say(_SENTENCES[result.verdict.name])
