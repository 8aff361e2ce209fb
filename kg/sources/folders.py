"""Read the ontology and the curated folder; unexpected files are errors, never skipped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.content import Content, own_content
from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, RDF, SOURCE, WITHDRAWN, is_in, shorten
from kg.sources.files import CURATED_FORMATS_BY_EXTENSION, read_file
from kg.sources.lines import find_line, statement_positions, triple_key
from kg.sources.pages import PAGES_FILE
from kg.sources.sssom import MAPPING_EXTENSION, read_mappings

# The title, creators and licence of the data set.
DATASET_FILE: Final = "dataset.ttl"
# The names that differ from those in the inventory of the text.
RENAMES_FILE: Final = "renames.csv"

# What a statement describes that is in one of these graphs; elsewhere, entities and passages.
# Modules declare individuals of other files as well, but not each other's terms.
_DESCRIBED_IN: Final[Mapping[object, tuple[str, ...]]] = {
    GRAPH["meta"]: (EVIDENCE,),
    GRAPH["ontology"]: (GLOCAL,),
}
# Not read as quads: tables, the description of the data set, prose, and what readers
# say of the statements.
_NOT_READ: Final = (RENAMES_FILE, PAGES_FILE, DATASET_FILE, "*.md", "quality")


def read_ontology(folder: Path | None = None) -> list[Quad]:
    """Read the Turtle files directly in a folder, or the project's, into `graph:ontology`."""
    paths = ontology_paths(folder or own_content().ontology)
    return [quad for path in paths for quad in read_ontology_file(path)]


def read_curated(content: Content | None = None) -> list[Quad]:
    """Read the quads of the curated files, by default the project's, each in its release's graph.

    Evidence graphs have their own names; for the others see `_graph_of_folder`. `graph:background`
    is missing: it is a union of evidence graphs that is computed when a release is built. Raises
    MalformedFile if a graph, entity or passage is in two files; see also `read_curated_file`.
    """
    content = content or own_content()
    files = [(path, read_curated_file(path, content)) for path in curated_paths(content)]
    for error in find_divided_descriptions(files):
        raise error
    return [quad for _, quads in files for quad in quads]


def ontology_paths(folder: Path) -> list[Path]:
    """Return the Turtle files directly in a folder, sorted; raise MalformedInput if none."""
    return _require_files(sorted(folder.glob("*.ttl")), folder, "Turtle files (*.ttl)")


def curated_paths(content: Content) -> list[Path]:
    """Return the paths in the curated folder, by subfolder and name; raise MalformedInput if none.

    Misplaced files, which `read_curated_file` reports, are included; hidden files are not.
    """
    names = _graph_of_folder(content)
    paths = list(_find_curated_paths(content.curated, names))
    return _require_files(paths, content.curated, f"files in {', '.join(names)}")


def read_ontology_file(path: Path) -> list[Quad]:
    """Read one module of the ontology into `graph:ontology`."""
    return read_file(path, graph=GRAPH["ontology"])


def read_curated_file(path: Path, content: Content) -> list[Quad]:
    """Read one curated file; its folder determines the graph of triples outside named graphs.

    Raises MalformedInput if unreadable, MalformedFile if malformed, empty or in the wrong place.
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


def find_divided_descriptions(
    files: Iterable[tuple[Path, Sequence[Quad]]],
) -> Iterator[MalformedFile]:
    """Yield an error for each evidence graph, entity, passage or term that is in a second file."""
    first: dict[NamedNode, Path] = {}
    for path, quads in files:
        for name in sorted(_described_names(quads), key=str):
            other = first.setdefault(name, path)
            if other != path:
                line = find_line(path, name) or 1
                reason = f"{shorten(name.value)} is also in {other.name}"
                remedy = "another number in its name, or graph and description in one file"
                if not is_in(name, EVIDENCE):
                    reason = f"{shorten(name.value)} is also described in {other.name}"
                    remedy = "another name, or the whole description in one file"
                yield MalformedFile(path, line, 1, reason, remedy=remedy)


def _described_names(quads: Iterable[Quad]) -> set[NamedNode]:
    """Return the evidence graphs of a file, and what has a type in it outside of them."""
    names: set[NamedNode] = set()
    for quad in quads:
        subject, graph = quad.subject, quad.graph_name
        if is_in(graph, EVIDENCE):
            names.add(graph)
        elif is_in(subject, *_DESCRIBED_IN.get(graph, (ID, SOURCE))) and (
            quad.predicate == RDF["type"] or graph == GRAPH["meta"]
        ):
            names.add(subject)
    return names


def statement_places(ontology: Sequence[Quad], folder: Path) -> dict[Triple, str]:
    """Return the first place, as `file:line`, of the object of each triple of an ontology's folder.

    The quads have the order from `read_ontology`, which tells blank nodes apart. Triples without a
    certain place are left out, such as the links of lists in brackets.
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
    """Return the graph of triples outside named graphs, by subfolder of the curated folder."""
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
