"""The command `glocal reason`: derive what follows from any RDF data."""

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import StageProgress, app, reporting_errors
from kg.namespaces import shorten

if TYPE_CHECKING:
    from kg.reasoning.derivation.reason_files import MaterialisationReport

_MAX_LISTED = 20


@app.command()
def reason(
    facts: Annotated[
        list[Path],
        typer.Argument(help="Files in N-Triples, N-Quads, Turtle or TriG; may be gzipped (.gz)."),
    ],
    ontology: Annotated[
        list[Path] | None,
        typer.Option(help="File with OWL axioms, which are compiled to rules; repeatable."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="Folder of rule files, each with one SPARQL CONSTRUCT query."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Output file for the derived triples; its extension sets the format."),
    ] = None,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Also derive axioms from axioms, by the rules of OWL 2 RL and RDFS."
        ),
    ] = False,
    max_triples: Annotated[
        int, typer.Option(help="Stop if more triples than this would be derived.", min=1)
    ] = 20_000_000,
    max_seconds: Annotated[
        float, typer.Option(help="Stop deriving after this many seconds.", min=0)
    ] = 3600,
) -> None:
    """Derive what follows from any RDF data by OWL 2 RL axioms and rule files.

    Prints the progress, the number of triples that each rule derived, the axioms that could not be
    compiled to rules, and the contradictions (exit code 1 if there are any).

    Example: glocal reason data.nt.gz --ontology onto.ttl --out derived.nt
    """
    from kg.reasoning.derivation.reason_files import materialise

    start, tell = time.monotonic(), StageProgress()
    with reporting_errors():
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
    _print_report(report, time.monotonic() - start)
    if report.contradictions:
        raise typer.Exit(1)


def _print_report(report: "MaterialisationReport", seconds: float) -> None:
    """Print the report on standard output, and its warnings and contradictions on stderr."""
    for axiom in report.uncompiled:
        typer.secho(f"Not compiled to a rule: {axiom}", err=True, fg=typer.colors.YELLOW)
    if report.left_out:
        left_out = f"Left out of reasoning: {report.left_out:,} triples with triple terms."
        typer.secho(left_out, err=True, fg=typer.colors.YELLOW)
    for name, count in list(report.by_rule.items())[:_MAX_LISTED]:
        typer.echo(f"{count:>12,}  {name}")
    if len(report.by_rule) > _MAX_LISTED:
        typer.echo(f"{'…':>12}  {len(report.by_rule) - _MAX_LISTED} more rules")
    # ru_maxrss is in kilobytes, on macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    typer.echo(
        f"{report.derived:,} derived from {report.statements:,} asserted; rules: {report.rules}, "
        f"rounds: {report.rounds}, {seconds:.1f} s, {megabytes:,.0f} MB."
    )
    for rule, triples in report.contradictions[:_MAX_LISTED]:
        clash = " ; ".join(" ".join(map(_text, triple)) for triple in triples)
        typer.secho(f"Contradiction by {rule}: {clash}", err=True, fg=typer.colors.RED)
    if len(report.contradictions) > _MAX_LISTED:
        more = len(report.contradictions) - _MAX_LISTED
        typer.secho(f"and {more:,} more contradictions", err=True, fg=typer.colors.RED)


def _text(term: object) -> str:
    value = getattr(term, "value", None)
    return shorten(value) if str(term).startswith("<") and value else str(term)
