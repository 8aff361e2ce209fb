"""Check the ontology and the curated files and report all findings at once, for `glocal check`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.content import Content, own_content
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import read_frames
from kg.linking.link_files import check_links
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import CONTENT_FILE, newest_context_file
from kg.reasoning.axioms.compiler import compile_axioms
from kg.release import check_files
from kg.release.check_classes import check_classes
from kg.release.check_content import check_content, check_renames
from kg.release.check_contradictions import find_contradictions
from kg.release.check_files import FilesRead, listing_unreadable
from kg.release.check_limited_premises import find_limited_premises
from kg.release.check_queries import check_queries
from kg.release.check_rules import check_rules, check_strata
from kg.release.check_shapes import check_shapes_and_alignments
from kg.sources.files import read_file
from kg.sources.folders import DATASET_FILE, RENAMES_FILE
from kg.sources.lines import find_line
from kg.validation.characters import RULE as CHARACTERS
from kg.validation.characters import check_characters
from kg.validation.curated import validate
from kg.validation.dates import find_future_dates
from kg.validation.findings import Finding, display_path, to_findings
from kg.validation.names import declared_types
from kg.validation.prefixes import check_prefixes
from kg.validation.spelling import check_trig_format, check_turtle_format

# The time zone in which a day begins first.
_EARLIEST_ZONE: Final = timezone(timedelta(hours=14))
_TEXT_FILES: Final = frozenset({".ttl", ".trig", ".nt", ".nq", ".tsv", ".csv", ".rq", ".jsonld"})


def check(content: Content | None = None, *, today: date | None = None) -> list[Finding]:
    """Return the findings about a content, by default the project's own.

    Statements are not checked if any file is unreadable or has a prefix that leads elsewhere,
    because all in it would seem missing; contradictions, and then rules that join limited
    statements, are searched for only if there are no findings other than about spelling. Nothing
    done may be dated after `today`, by default the day that has begun somewhere on Earth. Raises
    MalformedInput if a folder has no files, LimitExceeded if more would be derived than allowed.
    """
    content = content or own_content()
    today = today or datetime.now(_EARLIEST_ZONE).date()
    content.require_own_names(content.root)
    ontology = content.ontology
    facts, modules = check_files.read_facts(content), check_files.read_modules(ontology)
    others = check_files.read_alignments_and_shapes(ontology)
    characters, prefixes = _check_texts(content)
    unreadable_files = [*facts.findings, *modules.findings, *others.findings, *prefixes]
    rules, rule_findings = check_rules(content, [*facts.quads, *modules.quads])
    file_findings = [*characters, *unreadable_files, *rule_findings]
    if not modules.findings:
        file_findings += _check_context_and_frames(ontology, modules.quads)
        all_rules = [*compile_axioms(modules.quads).rules, *rules]
        file_findings += check_strata(content.rules, all_rules)
    about_facts: list[Finding] = []
    if not unreadable_files:
        file_findings += _check_names_in_other_files(content, facts, modules, others)
        about_facts = _check_statements(content, facts.quads, modules.quads, today)
    # A character is found in the file, and again in the literal.
    found = {finding.place for finding in characters}
    about_facts = [f for f in about_facts if f.rule != CHARACTERS or f.place not in found]
    if not (file_findings or about_facts):
        about_facts = find_contradictions(facts.quads, modules.quads, rules, content)
    if not (file_findings or about_facts):
        about_facts = find_limited_premises(facts.quads, modules.quads, rules, content)
    paths = [*facts.paths, *modules.paths, *others.paths]
    return [*file_findings, *about_facts, *_spelling_findings(paths, facts.quads)]


def _check_texts(content: Content) -> tuple[list[Finding], list[Finding]]:
    """Return the findings about characters and those about prefixes, whatever a file's syntax."""
    folders = (content.ontology, content.curated, content.queries)
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    paths = [path for path in found if path.suffix in _TEXT_FILES]
    if (content.root / CONTENT_FILE).exists():
        paths.append(content.root / CONTENT_FILE)
    return (
        [finding for path in paths for finding in check_characters(path)],
        [finding for path in paths for finding in check_prefixes(path)],
    )


def _check_context_and_frames(ontology: Path, quads: Sequence[Quad]) -> list[Finding]:
    context = newest_context_file(ontology)
    findings = check_files.check_context(context, quads)
    # The frames use the names of the context.
    if not findings:
        with listing_unreadable(findings, ontology):
            read_frames(ontology / "frames", Context.read(context))
    return findings


def _check_names_in_other_files(
    content: Content, facts: FilesRead, modules: FilesRead, others: FilesRead
) -> Iterator[Finding]:
    """Yield the findings about what queries, shapes, alignments and tables name."""
    declared = declared_types([*facts.quads, *modules.quads])
    yield from check_content(content, facts.quads, declared)
    yield from check_queries(content, facts.quads, declared)
    yield from check_shapes_and_alignments(others.files, declared)
    yield from check_renames(content.curated / RENAMES_FILE, declared)


def _check_statements(
    content: Content, curated: Sequence[Quad], ontology: Sequence[Quad], today: date
) -> list[Finding]:
    findings: list[Finding] = []
    with listing_unreadable(findings, content.shapes):  # shapes that are not valid SHACL
        findings += validate(curated, ontology, content)
    findings += check_links(content.links, curated, ontology, today=today).findings
    findings += _future_dates(curated, ontology, content, today)
    return findings + check_classes(ontology, content)


def _future_dates(
    curated: Sequence[Quad], ontology: Sequence[Quad], content: Content, today: date
) -> Iterator[Finding]:
    """Yield the findings about dates in the future, those about the data set included."""
    yield from to_findings([*find_future_dates([*curated, *ontology], today)], content)
    path = content.curated / DATASET_FILE
    for problem in find_future_dates(read_file(path) if path.exists() else [], today):
        line = find_line(path, problem.subject, problem.predicate, problem.object)
        yield Finding(display_path(path), line, problem.message, problem.remedy, problem.rule)


def _spelling_findings(paths: Sequence[Path], quads: Iterable[Quad]) -> list[Finding]:
    # The graphs of a TriG file are in the order of their passages in the text.
    offsets = {
        quad.subject.value.removeprefix(PREFIXES["passage"]): int(quad.object.value)
        for quad in quads
        if quad.predicate == GLOCAL["offset"]
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, Literal)
        and quad.object.value.isdecimal()
    }
    trig = [path for path in paths if path.suffix == ".trig"]
    return [
        *check_turtle_format(path for path in paths if path.suffix == ".ttl"),
        *(finding for path in trig for finding in check_trig_format(path, offsets)),
    ]
