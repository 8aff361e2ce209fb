"""Read and check the files of both folders one by one, with findings instead of errors.

Files of RDF become quads, rule files become rules; the JSON-LD context is only checked.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad

from kg.content import Content
from kg.errors import MalformedFile, MalformedInput, MalformedRule, UnstratifiedRules
from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS, XSD, expand, is_in, shorten
from kg.paths import context_files
from kg.reasoning.rules.rule import Rule, read_rule
from kg.reasoning.rules.stratification import stratify
from kg.release.void import read_dataset
from kg.sources import folders
from kg.sources.files import read_file, read_text
from kg.sources.lines import find_line
from kg.statuses import Status
from kg.validation.findings import Finding, display_path, format_term
from kg.validation.names import declared_types, suggest_name
from kg.validation.texts import script_error

_CONTEXT_RULE: Final = "json-ld-context"
_RENAMES_RULE: Final = "renames"
_RENAMES_HEADER: Final = ["inventory name", "local name"]
_BACKGROUND: Final = "background"
_HAS_STATUS: Final = GLOCAL["hasStatus"]
_STANDARD: Final = (RDF, RDFS, OWL, XSD)
_FILES_READ: Final = (
    "modules, alignments and shapes (*.ttl), rules/*.rq, context/*.jsonld, frames/*.jsonld."
)


@dataclass
class FilesRead:
    """The files that were read, each with its quads, and the findings about the others."""

    files: list[tuple[Path, list[Quad]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        """The files that were read."""
        return [path for path, _ in self.files]

    @cached_property
    def quads(self) -> list[Quad]:
        """The quads of all files."""
        return [quad for _, quads in self.files for quad in quads]


def read_facts(content: Content) -> FilesRead:
    """Read the curated files; a graph that is in two of them is a finding, too."""
    read = _read(
        folders.curated_paths(content), lambda path: folders.read_curated_file(path, content)
    )
    read.findings += [
        unreadable_file_finding(error.path, error)
        for error in folders.find_divided_descriptions(read.files)
    ]
    path = content.curated / folders.DATASET_FILE
    if path.exists():
        with listing_unreadable(read.findings, path):
            # The description of the data set has no facts, so its triples are not kept.
            read_dataset(path, content.languages)
            read.files.append((path, []))
    read.findings += _evidence_in_other_folder(read.files, content)
    return read


def _evidence_in_other_folder(
    files: Iterable[tuple[Path, Sequence[Quad]]], content: Content
) -> Iterator[Finding]:
    """Report background knowledge in the folder of the text, and statements of the text outside."""
    for path, quads in files:
        folder = path.parent.name
        for quad in quads if folder in (content.evidence, _BACKGROUND) else ():
            if quad.predicate == _HAS_STATUS and isinstance(quad.subject, NamedNode):
                is_background = quad.object == Status.BACKGROUND.iri
                if is_background != (folder == _BACKGROUND):
                    status, expected = format_term(quad.object), content.evidence
                    message = f"{format_term(quad.subject)} has the status {status} in {folder}/."
                    remedy = f"the evidence graph in {_BACKGROUND if is_background else expected}/."
                    line = find_line(path, quad.subject, _HAS_STATUS)
                    yield _finding(path, line, message, remedy, "folder-of-evidence")


def check_renames(path: Path, described: Collection[object]) -> Iterator[Finding]:
    """Check the table of names that differ from those of the inventory; it may be missing."""
    if not path.exists():
        return
    try:
        rows = list(csv.reader(read_text(path).splitlines()))
    except MalformedInput as error:
        yield unreadable_file_finding(path, error)
        return
    if rows[:1] != [_RENAMES_HEADER]:
        message = "the first row is not the header of the table."
        yield _finding(path, 1, message, f"{','.join(_RENAMES_HEADER)}.", _RENAMES_RULE)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 2 or not all(map(str.strip, row)):
            message = f"the row has {len(row)} cells, or an empty one."
            yield _finding(path, number, message, "two cells, each with a name.", _RENAMES_RULE)
        elif ID[row[1]] not in described:
            message = f"id:{row[1]} is not described."
            remedy = f"{suggest_name(ID[row[1]], described)}the name of an entity."
            yield _finding(path, number, message, remedy, _RENAMES_RULE)


def read_modules(folder: Path) -> FilesRead:
    """Read the modules of the ontology; a term that two of them declare is a finding, too."""
    read = _read(folders.ontology_paths(folder), folders.read_ontology_file)
    read.findings += [
        unreadable_file_finding(error.path, error)
        for error in folders.find_divided_descriptions(read.files)
    ]
    return read


def read_alignments_and_shapes(folder: Path) -> FilesRead:
    """Read the alignments and shapes in the ontology's folder, and report files of no use."""
    paths = sorted(set(folder.rglob("*.ttl")) - set(folders.ontology_paths(folder)))
    read = _read(paths, read_file)
    read.findings += _unused_files(folder)
    for path in (folder / "shapes/facts.ttl", folder / "shapes/terms.ttl"):
        if not path.exists():
            message = "the file is missing, so nothing can be checked against its shapes."
            read.findings.append(_finding(path, None, message, "the file restored."))
    return read


@contextmanager
def listing_unreadable(findings: list[Finding], path: Path) -> Iterator[None]:
    """Catch the error about a file, the one at this path or another, and add a finding."""
    try:
        yield
    except MalformedInput as error:
        findings.append(unreadable_file_finding(getattr(error, "path", path), error))


