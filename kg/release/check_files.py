"""Read and check the files of both folders one by one, with findings instead of errors.

Files of RDF become quads; the JSON-LD context is only checked.
"""

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
from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import GLOCAL, HYDRA, OWL, RDF, RDFS, SH, SPEX, VOID, XSD, expand_all, shorten
from kg.paths import context_files
from kg.release.void import read_dataset
from kg.sources import folders
from kg.sources.files import read_file, read_text
from kg.sources.lines import find_line
from kg.statuses import Status
from kg.validation.findings import Finding, display_path, format_term
from kg.validation.names import declared_types

_CONTEXT_RULE: Final = "json-ld-context"
_BACKGROUND: Final = "background"
_HAS_STATUS: Final = GLOCAL["hasStatus"]
# Vocabularies and terms that documents about rules, saved queries and data sets use undeclared.
_STANDARD: Final = (RDF, RDFS, OWL, XSD, HYDRA, SH, SPEX, VOID)
_WRITTEN: Final = {
    term.value for term in expand_all("prov:hadMember schema:keywords schema:target")
}
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
                    yield file_finding(path, line, message, remedy, "folder-of-evidence")


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
            read.findings.append(file_finding(path, None, message, "the file restored."))
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
        return file_finding(path, error.line, message, remedy)
    message = f"{str(error).removeprefix(f'{path}: ')}."
    return file_finding(path, None, message, "a file that can be opened.")


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
        return [file_finding(path, error.lineno, message, remedy, _CONTEXT_RULE)]
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        message, remedy = "the file has no context.", '{"@context": {…}}'
        return [file_finding(path, 1, message, remedy, _CONTEXT_RULE)]
    declared = {getattr(term, "value", "") for term in declared_types(ontology)}
    findings = []
    for term, message, remedy in _errors_in_context(context, declared):
        key = rf".*{re.escape(json.dumps(term, ensure_ascii=False))}\s*:"
        findings.append(file_finding(path, first_line(text, key), message, remedy, _CONTEXT_RULE))
    return findings


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
            yield file_finding(path, None, "nothing reads this file.", _FILES_READ)


def file_finding(
    path: Path, line: int | None, message: str, remedy: str, rule: str = "well-formed-files"
) -> Finding:
    """Return a finding about a file, at the line if it is known."""
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
        elif iri.endswith(("#", "/")) or iri in declared or iri in _WRITTEN:
            continue
        elif not iri.startswith(_STANDARD):
            message = f"'{term}' is mapped to {shorten(iri)}, which the ontology does not declare."
            yield term, message, "a declared term, or no entry."


def _expand(name: str, context: Mapping[str, Any]) -> str | None:
    """Expand a CURIE or IRI to an IRI; None if its prefix is unknown."""
    prefix, colon, local_name = name.partition(":")
    if local_name.startswith("//"):
        return name
    namespace = context.get(prefix)
    return namespace + local_name if colon and isinstance(namespace, str) else None


def first_line(text: str, pattern: str) -> int | None:
    """Return the first line that begins with the pattern, from 1."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if re.match(pattern, line)), None)
