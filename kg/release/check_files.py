"""The files of both folders -> quads, and a finding for each that cannot be read.

The JSON-LD context: that it is JSON, and names nothing that the ontology lacks.

Rule files that are no rules, and names in rules that nothing declares.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedFile, MalformedInput, MalformedRule, UnstratifiedRules
from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS, XSD, shorten
from kg.paths import context_files
from kg.reasoning.rules.rule import Rule, read_rule
from kg.reasoning.rules.stratification import stratify
from kg.release.void import read_dataset
from kg.sources.files import read_file, text_of
from kg.sources.folders import (
    DATASET_FILE,
    curated_paths,
    divided_graphs,
    ontology_paths,
    read_curated_file,
    read_ontology_file,
)
from kg.validation.findings import Finding, displayed

JSON_LD: Final = "context/*.jsonld, frames/*.jsonld"
_READING_RULE: Final = "well-formed-files"
_SHAPES: Final = ("facts.ttl", "terms.ttl")


@dataclass
class Files:
    """What was read of some files, and what could not be."""

    quads: list[Quad] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_facts(folder: Path) -> Files:
    """The curated files; a graph that stands in two of them is a finding too."""
    pairs: list[tuple[Path, list[Quad]]] = []
    files = _read(curated_paths(folder), read_curated_file, pairs)
    files.findings += [unreadable(error.path, error) for error in divided_graphs(pairs)]
    path = folder / DATASET_FILE
    if path.exists():
        _look_at_dataset(path, files)
    return files


def _look_at_dataset(path: Path, files: Files) -> None:
    """What the folder is called is no fact, and is held against what it has to say alone."""
    try:
        read_dataset(path)
    except MalformedInput as error:
        files.findings.append(unreadable(path, error))
    else:
        files.paths.append(path)


def read_modules(folder: Path) -> Files:
    """The modules of the ontology."""
    return _read(ontology_paths(folder), read_ontology_file, [])


def read_others(folder: Path) -> Files:
    """What else lies in the ontology's folder: alignments, shapes, and what nothing reads."""
    below = sorted(set(folder.rglob("*.ttl")) - set(ontology_paths(folder)))
    files = _read(below, read_file, [])
    files.findings += [*_strays(folder), *_missing_shapes(folder / "shapes")]
    return files


def unreadable(path: Path, error: MalformedInput) -> Finding:
    """The finding that says of a file what the error says."""
    if isinstance(error, MalformedFile):
        message = f"the file cannot be read: {error.reason}."
        return Finding(displayed(path), error.line, message, _sentence(error.remedy), _READING_RULE)
    reason = str(error).removeprefix(f"{path}: ")
    return Finding(displayed(path), None, f"{reason}.", "a file that can be opened.", _READING_RULE)


def _read(
    paths: Iterable[Path],
    read: Callable[[Path], list[Quad]],
    pairs: list[tuple[Path, list[Quad]]],
) -> Files:
    files = Files()
    for path in paths:
        try:
            quads = read(path)
        except MalformedInput as error:
            files.findings.append(unreadable(path, error))
        else:
            files.quads += quads
            files.paths.append(path)
            pairs.append((path, quads))
    return files


def _strays(folder: Path) -> Iterator[Finding]:
    """Files that nothing reads, so that whoever misspells an ending hears of it."""
    read = {*context_files(folder).values(), *(folder / "frames").glob("*.jsonld")}
    for path in sorted(folder.rglob("*")):
        is_rule = path.suffix == ".rq" and path.parent == folder / "rules"
        is_json_ld = path in read
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_dir() or path.suffix == ".ttl" or is_rule or is_json_ld or is_hidden:
            continue
        message = "nothing reads this file."
        remedy = f"modules, alignments and shapes (*.ttl), rules/*.rq, {JSON_LD}."
        yield Finding(displayed(path), None, message, remedy, _READING_RULE)


def _missing_shapes(folder: Path) -> Iterator[Finding]:
    for name in _SHAPES:
        if not (folder / name).exists():
            message = "the file is missing, so nothing could be held against its shapes."
            yield Finding(
                displayed(folder / name), None, message, "the file put back.", _READING_RULE
            )


def _sentence(remedy: str) -> str:
    return remedy if remedy.endswith((".", "…")) else f"{remedy}."


_CONTEXT_RULE: Final = "json-ld-context"
_RESERVED: Final = (RDF, RDFS, OWL, XSD)


