"""The files of both folders -> quads, and a finding for each that cannot be read."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyoxigraph import Quad

from kg.errors import MalformedFile, MalformedInput
from kg.paths import context_files
from kg.publication.dataset import read_dataset
from kg.sources.files import read_file
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
