"""glocal reason: what follows from anybody's data."""

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import Stages, app, refusing
from kg.namespaces import shorten

if TYPE_CHECKING:
    from kg.reasoning.derivation.materialisation import Report

_MOST_RULES = 20


@app.command()
def reason(
    facts: Annotated[
        list[Path], typer.Argument(help="N-Triples, N-Quads, Turtle or TriG; may end in .gz.")
    ],
    ontology: Annotated[
        list[Path] | None,
        typer.Option(help="A file whose OWL axioms become rules; may be given several times."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="A folder of rule files, each one SPARQL CONSTRUCT.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Gets the derived triples, in the format that its ending says."),
    ] = None,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Also derive what follows among axioms, by OWL 2 RL and RDFS."
        ),
    ] = False,
    max_triples: Annotated[
        int, typer.Option(help="Stop where more would be derived.", min=1)
    ] = 20_000_000,
    max_seconds: Annotated[
        float, typer.Option(help="Stop deriving after this time.", min=0)
    ] = 3600,
) -> None:
    """Derive what follows from any RDF data, by OWL 2 RL axioms and by rule files.

    Says how far it is, which rule gave how much, which axioms no rule says, and what
    contradicts itself (exit code 1).

    Example: glocal reason data.nt.gz --ontology onto.ttl --out derived.nt
    """
    from kg.reasoning.derivation.materialisation import materialise

    start, tell = time.monotonic(), Stages()
    with refusing():
        report = materialise(
            facts,
            ontology or [],
            rules,
            out,
            with_schema=schema,
            max_triples=max_triples,
            max_seconds=max_seconds,
            tell=tell,
        )
    _account(report, time.monotonic() - start)
    if report.contradictions:
        raise typer.Exit(1)


def _account(report: "Report", seconds: float) -> None:
    """The report in words, on standard output."""
    for axiom in report.uncompiled:
        typer.secho(f"No rule: {axiom}", err=True, fg=typer.colors.YELLOW)
    if report.left_out:
        left_out = f"{report.left_out:,} statements about statements were not reasoned over."
        typer.secho(left_out, err=True, fg=typer.colors.YELLOW)
    for name, count in list(report.by_rule.items())[:_MOST_RULES]:
        typer.echo(f"{count:>12,}  {name}")
    if len(report.by_rule) > _MOST_RULES:
        typer.echo(f"{'…':>12}  {len(report.by_rule) - _MOST_RULES} more rules")
    megabytes = _peak_megabytes()
    typer.echo(
        f"{report.derived:,} derived from {report.statements:,} stated; rules: {report.rules}, "
        f"rounds: {report.rounds}, {seconds:.1f} s, {megabytes:,.0f} MB."
    )
    for rule, triples in report.contradictions[:_MOST_RULES]:
        clash = " ; ".join(" ".join(map(_text, triple)) for triple in triples)
        typer.secho(f"Contradiction by {rule}: {clash}", err=True, fg=typer.colors.RED)
    if len(report.contradictions) > _MOST_RULES:
        more = len(report.contradictions) - _MOST_RULES
        typer.secho(f"and {more:,} contradictions more", err=True, fg=typer.colors.RED)


def _text(term: object) -> str:
    value = getattr(term, "value", None)
    return shorten(value) if str(term).startswith("<") and value else str(term)


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, but on macOS bytes.
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
