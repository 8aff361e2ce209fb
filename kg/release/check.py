"""Everything that is wrong with the ontology and the curated files, at once: `glocal check`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import read_frames
from kg.errors import MalformedFile
from kg.linking.link_files import check_links
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import CURATED_FILES, ONTOLOGY_FILES, newest_context
from kg.reasoning.axioms.compiler import compile_axioms
from kg.release.check_contradictions import contradictions
from kg.release.check_description_logic import check_description_logic
from kg.release.check_files import (
    check_rules,
    context_findings,
    read_facts,
    read_modules,
    read_others,
    unreadable,
    unstratified,
)
from kg.validation.curated import validate
from kg.validation.findings import Finding
from kg.validation.spelling import trig_findings, turtle_findings

__all__ = ["check", "check_description_logic"]


def check(curated: Path = CURATED_FILES, ontology: Path = ONTOLOGY_FILES) -> list[Finding]:
    """The findings about both folders: files, rules, JSON-LD context, content, spelling.

    Where a file cannot be read, the content is not looked at: all that the file would have
    said would seem to be missing. Every unreadable file is reported, not the first alone.
    Contradictions are looked for where nothing else is wrong but the spelling.

    Raises:
        MalformedInput: a folder holds nothing to read.
        LimitExceeded: there is more to derive than allowed.
    """
    facts, modules, others = read_facts(curated), read_modules(ontology), read_others(ontology)
    unread = [*facts.findings, *modules.findings, *others.findings]
    rules, of_rules = check_rules(ontology / "rules", [*facts.quads, *modules.quads])
    of_files = [*unread, *of_rules]
    if not modules.findings:
        of_files += _json_ld_findings(ontology, modules.quads)
        all_rules = [*compile_axioms(modules.quads).rules, *rules]
        of_files += unstratified(ontology / "rules", all_rules)
    content = [] if unread else _content_findings(facts.quads, modules.quads, curated, ontology)
    if not unread:
        content += check_links(curated / "links", facts.quads, modules.quads).findings
    if not (of_files or content):
        content = contradictions(
            facts.quads, modules.quads, rules, curated_folder=curated, ontology_folder=ontology
        )
    paths = [*facts.paths, *modules.paths, *others.paths]
    return [*of_files, *content, *_spelling_findings(paths, facts.quads)]


def _json_ld_findings(ontology: Path, modules: Sequence[Quad]) -> list[Finding]:
    """What is wrong with the newest context, and then with the frames, which use its names."""
    context = newest_context(ontology)
    found = context_findings(context, modules)
    if not found:
        try:
            read_frames(ontology / "frames", Context.read(context))
        except MalformedFile as error:
            found.append(unreadable(error.path, error))
    return found


def _content_findings(
    facts: Sequence[Quad], modules: Sequence[Quad], curated: Path, ontology: Path
) -> list[Finding]:
    try:
        return validate(
            facts,
            modules,
            ontology / "shapes",
            curated_folder=curated,
            ontology_folder=ontology,
        )
    except MalformedFile as error:  # shapes that are Turtle, but not SHACL
        return [unreadable(error.path, error)]


def _spelling_findings(paths: Sequence[Path], quads: Iterable[Quad]) -> list[Finding]:
    """The findings of Turtle and TriG files alike; passages order the graphs of a TriG file."""
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
        *turtle_findings(path for path in paths if path.suffix == ".ttl"),
        *(finding for path in trig for finding in trig_findings(path, offsets)),
    ]
