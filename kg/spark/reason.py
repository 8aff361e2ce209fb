"""Derive what follows from RDF data on Spark, for `glocal reason --on`."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Timer
from typing import Final
from uuid import uuid4

from pyoxigraph import Quad, Triple
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.errors import Contradiction, LimitExceeded
from kg.namespaces import OWL, shorten
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.axioms.fixed_rules import datatype_rules, rdfs_rules, schema_rules
from kg.reasoning.derivation.reason_files import REMEDY, MaterialisationReport
from kg.reasoning.rules.rule import Rule, predicates_of, read_own_rules
from kg.sources.imports import read_with_imports
from kg.spark.closure import Limits, Storage
from kg.spark.derivation import Clash, Derivation, Options
from kg.spark.locations import remove, require_absent, require_file_system
from kg.spark.reading import QUADS_SCHEMA, format_of_location, read_quads
from kg.spark.standings import read_premises
from kg.spark.term_codes import small_table
from kg.spark.writing import write_derivation, write_derived

_MAX_REPORTED: Final = 20
_STATEMENTS_PER_PARTITION: Final = 250_000


@dataclass(frozen=True)
class Request:
    """Locations are paths or addresses of any Hadoop file system.

    `out` gets the derived triples, `witness` all triples with their rules and premises. `work`
    holds tables while the derivation runs, and must be visible to all executors; by default it is
    a temporary folder of this machine. For `imports` see `materialise`. With `with_standings`,
    statuses and holders decide at which base and in which world a triple stands.
    """

    facts: Sequence[str]
    ontology: Sequence[Path] = ()
    rules: Path | None = None
    out: str | None = None
    witness: str | None = None
    work: str | None = None
    imports: Mapping[str, Path] = field(default_factory=dict)
    with_schema: bool = False
    with_standings: bool = False
    max_triples: int = 20_000_000
    max_seconds: float = 3600


def reason_on_spark(
    spark: SparkSession, request: Request, tell: Callable[[str], None] = lambda _: None
) -> MaterialisationReport:
    """Derive everything that follows, like `reason_files.materialise`, and write it.

    With standings, a rule that is a hypothesis or a plan applies in the world of these; without, it
    is ignored. Contradictions in worlds are in the report.

    Raises:
        MalformedInput: a location cannot be read or written, or a rules folder has no rules.
        LimitExceeded: more than `max_triples` are derived, or that alone takes `max_seconds`.
        UnsupportedRules: a rule has NOT EXISTS or an aggregate.
        Contradiction: the triples contradict each other outside of worlds; nothing is written.
    """
    _check_locations(spark, request)
    ontology, imports = read_with_imports(request.ontology, request.imports)
    with _work_folder(spark, request.work) as work:
        storage = Storage(spark, work)
        quads, left_out = read_quads(storage, request.facts)
        compiled, rules = _rules(request, ontology, quads)
        stated = quads.unionByName(_as_table(spark, ontology))
        kept = stated.count()
        tell(f"reading {kept + left_out:,} statements")
        _set_partitions(spark, kept)
        if request.with_standings:
            premises = read_premises(spark, stated)
        else:
            nowhere = {"base": F.lit(0), "world": F.lit(None).cast("string")}
            premises = stated.select("subject", "predicate", "object").withColumns(nowhere)
        wanted = predicates_of(rules)
        options = Options(request.with_standings, request.witness is not None)
        limits = Limits(request.max_triples, request.max_seconds)
        derivation = Derivation(storage, rules, options, limits, tell)
        derivation.read(premises, None if wanted is None else {*wanted, OWL["sameAs"]})
        tell(f"deriving by {len(rules):,} rules")
        with _time_limit(spark, request.max_seconds):
            clashes = _derive(derivation)
        count = _write(spark, derivation, rules, request, tell)
    return MaterialisationReport(
        kept + left_out,
        left_out,
        len(rules),
        [*imports.notes(REMEDY), *compiled.uncompiled],
        derivation.rounds,
        count,
        derivation.counts_by_rule(),
        [(f"{each.rule} in the world of {_text(each.world)}", each.triples) for each in clashes],
    )


def _derive(derivation: Derivation) -> list[Clash]:
    """Derive, and return the contradictions in worlds; raise Contradiction for any other."""
    is_consistent = derivation.run()
    if is_consistent and not derivation.has_standings:
        return []
    clashes = derivation.contradictions(_MAX_REPORTED)
    for each in clashes:
        if each.world is None:
            texts = [" ".join(map(_text, triple)) for triple in each.triples]
            raise Contradiction(each.rule, texts, each.triples)
    return clashes


def _write(
    spark: SparkSession,
    derivation: Derivation,
    rules: Sequence[Rule],
    request: Request,
    tell: Callable[[str], None],
) -> int:
    """Write what the request wants, whole or not at all, and return the number of derived triples.

    Raises MalformedInput if a location cannot be written.
    """
    derived, terms = derivation.derived(), derivation.terms
    count: int = derived.count()
    if request.out is not None:
        tell(f"writing {request.out}")
        with _whole(spark, request.out):
            write_derived(derived, terms, request.out, has_standings=request.with_standings)
    if request.witness is not None:
        tell(f"writing {request.witness}")
        with _whole(spark, request.witness):
            write_derivation(spark, derivation.rows(), terms, rules, request.witness)
    return count


@contextmanager
def _whole(spark: SparkSession, location: str) -> Iterator[None]:
    """Delete the location if it is not written to the end, by an error or an interrupt."""
    try:
        yield
    except BaseException:
        remove(spark, location)
        raise


def _check_locations(spark: SparkSession, request: Request) -> None:
    """Check locations and formats now, rather than after hours of work."""
    for location in (request.out, request.witness):
        if location is not None:
            require_absent(spark, location)
    for location in (*request.facts, *([request.out] if request.out else [])):
        format_of_location(location)
    for location in (*request.facts, *([request.work] if request.work else [])):
        require_file_system(spark, location)


def _rules(
    request: Request, ontology: Sequence[Quad], quads: DataFrame
) -> tuple[CompiledAxioms, list[Rule]]:
    """Compile the axioms, for equality too if the triples have any, and read the rule files."""
    same_as = OWL["sameAs"]
    extra = read_own_rules(request.rules) if request.rules else []
    if request.with_schema:
        extra += [*schema_rules(ontology), *datatype_rules(), *rdfs_rules()]
    makes_equal = False
    while True:
        compiled = compile_axioms(ontology, facts_make_equal=makes_equal)
        known = [*compiled.rules, *extra]
        if request.with_standings:
            rules = known
        else:
            rules = [rule for rule in known if rule.status is None or rule.status.holds]
        wanted = predicates_of(rules)
        if makes_equal or wanted is None or same_as in wanted:
            return compiled, rules
        is_there = any(quad.predicate == same_as for quad in ontology)
        if not is_there and quads.where(F.col("predicate") == str(same_as)).isEmpty():
            return compiled, rules
        makes_equal = True


def _set_partitions(spark: SparkSession, statements: int) -> None:
    """Divide large data so that each part fits into an executor; Spark merges small parts."""
    setting = "spark.sql.shuffle.partitions"
    wanted = statements // _STATEMENTS_PER_PARTITION
    spark.conf.set(setting, str(max(int(spark.conf.get(setting) or 1), wanted)))


def _as_table(spark: SparkSession, quads: Sequence[Quad]) -> DataFrame:
    rows = [
        (str(quad.subject), str(quad.predicate), str(quad.object), None)
        for quad in quads
        if not isinstance(quad.subject, Triple) and not isinstance(quad.object, Triple)
    ]
    return small_table(spark, rows, QUADS_SCHEMA)


@contextmanager
def _work_folder(spark: SparkSession, location: str | None) -> Iterator[str]:
    """Make a folder of this run alone, and delete it at the end."""
    if location is not None:
        folder = f"{location.rstrip('/')}/glocal-{uuid4().hex}"
        try:
            yield folder
        finally:
            remove(spark, folder)
        return
    with tempfile.TemporaryDirectory(prefix="glocal-spark-") as folder:
        yield Path(folder).as_uri()


@contextmanager
def _time_limit(spark: SparkSession, seconds: float) -> Iterator[None]:
    """Cancel the running jobs when the time is over, and raise LimitExceeded."""
    is_over = Event()

    def end() -> None:
        is_over.set()
        spark.sparkContext.cancelAllJobs()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if is_over.is_set() and not isinstance(error, LimitExceeded):
            reason = "The jobs that ran were cancelled."
            raise LimitExceeded("max_seconds", seconds, reason) from error
        raise
    finally:
        timer.cancel()


def _text(term: object) -> str:
    value = getattr(term, "value", None)
    return shorten(value) if str(term).startswith("<") and value else str(term)
