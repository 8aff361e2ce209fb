"""Check the ontology and the curated files and report all findings at once, for `glocal check`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import read_frames
from kg.errors import MalformedFile
from kg.linking.link_files import check_links
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import CURATED_FOLDER, ONTOLOGY_FOLDER, newest_context_file
from kg.reasoning.axioms.compiler import compile_axioms
from kg.release.check_contradictions import find_contradictions
from kg.release.check_files import (
    check_context,
    check_rules,
    check_strata,
    read_alignments_and_shapes,
    read_facts,
    read_modules,
    unreadable_file_finding,
)
from kg.validation.curated import validate
from kg.validation.findings import Finding
from kg.validation.spelling import check_trig_format, check_turtle_format


def check(curated: Path = CURATED_FOLDER, ontology: Path = ONTOLOGY_FOLDER) -> list[Finding]:
    """Return the findings about both folders: files, rules, JSON-LD context, content, spelling.

    Every unreadable file is reported, not only the first. If there is one, the content is not
    checked, because everything in that file would seem to be missing. Contradictions are searched
    for only if there are no findings other than about spelling.

    Raises:
        MalformedInput: a folder has no files to read.
        LimitExceeded: more would be derived than allowed.
    """
    facts, modules = read_facts(curated), read_modules(ontology)
    others = read_alignments_and_shapes(ontology)
    unreadable_files = [*facts.findings, *modules.findings, *others.findings]
    rules, rule_findings = check_rules(ontology / "rules", [*facts.quads, *modules.quads])
    file_findings = [*unreadable_files, *rule_findings]
    if not modules.findings:
        file_findings += _json_ld_findings(ontology, modules.quads)
        all_rules = [*compile_axioms(modules.quads).rules, *rules]
        file_findings += check_strata(ontology / "rules", all_rules)
    content: list[Finding] = []
    if not unreadable_files:
        content += _content_findings(facts.quads, modules.quads, curated, ontology)
        content += check_links(curated / "links", facts.quads, modules.quads).findings
    if not (file_findings or content):
        content = find_contradictions(
            facts.quads, modules.quads, rules, curated_folder=curated, ontology_folder=ontology
        )
    paths = [*facts.paths, *modules.paths, *others.paths]
    return [*file_findings, *content, *_spelling_findings(paths, facts.quads)]


def _json_ld_findings(ontology: Path, modules: Sequence[Quad]) -> list[Finding]:
    """Check the newest context and, if it is correct, the frames, which use its names."""
    context = newest_context_file(ontology)
    findings = check_context(context, modules)
    if not findings:
        try:
            read_frames(ontology / "frames", Context.read(context))
        except MalformedFile as error:
            findings.append(unreadable_file_finding(error.path, error))
    return findings


def _content_findings(
    facts: Sequence[Quad], modules: Sequence[Quad], curated: Path, ontology: Path
) -> list[Finding]:
    try:
        return validate(
            facts, modules, ontology / "shapes", curated_folder=curated, ontology_folder=ontology
        )
    except MalformedFile as error:  # shapes that are valid Turtle, but not valid SHACL
        return [unreadable_file_finding(error.path, error)]


def _spelling_findings(paths: Sequence[Path], quads: Iterable[Quad]) -> list[Finding]:
    # The graphs of a TriG file are in the order of their passages in the paper.
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