def context_findings(path: Path, ontology: Sequence[Quad]) -> list[Finding]:
    """What is wrong with the file; each finding with its line where it has one."""
    try:
        text = text_of(path)
    except MalformedInput as error:
        return [unreadable(path, error)]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message, remedy = f"the file is no JSON: {error.msg}.", f"JSON at column {error.colno}."
        return [Finding(displayed(path), error.lineno, message, remedy, _CONTEXT_RULE)]
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        message, remedy = "the file holds no context.", '{"@context": {…}}'
        return [Finding(displayed(path), 1, message, remedy, _CONTEXT_RULE)]
    declared = {quad.subject for quad in ontology if quad.predicate == RDF["type"]}
    names = {getattr(term, "value", "") for term in declared}
    return [
        Finding(displayed(path), _line_of_key(text, term), message, remedy, _CONTEXT_RULE)
        for term, message, remedy in _problems(context, names)
    ]


def _problems(context: Mapping[str, Any], declared: set[str]) -> Iterator[tuple[str, str, str]]:
    """Each entry that stands for nothing, with what is wrong and what would be right."""
    for term, entry in context.items():
        name = entry.get("@id", term) if isinstance(entry, dict) else entry
        if term.startswith("@") or (isinstance(name, str) and name.startswith("@")):
            continue
        if not isinstance(name, str):
            yield term, f"'{term}' stands for no IRI.", '"name": "glocal:name"'
            continue
        iri = _expanded(name, context)
        if iri is None:
            remedy = "a prefix that the context declares, or a full IRI."
            yield term, f"'{term}' stands for '{name}', whose prefix is unknown.", remedy
        elif not iri.endswith(("#", "/")) and iri not in declared and not _is_reserved(iri):
            message = f"'{term}' stands for {shorten(iri)}, which the ontology does not declare."
            yield term, message, "a declared term, or no entry."


def _expanded(name: str, context: Mapping[str, Any]) -> str | None:
    """The IRI of a CURIE or IRI; None where its prefix is unknown."""
    prefix, colon, local_name = name.partition(":")
    if local_name.startswith("//"):
        return name
    space = context.get(prefix)
    return space + local_name if colon and isinstance(space, str) else None


def _is_reserved(iri: str) -> bool:
    return iri.startswith(_RESERVED)


def _line_of_key(text: str, term: str) -> int | None:
    """The line of an entry, by its key."""
    key = re.compile(rf"{re.escape(json.dumps(term, ensure_ascii=False))}\s*:")
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if key.search(line)), None)


def check_rules(folder: Path, quads: Sequence[Quad]) -> tuple[list[Rule], list[Finding]]:
    """The rules of a folder, and what is wrong with its files.

    Args:
        folder: of files `<rule>.rq`.
        quads: of the ontology and the curated files, which declare the names.
    """
    known = {quad.subject for quad in quads if quad.predicate == RDF["type"]}
    rules: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.rq")):
        try:
            rule = read_rule(path)
        except MalformedRule as error:
            message = f"the file is no rule: {error.reason}."
            remedy = "one CONSTRUCT with its header, as the other rules have."
            findings.append(
                Finding(displayed(path), error.line, message, remedy, "well-formed-rules")
            )
        else:
            rules.append(rule)
            findings += _undeclared(path, _names(rule) - known)
    return rules, findings


def unstratified(path: Path, rules: Sequence[Rule]) -> list[Finding]:
    """What is wrong with the rules together, in the folder of the rule files."""
    try:
        stratify(rules)
    except UnstratifiedRules as error:
        message = f"{error.cycle}."
        return [Finding(displayed(path), None, message, f"{error.remedy}.", "strata-of-rules")]
    return []


def _undeclared(path: Path, names: set[NamedNode]) -> Iterator[Finding]:
    for name in sorted(names, key=str):
        message = f"{shorten(name.value)} is used but not declared."
        line = _line_of_name(path, name)
        yield Finding(displayed(path), line, message, "a declared name.", "declared-terms")


def _names(rule: Rule) -> set[NamedNode]:
    """The project's own names in head and body."""
    terms = (
        term
        for atom in (*rule.head, *rule.atoms_read)
        for term in (atom.subject, atom.predicate, atom.object)
    )
    return {
        term
        for term in terms
        if isinstance(term, NamedNode) and term.value.startswith((GLOCAL, ID))
    }


def _line_of_name(path: Path, name: NamedNode) -> int | None:
    """The first line below the header that holds the name."""
    word = re.compile(rf"(?<![\w:-]){re.escape(shorten(name.value))}(?![\w-])")
    lines = enumerate(text_of(path).split("\n"), 1)
    return next((n for n, line in lines if word.search(line) and line[:1] != "#"), None)
