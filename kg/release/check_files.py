"""Read the files of both folders into quads, with a finding for each unreadable file.

Check that the JSON-LD context is JSON and uses only terms that the ontology declares.

Find invalid rule files, and undeclared names in rules.
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
from kg.sources.files import read_file, read_text
from kg.sources.folders import (
    DATASET_FILE,
    curated_paths,
    find_divided_graphs,
    ontology_paths,
    read_curated_file,
    read_ontology_file,
)
from kg.validation.findings import Finding, display_path

JSON_LD: Final = "context/*.jsonld, frames/*.jsonld"
_READING_RULE: Final = "well-formed-files"
_SHAPES: Final = ("facts.ttl", "terms.ttl")


@dataclass
class FilesRead:
    """The quads of some files, the files that were read, and the findings about the others."""

    quads: list[Quad] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_facts(folder: Path) -> FilesRead:
    """Read the curated files; a graph that is in two of them is a finding, too."""
    quads_by_path: list[tuple[Path, list[Quad]]] = []
    files = _read(curated_paths(folder), read_curated_file, quads_by_path)
    files.findings += [
        unreadable_file_finding(error.path, error) for error in find_divided_graphs(quads_by_path)
    ]
    path = folder / DATASET_FILE
    if path.exists():
        _check_dataset(path, files)
    return files


def _check_dataset(path: Path, files: FilesRead) -> None:
    """Check the description of the data set, which has no facts, so its quads are not kept."""
    try:
        read_dataset(path)
    except MalformedInput as error:
        files.findings.append(unreadable_file_finding(path, error))
    else:
        files.paths.append(path)


def read_modules(folder: Path) -> FilesRead:
    """Read the modules of the ontology."""
    return _read(ontology_paths(folder), read_ontology_file, [])


def read_alignments_and_shapes(folder: Path) -> FilesRead:
    """Read the alignments and shapes in the ontology's folder, and report files of no use."""
    paths = sorted(set(folder.rglob("*.ttl")) - set(ontology_paths(folder)))
    files = _read(paths, read_file, [])
    files.findings += [*_unused_files(folder), *_missing_shapes(folder / "shapes")]
    return files


def unreadable_file_finding(path: Path, error: MalformedInput) -> Finding:
    """Return a finding about the file with the text of the error."""
    if isinstance(error, MalformedFile):
        message = f"the file cannot be read: {error.reason}."
        return Finding(
            display_path(path), error.line, message, _with_full_stop(error.remedy), _READING_RULE
        )
    reason = str(error).removeprefix(f"{path}: ")
    return Finding(
        display_path(path), None, f"{reason}.", "a file that can be opened.", _READING_RULE
    )


def _read(
    paths: Iterable[Path],
    read: Callable[[Path], list[Quad]],
    quads_by_path: list[tuple[Path, list[Quad]]],
) -> FilesRead:
    """Read the files one by one, and append the quads of each readable one to `quads_by_path`."""
    files = FilesRead()
    for path in paths:
        try:
            quads = read(path)
        except MalformedInput as error:
            files.findings.append(unreadable_file_finding(path, error))
        else:
            files.quads += quads
            files.paths.append(path)
            quads_by_path.append((path, quads))
    return files


def _unused_files(folder: Path) -> Iterator[Finding]:
    """Report files that nothing reads, such as those with a misspelt extension."""
    json_ld_files = {*context_files(folder).values(), *(folder / "frames").glob("*.jsonld")}
    for path in sorted(folder.rglob("*")):
        is_rule = path.suffix == ".rq" and path.parent == folder / "rules"
        is_json_ld = path in json_ld_files
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_dir() or path.suffix == ".ttl" or is_rule or is_json_ld or is_hidden:
            continue
        message = "nothing reads this file."
        remedy = f"modules, alignments and shapes (*.ttl), rules/*.rq, {JSON_LD}."
        yield Finding(display_path(path), None, message, remedy, _READING_RULE)


def _missing_shapes(folder: Path) -> Iterator[Finding]:
    for name in _SHAPES:
        if not (folder / name).exists():
            message = "the file is missing, so nothing can be checked against its shapes."
            yield Finding(
                display_path(folder / name), None, message, "the file restored.", _READING_RULE
            )


def _with_full_stop(remedy: str) -> str:
    return remedy if remedy.endswith((".", "…")) else f"{remedy}."


_CONTEXT_RULE: Final = "json-ld-context"
_STANDARD_NAMESPACES: Final = (RDF, RDFS, OWL, XSD)