def unreadable_file_finding(path: Path, error: MalformedInput) -> Finding:
    """Return a finding about the file with the text of the error."""
    if isinstance(error, MalformedFile):
        message = f"the file cannot be read: {error.reason}."
        remedy = error.remedy if error.remedy.endswith((".", "…")) else f"{error.remedy}."
        return _finding(path, error.line, message, remedy)
    message = f"{str(error).removeprefix(f'{path}: ')}."
    return _finding(path, None, message, "a file that can be opened.")


def check_context(path: Path, ontology: Sequence[Quad]) -> list[Finding]:
    """Return the findings about a JSON-LD context: it is JSON, and uses only declared terms."""
    try:
        text = read_text(path)
    except MalformedInput as error:
        return [unreadable_file_finding(path, error)]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the file is not valid JSON: {error.msg}."
        remedy = f"valid JSON at column {error.colno}."
        return [_finding(path, error.lineno, message, remedy, _CONTEXT_RULE)]
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        message, remedy = "the file has no context.", '{"@context": {…}}'
        return [_finding(path, 1, message, remedy, _CONTEXT_RULE)]
    declared = {getattr(term, "value", "") for term in declared_types(ontology)}
    findings = []
    for term, message, remedy in _errors_in_context(context, declared):
        key = rf".*{re.escape(json.dumps(term, ensure_ascii=False))}\s*:"
        findings.append(_finding(path, _first_line(text, key), message, remedy, _CONTEXT_RULE))
    return findings


def check_rules(content: Content, quads: Sequence[Quad]) -> tuple[list[Rule], list[Finding]]:
    """Return the valid rules and the findings about rule files; the quads declare the names."""
    declared = declared_types(quads)
    rules: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted(content.rules.glob("*.rq")):
        try:
            rule = read_rule(path, languages=content.languages)
        except MalformedRule as error:
            message = f"the file is not a valid rule: {error.reason}."
            remedy = "one CONSTRUCT query with a header, as in the other rule files."
            findings.append(_finding(path, error.line, message, remedy, "well-formed-rules"))
        else:
            rules.append(rule)
            findings += _undeclared_names(path, rule, declared)
            findings += _wrong_headers(path, rule, declared)
    return rules, findings


def check_strata(path: Path, rules: Sequence[Rule]) -> list[Finding]:
    """Return a finding, at this path, if the rules of axioms and files cannot be stratified."""
    try:
        stratify(rules)
    except UnstratifiedRules as error:
        remedy = f"{error.remedy}."
        return [_finding(path, None, f"{error.cycle}.", remedy, "strata-of-rules")]
    return []


def _read(paths: Iterable[Path], read_one: Callable[[Path], list[Quad]]) -> FilesRead:
    read = FilesRead()
    for path in paths:
        with listing_unreadable(read.findings, path):
            read.files.append((path, read_one(path)))
    return read


def _unused_files(folder: Path) -> Iterator[Finding]:
    """Report files that nothing reads, such as those with a misspelt extension."""
    json_ld_files = {*context_files(folder).values(), *(folder / "frames").glob("*.jsonld")}
    for path in sorted(folder.rglob("*")):
        is_rule = path.suffix == ".rq" and path.parent == folder / "rules"
        is_read = is_rule or path.suffix == ".ttl" or path in json_ld_files
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not (path.is_dir() or is_read or is_hidden):
            yield _finding(path, None, "nothing reads this file.", _FILES_READ)


def _finding(
    path: Path, line: int | None, message: str, remedy: str, rule: str = "well-formed-files"
) -> Finding:
    return Finding(display_path(path), line, message, remedy, rule)


def _errors_in_context(
    context: Mapping[str, Any], declared: Collection[str]
) -> Iterator[tuple[str, str, str]]:
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
        elif iri not in declared and not iri.endswith(("#", "/")) and not iri.startswith(_STANDARD):
            message = f"'{term}' is mapped to {shorten(iri)}, which the ontology does not declare."
            yield term, message, "a declared term, or no entry."


def _expand(name: str, context: Mapping[str, Any]) -> str | None:
    """Expand a CURIE or IRI to an IRI; None if its prefix is unknown."""
    prefix, colon, local_name = name.partition(":")
    if local_name.startswith("//"):
        return name
    namespace = context.get(prefix)
    return namespace + local_name if colon and isinstance(namespace, str) else None


def _undeclared_names(path: Path, rule: Rule, declared: Collection[object]) -> Iterator[Finding]:
    """Find the project's own names in head and body that are not declared."""
    atoms = (*rule.head, *rule.matched_atoms)
    terms = {term for atom in atoms for term in (atom.subject, atom.predicate, atom.object)}
    for name in sorted((n for n in terms if is_in(n, GLOCAL, ID) and n not in declared), key=str):
        curie = shorten(name.value)
        # Not in the comments of the header.
        line = _first_line(read_text(path), rf"(?!#).*(?<![\w:-]){re.escape(curie)}(?![\w-])")
        message = f"{curie} is used but not declared."
        yield _finding(path, line, message, "a declared name.", "declared-terms")


def _wrong_headers(path: Path, rule: Rule, declared: Collection[object]) -> Iterator[Finding]:
    """Find passages that do not exist, and sentences in another language than they should be."""
    for name in rule.passages:
        if expand(f"passage:{name.removeprefix('passage:')}") not in declared:
            line = _first_line(read_text(path), "# *passage:")
            message = f"the passage {name} does not exist."
            yield _finding(path, line, message, "a passage of the text.", "well-formed-rules")
    for language, sentence in rule.sentence.items():
        if error := script_error(sentence, language):
            line = _first_line(read_text(path), rf"# *rule \({language}\):")
            message = f"the sentence ({language}) is {error[0]}."
            yield _finding(path, line, message, f"{error[1]}.", "well-formed-rules")


def _first_line(text: str, pattern: str) -> int | None:
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if re.match(pattern, line)), None)
