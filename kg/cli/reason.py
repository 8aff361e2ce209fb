"""The command `glocal reason`: derive what follows from any RDF data."""

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.application import StageProgress, app, reporting_errors, say, tell
from kg.cli.options import ImportOption, MaxSecondsOption, MaxTriplesOption, read_imports
from kg.errors import MalformedParameter
from kg.namespaces import shorten

if TYPE_CHECKING:
    from kg.reasoning.derivation.reason_files import MaterialisationReport

_MAX_LISTED = 20


@app.command()
def reason(
    facts: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA…",
            help="RDF files in any syntax; may be gzipped (.gz). With --on: files or folders of "
            "N-Triples, N-Quads or Parquet on any Hadoop file system.",
        ),
    ],
    ontology: Annotated[
        list[Path] | None,
        typer.Option(
            help="RDF file in any syntax with OWL axioms, which are compiled to rules; repeatable."
        ),
    ] = None,
    imports: ImportOption = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="Folder of rule files, each with one SPARQL CONSTRUCT query."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="Output file for the derived triples; its extension sets the format. With --on: "
            "a new folder of parts, its name ending in .nt, .nq or .parquet."
        ),
    ] = None,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Also derive axioms from axioms, by the rules of OWL 2 RL and RDFS."
        ),
    ] = False,
    max_triples: MaxTriplesOption = 20_000_000,
    max_seconds: MaxSecondsOption = 3600,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="MASTER",
            help="Derive on Apache Spark: spark (all cores of this machine), spark://HOST:PORT, "
            "yarn or another master. Needs glocal-kg[spark] and Java 17 or 21.",
        ),
    ] = None,
    bases: Annotated[
        bool,
        typer.Option(
            "--bases",
            help="With --on: the data are quads like those of a release, whose evidence graphs "
            "have statuses; derive at each base and in each world.",
        ),
    ] = False,
    witness: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="With --on: a new folder with the rule and premises of each derived triple, for "
            "glocal explain --derivation.",
        ),
    ] = None,
    work: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="With --on: folder for tables between rounds, which every worker must reach.",
        ),
    ] = None,
    spark_setting: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="With --on: a setting of Spark, such as spark.executor.memory=4g; repeatable.",
        ),
    ] = None,
) -> None:
    """Derive what follows from any RDF data by OWL 2 RL axioms and rule files.

    Prints the progress, the number of triples that each rule derived, the axioms that no rule
    covers and the imports that were not given, and the contradictions (exit code 1 if there are
    any).

    Examples:
    glocal reason family.owl --ontology family.owl --out derived.ttl
    glocal reason data.nt.gz --ontology onto.ttl --out derived.nt
    glocal reason hdfs:///data.nt --ontology onto.ttl --out hdfs:///derived.nt --on spark://host:7077
    """
    start, tell = time.monotonic(), StageProgress()
    with reporting_errors():
        if on is not None:
            from kg.spark.session import master_of, read_settings, spark_session

            with spark_session(master_of(on), read_settings(spark_setting or [])) as spark:
                from kg.spark.reason import Request, reason_on_spark

                request = Request(
                    facts,
                    ontology or [],
                    rules,
                    out,
                    witness,
                    work,
                    imports=read_imports(imports),
                    with_schema=schema,
                    with_standings=bases,
                    max_triples=max_triples,
                    max_seconds=max_seconds,
                )
                report = reason_on_spark(spark, request, tell)
        else:
            from kg.reasoning.derivation.reason_files import materialise

            _refuse_options_of_spark(bases or witness or work or spark_setting)
            report = materialise(
                [*map(Path, facts)],
                ontology or [],
                rules,
                Path(out) if out else None,
                imports=read_imports(imports),
                with_schema=schema,
                max_triples=max_triples,
                max_seconds=max_seconds,
                tell=tell,
            )
    _print_report(report, time.monotonic() - start)
    # In a world, statements may contradict the rest.
    if report.contradictions and not bases:
        raise typer.Exit(1)


def _refuse_options_of_spark(given: object) -> None:
    if given:
        raise MalformedParameter("--bases, --witness, --work or --spark-setting", "needs --on")


def _print_report(report: "MaterialisationReport", seconds: float) -> None:
    """Print the report on standard output, and its warnings and contradictions on stderr."""
    for axiom in report.uncompiled:
        tell(f"Not covered by rules: {axiom}", "yellow")
    if report.in_facts:
        names = ", ".join(shorten(each[1:-1]) for each in report.in_facts)
        hint = f"No rules are made of axioms in DATA ({names}). Give the file with --ontology, too."
        tell(hint, "yellow")
    if report.left_out:
        left_out = f"Left out of reasoning: {report.left_out:,} triples with triple terms."
        tell(left_out, "yellow")
    for name, count in list(report.by_rule.items())[:_MAX_LISTED]:
        say(f"{count:>12,}  {name}")
    if len(report.by_rule) > _MAX_LISTED:
        say(f"{'…':>12}  {len(report.by_rule) - _MAX_LISTED} more rules")
    # ru_maxrss is in kilobytes, on macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    say(
        f"{report.derived:,} derived from {report.statements:,} asserted; rules: {report.rules}, "
        f"rounds: {report.rounds}, {seconds:.1f} s, {megabytes:,.0f} MB."
    )
    for rule, triples in report.contradictions[:_MAX_LISTED]:
        clash = " ; ".join(" ".join(map(_text, triple)) for triple in triples)
        tell(f"Contradiction by {rule}: {clash}", "red")
    if len(report.contradictions) > _MAX_LISTED:
        more = len(report.contradictions) - _MAX_LISTED
        tell(f"and {more:,} more contradictions", "red")


def _text(term: object) -> str:
    value = getattr(term, "value", None)
    return shorten(value) if str(term).startswith("<") and value else str(term)
