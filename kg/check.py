"""Everything that is wrong with the ontology and the curated files, at once: `glocal check`."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.assemble import premises
from kg.description_logic import check_ontology
from kg.errors import MalformedFile, MalformedRule
from kg.namespaces import GLOCAL, ID, PREFIXES, RDF, shorten
from kg.places import CURATED_FILES, ONTOLOGY_FILES
from kg.read import read_curated, read_ontology
from kg.read.files import (
    curated_paths,
    ontology_paths,
    read_curated_file,
    read_file,
    read_ontology_file,
)
from kg.rules import Rule, read_rule
from kg.validate import Finding, validate
from kg.validate.findings import displayed
from kg.validate.spelling import trig_findings, turtle_findings


def check(curated: Path = CURATED_FILES, ontology: Path = ONTOLOGY_FILES) -> list[Finding]:
    """The findings about both folders: syntax, rule files, content, spelling.

    Where a file cannot be read, the content is not looked at: all that the file would have
    said would seem to be missing. Every unreadable file is reported, not the first alone.

    Raises:
        MalformedInput: a folder holds nothing to read.
    """
    facts = _read(curated_paths(curated), read_curated_file)
    modules = _read(ontology_paths(ontology), read_ontology_file)
    below = set(ontology.rglob("*.ttl")) - set(ontology_paths(ontology))
    others = _read(sorted(below), read_file)
    unreadable = [*facts.findings, *modules.findings, *others.findings]
    rules = _rule_findings(ontology / "rules", [*facts.quads, *modules.quads])
    content = [] if unreadable else _content_findings(facts, modules, curated, ontology)
    paths = [*facts.paths, *modules.paths, *others.paths]
    return [*unreadable, *rules, *content, *_spelling_findings(paths, facts.quads)]


def check_description_logic(
    curated: Path = CURATED_FILES, ontology: Path = ONTOLOGY_FILES
) -> list[Finding]:
    """What HermiT finds wrong with the ontology and with all that is asserted and holds.

    Raises:
        UnsupportedAxiom: the reasoner cannot load the ontology.
        LimitExceeded: it does not end in time.
    """
    modules = read_ontology(ontology)
    facts = [one.triple for one in premises(read_curated(curated)) if one.status.holds]
    verdict = check_ontology(modules, [Quad(*triple) for triple in facts])
    place, rule = displayed(ontology), "description-logic"
    findings = [
        Finding(place, None, f"{shorten(name.value)} can have no member.", "axioms it meets.", rule)
        for name in verdict.unsatisfiable
    ]
    if not verdict.is_consistent:
        message = "the ontology and what holds contradict each other."
        findings.append(Finding(place, None, message, "a fact or an axiom less.", rule))
    return findings


@dataclass
class _Files:
    """What was read of some files, and what could not be."""

    quads: list[Quad] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _read(paths: Iterable[Path], read: Callable[[Path], list[Quad]]) -> _Files:
    files = _Files()
    for path in paths:
        try:
            files.quads += read(path)
            files.paths.append(path)
        except MalformedFile as error:
            message = f"the file cannot be read: {error.reason}."
            remedy = f"what its ending promises, from column {error.column} on."
            files.findings.append(
                Finding(displayed(path), error.line, message, remedy, "well-formed-files")
            )
    return files


def _content_findings(
    facts: _Files, modules: _Files, curated: Path, ontology: Path
) -> list[Finding]:
    return validate(
        facts.quads,
        modules.quads,
        ontology / "shapes",
        curated_folder=curated,
        ontology_folder=ontology,
    )


def _rule_findings(folder: Path, quads: Sequence[Quad]) -> Iterator[Finding]:
    """Rule files that are no rules, and names in rules that nothing declares."""
    known = {quad.subject for quad in quads if quad.predicate == RDF["type"]}
    for path in sorted(folder.glob("*.rq")):
        try:
            rule = read_rule(path)
        except MalformedRule as error:
            message = f"the file is no rule: {error.reason}."
            remedy = "one CONSTRUCT with its header, as the other rules have."
            yield Finding(displayed(path), error.line, message, remedy, "well-formed-rules")
            continue
        for name in sorted(_names(rule) - known, key=str):
            message = f"{shorten(name.value)} is used but not declared."
            remedy = "a declared name."
            line = _line_of(path, name)
            yield Finding(displayed(path), line, message, remedy, "declared-terms")


def _names(rule: Rule) -> set[NamedNode]:
    """The project's own names in head and body."""
    terms = (
        term
        for atom in (*rule.head, *rule.body)
        for term in (atom.subject, atom.predicate, atom.object)
    )
    return {
        term
        for term in terms
        if isinstance(term, NamedNode) and term.value.startswith((GLOCAL, ID))
    }


def _line_of(path: Path, name: NamedNode) -> int | None:
    """The first line below the header that holds the name."""
    word = re.compile(rf"(?<![\w:-]){re.escape(shorten(name.value))}(?![\w-])")
    lines = enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
    return next((n for n, line in lines if word.search(line) and line[:1] != "#"), None)


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
