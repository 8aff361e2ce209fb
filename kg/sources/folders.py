"""Read the ontology and the curated folder; unexpected files are errors, never skipped.

The file and line of each statement of the ontology can be found afterwards: `statement_places`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.content import Content, own_content
from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import EVIDENCE, GRAPH, WITHDRAWN, shorten
from kg.sources.files import CURATED_FORMATS_BY_EXTENSION, read_file
from kg.sources.lines import find_line, statement_positions, triple_key
from kg.sources.sssom import MAPPING_EXTENSION, read_mappings

# The title, creators and licence of the data set.
DATASET_FILE: Final = "dataset.ttl"

# Not read as quads: a table for people, the description of the data set, and prose.
_NOT_READ: Final = ("renames.csv", DATASET_FILE, "*.md")


def read_ontology(folder: Path | None = None) -> list[Quad]:
    """Read every Turtle file directly in a folder, the project's by default, into `graph:ontology`.

    Raises:
        MalformedFile: a file cannot be parsed.
        MalformedInput: the folder has no Turtle file.
    """
    paths = ontology_paths(folder or own_content().ontology)
    return [quad for path in paths for quad in read_ontology_file(path)]


def read_curated(content: Content | None = None) -> list[Quad]:
    """Read the quads of the curated files, each in the graph that it has in a release.

    By default these are the project's own files.

    Returns:
        Entities in `graph:entities`, passages in `graph:source`, evidence graphs under their own
        names, their descriptions in `graph:meta`, mappings in `graph:links`, withdrawn names in
        `graph:withdrawn`. `graph:background` is missing: it is a union of evidence graphs that is
        computed when a release is built.

    Raises:
        MalformedFile: a file cannot be parsed, is empty or is in the wrong place, or an evidence
            graph is in two files.
        MalformedInput: there are no files, or one cannot be read.
    """
    content = content or own_content()
    files = [(path, read_curated_file(path, content)) for path in curated_paths(content)]
    for error in find_divided_graphs(files):
        raise error
    return [quad for _, quads in files for quad in quads]


def ontology_paths(folder: Path) -> list[Path]:
    """Return the Turtle files directly in a folder, sorted; raise MalformedInput if none."""
    return _require_files(sorted(folder.glob("*.ttl")), folder, "Turtle files (*.ttl)")


def curated_paths(content: Content) -> list[Path]:
    """Return the paths in the curated folder, by subfolder and name; raise MalformedInput if none.

    Hidden files and files that are not data are left out. Paths that `read_curated_file` refuses
    are included, so that misplaced files are reported.
    """
    names = _graph_of_folder(content)
    paths = list(_find_curated_paths(content.curated, names))
    return _require_files(paths, content.curated, f"files in {', '.join(names)}")


def read_ontology_file(path: Path) -> list[Quad]:
    """Read one module of the ontology into `graph:ontology`."""
    return read_file(path, graph=GRAPH["ontology"])


def read_curated_file(path: Path, content: Content) -> list[Quad]:
    """Read one curated file; its folder determines the graph of triples outside named graphs.

    Raises:
        MalformedFile: the file cannot be parsed, is empty, or is in the wrong place.
        MalformedInput: the file cannot be read.
    """
    graphs = _graph_of_folder(content)
    graph = graphs.get(path.parent.name)
    if graph is None or path.is_dir():
        kind = "folder" if path.is_dir() else "file"
        remedy = f"files directly in {', '.join(graphs)}"
        raise MalformedFile(path, 1, 1, f"unexpected {kind} in this place", remedy=remedy)
    if path.name.endswith(MAPPING_EXTENSION):
        return read_mappings(path, graph=graph)
    if path.suffix not in CURATED_FORMATS_BY_EXTENSION:
        extensions = f"{', '.join(CURATED_FORMATS_BY_EXTENSION)} or {MAPPING_EXTENSION}"
        remedy = f"a file name that ends in {extensions}, not compressed"
        raise MalformedFile(path, 1, 1, "unsupported file extension", remedy=remedy)
    quads = read_file(path, graph=graph)
    if not quads:
        reason, remedy = "the file has no statements", "statements, or no file"
        raise MalformedFile(path, 1, 1, reason, remedy=remedy)
    return quads


def find_divided_graphs(files: Iterable[tuple[Path, Sequence[Quad]]]) -> Iterator[MalformedFile]:
    """Yield an error for each evidence graph that is opened or described in a second file."""
    first: dict[NamedNode, Path] = {}
    for path, quads in files:
        opened = {quad.graph_name for quad in quads}
        described = {quad.subject for quad in quads if quad.graph_name == GRAPH["meta"]}
        for name in sorted(opened | described, key=str):
            if not (isinstance(name, NamedNode) and name.value.startswith(EVIDENCE)):
                continue
            other = first.setdefault(name, path)
            if other != path:
                line = find_line(path, name) or 1
                reason = f"{shorten(name.value)} is also in {other.name}"
                remedy = "another number in its name, or graph and description in one file"
                yield MalformedFile(path, line, 1, reason, remedy=remedy)


def statement_places(ontology: Sequence[Quad], folder: Path) -> dict[Triple, str]:
    """Return the file name and line of the object of each triple.

    Args:
        ontology: the quads from `read_ontology` in their order, which tells blank nodes apart.
        folder: the folder that they were read from.

    Returns:
        `file:line` by triple; the first place of a triple that is stated twice. Triples without a
        certain place are left out: the links of lists in brackets, and triples that cannot be told
        apart.
    """
    lines: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for path in ontology_paths(folder):
        for _, subject, predicate, object_, line in statement_positions(path):
            lines[subject, predicate, object_].append(f"{path.name}:{line}")
    triples_by_key: dict[tuple[str, str, str], list[Triple]] = defaultdict(list)
    for quad in ontology:
        triples_by_key[triple_key(quad.triple)].append(quad.triple)
    places: dict[Triple, str] = {}
    for key, triples in triples_by_key.items():
        if len(lines[key]) == len(triples):
            for triple, place in zip(triples, lines[key], strict=True):
                places.setdefault(triple, place)
    return places


def _graph_of_folder(content: Content) -> dict[str, NamedNode]:
    """Return the subfolders of the curated folder, with the graph of triples outside named graphs.

    The evidence graphs are in two of them; the descriptions of evidence are outside.
    """
    return {
        "entities": GRAPH["entities"],
        "source": GRAPH["source"],
        content.evidence: GRAPH["meta"],
        "background": GRAPH["meta"],
        "links": GRAPH["links"],
        "withdrawn": WITHDRAWN,
    }


def _find_curated_paths(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    subfolders = [folder / name for name in names if (folder / name).is_dir()]
    for subfolder in subfolders:
        yield from _visible_paths(subfolder)
    for path in _visible_paths(folder):
        if path not in subfolders and not any(map(path.match, _NOT_READ)):
            yield path


def _visible_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _require_files(paths: list[Path], folder: Path, expected: str) -> list[Path]:
    if not paths:
        raise MalformedInput(f"{folder}: nothing to read. Expected a folder with {expected}")
    return paths
