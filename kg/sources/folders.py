"""The ontology and the curated folder -> quads; no file in them is passed over in silence.

Each statement of the ontology -> the file and line it stands on, such as `core.ttl:120`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import EVIDENCE, GRAPH, WITHDRAWN, shorten
from kg.paths import CURATED_FILES, ONTOLOGY_FILES
from kg.sources.files import FORMATS, read_file
from kg.sources.lines import key_of, positions_in
from kg.sources.sssom import read_mappings

MAPPINGS: Final = ".sssom.tsv"
# What the folder as a whole is called, by whom, under which licence.
DATASET_FILE: Final = "dataset.ttl"

# Each subfolder of the curated folder: the graph of what no named graph encloses.
_GRAPH_OF_FOLDER: Final = {
    "entities": GRAPH["entities"],
    "source": GRAPH["source"],
    "paper": GRAPH["meta"],
    "background": GRAPH["meta"],
    "links": GRAPH["links"],
    "withdrawn": WITHDRAWN,
}
# What stands directly in the curated folder and is no quad of a release: a table for people, what
# the release is described by, and prose (*.md).
_NOT_READ: Final = frozenset({"renames.csv", DATASET_FILE})
_PROSE: Final = ".md"


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
        names, their descriptions in `graph:meta`, mappings in `graph:links`, names that are no
        longer used in `graph:withdrawn`. `graph:background` is not among them: it is the union of
        evidence graphs, formed where a release is made.

    Raises:
        MalformedFile: a file that is not well-formed, says nothing or stands where none is read;
            an evidence graph that stands in two files.
        MalformedInput: there is no such file, or it cannot be opened.
    """
    files = [(path, read_curated_file(path)) for path in curated_paths(folder)]
    for error in divided_graphs(files):
        raise error
    return [quad for _, quads in files for quad in quads]


def ontology_paths(folder: Path) -> list[Path]:
    """The Turtle files of an ontology folder, by name.

    Raises:
        MalformedInput: there is none.
    """
    return _some(sorted(folder.glob("*.ttl")), folder, "Turtle files (*.ttl)")


def curated_paths(folder: Path) -> list[Path]:
    """All that lies in a curated folder but for hidden files and what is no part of the graph.

    By folder and name; what `read_curated_file` refuses comes along, so that somebody hears of it.

    Raises:
        MalformedInput: there is nothing.
    """
    return _some(list(_curated_paths(folder)), folder, f"files in {', '.join(_GRAPH_OF_FOLDER)}")


def read_ontology_file(path: Path) -> list[Quad]:
    """The quads of one module, in `graph:ontology`."""
    return read_file(path, graph=GRAPH["ontology"])


def read_curated_file(path: Path) -> list[Quad]:
    """The quads of one curated file, in the graphs that its folder stands for.

    Raises:
        MalformedFile: it is not well-formed, says nothing, or stands where none is read.
        MalformedInput: it cannot be opened.
    """
    graph = _GRAPH_OF_FOLDER.get(path.parent.name)
    if graph is None or path.is_dir():
        reason = "a folder" if path.is_dir() else "a file"
        remedy = f"files directly in {', '.join(_GRAPH_OF_FOLDER)}"
        raise MalformedFile(path, 1, 1, f"{reason} where none is read", remedy=remedy)
    if path.name.endswith(MAPPINGS):
        return read_mappings(path, graph=graph)
    if path.suffix not in FORMATS:
        remedy = f"a name that ends in {', '.join(FORMATS)} or {MAPPINGS}, unpacked"
        raise MalformedFile(path, 1, 1, "the ending is none that is read here", remedy=remedy)
    quads = read_file(path, graph=graph)
    if not quads:
        raise MalformedFile(path, 1, 1, "the file says nothing", remedy="statements, or no file")
    return quads


def divided_graphs(files: Iterable[tuple[Path, Sequence[Quad]]]) -> Iterator[MalformedFile]:
    """The evidence graphs that a second file opens or describes, with the line there."""
    first: dict[NamedNode, Path] = {}
    for path, quads in files:
        opened = {quad.graph_name for quad in quads}
        described = {quad.subject for quad in quads if quad.graph_name == GRAPH["meta"]}
        for name in sorted(opened | described, key=str):
            if not (isinstance(name, NamedNode) and name.value.startswith(EVIDENCE)):
                continue
            other = first.setdefault(name, path)
            if other != path:
                # Of all that is read, only a mistake needs rdflib, which is slow to import.
                from kg.sources.lines import line_of

                line = line_of(path, name) or 1
                reason = f"{shorten(name.value)} stands in {other.name} too"
                remedy = "another number in its name, or graph and description in one file"
                yield MalformedFile(path, line, 1, reason, remedy=remedy)


def _curated_paths(folder: Path) -> Iterator[Path]:
    rooms = [folder / name for name in _GRAPH_OF_FOLDER if (folder / name).is_dir()]
    for room in rooms:
        yield from _seen(room)
    for path in _seen(folder):
        is_passed_over = path.name in _NOT_READ or path.suffix == _PROSE
        if path not in rooms and not is_passed_over:
            yield path


def _seen(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _some(paths: list[Path], folder: Path, what: str) -> list[Path]:
    if not paths:
        raise MalformedInput(f"{folder}: nothing to read. Right would be a folder with {what}")
    return paths


def places_of(ontology: Sequence[Quad], folder: Path) -> dict[Triple, str]:
    """The file's name and the line, counted from 1, where the object of each triple begins.

    Args:
        ontology: what `read_ontology` gave, in that order, by which blank nodes are told apart.
        folder: where it was read.

    Returns:
        Of a triple that is said twice, the first place. The links of lists in brackets have none,
        nor has what cannot be told apart: no place is better than a wrong one.
    """
    lines: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for path in ontology_paths(folder):
        for _, subject, predicate, object_, line in positions_in(path):
            lines[subject, predicate, object_].append(f"{path.name}:{line}")
    alike: dict[tuple[str, str, str], list[Triple]] = defaultdict(list)
    for quad in ontology:
        key = key_of(quad.subject), key_of(quad.predicate), key_of(quad.object)
        alike[key].append(quad.triple)
    places: dict[Triple, str] = {}
    for key, triples in alike.items():
        found = lines.get(key, [])
        if len(found) == len(triples):
            for triple, place in zip(triples, found, strict=True):
                places.setdefault(triple, place)
    return places
