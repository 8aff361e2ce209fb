"""RDF files of the ontology and of the curated folder -> quads."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse

from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import GRAPH
from kg.places import CURATED_FILES, ONTOLOGY_FILES
from kg.read.mappings import read_mappings

FORMATS: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
}
_NO_GRAPH: Final = DefaultGraph()
MAPPINGS: Final = ".sssom.tsv"

# Each subfolder of the curated folder: the graph of what no named graph encloses.
_GRAPH_OF_FOLDER: Final = {
    "entities": GRAPH["entities"],
    "source": GRAPH["source"],
    "paper": GRAPH["meta"],
    "background": GRAPH["meta"],
    "links": GRAPH["links"],
}


def read_file(path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH) -> list[Quad]:
    """The quads of one Turtle, TriG, N-Triples or N-Quads file, which may be gzipped.

    Args:
        path: its name ends in one of `FORMATS`, with or without `.gz`.
        graph: where triples that stand in no named graph go.

    Returns:
        The quads in the file's order; blank nodes carry names that no other file uses.

    Raises:
        MalformedFile: syntax, encoding or ending; with line and column.
    """
    rdf_format = FORMATS.get(path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix)
    if rdf_format is None:
        endings = ", ".join(FORMATS)
        raise MalformedFile(path, 1, 1, f"the ending is none that is read. Right: {endings}")
    try:
        quads = list(parse(_content(path), format=rdf_format, rename_blank_nodes=True))
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        raise MalformedFile(path, line, column, _reason(error)) from error
    if isinstance(graph, DefaultGraph):
        return quads
    return [
        Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, DefaultGraph)
        else quad
        for quad in quads
    ]


def read_ontology(folder: Path = ONTOLOGY_FILES) -> list[Quad]:
    """The quads of every Turtle file directly in the folder, all in `graph:ontology`.

    Raises:
        MalformedFile: a file that is not well-formed.
        MalformedInput: there is no such file.
    """
    return [quad for path in ontology_paths(folder) for quad in read_ontology_file(path)]


def read_curated(folder: Path = CURATED_FILES) -> list[Quad]:
    """The quads of the curated folder, each in the graph it has in a release.

    Returns:
        Entities in `graph:entities`, passages in `graph:source`, evidence graphs under their own
        names, their descriptions in `graph:meta`, mappings in `graph:links`. `graph:background`
        is not among them: it is the union of evidence graphs, formed where a release is made.

    Raises:
        MalformedFile: a file that is not well-formed.
        MalformedInput: there is no such file.
    """
    return [quad for path in curated_paths(folder) for quad in read_curated_file(path)]


def ontology_paths(folder: Path) -> list[Path]:
    """The Turtle files of an ontology folder, by name.

    Raises:
        MalformedInput: there is none.
    """
    return _some(sorted(folder.glob("*.ttl")), folder, "Turtle files (*.ttl)")


def curated_paths(folder: Path) -> list[Path]:
    """The RDF and mapping files of a curated folder, by folder and name.

    Raises:
        MalformedInput: there is none.
    """
    return _some(list(_curated_paths(folder)), folder, f"files in {', '.join(_GRAPH_OF_FOLDER)}")


def read_ontology_file(path: Path) -> list[Quad]:
    """The quads of one module, in `graph:ontology`."""
    return read_file(path, graph=GRAPH["ontology"])


def read_curated_file(path: Path) -> list[Quad]:
    """The quads of one curated file, in the graphs that its folder stands for."""
    if path.name.endswith(MAPPINGS):
        return read_mappings(path, graph=GRAPH["links"])
    return read_file(path, graph=_GRAPH_OF_FOLDER[path.parent.name])


def _curated_paths(folder: Path) -> Iterator[Path]:
    for name in _GRAPH_OF_FOLDER:
        for path in sorted((folder / name).glob("*")):
            if path.suffix in FORMATS or path.name.endswith(MAPPINGS):
                yield path


def _some(paths: list[Path], folder: Path, what: str) -> list[Path]:
    if not paths:
        raise MalformedInput(f"{folder}: nothing to read. Right would be a folder with {what}")
    return paths


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise MalformedFile(path, 1, 1, f"not a whole gzip file: {error}") from error
    except OSError as error:
        raise MalformedInput(f"{path}: cannot be read: {error.strerror}") from error


def _reason(error: SyntaxError) -> str:
    """The parser's sentence without the position, which the error carries by itself."""
    sentence = error.msg or "not well-formed"
    _, colon, reason = sentence.partition(": ")
    return reason if colon and sentence.startswith("Parser error") else sentence