def check_context(path: Path, ontology: Sequence[Quad]) -> list[Finding]:
    """Return the findings about the file, each with its line if that is known."""
    try:
        text = read_text(path)
    except MalformedInput as error:
        return [unreadable_file_finding(path, error)]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the file is not valid JSON: {error.msg}."
        remedy = f"valid JSON at column {error.colno}."
        return [Finding(display_path(path), error.lineno, message, remedy, _CONTEXT_RULE)]
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        message, remedy = "the file has no context.", '{"@context": {…}}'
        return [Finding(display_path(path), 1, message, remedy, _CONTEXT_RULE)]
    declared = {quad.subject for quad in ontology if quad.predicate == RDF["type"]}
    names = {getattr(term, "value", "") for term in declared}
    return [
        Finding(display_path(path), _line_of_key(text, term), message, remedy, _CONTEXT_RULE)
        for term, message, remedy in _problems(context, names)
    ]


def _problems(context: Mapping[str, Any], declared: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each entry without a declared meaning: its term, a message and a remedy."""
    for term, entry in context.items():
        name = entry.get("@id", term) if isinstance(entry, dict) else entry
        if term.startswith("@") or (isinstance(name, str) and name.startswith("@")):
            continue
        if not isinstance(name, str):
            yield term, f"'{term}' is not mapped to an IRI.", '"name": "glocal:name"'
            continue
        iri = _expand(name, context)
        if iri is None:
            remedy = "a prefix that the context declares, or a full IRI."
            yield term, f"'{term}' is mapped to '{name}', whose prefix is unknown.", remedy
        elif not iri.endswith(("#", "/")) and iri not in declared and not _is_standard(iri):
            message = f"'{term}' is mapped to {shorten(iri)}, which the ontology does not declare."
            yield term, message, "a declared term, or no entry."


def _expand(name: str, context: Mapping[str, Any]) -> str | None:
    """Expand a CURIE or IRI to an IRI; None if its prefix is unknown."""
    prefix, colon, local_name = name.partition(":")
    if local_name.startswith("//"):
        return name
    namespace = context.get(prefix)
    return namespace + local_name if colon and isinstance(namespace, str) else None


def _is_standard(iri: str) -> bool:
    return iri.startswith(_STANDARD_NAMESPACES)


def _line_of_key(text: str, term: str) -> int | None:
    """Return the line of an entry, found by its key."""
    key = re.compile(rf"{re.escape(json.dumps(term, ensure_ascii=False))}\s*:")
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if key.search(line)), None)


def check_rules(folder: Path, quads: Sequence[Quad]) -> tuple[list[Rule], list[Finding]]:
    """Return the valid rules of a folder, and the findings about its files.

    Args:
        folder: the folder of the files `<rule>.rq`.
        quads: the ontology and the curated files, which declare the names.
    """
    declared = {quad.subject for quad in quads if quad.predicate == RDF["type"]}
    rules: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.rq")):
        try:
            rule = read_rule(path)
        except MalformedRule as error:
            message = f"the file is not a valid rule: {error.reason}."
            remedy = "one CONSTRUCT query with a header, as in the other rule files."
            findings.append(
                Finding(display_path(path), error.line, message, remedy, "well-formed-rules")
            )
        else:
            rules.append(rule)
            findings += _undeclared(path, _names(rule) - declared)
    return rules, findings


def check_strata(path: Path, rules: Sequence[Rule]) -> list[Finding]:
    """Return a finding if the rules cannot be stratified.

    Args:
        path: the folder of the rule files, where the finding is reported.
        rules: all rules, those of axioms included.
    """
    try:
        stratify(rules)
    except UnstratifiedRules as error:
        message = f"{error.cycle}."
        return [Finding(display_path(path), None, message, f"{error.remedy}.", "strata-of-rules")]
    return []


def _undeclared(path: Path, names: set[NamedNode]) -> Iterator[Finding]:
    for name in sorted(names, key=str):
        message = f"{shorten(name.value)} is used but not declared."
        line = _line_of_name(path, name)
        yield Finding(display_path(path), line, message, "a declared name.", "declared-terms")


def _names(rule: Rule) -> set[NamedNode]:
    """Return the project's own names in head and body."""
    terms = (
        term
        for atom in (*rule.head, *rule.matched_atoms)
        for term in (atom.subject, atom.predicate, atom.object)
    )
    return {
        term
        for term in terms
        if isinstance(term, NamedNode) and term.value.startswith((GLOCAL, ID))
    }


def _line_of_name(path: Path, name: NamedNode) -> int | None:
    """Return the number of the first line below the header that has the name."""
    pattern = re.compile(rf"(?<![\w:-]){re.escape(shorten(name.value))}(?![\w-])")
    lines = enumerate(read_text(path).split("\n"), 1)
    return next(
        (number for number, line in lines if pattern.search(line) and line[:1] != "#"), None
    )
